"""Kinds of figures: each is described as data and drawn by one function, for light and for dark pages."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from oneshot_rlvr.report.theme import DARK, LIGHT, Colour, Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas
    from matplotlib.image import AxesImage

DPI = 170
WIDTH = 4.8  # inches: about a phone's width, two abreast on a desk
HEIGHT = 3.1  # inches
LEGEND_CHARACTERS = 73  # characters that fit beside each other above a figure, handles included
LEGEND_ROW = 0.17  # inches
DOTTED = (0, (1, 2))
DASHED = (0, (4, 3))
Numbers = Sequence[float]


class Drawing(Protocol):
    """A figure as data."""

    @property
    def height(self) -> float: ...  # inches, without further rows of the legend

    def draw(self, canvas: "Canvas", theme: Theme) -> None: ...


def render(drawing: Drawing, width: float = WIDTH) -> tuple[bytes, bytes]:
    """Draw for light and for dark pages; -> two PNG. Without pyplot's global state: in any thread, without a screen."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    images = []
    for theme in (LIGHT, DARK):
        with rc_context(_settings(theme)):
            canvas = Canvas(figsize=(width, drawing.height), dpi=DPI, layout="constrained")
            FigureCanvasAgg(canvas)
            drawing.draw(canvas, theme)
            stream = io.BytesIO()
            # No version or date inside: the same run gives the same file.
            canvas.savefig(stream, format="png", metadata={"Software": None})
            images.append(stream.getvalue())
    return images[0], images[1]


def _settings(theme: Theme) -> dict[Any, Any]:
    sizes = {"font.size": 9.5, "axes.titlesize": 9.5, "axes.labelsize": 9.5, "legend.fontsize": 9, "xtick.labelsize": 9,
             "ytick.labelsize": 9, "axes.linewidth": 0.8, "grid.linewidth": 0.7, "lines.linewidth": 1.8}  # fmt: skip
    paper = dict.fromkeys(("figure.facecolor", "savefig.facecolor", "axes.facecolor"), theme.paper)
    ink = ("axes.labelcolor", "axes.titlecolor", "xtick.labelcolor", "ytick.labelcolor", "text.color")
    faint = dict.fromkeys(("axes.edgecolor", "xtick.color", "ytick.color"), theme.faint)
    return sizes | paper | dict.fromkeys(ink, theme.ink) | faint | {
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": theme.grid,
        "legend.frameon": False,
        "lines.solid_capstyle": "round",
    }  # fmt: skip


# Lines


@dataclass(frozen=True)
class Line:
    """A line over steps, with a band between `low` and `high` where there is one."""

    x: Numbers
    y: Numbers
    colour: Colour
    label: str = ""  # "" is not in the legend
    dash: Any = "-"
    marker: str = ""
    marker_size: float = 3.6
    width: float = 1.8
    alpha: float | None = None
    band: tuple[Numbers, Numbers, Numbers] | None = None  # x, low, high
    band_alpha: float = 0.2
    upright: float | None = None  # x of a dotted vertical line in the same colour


@dataclass(frozen=True)
class Axis:
    """The y axis: percent of 0 to 100, unless said otherwise."""

    label: str
    percent: bool = True
    limits: tuple[float, float | None] | None = (-0.02, 1.02)  # None: what the data need, at either end
    log: bool = False


@dataclass(frozen=True)
class Panel:
    """One system of axes with its lines."""

    lines: Sequence[Line]
    axis: Axis
    title: str = ""
    bold: bool = False
    level: float | None = None  # y of a dashed horizontal line


@dataclass(frozen=True)
class Curves:
    """Panels of lines over training steps, or over `ks` on a logarithmic scale."""

    panels: Sequence[Panel]
    last_step: int = 0
    ks: Sequence[int] = ()
    height: float = HEIGHT
    columns: int = 1
    share_y: bool = False
    ticks: int = 7

    def draw(self, canvas: "Canvas", theme: Theme) -> None:
        rows = math.ceil(len(self.panels) / self.columns)
        grid = list(canvas.subplots(rows, self.columns, sharex=True, sharey=self.share_y, squeeze=False).flat)
        for axes, panel in zip(grid, self.panels):
            for line in panel.lines:
                _draw_line(axes, line, theme)
            if panel.level is not None:
                axes.axhline(panel.level, color=theme.faint, linewidth=0.8, linestyle=DASHED)
            axes.set_title(panel.title, fontweight="bold" if panel.bold else "normal")
            _set_y(axes, panel.axis)
            if self.ks:
                _set_ks(axes, self.ks)
            else:
                _set_steps(axes, self.last_step, self.ticks)
            axes.label_outer()
        for axes in grid[len(self.panels) :]:
            axes.set_visible(False)
        _legend_above(canvas, grid[0])


