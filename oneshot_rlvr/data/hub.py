"""Any data set of the hub, or a folder of data files, as one file of JSON lines in the cache, through `datasets`.

`hub:OWNER/NAME[@REVISION][:CONFIG][:SPLIT]`, or `hub:FOLDER[:CONFIG][:SPLIT]`. What is in the cache is not asked for
again; of a folder, as long as none of its files has changed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, cast

from oneshot_rlvr.config.shapes import hub_is_offline
from oneshot_rlvr.errors import RunError, UserError, nearest
from oneshot_rlvr.files import replace_file, replacing
from oneshot_rlvr.paths import cache_dir

PREFIX = "hub:"
FORM = "hub:OWNER/NAME[:CONFIG][:SPLIT] is needed"
SAVED = ("dataset_dict.json", "state.json")  # of what `save_to_disk` writes


@dataclass(frozen=True, slots=True)
class HubSet:
    """A name in its parts. Example: `hub:openai/gsm8k@main:socratic:test`."""

    name: str
    place: str  # of the hub, or a folder
    revision: str | None
    parts: tuple[str, ...]  # configuration, split, or one of them

    @property
    def stem(self) -> str:
        """The name under which results go: `gsm8k_socratic_test`."""
        return "_".join([Path(self.place).name, *self.parts]).replace("/", "_")

    @property
    def folder(self) -> Path | None:
        given = Path(self.place).expanduser()
        return given if given.is_dir() else None


def hub_set(name: str) -> HubSet:
    """The parts of a name. UserError where it has not the form."""
    place, *parts = name.removeprefix(PREFIX).split(":")
    place, _, revision = place.partition("@")
    if not place or len(parts) > 2 or not all(parts):
        raise UserError(f"{name}: {FORM}")
    return HubSet(name, place, revision or None, tuple(parts))


def with_revision(name: str, revision: str | None) -> str:
    """The name with a revision where it is one of the hub that has none."""
    if revision is None or not name.startswith(PREFIX) or "@" in name:
        return name
    place, *parts = name.removeprefix(PREFIX).split(":")
    return PREFIX + ":".join([f"{place}@{revision}", *parts])


def at_revision(wanted: HubSet, revision: str) -> str:
    """The name of a data set at another revision."""
    return PREFIX + ":".join([f"{wanted.place}@{revision}", *wanted.parts])


def newest_commit(kind: str, repo: str, revision: str | None) -> str | None:
    """The commit that a revision of a `model` or `dataset` of the hub is now; None where the hub does not tell."""
    import httpx
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    if hub_is_offline():
        return None
    try:
        return HfApi().repo_info(repo, repo_type=kind, revision=revision, timeout=10.0).sha
    except (HfHubHTTPError, httpx.HTTPError, OfflineModeIsEnabled):
        return None  # what is wrong is said when the files are wanted


def commit_of(wanted: HubSet) -> str | None:
    """The commit of a data set now, or, where the hub does not tell, when it was last asked."""
    reference = cache_dir() / "hub" / wanted.place / "refs" / (wanted.revision or "main").replace("/", "_")
    found = newest_commit("dataset", wanted.place, wanted.revision)
    if found is not None:
        _make_folder(reference.parent)
        replace_file(reference, found)
    elif reference.is_file():
        found = reference.read_text()
    return found


def same_set(name: str, other: str | None) -> bool:
    """Tells whether both are of one data set of the hub, maybe of two of its splits."""
    both = name.startswith(PREFIX) and other is not None and other.startswith(PREFIX)
    return both and hub_set(name).place == hub_set(other or "").place


def hub_file(name: str, limit: int | None = None) -> Path:
    """The rows as JSON lines, or with `limit` at least the first so many, if no more are there.

    UserError for a data set, configuration or split that there is not (with the valid ones), or offline; RunError where
    the hub is not reached.
    """
    wanted = hub_set(name)
    home = _home(wanted)
    whole = home / f"{wanted.stem}.jsonl"
    if whole.is_file():
        return whole
    first = home / f"first_{limit}" / f"{wanted.stem}.jsonl"
    if limit is not None and first.is_file():
        return first
    if wanted.folder is None and hub_is_offline():
        raise UserError(f"{name}: HF_HUB_OFFLINE is set and the cache does not hold it ({whole})")
    path = whole if limit is None else first
    _make_folder(path.parent)
    _write(wanted, path, limit)
    return path


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cache {cache_dir()}: cannot be written: {error.strerror}; set RLVR_CACHE") from error


def _home(wanted: HubSet) -> Path:
    """The folder of the cache for a data set at a revision, or for a folder with its files as they are now."""
    if wanted.folder is None:
        return cache_dir() / "hub" / wanted.place / (wanted.revision or "main").replace("/", "_")
    digest = hashlib.sha256(str(wanted.folder.resolve()).encode())
    for file in sorted(wanted.folder.rglob("*")):
        status = file.stat()
        digest.update(f"{file.relative_to(wanted.folder)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return cache_dir() / "hub" / "folders" / digest.hexdigest()[:16]


def _write(wanted: HubSet, path: Path, limit: int | None) -> None:
    """Writes the rows one by one, as they come; whatever is wrong with them is one line."""
    import datasets
    import httpx
    import pyarrow as pa
    from datasets.exceptions import DatasetsError
    from huggingface_hub.errors import HfHubHTTPError

    datasets.disable_progress_bars()
    try:
        rows = islice(_rows(wanted), limit)
        with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False, default=_plain) + "\n" for row in rows)
            if not file.tell():
                raise UserError(f"{wanted.name}: holds no rows")
    except (UserError, RunError):
        raise
    except (ConnectionError, httpx.HTTPError, HfHubHTTPError) as error:
        raise RunError(f"{wanted.name}: the hub was not reached: {_first_line(error)}") from error
    except (DatasetsError, FileNotFoundError) as error:
        raise UserError(f"{wanted.name}: {_first_line(error)}") from error
    except (OSError, ValueError, pa.ArrowException) as error:
        raise RunError(f"{wanted.name}: cannot be read: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _plain(value: Any) -> Any:
    """A date as text; none for what is not text, such as a picture."""
    return value.isoformat() if hasattr(value, "isoformat") else None


def _rows(wanted: HubSet) -> Iterable[Mapping[str, Any]]:
    import datasets

    folder = wanted.folder
    if folder is not None and any((folder / name).is_file() for name in SAVED):
        loaded = datasets.load_from_disk(str(folder))
        if isinstance(loaded, datasets.Dataset):
            loaded = datasets.DatasetDict({str(loaded.split or "train"): loaded})
        return cast(Iterable[Mapping[str, Any]], loaded[_split(wanted, wanted.parts, [*map(str, loaded)])])
    place = str(folder) if folder is not None else wanted.place
    configs = datasets.get_dataset_config_names(place, revision=wanted.revision)
    config, parts = _config(wanted, configs)
    loaded = datasets.load_dataset(place, config, revision=wanted.revision, streaming=True)
    return loaded[_split(wanted, parts, [*map(str, loaded)])]


def _config(wanted: HubSet, configs: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The configuration, and what of the name remains for the split. UserError with the valid ones."""
    parts = wanted.parts
    if len(parts) == 2 or (parts and parts[0] in configs):
        if parts[0] not in configs:
            raise UserError(f"{wanted.name}: no configuration {parts[0]!r}; {nearest(parts[0], configs)}")
        return parts[0], parts[1:]
    if len(configs) > 1 and "default" not in configs:
        raise UserError(f"{wanted.name}: which configuration? {FORM}; {nearest('', configs)}")
    return configs[0] if len(configs) == 1 else "default", parts


def _split(wanted: HubSet, parts: tuple[str, ...], splits: Sequence[str]) -> str:
    """The split that is named, or the only one. UserError with the valid ones."""
    if parts and parts[-1] not in splits:
        raise UserError(f"{wanted.name}: no split {parts[-1]!r}; {nearest(parts[-1], splits)}")
    if not parts and len(splits) > 1:
        raise UserError(f"{wanted.name}: which split? {FORM}; {nearest('', splits)}")
    return parts[-1] if parts else splits[0]
