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
    def height(self) -> float: ...  # inches, with one row of the legend

    def draw(self, canvas: "Canvas", theme: Theme) -> None: ...


def render(drawing: Drawing, width: float = WIDTH) -> tuple[bytes, bytes]:
    """Draws for light and dark pages; -> two PNG. Without pyplot's global state: in any thread, with no screen."""
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


# Panels over training steps


@dataclass(frozen=True)
class Line:
    """A line, with a band between `low` and `high` where there is one."""

    x: Numbers
    y: Numbers
    colour: Colour
    label: str = ""  # "" keeps it out of the legend
    dash: Any = "-"
    marker: str = ""
    marker_size: float = 3.6
    width: float = 1.8
    alpha: float | None = None
    band: tuple[Numbers, Numbers, Numbers] | None = None  # x, low, high
    band_alpha: float = 0.2
    upright: float | None = None  # x of a dotted vertical line in the same colour

    def draw(self, axes: "Axes", theme: Theme) -> None:
        colour = theme.colour(self.colour)
        axes.plot(self.x, self.y, color=colour, label=self.label or None, linestyle=self.dash, alpha=self.alpha,
                  marker=self.marker or None, markersize=self.marker_size, linewidth=self.width)  # fmt: skip
        if self.band is not None:
            axes.fill_between(*self.band, color=colour, alpha=self.band_alpha, linewidth=0)
        if self.upright is not None:
            axes.axvline(self.upright, color=colour, linewidth=1.0, linestyle=DOTTED)


@dataclass(frozen=True)
class Stack:
    """Shares over steps on one another, which add up to 1."""

    steps: Sequence[int]
    layers: Sequence[tuple[str, Colour, Numbers]]  # label, colour, shares

    def draw(self, axes: "Axes", theme: Theme) -> None:
        labels, colours, shares = zip(*self.layers)
        axes.stackplot(self.steps, *shares, step="mid", colors=list(map(theme.colour, colours)), labels=labels,
                       linewidth=0)  # fmt: skip
        axes.grid(False)


@dataclass(frozen=True)
class Map:
    """A heat map: counts out of `size` by row and step, as shares; rows from the bottom up."""

    shares: Sequence[Numbers]  # [rows][steps], nan where there is nothing
    steps: tuple[int, int]  # first and last
    blocks: Sequence[str]  # names of groups of rows; one empty name: all rows together
    bounds: Sequence[tuple[int, int]]  # row range of each block
    size: int

    def draw(self, axes: "Axes", theme: Theme) -> None:
        import numpy as np
        from matplotlib import colormaps
        from matplotlib.colors import BoundaryNorm

        norm = BoundaryNorm((np.arange(self.size + 2) - 0.5) / self.size, 256)
        colours = colormaps["cividis"].with_extremes(bad=theme.paper)
        extent = (self.steps[0] - 0.5, self.steps[1] + 0.5, 0, len(self.shares))
        axes.grid(False)
        axes.imshow(np.array(self.shares, dtype=float), cmap=colours, norm=norm, aspect="auto", origin="lower",
                    extent=extent, interpolation="nearest")  # fmt: skip
        if len(self.blocks) == 1:
            axes.set_ylabel("groups")
            axes.set_yticks([0, self.bounds[0][1]])
        else:
            axes.set_yticks([(low + high) / 2 for low, high in self.bounds], self.blocks)
            for low, _ in self.bounds[1:]:
                axes.axhline(low, color=theme.paper, linewidth=1.5)


@dataclass(frozen=True)
class Axis:
    """The y axis: percent of 0 to 100, unless said otherwise."""

    label: str
    percent: bool = True
    limits: tuple[float, float | None] | None = (-0.02, 1.02)  # None, also for one end: as far as the data reach
    log: bool = False

    def draw(self, axes: "Axes") -> None:
        if self.percent:
            _percent(axes.yaxis)
        axes.set_ylabel(f"{self.label} (%)" if self.percent else self.label)
        if self.log:
            axes.set_yscale("log")
        if self.limits:
            axes.set_ylim(*self.limits)