def _draw_line(axes: "Axes", line: Line, theme: Theme) -> None:
    colour = theme.colour(line.colour)
    axes.plot(line.x, line.y, color=colour, label=line.label or None, linestyle=line.dash, marker=line.marker or None,
              markersize=line.marker_size, linewidth=line.width, alpha=line.alpha)  # fmt: skip
    if line.band is not None:
        axes.fill_between(*line.band, color=colour, alpha=line.band_alpha, linewidth=0)
    if line.upright is not None:
        axes.axvline(line.upright, color=colour, linewidth=1.0, linestyle=DOTTED)


def _set_y(axes: "Axes", axis: Axis) -> None:
    if axis.percent:
        _percent(axes.yaxis)
    axes.set_ylabel(f"{axis.label} (%)" if axis.percent else axis.label)
    if axis.log:
        axes.set_yscale("log")
    if axis.limits:
        axes.set_ylim(*axis.limits)


def _percent(axis: Any) -> None:
    from matplotlib.ticker import PercentFormatter

    axis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=""))


def _set_steps(axes: "Axes", last: int, ticks: int = 7) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlim(0, max(last, 1))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=ticks))
    axes.set_xlabel("training step")


def _set_ks(axes: "Axes", ks: Sequence[int]) -> None:
    axes.set_xscale("log", base=2)
    axes.set_xticks(ks, [str(k) for k in ks])
    axes.minorticks_off()
    axes.set_xlabel("k")


def _legend_above(canvas: "Canvas", axes: "Axes") -> None:
    """Put one legend above the drawing, in as many columns as fit; the picture grows by its rows. None for one line."""
    handles, labels = axes.get_legend_handles_labels()
    if len(labels) < 2:
        return
    labels = [label.removesuffix(" control") for label in labels]
    columns = next((n for n in (4, 3, 2) if n * (max(map(len, labels)) + 9) <= LEGEND_CHARACTERS), 1)
    if len(labels) == 3 and sum(map(len, labels)) + 27 <= LEGEND_CHARACTERS:
        columns = 3
    canvas.set_figheight(canvas.get_figheight() + LEGEND_ROW * (math.ceil(len(labels) / columns) - 1))
    canvas.legend(handles, labels, loc="outside upper left", ncols=columns, handlelength=2.4, columnspacing=1.2,
                  labelspacing=0.3)  # fmt: skip


# Rows


@dataclass(frozen=True)
class Bar:
    """A horizontal bar from `start` to `end` with words beside it; hatched where `end` lies below."""

    start: float
    end: float
    interval: tuple[float, float]
    words: str
    colour: Colour


@dataclass(frozen=True)
class Dots:
    """Points with whiskers: one value in each of some rows."""

    label: str
    colour: Colour
    marker: str
    size: float
    values: dict[int, tuple[float, tuple[float, float]]]  # row -> value, interval


@dataclass(frozen=True)
class Rows:
    """Named rows from the top down over held-out accuracy: bars, or dots beside each other."""

    names: Sequence[str]
    height: float
    bars: Sequence[Bar | None] = ()  # None: not run
    dots: Sequence[Dots] = ()
    bold: str = ""  # a name

    def draw(self, canvas: "Canvas", theme: Theme) -> None:
        axes = canvas.subplots()
        for row, bar in enumerate(self.bars):
            if bar is None:
                axes.text(0.01, row, "not run", va="center", color=theme.faint, fontsize=8.5, style="italic")
            else:
                _draw_bar(axes, row, bar, theme)
        for lane, dots in enumerate(self.dots):
            offset = (lane - (len(self.dots) - 1) / 2) * 0.8 / len(self.dots)
            _draw_dots(axes, dots, offset, theme)
        _name_rows(axes, self.names, self.bold)
        if self.dots:
            _legend_above(canvas, axes)


def _draw_bar(axes: "Axes", row: int, bar: Bar, theme: Theme) -> None:
    low, high = sorted((bar.start, bar.end))
    falls, colour = bar.end < bar.start, theme.colour(bar.colour)
    axes.barh(row, high - low, left=low, height=0.62, color=theme.paper if falls else colour, edgecolor=colour,
              hatch="////" if falls else None, linewidth=0.8)  # fmt: skip
    axes.plot(bar.interval, (row, row), color=theme.ink, linewidth=1.0)
    right, left = max(high, bar.interval[1]), min(low, bar.interval[0])
    if right < 0.72:
        axes.text(right + 0.015, row, bar.words, va="center", fontsize=8.5)
    elif left > 0.25:
        axes.text(left - 0.015, row, bar.words, va="center", ha="right", fontsize=8.5)
    else:  # a bar over the whole width
        box = {"facecolor": theme.paper if falls else colour, "edgecolor": "none", "pad": 1.0}
        ink = theme.ink if falls else theme.paper
        axes.text((low + high) / 2, row, bar.words, va="center", ha="center", fontsize=8.5, color=ink, bbox=box)


def _draw_dots(axes: "Axes", dots: Dots, offset: float, theme: Theme) -> None:
    values = [value for value, _ in dots.values.values()]
    lows = [max(0.0, value - low) for value, (low, _) in dots.values.values()]
    highs = [max(0.0, high - value) for value, (_, high) in dots.values.values()]
    axes.errorbar(values, [row + offset for row in dots.values], xerr=[lows, highs], fmt=dots.marker,
                  color=theme.colour(dots.colour), markersize=dots.size, elinewidth=1.1, label=dots.label)  # fmt: skip


