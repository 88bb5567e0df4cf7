"""`rlvr audit` on the sandbox's base, and where its result is read."""

from pathlib import Path

import pytest
from fake_run import write_run

from oneshot_rlvr.cli import main
from oneshot_rlvr.evaluation.audit import DETECTORS, read_audits
from oneshot_rlvr.report import build


def test_an_audit_is_written_and_stands_in_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_run(tmp_path / "run")
    (run / "checkpoints").mkdir()
    small = ("--limit", "6", "--samples", "2", "--max-new-tokens", "48")
    assert main(["audit", str(run), *small]) == 0
    said = capsys.readouterr().out
    audit, = read_audits(run / "audit")
    assert audit.words in said and (audit.benchmark, audit.model) == ("sandbox_heldout", "base")
    assert {found.name for found in audit.detections} <= set(DETECTORS)
    assert audit.pool == "sandbox_pool" and audit.shared is not None and audit.seconds > 0
    page = build.write_report([run], tmp_path / "report").page.read_text()
    assert "Does the base know this set?" in page and "no detector tells sandbox_heldout from fresh problems" in page
    assert (run / "audit" / "sandbox_heldout.json").is_file()


def test_a_set_that_was_not_audited_is_named(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    page = build.write_report([run], tmp_path / "report").page.read_text()
    assert f"rlvr audit {run}</code>" in page