@dataclass(frozen=True)
class Panel:
    """One system of axes and its contents."""

    parts: Sequence[Line | Stack | Map]
    axis: Axis | None = None  # a map names its rows itself
    title: str = ""
    bold: bool = False
    level: float | None = None  # y of a dashed horizontal line


@dataclass(frozen=True)
class Panels:
    """Panels over training steps or what `x_label` says, or over `ks` on a logarithmic scale."""

    panels: Sequence[Panel]
    last_step: int = 0  # end of the x axis
    ks: Sequence[int] = ()
    height: float = HEIGHT
    columns: int = 1
    share_y: bool = False
    ticks: int = 7  # at most, on the x axis
    x_label: str = "training step"
    equal: bool = True  # every cell of the maps counts out of their size; else their colour bar is in percent

    def draw(self, canvas: "Canvas", theme: Theme) -> None:
        rows = math.ceil(len(self.panels) / self.columns)
        grid = list(canvas.subplots(rows, self.columns, sharex=True, sharey=self.share_y, squeeze=False).flat)
        for axes, panel in zip(grid, self.panels):
            for part in panel.parts:
                part.draw(axes, theme)
            if panel.level is not None:
                axes.axhline(panel.level, color=theme.faint, linewidth=0.8, linestyle=DASHED)
            axes.set_title(panel.title, fontweight="bold" if panel.bold else "normal")
            if panel.axis:
                panel.axis.draw(axes)
            self._draw_x(axes)
            axes.label_outer()
        for axes in grid[len(self.panels) :]:
            axes.set_visible(False)
        _legend_above(canvas, grid)
        if isinstance(first := self.panels[0].parts[0], Map):
            _colour_bar(canvas, grid, first.size, self.equal)

    def _draw_x(self, axes: "Axes") -> None:
        from matplotlib.ticker import MaxNLocator

        if self.ks:
            axes.set_xscale("log", base=2)
            axes.set_xticks(self.ks, [str(k) for k in self.ks])
            axes.minorticks_off()
            axes.set_xlabel("k")
        else:
            axes.set_xlim(0, max(self.last_step, 1))
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=self.ticks))
            axes.set_xlabel(self.x_label)


def _percent(axis: Any) -> None:
    from matplotlib.ticker import PercentFormatter

    axis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=""))


def _legend_above(canvas: "Canvas", panels: "Sequence[Axes]") -> None:
    """Puts a legend of all panels above the drawing, in as many columns as fit; the picture grows by its rows; none for
    one line."""
    drawn: dict[str, Any] = {}
    for axes in panels:
        for handle, label in zip(*axes.get_legend_handles_labels()):
            drawn.setdefault(label.removesuffix(" control"), handle)
    labels, handles = list(drawn), list(drawn.values())
    if len(labels) < 2:
        return
    columns = next((n for n in (4, 3, 2) if n * (max(map(len, labels)) + 9) <= LEGEND_CHARACTERS), 1)
    if len(labels) == 3 and sum(map(len, labels)) + 27 <= LEGEND_CHARACTERS:
        columns = 3
    canvas.set_figheight(canvas.get_figheight() + LEGEND_ROW * (math.ceil(len(labels) / columns) - 1))
    canvas.legend(handles, labels, loc="outside upper left", ncols=columns, handlelength=2.4, columnspacing=1.2,
                  labelspacing=0.3)  # fmt: skip


