"""Tables as data: the same rows become Markdown here and HTML in the report's templates."""

from dataclasses import dataclass, field
from typing import Sequence

from oneshot_rlvr.evaluation.scores import PairedTest

NONE = "–"
MINUS = "−"
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with more than words. Example: `share(0.5, (0.4, 0.6))` is `Cell("50.0", "40.0", "60.0")`."""

    text: str = ""
    low: str = ""  # bounds of the 95 % interval, "" without one
    high: str = ""
    note: str = ""  # small print
    strong: str = ""  # words in bold before the text
    code: str = ""  # a command, a path or an answer after the text

    @property
    def small(self) -> str:
        """The interval and the note, which HTML shows under the text."""
        return "; ".join(filter(None, (self.low and f"{self.low} to {self.high}", self.note)))

    @property
    def line(self) -> str:
        """The text with its interval in brackets, where there is no small print."""
        return f"{self.text} [{self.low}, {self.high}]" if self.low else self.text


Content = str | int | Cell | tuple[str | Cell, ...]  # a tuple: lines one under the other


@dataclass(slots=True)
class Table:
    """Rows under headings; the first cell of a row is its heading. A row of two cells may span all columns."""

    head: Sequence[str]
    rows: list[tuple[Content, ...]] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)  # a row's class on a page
    kind: str = ""  # "text" for tables of words, which wrap

    def add(self, *cells: Content, mark: str = "") -> None:
        """Appends a row."""
        self.rows.append(cells)
        self.marks.append(mark)


def percent(value: float | None) -> str:
    """Writes a share in percent."""
    return NONE if value is None else f"{100 * value:.1f}"


def points(value: float | None) -> str:
    """Writes a difference in percentage points, with its sign."""
    return NONE if value is None else f"{100 * value:+.1f}".replace("-", MINUS)


def share(value: float | None, interval: Interval | None = None, note: str = "") -> Cell:
    """Makes the cell of a share in percent with its interval."""
    low, high = map(percent, interval) if interval else ("", "")
    return Cell(percent(value), low, high, note)


def gain(value: float | None, interval: Interval | None = None, note: str = "") -> Cell:
    """Makes the cell of a difference in percentage points with its interval."""
    low, high = map(points, interval) if interval else ("", "")
    return Cell(points(value), low, high, note)


def p_value(test: PairedTest | None) -> str:
    """Writes a p-value, a dash where there was no test."""
    if test is None:
        return NONE
    return "< 0.001" if test.p_value < 0.001 else f"{test.p_value:.3f}" if test.p_value < 0.1 else f"{test.p_value:.2f}"


def gain_with_p(value: float, test: PairedTest | None) -> Cell:
    """Makes the cell of a difference with interval and p-value, both of its test. Example: `p = 0.02`, `p < 0.001`."""
    if test is None:
        return gain(value)
    p = p_value(test)
    return gain(value, test.interval, f"p {p}" if p.startswith("<") else f"p = {p}")


def markdown(table: Table) -> str:
    """Writes a table in Markdown, intervals in brackets and signs in plain ASCII."""
    lines = [table.head, ["---"] * len(table.head), *table.rows]
    return "\n".join("| " + " | ".join(_markdown_cell(cell) for cell in line) + " |" for line in lines)


def _markdown_cell(cell: Content) -> str:
    text = str(cell)
    if isinstance(cell, Cell):
        text = cell.line.replace(MINUS, "-").replace(NONE, "-")
    return text.replace("|", "\\|")
