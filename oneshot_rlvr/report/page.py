"""Pages from the templates beside this file. Jinja escapes every value, and a page loads nothing from anywhere."""

import base64
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from oneshot_rlvr.errors import RunError
from oneshot_rlvr.evaluation.tables import percent
from oneshot_rlvr.files import replace_file
from oneshot_rlvr.report.rollout_view import OPEN_ENTROPY
from oneshot_rlvr.report.theme import DARK, LIGHT

TEMPLATES = Path(__file__).parent / "templates"
EMBED_LIMIT = 400_000  # characters of CSV that are put into the page; larger ones lie beside it only


def fill(template: str, **values: object) -> str:
    """Makes a page from a template."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    made.globals |= {"themes": {"light": LIGHT, "dark": DARK}, "embed_limit": EMBED_LIMIT, "open_entropy": OPEN_ENTROPY}
    made.filters |= {"data_uri": data_uri, "percent": percent}
    return made


def data_uri(content: str | bytes, kind: str) -> str:
    """Writes a file as an address that contains it. Example: `data:text/csv;base64,YSxiCg==`."""
    data = content.encode() if isinstance(content, str) else content
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def write_file(path: Path, content: str | bytes) -> None:
    """Writes a file of the report, whole or not at all. RunError where the disk refuses."""
    try:
        replace_file(path, content)
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror}; what was there is untouched") from error
