"""A disk that fills up: one line, older checkpoints as they were, and the same command goes on once there is room."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from runs import TINY, fingerprint, train_here
from tiny import tiny_model

from oneshot_rlvr import checkpoint
from oneshot_rlvr.errors import RunError
from oneshot_rlvr.trainer.run_folder import RunFolder, append_lines

COMMON = (*TINY, "trainer.total_steps=4", "checkpoint.every=1", "trainer.keep_rollouts=all")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 15 MB: room for two checkpoints of the tiny model, not for three."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=15m", "none", str(folder)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs the right to mount a small file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def failure(output: Path) -> str:
    """The line with which a run ends; nothing of the run lives on, as its folder's lock would."""
    try:
        train_here(*COMMON, f"trainer.output_dir={output}")
    except RunError as error:
        return str(error)
    raise AssertionError("it did not fail")


def test_a_full_disk_stops_the_run_with_one_line(tmp_path: Path, small_disk: Path) -> None:
    whole = train_here(*COMMON, f"trainer.output_dir={tmp_path}/whole")
    run = small_disk / "pi1_r128" / "seed0"
    line = failure(small_disk)
    assert line.startswith(
        f"{run}/checkpoints/step_000003: the checkpoint could not be written: No space left on device; older ones are"
    )
    assert "\n" not in line
    assert sorted(p.name for p in (run / "checkpoints").iterdir()) == ["step_000001", "step_000002"]
    newest, passed_over = checkpoint.newest_complete(run / "checkpoints")
    assert newest is not None and newest.step == 2 and passed_over == []

    filler = small_disk / "filler"  # now the disk is full before the first line of the log
    descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT)
    with pytest.raises(OSError, match="No space left"):
        while True:
            os.write(descriptor, bytes(4096))
    os.close(descriptor)
    assert "cannot be written: No space left on device; once that is put right" in failure(small_disk)
    assert checkpoint.newest_complete(run / "checkpoints") == (newest, [])

    filler.unlink()
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    train_here(*COMMON, f"trainer.output_dir={small_disk}")
    assert fingerprint(run, 4) == fingerprint(whole, 4)


class Tokenizer:
    def save_pretrained(self, folder: Path) -> None:
        (folder / "tokenizer.json").write_text("{}")


@pytest.mark.parametrize("kilobytes", [0, 8, 40, 60, 100, 150])
def test_wherever_in_a_checkpoint_the_disk_is_full(small_disk: Path, kilobytes: int) -> None:
    """Weights, their index, optimizer state, values, manifest: so many kilobytes go in before the disk refuses."""

    def save(step: int) -> None:
        def write(place: Path) -> None:
            checkpoint.export_model(tiny_model(), Tokenizer(), place, torch.bfloat16)
            checkpoint.save_tensors(place, {"weight": torch.arange(30_000.0) * step})  # 120 kB

        checkpoint.save(small_disk, step, write, {"step": step})

    save(1)
    size = sum(p.stat().st_blocks * 512 for p in (small_disk / "step_000001").rglob("*"))
    assert size > 170 * 1024
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
    with (small_disk / "filler").open("wb") as file:
        file.write(bytes(free - kilobytes * 1024))
    with pytest.raises(RunError, match=r"step_000002: the checkpoint could not be written: .*No space"):
        save(2)
    assert sorted(p.name for p in small_disk.iterdir()) == ["filler", "step_000001"]
    assert checkpoint.newest_complete(small_disk)[0] == checkpoint.Checkpoint(1, small_disk / "step_000001")


def refuse(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_records_on_a_disk_that_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everywhere a run writes, without the right to mount: the system call itself is made to refuse."""
    folder = RunFolder(tmp_path / "run")
    append_lines(folder.metrics, [{"step": 1}])
    monkeypatch.setattr(Path, "open", refuse)
    line = "cannot be written: No space left on device; once that is put right, the same command goes on from the last"
    for write in (
        lambda: folder.append_metrics(2, {"x": 1.0}),
        lambda: folder.append_ledger([{"step": 2}]),
        lambda: folder.cut_after(0),
    ):
        with pytest.raises(RunError, match=line):
            write()
    monkeypatch.undo()
    assert folder.metrics.read_text() == '{"step": 1}\n'
