"""How every figure looks: two themes (page in light and dark mode), colours that the colour-blind can tell apart."""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Iterable, Sequence

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas
    from matplotlib.image import AxesImage

    from oneshot_rlvr.report.compare import Arm

DPI = 170
WIDTH = 4.8  # inches: about a phone's width, two abreast on a desk
HEIGHT = 3.1
LEGEND_CHARACTERS = 73  # that fit beside each other above a figure, handles included
LEGEND_ROW = 0.17  # inches


@dataclass(frozen=True)
class Theme:
    """Colours of one mode. `lines` are Okabe and Ito's hues, darkened or lightened to at least 3:1 on `paper`."""

    name: str
    paper: str
    ink: str
    faint: str  # axes, ticks
    grid: str
    base: str  # the untouched model
    lines: tuple[str, ...]  # blue, vermilion, green, purple, amber, sky, grey-brown
    solved: str
    mixed: str
    unsolved: str


LIGHT = Theme(
    name="light",
    paper="#ffffff",
    ink="#1b1b1f",
    faint="#5c5f66",
    grid="#e3e4e8",
    base="#6b6e76",
    lines=("#0067a8", "#c24a00", "#00795a", "#a5487f", "#8a6a00", "#3b8ec2", "#6f4e37"),
    solved="#8cc3e6",
    mixed="#c24a00",
    unsolved="#d0d2d8",
)
DARK = Theme(
    name="dark",
    paper="#1c1d21",
    ink="#ececf0",
    faint="#a5a8b0",
    grid="#35373d",
    base="#a5a8b0",
    lines=("#5cb3ea", "#f58a42", "#2fc79c", "#e397c2", "#e3c04a", "#9fd3f2", "#c9a58a"),
    solved="#2f6f9c",
    mixed="#f58a42",
    unsolved="#54575f",
)
# Which hue an arm gets; arms of the same kind take the next free one.
HUE_OF_KIND = {"one_shot": 0, "format": 1, "full": 2, "entropy": 3, "spurious": 4, "few_shot": 5, "label": 6,
               "no_reward": 6}  # fmt: skip
# By hue, so that arms can be told apart without colour; a hue used twice takes the next dash.
DASHES = ("-", "--", "-.", ":")
DASH_OF_HUE = (0, 1, 2, 3, 1, 2, 3)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
BASE_MARKERS = ("|", "x", "1", "2")  # bases share their colour

Draw = Callable[["Canvas", Theme], None]


@dataclass(frozen=True, slots=True)
class LineStyle:
    """Colour, dash and marker of one arm, the same in every figure. Equal hues differ in dash."""

    hue: int
    dash: str
    marker: str

    def colour(self, theme: Theme) -> str:
        return theme.lines[self.hue]


def arm_styles(arms: "Sequence[Arm]") -> dict[str, LineStyle]:
    """Label -> style."""
    hues: dict[str, int] = {}
    for arm in arms:  # the first arm of a kind has its kind's hue ...
        if HUE_OF_KIND[arm.kind] not in hues.values():
            hues[arm.label] = HUE_OF_KIND[arm.kind]
    for arm in arms:  # ... the others take what is left
        free = [hue for hue in range(len(MARKERS)) if hue not in hues.values()]
        hues.setdefault(arm.label, free[0] if free else HUE_OF_KIND[arm.kind])
    styles: dict[str, LineStyle] = {}
    for number, arm in enumerate(arms):
        hue = hues[arm.label]
        before = sum(style.hue == hue for style in styles.values())
        dash = DASHES[(DASH_OF_HUE[hue] + before) % len(DASHES)]
        styles[arm.label] = LineStyle(hue, dash, MARKERS[number % len(MARKERS)])
    return styles


def base_markers(labels: Iterable[str]) -> dict[str, str]:
    """Label of a base -> marker."""
    return {label: BASE_MARKERS[number % len(BASE_MARKERS)] for number, label in enumerate(labels)}


