"""Colours of pages and figures in light and dark mode, and the look of every arm, also for the colour-blind."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterable, Sequence

if TYPE_CHECKING:
    from oneshot_rlvr.report.compare import Arm

Colour = int | float | str  # a hue by number, a shade between `unsolved` (0.0) and the first hue (1.0), a name


@dataclass(frozen=True)
class Theme:
    """Colours of one mode. `hues` are Okabe and Ito's, darkened or lightened to at least 3:1 on `paper`."""

    paper: str
    back: str  # page behind the paper
    ink: str
    faint: str  # small print, axes, ticks
    line: str  # borders of tables and figures
    grid: str
    mark: str  # background of a warning
    mark_line: str
    link: str
    base: str  # lines of the untouched model
    hues: tuple[str, ...]  # in order: blue, vermilion, green, purple, amber, sky, grey-brown
    solved: str
    mixed: str
    unsolved: str

    def colour(self, wanted: Colour) -> str:
        """Looks up a colour."""
        if isinstance(wanted, float):
            pairs = zip(_channels(self.unsolved), _channels(self.hues[0]))
            return "#" + "".join(f"{round(a + (b - a) * wanted):02x}" for a, b in pairs)
        return self.hues[wanted] if isinstance(wanted, int) else getattr(self, wanted)

    @property
    def css(self) -> dict[str, str]:
        """The custom properties of the style sheet; `good` and `bad` are red, green, blue, to be mixed with paper."""
        names = ("paper", "back", "ink", "faint", "line", "mark", "mark_line", "link")
        colours = {name.replace("_", "-"): getattr(self, name) for name in names}
        return colours | {name: " ".join(map(str, _channels(self.hues[n]))) for n, name in enumerate(("good", "bad"))}


def _channels(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


LIGHT = Theme(
    paper="#ffffff",
    back="#f4f5f7",
    ink="#1b1b1f",
    faint="#5c5f66",
    line="#d9dbe1",
    grid="#e3e4e8",
    mark="#fff4d6",
    mark_line="#a87400",
    link="#0067a8",
    base="#6b6e76",
    hues=("#0067a8", "#c24a00", "#00795a", "#a5487f", "#8a6a00", "#3b8ec2", "#6f4e37"),
    solved="#8cc3e6",
    mixed="#c24a00",
    unsolved="#d0d2d8",
)
DARK = Theme(
    paper="#1c1d21",
    back="#131417",
    ink="#ececf0",
    faint="#a5a8b0",
    line="#3a3c43",
    grid="#35373d",
    mark="#3a3013",
    mark_line="#e3c04a",
    link="#7cc4f5",
    base="#a5a8b0",
    hues=("#5cb3ea", "#f58a42", "#2fc79c", "#e397c2", "#e3c04a", "#9fd3f2", "#c9a58a"),
    solved="#2f6f9c",
    mixed="#f58a42",
    unsolved="#54575f",
)
# Hue of the first arm of a kind; further arms of the kind take the next free one.
HUE_OF_KIND = {"one_shot": 0, "self_play": 0, "format": 1, "full": 2, "entropy": 3, "spurious": 4, "few_shot": 5,
               "label": 6, "no_reward": 6, "noise": 4}  # fmt: skip
# Arms can be told apart without colour: each hue has a dash, and a hue used twice takes the next dash.
DASHES = ("-", "--", "-.", ":")
DASH_OF_HUE = (0, 1, 2, 3, 1, 2, 3)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
BASE_MARKERS = ("|", "x", "1", "2")  # bases share their colour


@dataclass(frozen=True, slots=True)
class Look:
    """Colour, dash and marker of one arm, the same in every figure. Equal hues differ in dash."""

    hue: int
    dash: str
    marker: str


def arm_looks(arms: "Sequence[Arm]") -> dict[str, Look]:
    """Chooses the look of every arm, by label."""
    hues: dict[str, int] = {}
    for arm in arms:  # the first arm of a kind has its kind's hue ...
        if HUE_OF_KIND[arm.kind] not in hues.values():
            hues[arm.label] = HUE_OF_KIND[arm.kind]
    for arm in arms:  # ... the others take what is left
        free = [hue for hue in range(len(MARKERS)) if hue not in hues.values()]
        hues.setdefault(arm.label, free[0] if free else HUE_OF_KIND[arm.kind])
    looks: dict[str, Look] = {}
    for number, arm in enumerate(arms):
        hue = hues[arm.label]
        before = sum(look.hue == hue for look in looks.values())
        looks[arm.label] = Look(hue, DASHES[(DASH_OF_HUE[hue] + before) % len(DASHES)], MARKERS[number % len(MARKERS)])
    return looks


def base_markers(labels: Iterable[str]) -> dict[str, str]:
    """Chooses the marker of every base, by label."""
    return {label: BASE_MARKERS[number % len(BASE_MARKERS)] for number, label in enumerate(labels)}