def _name_rows(axes: "Axes", names: Sequence[str], bold: str) -> None:
    axes.set_xlim(-0.02, 1.02)
    _percent(axes.xaxis)
    axes.set_xlabel("held-out accuracy (%)")
    axes.set_yticks(range(len(names)), names)
    for label, name in zip(axes.get_yticklabels(), names):
        label.set_fontweight("bold" if name == bold else "normal")
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="y", visible=False)
    for row in range(1, len(names)):
        axes.axhline(row - 0.5, color=axes.xaxis.get_gridlines()[0].get_color(), linewidth=0.7)
    axes.tick_params(axis="y", length=0)


# Areas


@dataclass(frozen=True)
class Layer:
    """A share over steps in a stack."""

    label: str
    colour: Colour
    values: Numbers


@dataclass(frozen=True)
class Stack:
    """Layers on one another that add up to 1."""

    title: str
    steps: Sequence[int]
    layers: Sequence[Layer]


@dataclass(frozen=True)
class Stacks:
    """Panels of stacked shares."""

    panels: Sequence[Stack]
    label: str  # of the y axis
    last_step: int
    height: float

    def draw(self, canvas: "Canvas", theme: Theme) -> None:
        grid = list(canvas.subplots(len(self.panels), 1, sharex=True, squeeze=False).flat)
        for axes, stack in zip(grid, self.panels):
            axes.stackplot(
                stack.steps,
                *(layer.values for layer in stack.layers),
                step="mid",
                colors=[theme.colour(layer.colour) for layer in stack.layers],
                labels=[layer.label for layer in stack.layers],
                linewidth=0,
            )
            axes.set_title(stack.title)
            _set_y(axes, Axis(self.label, limits=(0, 1)))
            axes.grid(False)
            _set_steps(axes, self.last_step)
            axes.label_outer()
        _legend_above(canvas, grid[0])


# Maps


@dataclass(frozen=True)
class Map:
    """A panel of a heat map: shares by row and step, rows from the bottom up."""

    title: str
    shares: Sequence[Numbers]  # [rows][steps], nan where there is nothing
    steps: tuple[int, int]  # first and last
    blocks: Sequence[str]  # names of groups of rows; one empty name: all rows together
    bounds: Sequence[tuple[int, int]]  # row range of each block


@dataclass(frozen=True)
class HeatMap:
    """Panels of counts out of `size`, one colour per count."""

    panels: Sequence[Map]
    size: int
    equal: bool  # every cell counts out of `size`; otherwise the colour bar is in percent
    last_step: int
    height: float

    def draw(self, canvas: "Canvas", theme: Theme) -> None:
        grid = list(canvas.subplots(len(self.panels), 1, sharex=True, squeeze=False).flat)
        images = [_draw_map(axes, panel, self.size, theme) for axes, panel in zip(grid, self.panels)]
        for axes, panel in zip(grid, self.panels):
            axes.set_title(panel.title)
            _set_steps(axes, self.last_step)
            _name_blocks(axes, panel, theme)
            axes.label_outer()
        self._draw_bar(canvas, grid, images[0])

    def _draw_bar(self, canvas: "Canvas", grid: "Sequence[Axes]", image: "AxesImage") -> None:
        size = self.size
        ticks = list(range(0, size + 1, max(1, size // 4)))
        bar = canvas.colorbar(image, ax=grid, ticks=[t / size for t in ticks], pad=0.02, aspect=16 * len(grid))
        bar.ax.set_yticklabels([str(t) if self.equal else f"{100 * t / size:.0f}" for t in ticks])
        bar.set_label(f"right of {size}" if self.equal else "right (%)")
        bar.ax.minorticks_off()


def _draw_map(axes: "Axes", panel: Map, size: int, theme: Theme) -> "AxesImage":
    import numpy as np
    from matplotlib import colormaps
    from matplotlib.colors import BoundaryNorm

    norm = BoundaryNorm((np.arange(size + 2) - 0.5) / size, 256)
    colours = colormaps["cividis"].with_extremes(bad=theme.paper)
    extent = (panel.steps[0] - 0.5, panel.steps[1] + 0.5, 0, len(panel.shares))
    axes.grid(False)
    return axes.imshow(np.array(panel.shares, dtype=float), cmap=colours, norm=norm, aspect="auto", origin="lower",
                       extent=extent, interpolation="nearest")  # fmt: skip


def _name_blocks(axes: "Axes", panel: Map, theme: Theme) -> None:
    if len(panel.blocks) == 1:
        axes.set_ylabel("groups")
        axes.set_yticks([0, panel.bounds[0][1]])
        return
    axes.set_yticks([(low + high) / 2 for low, high in panel.bounds], panel.blocks)
    for low, _ in panel.bounds[1:]:
        axes.axhline(low, color=theme.paper, linewidth=1.5)
