"""Download of registered files into the cache: checked by sha256, moved into place in one step, offline when asked."""

import json
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path

from oneshot_rlvr.config.shapes import hub_is_offline
from oneshot_rlvr.data.registry import UNPACKED, Source, locate
from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.files import replace_file, sha256_of
from oneshot_rlvr.paths import cache_dir
from oneshot_rlvr.records import read_object

BLOCK = 1 << 20
TIMEOUT_SECONDS = 30.0
RECORDED = "sha256.json"  # file in the cache: hashes, as first fetched, of files whose source fixes none
Progress = Callable[[int, int], None]  # bytes so far, bytes in all (0: not said)


def recorded_hashes() -> dict[str, str]:
    """Name -> sha256 of what was fetched from sources without a fixed hash."""
    path = cache_dir() / RECORDED
    return read_object(path) if path.is_file() else {}


def known_hash(source: Source) -> str | None:
    """The hash a file must have: fixed in the registry, else as it was when first fetched."""
    return source.sha256 or recorded_hashes().get(source.name)


def fetch(source: Source, endpoint: str | None = None, progress: Progress | None = None) -> Path:
    """Puts a registered file into the cache and returns its path; a good copy that is there already is kept.

    `endpoint` replaces the hub's address. Raises UserError when offline, RunError when the download fails or is not
    the file it should be (nothing is left in the cache then).
    """
    target = cache_dir() / source.path
    expected = known_hash(source)
    if target.is_file() and (expected is None or sha256_of(target) == expected):
        return target
    if source.url and hub_is_offline():
        raise UserError(f"{source.name}: HF_HUB_OFFLINE is set; unset it, or put the file at {target}")
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cache {cache_dir()}: cannot be written: {error.strerror}; set RLVR_CACHE") from error
    try:
        if source.url:
            _download(source, partial, progress)
        else:
            _from_hub(source, partial, endpoint)
        found = sha256_of(partial)
        if expected is not None and found != expected:
            raise RunError(f"{source.name}: sha256 {found[:16]}... is not the expected {expected[:16]}...; not kept")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    if source.sha256 is None:
        _record(source.name, found)
    return target


def _download(source: Source, partial: Path, progress: Progress | None) -> None:
    request = urllib.request.Request(source.url, headers={"User-Agent": "oneshot_rlvr"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer, partial.open("wb") as file:
            total = int(answer.headers.get("Content-Length") or 0)
            done = 0
            while block := answer.read(BLOCK):
                file.write(block)
                done += len(block)
                if progress is not None:
                    progress(done, total)
    except urllib.error.HTTPError as error:
        raise RunError(f"{source.name}: {source.url} answered {error.code} {error.reason}") from error
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        raise RunError(f"{source.name}: {source.url} was not reached: {reason}") from error
    except OSError as error:
        raise RunError(f"{source.name}: {partial.parent} cannot be written: {error.strerror}") from error
    if total and done != total:
        raise RunError(f"{source.name}: {source.url} broke off after {done} of {total} bytes")


def _from_hub(source: Source, partial: Path, endpoint: str | None) -> None:
    import httpx
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, LocalEntryNotFoundError

    hub = source.hub
    if hub is None:
        raise UserError(f"{source.name}: belongs to this package; there is nothing to fetch")
    place = f"{hub.repo} ({hub.file}, revision {hub.revision[:12]})"
    try:
        stored = hf_hub_download(
            hub.repo,
            hub.file,
            repo_type="dataset",
            revision=hub.revision,
            endpoint=endpoint,
            local_files_only=hub_is_offline(),
        )
    except LocalEntryNotFoundError as error:
        if hub_is_offline():
            raise UserError(f"{source.name}: HF_HUB_OFFLINE is set and {place} is not in the hub's cache") from error
        raise RunError(f"{source.name}: hub data set {place} was not reached") from error
    except GatedRepoError as error:
        page = f"https://huggingface.co/datasets/{hub.repo}"
        raise RunError(f"{source.name}: agree to the terms at {page}, then set HF_TOKEN") from error
    except (HfHubHTTPError, httpx.HTTPError) as error:
        raise RunError(f"{source.name}: hub data set {place}: {str(error).strip().splitlines()[0]}") from error
    shutil.copyfile(stored, partial)


def _record(name: str, digest: str) -> None:
    path = cache_dir() / RECORDED
    text = json.dumps(recorded_hashes() | {name: digest}, indent=1, sort_keys=True) + "\n"
    replace_file(path, text)


def verify(source: Source) -> tuple[str, Path | None]:
    """`ok`, `changed`, `missing` or `no hash known`, and the file that was hashed."""
    path = locate(source)
    if path is None:
        return "missing", None
    expected = known_hash(source)
    if expected is None:
        return "no hash known", path
    if path.name != Path(source.path).name:
        expected = UNPACKED[expected]
    return ("ok" if sha256_of(path) == expected else "changed"), path
