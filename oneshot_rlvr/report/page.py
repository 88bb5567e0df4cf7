"""A self-contained HTML page from parts. Every text is escaped unless it was made here and is marked `Html`."""

import base64
import html
from pathlib import Path
from typing import Sequence

from oneshot_rlvr.errors import RunError
from oneshot_rlvr.files import PAGE_POLICY, replace_file
from oneshot_rlvr.report.figures import Figure

EMBED_LIMIT = 400_000  # bytes of CSV that are put into the page; larger ones lie beside it only
CSS = Path(__file__).parent / "templates" / "page.css"


class Html(str):
    """Text that is HTML already."""


def safe(text: object) -> Html:
    """Escaped, unless it is HTML already."""
    return text if isinstance(text, Html) else Html(html.escape(str(text)))


def tag(name: str, *content: object, **attributes: object) -> Html:
    """`tag("p", "a < b", cls="faint")` -> `<p class="faint">a &lt; b</p>`. An attribute that is None is left out."""
    names = {key: "class" if key == "cls" else key.replace("_", "-") for key in attributes}
    given = "".join(
        f' {names[key]}="{html.escape(str(value))}"' for key, value in attributes.items() if value is not None
    )
    return Html(f"<{name}{given}>{join(content)}</{name}>")


def join(parts: Sequence[object], between: str = "") -> Html:
    return Html(between.join(safe(part) for part in parts))


def table(
    head: Sequence[object], rows: Sequence[Sequence[object]], classes: Sequence[str] = (), kind: str = ""
) -> Html:
    """A table that scrolls sideways on a narrow screen. The first cell of a row is its heading.

    A row of two cells in a wider table has its second cell across all columns.
    `classes[i]` is put on row i; `kind="text"` is for tables of words, which wrap.
    """
    marks = list(classes) or [""] * len(rows)
    body = [
        tag("tr", tag("th", row[0], scope="row"), *_cells(row[1:], len(head) - 1), cls=mark or None)
        for row, mark in zip(rows, marks)
    ]
    top = tag("thead", tag("tr", *(tag("th", cell, scope="col") for cell in head)))
    return tag("div", tag("table", top, tag("tbody", *body), cls=kind or None), cls="scroll", tabindex="0")


def _cells(cells: Sequence[object], columns: int) -> list[Html]:
    across = columns if len(cells) == 1 and columns > 1 else None
    return [tag("td", cell, colspan=across) for cell in cells]


def section(anchor: str, title: str, *content: object) -> Html:
    return tag("section", tag("h2", title, id=anchor), *content)


def bullets(items: Sequence[object], cls: str | None = None) -> Html:
    return tag("ul", *(tag("li", item) for item in items), cls=cls)


def folded(summary: str, *content: object) -> Html:
    return tag("details", tag("summary", summary), *content)


def figures(items: Sequence[Figure]) -> Html:
    """Side by side where there is room, each for light and dark, with its numbers to download."""
    return tag("div", *(_figure(item) for item in items), cls="figures")


def _figure(item: Figure) -> Html:
    dark = Html(f'<source media="(prefers-color-scheme: dark)" srcset="{_data_uri(item.dark)}">')
    light = Html(f'<img src="{_data_uri(item.light)}" alt="{html.escape(item.alt)}">')
    caption = tag("figcaption", item.caption, " ", _csv_link(item))
    return tag("figure", tag("h3", item.title), tag("picture", dark, light), caption, id=item.name)


def _data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _csv_link(item: Figure) -> Html:
    data = item.table.encode()
    if len(data) > EMBED_LIMIT:
        return tag("span", f"Numbers: {item.name}.csv beside this page.")
    link = f"data:text/csv;base64,{base64.b64encode(data).decode()}"
    return tag("a", "Numbers (CSV)", href=link, download=f"{item.name}.csv")


def document(title: str, body: Sequence[object]) -> str:
    """The whole page, under `PAGE_POLICY`."""
    head = [
        Html('<meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html('<meta name="color-scheme" content="light dark">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{PAGE_POLICY}">'),
        tag("title", title),
        Html(f"<style>\n{CSS.read_text(encoding='utf-8')}</style>"),
    ]
    return f'<!doctype html>\n<html lang="en">\n<head>\n{join(head, chr(10))}\n</head>\n{tag("body", *body)}\n</html>\n'


def write_file(path: Path, content: str | bytes) -> None:
    """A file of the report, whole or not at all. RunError where the disk refuses."""
    try:
        replace_file(path, content)
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror}; what was there is untouched") from error
