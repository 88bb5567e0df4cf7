"""`rlvr data`: the public data by name: list, fetch into the cache, verify the hashes."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from oneshot_rlvr.errors import RunError, UserError, nearest
from oneshot_rlvr.terminal import console as terminal_console
from oneshot_rlvr.terminal import printable

if TYPE_CHECKING:
    from oneshot_rlvr.data.registry import Source

HELP = "public data by name: list, fetch, verify"
ACTIONS = ("list", "fetch", "verify")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        metavar="list|fetch|verify",
        help="list: names and where they lie; fetch: download into the cache; verify: hash again",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="registered names (fetch without: the paper's files)")
    parser.add_argument("--sources", action="store_true", help="list: also where each file comes from")


def run(args: argparse.Namespace) -> int:
    from oneshot_rlvr.data.registry import sources

    if args.action not in ACTIONS:
        raise UserError(f"rlvr data {args.action}: not known; {nearest(args.action, ACTIONS)}")
    known = sources()
    for name in args.names:
        if name not in known:
            raise UserError(f"rlvr data: no data set named {name}; {nearest(name, known)}")
    chosen = [known[name] for name in args.names] or list(known.values())
    if args.action == "list":
        return _list(chosen, args.sources)
    if args.action == "fetch":
        return _fetch([s for s in chosen if args.names or s.fetched_by_default])
    return _verify(chosen, named=bool(args.names))


def _origin(source: "Source") -> str:
    if source.hub is not None:
        return f"hub data set {source.hub.repo}, {source.hub.file}, revision {source.hub.revision[:12]}"
    return source.url or "part of this package"


def _size(num_bytes: int) -> str:
    return f"{num_bytes / 1024:,.0f} kB" if num_bytes else "-"


def _list(chosen: Sequence["Source"], with_origin: bool) -> int:
    from rich.table import Table

    from oneshot_rlvr.data.registry import locate

    console = terminal_console(markup=False)
    if not console.is_terminal:
        console = terminal_console(markup=False, width=150)
    table = Table("name", "size", "what it is", "on this machine", *(["source"] if with_origin else []))
    for source in chosen:
        found = locate(source)
        size = source.num_bytes or (found.stat().st_size if found else 0)
        where = printable(str(found)) if found else "-"
        table.add_row(source.name, _size(size), source.about, where, *([_origin(source)] if with_origin else []))
    console.print(table)
    return 0


def _fetch(chosen: Sequence["Source"]) -> int:
    from oneshot_rlvr.data.fetch import fetch

    paths: list[Path] = []
    for source in chosen:
        if source.shipped is not None:
            raise UserError(f"rlvr data fetch {source.name}: part of this package, nothing to fetch")
    for source in chosen:
        print(f"{source.name}: {_origin(source)}", file=sys.stderr, flush=True)
        paths.append(fetch(source))
    for path in paths:
        print(path)
    return 0


def _verify(chosen: Sequence["Source"], named: bool) -> int:
    from oneshot_rlvr.data.fetch import verify

    changed = []
    for source in chosen:
        status, path = verify(source)
        if status == "missing" and named:
            raise UserError(f"{source.name} is not on this machine; get it with: rlvr data fetch {source.name}")
        if status == "changed":
            changed.append(source.name)
        if path is not None:
            print(f"{status:<14}{source.name:<34}{path}")
    if changed:
        raise RunError(f"sha256 differs from the registered one: {', '.join(changed)}")
    return 0
