"""`rlvr delta`: how a run moved its weights, and where a straight line through its first steps would have ended."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from oneshot_rlvr.errors import UserError
from oneshot_rlvr.paths import given, no_folder

HELP = "how a run moved its weights: size, rank and line of the change; extrapolate it"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=given, metavar="RUN", help="a run with at least two checkpoints")
    parser.add_argument("--base", metavar="MODEL", help="model that it started from (default: the run's own)")
    parser.add_argument("--first", type=float, default=0.15, metavar="SHARE",
                        help="share of the steps that the last one is extrapolated from (default: 0.15)")  # fmt: skip
    parser.add_argument("--output", type=given, metavar="DIR", help="write the extrapolated model there")
    parser.add_argument("--no-ranks", action="store_true", help="leave the ranks out, which take most of the time")


def run(args: argparse.Namespace) -> int:
    """Measures the change of all weights; writes `delta.json` beside the checkpoints, and with --output a model."""
    from oneshot_rlvr.evaluation import geometry
    from oneshot_rlvr.evaluation.checkpoints import discover
    from oneshot_rlvr.evaluation.tables import NONE, Table, markdown, percent
    from oneshot_rlvr.files import check_folder, replace_file

    if not 0 < args.first < 1:
        raise UserError(f"--first {args.first:g}: a share between 0 and 1 is needed, such as 0.15")
    if args.output is not None:
        check_folder(args.output, f"--output {args.output}")
    if not args.run.is_dir():
        raise UserError(f"{args.run}: {no_folder(args.run)}")
    points = [(m.step, Path(m.path)) for m in discover(args.run).models if m.step]
    if len(points) < 2:
        raise UserError(f"{args.run}: a change over steps takes two checkpoints, {len(points)} found; "
                        "train with a smaller checkpoint.every")  # fmt: skip
    base = _base(args)
    last = points[-1][0]
    early = [point for point in points[:-1] if point[0] <= args.first * last] or points[:1]
    found = list(geometry.changes(base, points, not args.no_ranks))
    rows = geometry.summaries(found, several=True)
    table = Table(["weights", "tensors", "change / base %", "moved in bfloat16 %", "effective rank",
                   "in the first direction %", "on one line %"])  # fmt: skip
    for row in rows:
        rank = NONE if row.effective_rank is None else f"{row.effective_rank:.1f}"
        table.add(row.kind, row.tensors, f"{100 * row.relative:.3g}", percent(row.moved_share), rank,
                  percent(row.top_share), percent(row.linearity))  # fmt: skip
    print(f"{args.run}: {len(points)} checkpoints, steps {points[0][0]} to {last}, from {base}\n")
    print(markdown(table))
    gap, cosine = geometry.distance(base, early, points[-1])
    said = ", ".join(str(step) for step, _ in early)
    print(f"\nA line through the base and step {said}, continued to step {last}: {gap:.3g} of the true change away, "
          f"cosine {cosine:.3f}")  # fmt: skip
    written = {"checkpoints": [step for step, _ in points], "kinds": [asdict(row) for row in rows],
               "extrapolated": {"from": [step for step, _ in early], "to": last, "distance": gap, "cosine": cosine},
               "tensors": [asdict(change) for change in found]}  # fmt: skip
    path = args.run / "delta.json"
    replace_file(path, json.dumps(written, indent=1) + "\n")
    print(path)
    if args.output is not None:
        _write(args.output, points[-1][1], geometry.extrapolated(base, early, last))
        print(f"{args.output}; next: rlvr eval --model {args.output}")
    return 0


def _base(args: argparse.Namespace) -> Path:
    """The folder of the model that the run started from."""
    from oneshot_rlvr.evaluation.checkpoints import base_source, local_folder, run_config, run_folder

    home = run_folder(args.run)
    if args.base is not None:
        return local_folder(base_source(args.base, "--base"))
    if home is None:
        raise UserError(f"{args.run}: no run of ours; --base MODEL says what it started from")
    model = run_config(home).model
    return local_folder(base_source(model.path, f"{home}/config.yaml: model.path", model.revision))


def _write(folder: Path, like: Path, tensors: object) -> None:
    """A model folder like another one, with other weights, whole or not at all."""
    import shutil

    from safetensors.torch import save_file

    from oneshot_rlvr.checkpoint import model_files

    folder.mkdir(parents=True, exist_ok=True)
    for path in model_files(like):
        if "safetensors" not in path.name:
            shutil.copyfile(path, folder / path.name)
    temporary = folder / "model.safetensors.part"
    save_file(dict(tensors), temporary, metadata={"format": "pt"})  # type: ignore[arg-type]
    temporary.replace(folder / "model.safetensors")
