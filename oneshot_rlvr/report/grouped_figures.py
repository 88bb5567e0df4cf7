"""Figures of metrics that belong together: a line, or a layer of a stack, for each, and a panel for each arm."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle

from oneshot_rlvr.report import theme
from oneshot_rlvr.report.compare import Arm
from oneshot_rlvr.report.curves import Band, band
from oneshot_rlvr.report.draw import Axis, Line, Map, Panel, Panels, Stack
from oneshot_rlvr.report.figures import Figure, Study, make_figure, seeds_note
from oneshot_rlvr.report.run_files import Series
from oneshot_rlvr.report.theme import Colour

MAX_LAYERS = len(theme.MARKERS)  # that have colours of their own; the smallest of more are drawn as one
OTHERS = "others"
NUMBER = re.compile(r"\d+")  # a name of which the colour is a shade


@dataclass(frozen=True, slots=True)
class MetricGroup:
    """Metrics whose names match `pattern`; what it captures names the line."""

    file: str
    pattern: str
    title: str
    axis: str  # label of the y axis, with unit
    caption: str
    drawn: str = "number"  # number | share (0 to 1) | counts (a stack) | parts (a stack of shares, from counts)

    @property
    def stacked(self) -> bool:
        return self.drawn in ("counts", "parts")


GROUPS = (
    MetricGroup("proposals_valid", r"selfplay/valid_share_(.+)", "Valid proposals", "valid proposals",
                "Share of a step's proposals that the gate let in, by kind of task.", "share"),
    MetricGroup("proposals_refused", r"selfplay/refused_(.+)", "Refused proposals", "proposals a step",
                "Proposals that each rule stopped, the first one that a proposal broke.", "counts"),
    MetricGroup("solved_of_k", r"selfplay/solved_(\d+)", "How hard the new tasks are", "new tasks",
                "Share of a step's new tasks by the number of measuring answers that are right.", "parts"),
    MetricGroup("difficulty", r"selfplay/(learnability|solve_rate|novel_share|new_share)",
                "Learnability, solve rate and novelty", "mean",
                "learnability: reward of the valid proposals. solve rate: right measuring answers. novel share: valid "
                "proposals whose program differs from those of the buffer in more than constants. new share: answers "
                "trained on that are to tasks of the step itself."),
    MetricGroup("buffers", r"selfplay/((?:buffer|shapes)_.+)", "Tasks at hand", "tasks",
                "buffer: tasks of a kind. shapes: programs among them that differ in more than constants."),
    MetricGroup("complexity", r"selfplay/(nodes|depth)", "Complexity of the new programs", "mean",
                "nodes: of the syntax tree. depth: operations that a call executes, where they are counted."),
    MetricGroup("rewards", r"selfplay/reward_((?:propose|solve)_.+)", "Rewards by role and kind", "mean reward",
                "Of a well-formed and right answer 1; of a proposal what it is worth."),
    MetricGroup("lengths", r"selfplay/length_((?:propose|solve)_.+)", "Length by role and kind",
                "response length (tokens)", "Mean over the step's responses."),
    MetricGroup("tokens", r"selfplay/tokens_(propose|measure|solve)", "Tokens by purpose", "tokens a step",
                "Sampled to propose, to measure how hard proposals are, and to solve.", "counts"),
    MetricGroup("executor", r"executor/(.+)", "Runs of programs", "runs a step",
                "Calls that were executed, and those of them that took too long, ended their process or were refused."),
)  # fmt: skip

Members = dict[str, Band]  # by the name of the line or layer


def grouped_figures(study: Study) -> list[Figure]:
    """Draws every group of which some run has metrics."""
    return [figure for group in GROUPS if (figure := grouped_figure(study, group))]


def grouped_figure(study: Study, group: MetricGroup) -> Figure | None:
    """Draws one group, a panel for each arm: means over its seeds."""
    found = [(arm, members) for arm in study.arms if (members := members_of(arm, group))]
    if not found:
        return None
    if group.stacked:
        found = list(zip((arm for arm, _ in found), layers([members for _, members in found], group.drawn)))
    names = dict.fromkeys(name for _, members in found for name in members)
    looks = {name: (colour, dash) for (name, colour), dash in zip(colours_of(names).items(), cycle(theme.DASHES))}
    panels = [Panel(_parts(members, looks, group), _axis(group), arm.label) for arm, members in found]
    ends = (f"{arm.label}, {_words(name)}: {curve.mean[0]:.3g} to {curve.mean[-1]:.3g}"
            for arm, members in found for name, curve in members.items())  # fmt: skip
    return make_figure(
        group.file,
        group.title,
        group.caption + seeds_note(study.arms),
        f"{group.title} by step: {'; '.join(ends)}",
        Panels(panels, study.last_step, height=1.5 + 1.6 * len(panels)),
        ("arm", "name", "step", "mean", "lowest_seed", "highest_seed"),
        ((arm.label, name, *point) for arm, members in found for name, curve in members.items()
         for point in zip(curve.steps, curve.mean, curve.low, curve.high)),
    )  # fmt: skip


def members_of(arm: Arm, group: MetricGroup) -> Members:
    """Reads an arm's metrics of a group, by what the pattern captures, in the order of these names. Of a stack a count
    that was not recorded is 0."""
    named = {match[1]: name for run in arm.runs for name in run.metrics.by_name
             if (match := re.fullmatch(group.pattern, name))}  # fmt: skip
    ordered = sorted(named, key=lambda short: (int(short) if NUMBER.fullmatch(short) else 0, short))
    runs = [[run.metrics.series(named[short]) for short in ordered] for run in arm.runs]
    if group.stacked:
        runs = [_filled(found, run.metrics.series("tokens/sampled").steps) for found, run in zip(runs, arm.runs)]
    curves = (band(found) for found in zip(*runs))
    return {short: curve for short, curve in zip(ordered, curves) if curve.steps}


def _filled(found: Sequence[Series], trained: Sequence[int]) -> list[Series]:
    """Series of one run, each with a value at every step that was `trained` or that some of them have."""
    steps = tuple(sorted({*trained, *(step for series in found for step in series.steps)}))
    known = [dict(zip(series.steps, series.values)) for series in found]
    return [Series(series.name, steps, tuple(values.get(step, 0.0) for step in steps))
            for series, values in zip(found, known)]  # fmt: skip


def layers(found: Sequence[Members], drawn: str) -> list[Members]:
    """Makes the layers of each arm's stack, the same for all arms: the smallest of too many are added up, and `parts`
    are shares of their sum."""
    totals = Counter({name: sum(curve.mean) for members in found for name, curve in members.items()})
    names = [name for members in found for name in members]
    kept = {name for name, _ in totals.most_common(MAX_LAYERS - 1)} if len(totals) > MAX_LAYERS else set(totals)
    kept = set(totals) if drawn == "parts" else kept
    made: list[Members] = []
    for members in found:
        steps = next(iter(members.values())).steps
        sums = {name: [0.0] * len(steps) for name in dict.fromkeys(n if n in kept else OTHERS for n in names)}
        for name, curve in members.items():
            into = name if name in kept else OTHERS
            sums[into] = [a + b for a, b in zip(sums[into], curve.mean)]
        whole = [sum(values) or 1.0 if drawn == "parts" else 1.0 for values in zip(*sums.values())]
        shares = {name: tuple(v / w for v, w in zip(values, whole)) for name, values in sums.items()}
        made.append({name: Band(steps, v, v, v, 1) for name, v in shares.items()})
    return made


def colours_of(names: Iterable[str]) -> dict[str, Colour]:
    """Chooses a colour for each name: shades in order for numbers, hues for words."""
    names = list(names)
    if all(map(NUMBER.fullmatch, names)):
        most = max(1, *map(int, names))
        return {name: int(name) / most for name in names}
    return {name: "unsolved" if name == OTHERS else place % MAX_LAYERS for place, name in enumerate(names)}


def _parts(members: Members, looks: dict[str, tuple[Colour, str]], group: MetricGroup) -> list[Line | Stack | Map]:
    if group.stacked:
        steps = next(iter(members.values())).steps
        return [Stack(steps, [(_words(name), looks[name][0], curve.mean) for name, curve in members.items()])]
    return [Line(curve.steps, curve.mean, looks[name][0], _words(name), looks[name][1], width=1.4,
                 band=(curve.steps, curve.low, curve.high) if curve.seeds > 1 else None)
            for name, curve in members.items()]  # fmt: skip


def _axis(group: MetricGroup) -> Axis:
    if group.drawn == "parts":
        return Axis(group.axis, limits=(0, 1))
    if group.drawn == "share":
        return Axis(group.axis)
    limits = (0.0, None) if group.drawn == "counts" else None
    return Axis(group.axis, percent=False, limits=limits)


def _words(name: str) -> str:
    return name.replace("_", " ")
