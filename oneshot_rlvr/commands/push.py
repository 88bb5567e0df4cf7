"""`rlvr push`: a checkpoint with its model card to the Hugging Face hub, or only into a folder."""

import argparse
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.paths import given

if TYPE_CHECKING:
    from oneshot_rlvr.evaluation.checkpoints import ModelSource

HELP = "a checkpoint and its model card to the Hugging Face hub, or only into a folder"
REPO = re.compile(r"[\w-][\w.-]*/[\w.-]+")
LICENCE = re.compile(r"^license:\s*(\S+)\s*$", re.MULTILINE)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=given, metavar="RUN", help="a run of rlvr train")
    parser.add_argument("repo", metavar="REPO", help="owner/name on the hub; made if it is not there")
    parser.add_argument("--step", type=int, metavar="N", help="the checkpoint (default: the newest)")
    parser.add_argument("--controls", type=given, nargs="+", default=[], metavar="RUN",
                        help="runs whose results stand beside it in the card")  # fmt: skip
    parser.add_argument("--output", type=given, metavar="DIR", help="of the folder (default: push/step_N in the run)")
    parser.add_argument("--private", action="store_true", help="a repository that only its owner sees, if it is made")
    parser.add_argument("--dry-run", action="store_true", help="write the folder and send nothing")


def run(args: argparse.Namespace) -> int:
    """Writes the folder, then sends it. UserError for wrong input, RunError where the hub refuses."""
    if not REPO.fullmatch(args.repo):
        raise UserError(f"{args.repo}: owner/name is needed, such as me/my-model")
    from oneshot_rlvr.files import check_folder, replace_file
    from oneshot_rlvr.report.card import model_card
    from oneshot_rlvr.report.run_files import find_run, read_run

    path = find_run(args.run)
    source = _checkpoint(path, args.step)
    assert source.step is not None
    folder = args.output or path / "push" / source.folder_name
    check_folder(folder, f"--output {folder}")
    read = read_run(path)
    controls = [read_run(find_run(one)) for one in args.controls]
    _copy(Path(source.path), folder)
    replace_file(folder / "README.md", model_card(read, source.step, controls, _licence(read.config.model.path)))
    print(f"{folder}: model and card of step {source.step}")
    if args.dry_run:
        print(f"nothing was sent (--dry-run); without it the folder goes to {args.repo}")
        return 0
    print(_send(folder, args.repo, args.private))
    return 0


def _checkpoint(run: Path, step: int | None) -> "ModelSource":
    """The complete checkpoint of that step. UserError with the nearest one."""
    from oneshot_rlvr.errors import nearest
    from oneshot_rlvr.evaluation.checkpoints import discover

    models = {model.step: model for model in discover(run).models}
    chosen = max(models, key=lambda found: found or 0) if step is None else step
    if chosen not in models:
        raise UserError(f"--step {step}: no such checkpoint; {nearest(str(step), list(map(str, models)))}")
    return models[chosen]


def _copy(source: Path, folder: Path) -> None:
    """The files of the model itself, without the trainer's state."""
    from oneshot_rlvr.checkpoint import model_files

    folder.mkdir(parents=True, exist_ok=True)
    for file in model_files(source):
        shutil.copyfile(file, folder / file.name)


def _licence(model: str) -> str | None:
    """The licence that the base's own card names, where the card is on this machine."""
    from oneshot_rlvr.config.shapes import model_folder

    folder = model_folder(model)
    card = folder / "README.md" if folder else None
    found = LICENCE.search(card.read_text(encoding="utf-8", errors="replace")) if card and card.is_file() else None
    return found.group(1) if found else None


def _send(folder: Path, repo: str, private: bool) -> str:
    """Makes the repository if need be and sends the folder; -> its address."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError

    api = HfApi()
    try:
        api.create_repo(repo, private=private, exist_ok=True)
        return str(api.upload_folder(repo_id=repo, folder_path=folder, commit_message=f"Add {folder.name}"))
    except (HfHubHTTPError, LocalTokenNotFoundError, OSError, ValueError) as error:
        said = str(error).strip().splitlines()[0]
        raise RunError(f"{repo}: the hub took nothing ({said}); the folder stays at {folder}") from error
