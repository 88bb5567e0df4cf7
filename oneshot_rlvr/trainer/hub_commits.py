"""Names of the hub with their commits, so that a run and its continuations read the same files."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from oneshot_rlvr.config.sampler import recorded_settings
from oneshot_rlvr.config.schema import DataConfig, RunConfig
from oneshot_rlvr.config.shapes import HUB_ID, hub_snapshot
from oneshot_rlvr.data.hub import PREFIX, at_revision, commit_of, hub_set, newest_commit, with_revision

COMMIT = re.compile(r"[0-9a-f]{40}")
SETS = ("file", "validation", "demonstrations", "pool")


def pinned(config: RunConfig) -> RunConfig:
    """The configuration with each revision of the hub as a commit, and `hub_commits` by what was asked for.

    A run that began stays with its commits. What nobody can tell now (no network, nothing in the cache) stays as it is.
    """
    recorded, commits = recorded_settings(config), dict[str, str]()
    before = None if recorded is None else recorded.get("hub_commits") or {}

    def commit(asked: str, find: Callable[[], str | None]) -> str | None:
        found = find() if before is None else before.get(asked)
        if found is not None:
            commits[asked] = found
        return found

    model = config.model
    of_hub = HUB_ID.fullmatch(model.path) and not Path(model.path).exists()
    if of_hub and not COMMIT.fullmatch(model.revision or ""):
        path, revision = model.path, model.revision
        found = commit(_asked(path, revision), lambda: _model_commit(path, revision))
        model = replace(model, revision=found or revision)
    names = {key: name for key in SETS if (name := _with_commit(config.data, key, commit)) is not None}
    return replace(config, model=model, data=replace(config.data, **names), hub_commits=commits)


def _model_commit(path: str, revision: str | None) -> str | None:
    found = newest_commit("model", path, revision)
    if found is None and (cached := hub_snapshot(path, revision)) is not None:
        found = cached.name
    return found


def _with_commit(
    data: DataConfig, key: str, commit: Callable[[str, Callable[[], str | None]], str | None]
) -> str | None:
    """A data set's name with its commit; None for what is not of the hub or has one."""
    name = getattr(data, key)
    if not name or not name.startswith(PREFIX):
        return None
    wanted = hub_set(with_revision(name, None if key == "pool" else data.revision))
    if wanted.folder is not None or COMMIT.fullmatch(wanted.revision or ""):
        return None
    found = commit(_asked(PREFIX + wanted.place, wanted.revision), lambda: commit_of(wanted))
    return None if found is None else at_revision(wanted, found)


def _asked(name: str, revision: str | None) -> str:
    return f"{name}@{revision}" if revision else name
