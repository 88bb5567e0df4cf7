"""`rlvr audit` on the sandbox's base, and where its result is read."""

import argparse
import shutil
from pathlib import Path

import pytest
from fake_run import write_run

from oneshot_rlvr.cli import main
from oneshot_rlvr.commands import audit
from oneshot_rlvr.evaluation.audit import DETECTORS, read_audits
from oneshot_rlvr.paths import sandbox_dir
from oneshot_rlvr.report import build


def test_an_audit_is_written_and_stands_in_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_run(tmp_path / "run")
    small = ("--limit", "6", "--samples", "2", "--max-new-tokens", "48")
    assert main(["audit", str(run), *small]) == 0
    said = capsys.readouterr().out
    (found,) = read_audits(run / "audit")
    assert said.count(found.words) == 1 and (found.benchmark, found.model) == ("sandbox_heldout", "base")
    assert {each.name for each in found.detections} <= set(DETECTORS)
    assert found.pool == "sandbox_pool" and found.shared is not None and found.seconds > 0
    page = build.write_report([run], tmp_path / "report").page.read_text()
    assert "Does the base know this set?" in page and "no detector tells sandbox_heldout from fresh problems" in page
    assert (run / "audit" / "sandbox_heldout.json").is_file()


def test_a_set_that_was_not_audited_is_named(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    page = build.write_report([run], tmp_path / "report").page.read_text()
    assert f"rlvr audit {run}</code>" in page


def test_a_checkpoint_is_audited_and_not_the_base_of_its_run(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    checkpoint = run / "checkpoints" / "step_000060"
    shutil.copytree(sandbox_dir() / "base_d", checkpoint)
    parser = argparse.ArgumentParser()
    audit.configure(parser)
    given = [parser.parse_args([str(path), "--benchmark", "sandbox_heldout"]) for path in (run, checkpoint)]
    plans = [audit.plan_of(one)[0] for one in given]
    assert [plan.model.label for plan in plans] == ["base", "step 60"]
