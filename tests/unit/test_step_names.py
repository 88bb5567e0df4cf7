"""Names of steps are read in one place, exactly: what is not ours is named and left alone."""

import os
import shutil
from pathlib import Path

import pytest
from fake_run import Story, write_run

from oneshot_rlvr import checkpoint
from oneshot_rlvr.cli import main
from oneshot_rlvr.evaluation import checkpoints
from oneshot_rlvr.files import step_name, step_of
from oneshot_rlvr.report import run_files
from oneshot_rlvr.trainer.run_folder import RunFolder

STRAYS = (
    "step_000003.bak", "step_abc", "step_0000031", "step_-00001", "step_00003", "step_", "step_000003 copy",
    "step_+00003", "step_٠٠٠٠٠٣", "step_000003\n", "step_1e5", "step_000_03", "step_99999999999999999999",
)  # fmt: skip


@pytest.mark.parametrize("name", STRAYS)
def test_a_name_that_no_run_gives_is_no_step(name: str) -> None:
    assert step_of(name) is None and step_of(f"{name}.jsonl.zst", ".jsonl.zst") is None


@pytest.mark.parametrize("step", [0, 3, 999_999, 1_000_000, 123_456_789])
def test_a_name_that_a_run_gives_is_its_step(step: int) -> None:
    assert step_of(step_name(step)) == step == step_of(f"{step_name(step)}.jsonl.zst", ".jsonl.zst")
    assert step_of(f"x{step_name(step)}") is None


def saved(folder: Path, step: int) -> Path:
    def write(place: Path) -> None:
        (place / "trainer").mkdir(parents=True)
        (place / "model.safetensors").write_bytes(b"x")

    return checkpoint.save(folder, step, write, {"step": step}).folder


def with_strays(folder: Path) -> RunFolder:
    """A run with steps 1 to 4; copies of step 3 under every stray name, and a file named like a step."""
    run = RunFolder(folder)
    for step in range(1, 5):
        whole = saved(run.checkpoints, step)
        run.write_rollouts(step, [{"step": step}])
    for name in STRAYS:
        shutil.copytree(whole, run.checkpoints / name)
        shutil.copy(run.rollouts / "step_000003.jsonl.zst", run.rollouts / name)
    (run.checkpoints / "step_000009").write_text("a file")
    (run.rollouts / "step_000009.jsonl.zst").mkdir()
    return run


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_strays_are_neither_resumed_from_nor_pruned_nor_cut(tmp_path: Path) -> None:
    with with_strays(tmp_path / "run") as run:
        newest, passed_over = checkpoint.newest_complete(run.checkpoints)
        assert newest is not None and newest.step == 4 and passed_over == []
        named = run.strays()
        assert len(named) == 2 * (len(STRAYS) + 1)
        assert f"{run.checkpoints}/step_000003.bak: not a name that a run gives; left alone" in named
        checkpoint.prune(run.checkpoints, keep_last=2, keep_every=0, trainer_state="last")
        assert left(run.checkpoints) == {"step_000003", "step_000004", "step_000009", *STRAYS}
        run.sync()
        run.cut_after(3)
        checkpoint.clear_partial(run.checkpoints)
        assert left(run.checkpoints) == {"step_000003", "step_000009", *STRAYS}
        ours = {f"step_00000{n}.jsonl.zst" for n in (1, 2, 3)}
        assert left(run.rollouts) == ours | {"step_000009.jsonl.zst", *STRAYS}


def test_partial_folders_of_others_stay(tmp_path: Path) -> None:
    for name in (".step_000003.partial", ".step_x.partial", ".step_000003.bak.partial"):
        (tmp_path / name).mkdir()
    checkpoint.clear_partial(tmp_path)
    assert left(tmp_path) == {".step_x.partial", ".step_000003.bak.partial"}


def test_a_link_is_removed_without_what_it_points_to(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "run") as run:
        for step in (1, 2, 3):
            elsewhere = saved(tmp_path / "disk", step)
            (run.checkpoints / elsewhere.name).symlink_to(elsewhere)
        newest, _ = checkpoint.newest_complete(run.checkpoints)
        assert newest is not None and newest.step == 3
        run.cut_after(2)
        assert left(run.checkpoints) == {"step_000001", "step_000002"}
        assert left(tmp_path / "disk") == {"step_000001", "step_000002", "step_000003"}


def test_evaluations_of_later_steps_are_cut_in_every_variant(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "run") as run:
        variants = ("step_000005", "step_000005_resaved", "step_000005@plain")
        for name in ("step_000001", *variants, "step_000005.bak", "base"):
            (run.path / "eval" / name).mkdir(parents=True)
        run.cut_after(3)
        assert left(run.path / "eval") == {"step_000001", "step_000005.bak", "base"}


def test_evaluation_names_strays_and_passes_them_over(tmp_path: Path) -> None:
    from test_checkpoint_discovery import own_checkpoint

    own_checkpoint(tmp_path / "step_000003")
    for name in STRAYS:
        shutil.copytree(tmp_path / "step_000003", tmp_path / name)
    found = checkpoints.discover(tmp_path)
    assert [model.step for model in found.models] == [3]
    assert len(found.passed_over) == len(STRAYS)


def test_report_and_show_name_strays_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_run(tmp_path / "runs" / "sandbox_oneshot" / "seed0", Story(steps=5))
    (run / "checkpoints").mkdir(exist_ok=True)
    for name in STRAYS:
        (run / "rollouts" / name).write_bytes(b"not zst")
        (run / "rollouts" / f"{name}.jsonl.zst").write_bytes(b"not zst")
        (run / "checkpoints" / name).mkdir()
        shutil.copytree(next((run / "eval").glob("step_000005")), run / "eval" / name)
    steps = run_files.read_run(run).rollout_steps
    assert steps == (1, 5)
    report = ["report", str(run), "--output", str(tmp_path / "out")]
    for command, stream in ((["show", str(run)], "err"), (report, "out")):
        assert main(command) == 0
        said = getattr(capsys.readouterr(), stream)
        assert said.count("/rollouts/step_abc: not a name that a run gives; left alone") == 1
        assert said.count("left alone") == 4 * len(STRAYS)
        assert "Traceback" not in said


def test_another_file_system_s_names_are_no_error(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "run") as run:
        (run.checkpoints / os.fsdecode(b"step_\xff\xfe")).mkdir()
        assert len(run.strays()) == 1 and checkpoint.newest_complete(run.checkpoints) == (None, [])