def _colour_bar(canvas: "Canvas", grid: "Sequence[Axes]", size: int, equal: bool) -> None:
    ticks = list(range(0, size + 1, max(1, size // 4)))
    bar = canvas.colorbar(grid[0].images[0], ax=grid, ticks=[t / size for t in ticks], pad=0.02, aspect=16 * len(grid))
    bar.ax.set_yticklabels([str(t) if equal else f"{100 * t / size:.0f}" for t in ticks])
    bar.set_label(f"right of {size}" if equal else "right (%)")
    bar.ax.minorticks_off()


# Rows


@dataclass(frozen=True)
class Bar:
    """A horizontal bar from `start` to `end` with words beside it; hatched where `end` lies below."""

    start: float
    end: float
    interval: tuple[float, float]
    words: str
    colour: Colour

    def draw(self, axes: "Axes", row: int, theme: Theme) -> None:
        low, high = sorted((self.start, self.end))
        falls, colour = self.end < self.start, theme.colour(self.colour)
        inside = theme.paper if falls else colour
        axes.barh(row, high - low, left=low, height=0.62, color=inside, edgecolor=colour,
                  hatch="////" if falls else None, linewidth=0.8)  # fmt: skip
        axes.plot(self.interval, (row, row), color=theme.ink, linewidth=1.0)
        right, left = max(high, self.interval[1]), min(low, self.interval[0])
        if right < 0.72:
            axes.text(right + 0.015, row, self.words, va="center", fontsize=8.5)
        elif left > 0.25:
            axes.text(left - 0.015, row, self.words, va="center", ha="right", fontsize=8.5)
        else:  # a bar over the whole width
            box = {"facecolor": inside, "edgecolor": "none", "pad": 1.0}
            ink = theme.ink if falls else theme.paper
            axes.text((low + high) / 2, row, self.words, va="center", ha="center", fontsize=8.5, color=ink, bbox=box)


@dataclass(frozen=True)
class Dots:
    """Points with whiskers: one value in each of some rows."""

    label: str
    colour: Colour
    marker: str
    size: float
    values: dict[int, tuple[float, tuple[float, float]]]  # number of a row -> value, interval

    def draw(self, axes: "Axes", offset: float, theme: Theme) -> None:
        values = [value for value, _ in self.values.values()]
        lows = [max(0.0, value - low) for value, (low, _) in self.values.values()]
        highs = [max(0.0, high - value) for value, (_, high) in self.values.values()]
        heights = [row + offset for row in self.values]
        axes.errorbar(values, heights, xerr=[lows, highs], fmt=self.marker, color=theme.colour(self.colour),
                      markersize=self.size, elinewidth=1.1, label=self.label)  # fmt: skip


@dataclass(frozen=True)
class Rows:
    """Named rows from the top down over held-out accuracy: bars, or dots beside each other."""

    names: Sequence[str]
    height: float
    bars: Sequence[Bar | None] = ()  # one per row, None where nothing was run
    dots: Sequence[Dots] = ()
    bold: str = ""  # the name in bold

    def draw(self, canvas: "Canvas", theme: Theme) -> None:
        axes = canvas.subplots()
        for row, bar in enumerate(self.bars):
            if bar is None:
                axes.text(0.01, row, "not run", va="center", color=theme.faint, fontsize=8.5, style="italic")
            else:
                bar.draw(axes, row, theme)
        for lane, dots in enumerate(self.dots):
            offset = (lane - (len(self.dots) - 1) / 2) * 0.8 / len(self.dots)
            dots.draw(axes, offset, theme)
        self._name_rows(axes)
        if self.dots:
            _legend_above(canvas, [axes])

    def _name_rows(self, axes: "Axes") -> None:
        axes.set_xlim(-0.02, 1.02)
        _percent(axes.xaxis)
        axes.set_xlabel("held-out accuracy (%)")
        axes.set_yticks(range(len(self.names)), self.names)
        for label, name in zip(axes.get_yticklabels(), self.names):
            label.set_fontweight("bold" if name == self.bold else "normal")
        axes.set_ylim(len(self.names) - 0.5, -0.5)
        axes.grid(axis="y", visible=False)
        for row in range(1, len(self.names)):
            axes.axhline(row - 0.5, color=axes.xaxis.get_gridlines()[0].get_color(), linewidth=0.7)
        axes.tick_params(axis="y", length=0)