def render(draw: Draw, height: float = HEIGHT, width: float = WIDTH) -> tuple[bytes, bytes]:
    """The drawing as PNG in both themes. No global state of pyplot: works in any thread and without a screen."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    images = []
    for theme in (LIGHT, DARK):
        with rc_context(_settings(theme)):
            canvas = Canvas(figsize=(width, height), dpi=DPI, layout="constrained")
            FigureCanvasAgg(canvas)
            draw(canvas, theme)
            stream = io.BytesIO()
            # No version or date inside: the same run gives the same file.
            canvas.savefig(stream, format="png", metadata={"Software": None})
            images.append(stream.getvalue())
    return images[0], images[1]


def _settings(theme: Theme) -> dict[Any, Any]:
    return {
        "figure.facecolor": theme.paper,
        "savefig.facecolor": theme.paper,
        "axes.facecolor": theme.paper,
        "axes.edgecolor": theme.faint,
        "axes.labelcolor": theme.ink,
        "axes.titlecolor": theme.ink,
        "axes.titlesize": 9.5,
        "axes.titlelocation": "left",
        "axes.labelsize": 9.5,
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": theme.grid,
        "grid.linewidth": 0.7,
        "xtick.color": theme.faint,
        "ytick.color": theme.faint,
        "xtick.labelcolor": theme.ink,
        "ytick.labelcolor": theme.ink,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "text.color": theme.ink,
        "font.size": 9.5,
        "legend.fontsize": 9,
        "legend.frameon": False,
        "lines.linewidth": 1.8,
        "lines.solid_capstyle": "round",
    }


def legend_above(canvas: "Canvas", axes: "Axes") -> None:
    """One legend above the drawing, in as many columns as fit; the picture grows by its rows. None for one line."""
    handles, labels = axes.get_legend_handles_labels()
    if len(labels) < 2:
        return
    labels = [label.removesuffix(" control") for label in labels]
    columns = next((n for n in (4, 3, 2) if n * (max(map(len, labels)) + 9) <= LEGEND_CHARACTERS), 1)
    if len(labels) == 3 and sum(map(len, labels)) + 27 <= LEGEND_CHARACTERS:
        columns = 3
    rows = -(-len(labels) // columns)
    canvas.set_figheight(canvas.get_figheight() + LEGEND_ROW * (rows - 1))
    canvas.legend(
        handles,
        labels,
        loc="outside upper left",
        ncols=columns,
        handlelength=2.4,
        columnspacing=1.2,
        labelspacing=0.3,
    )


def percent_axis(axes: "Axes", label: str, full: bool = True) -> None:
    """y in percent; `full` shows 0 to 100 whatever the data."""
    from matplotlib.ticker import PercentFormatter

    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=""))
    axes.set_ylabel(f"{label} (%)")
    if full:
        axes.set_ylim(-0.02, 1.02)


def step_axis(axes: "Axes", last: int, ticks: int = 7) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlim(0, max(last, 1))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=ticks))
    axes.set_xlabel("training step")


def thin_markers(axes: "Axes") -> None:
    """No markers in small panels."""
    for line in axes.get_lines():
        line.set_marker("")
        line.set_linewidth(1.5)


def family_rows(axes: "Axes", families: Sequence[str], own: str) -> None:
    """x in percent, one labelled row per family from the top down; the training example's own in bold."""
    from matplotlib.ticker import PercentFormatter

    axes.set_xlim(-0.02, 1.02)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=""))
    axes.set_xlabel("held-out accuracy (%)")
    axes.set_yticks(range(len(families)), families)
    for label, family in zip(axes.get_yticklabels(), families):
        label.set_fontweight("bold" if family == own else "normal")
    axes.set_ylim(len(families) - 0.5, -0.5)
    axes.grid(axis="y", visible=False)
    for row in range(1, len(families)):
        axes.axhline(row - 0.5, color=axes.xaxis.get_gridlines()[0].get_color(), linewidth=0.7)
    axes.tick_params(axis="y", length=0)


def heat_map(
    axes: "Axes", rows: Sequence[Sequence[float]], steps: tuple[int, int], size: int, theme: Theme
) -> "AxesImage":
    """Shares 0..1, one colour per count of `size`; rows from the bottom up, columns from first to last step."""
    import numpy as np
    from matplotlib import colormaps
    from matplotlib.colors import BoundaryNorm

    norm = BoundaryNorm((np.arange(size + 2) - 0.5) / size, 256)
    colours = colormaps["cividis"].with_extremes(bad=theme.paper)
    extent = (steps[0] - 0.5, steps[1] + 0.5, 0, len(rows))
    axes.grid(False)
    shares = np.array(rows, dtype=float)
    return axes.imshow(
        shares, cmap=colours, norm=norm, aspect="auto", origin="lower", extent=extent, interpolation="nearest"
    )


def block_rows(axes: "Axes", bounds: Sequence[tuple[int, int]], blocks: Sequence[str], theme: Theme) -> None:
    """Names of the examples beside their rows, or what the rows are where there is one block."""
    if len(blocks) == 1:
        axes.set_ylabel("groups")
        axes.set_yticks([0, bounds[0][1]])
        return
    axes.set_yticks([(low + high) / 2 for low, high in bounds], blocks)
    for low, _ in bounds[1:]:
        axes.axhline(low, color=theme.paper, linewidth=1.5)


def share_bar(canvas: "Canvas", panels: "Sequence[Axes]", image: "AxesImage", size: int, equal: bool) -> None:
    """The colour bar: counts where all groups are of one size, else percent."""
    every = max(1, size // 4)
    ticks = list(range(0, size + 1, every))
    bar = canvas.colorbar(image, ax=panels, ticks=[t / size for t in ticks], pad=0.02, aspect=16 * len(panels))
    bar.ax.set_yticklabels([str(t) if equal else f"{100 * t / size:.0f}" for t in ticks])
    bar.set_label(f"right of {size}" if equal else "right (%)")
    bar.ax.minorticks_off()
