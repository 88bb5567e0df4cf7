"""`rlvr demo` in small: every stage by its own command, and the files that it promises."""

from pathlib import Path

import pytest
from runs import json_lines, rlvr


def test_the_demo_selects_trains_evaluates_and_reports(tmp_path: Path) -> None:
    result = rlvr("demo", "--steps", "3", "--output", str(tmp_path / "demo"))
    assert result.returncode == 0, result.stderr
    output = tmp_path / "demo"
    chosen = json_lines(output / "selected.jsonl")
    assert len(chosen) == 8 and len({row["id"] for row in chosen}) == 1
    said = result.stdout
    trained = ("train +experiment=sandbox_format", "train +experiment=sandbox_oneshot")
    for command in ("select", *trained, "eval", "report"):
        assert f"$ rlvr {command}" in said
    # Three steps teach nothing: the fixed example must be shown beside the ranked one, and the demo must say so.
    assert "the ranking did not find a good one" in said
    for experiment in ("sandbox_format", "sandbox_oneshot", "sandbox_comparison", "sandbox_full"):
        run = output / experiment / "seed0"
        assert (run / "checkpoints" / "step_000003" / "MANIFEST.json").is_file()
        assert (run / "eval" / "summary.csv").is_file()
        ledger = {row["example"] for row in json_lines(run / "ledger" / "ledger.jsonl")}
        assert (ledger == {chosen[0]["id"]}) == (experiment in ("sandbox_format", "sandbox_oneshot"))
    page = (output / "report" / "index.html").read_text()
    assert "constructed world" in page.lower()
    assert said.count("no evidence about real language models") == 2
    assert said.rstrip().endswith(str(output / "report" / "index.html"))


@pytest.mark.parametrize(("flags", "what"), [(("--steps", "0"), "--steps 0"), (("--stepz", "3"), "did you mean")])
def test_wrong_flags(flags: tuple[str, ...], what: str) -> None:
    result = rlvr("demo", *flags)
    assert result.returncode == 2 and what in result.stderr and result.stderr.count("\n") == 1


