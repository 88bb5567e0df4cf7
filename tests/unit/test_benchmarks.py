"""What the benchmarks share: paired ratios, straight lines, tables, and when bench-check speaks of a regression."""

import json
import re
import subprocess
import sys
from pathlib import Path

import check
import common
import page
import pytest


def test_runs_alternate_and_the_warm_up_is_not_counted() -> None:
    calls: list[str] = []
    found = common.alternate({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=3)
    assert "".join(calls) == "ab" + "ab" + "ba" + "ab"
    assert len(found["a"].wall) == len(found["b"].cpu) == 3


def test_ratios_are_paired_by_round() -> None:
    """The second round is ten times slower for both: the ratio does not see it."""
    ours, theirs = common.Timings([1.0, 10.0, 1.0], [1.0, 2.0, 4.0]), common.Timings([2.0, 20.0, 3.0], [2.0, 2.0, 2.0])
    assert theirs.over(ours) == 2.0
    assert ours.seconds == 1.0 and theirs.cpu_seconds == 2.0


def test_straight_line() -> None:
    line = common.straight_line([1, 2, 3], [3.0, 5.0, 7.0])
    assert (line.offset, line.slope, line.r2) == pytest.approx((1.0, 2.0, 1.0))
    bent = common.straight_line([0, 1, 2], [0.0, 1.0, 4.0])  # residuals 1/3, -2/3, 1/3; spread 26/3
    assert (bent.slope, bent.r2) == pytest.approx((2.0, 1 - (6 / 9) / (26 / 3)))


def test_numbers_are_shown_with_three_digits() -> None:
    shown = [common.shown(v) for v in (None, "x", 7, 1234567, 0.0, 0.012345, 0.9999, 1.0, 12.345, 999.4, 12345.6)]
    assert shown == ["-", "x", "7", "1,234,567", "0", "0.0123", "1.00", "1.00", "12.3", "999", "12,346"]


def test_a_row_with_other_columns_starts_a_table() -> None:
    text = common.table([{"a": 1, "b": 0.5}, {"a": 2, "b": None}, {"c": "x"}])
    assert text.splitlines() == [
        "| a | b |", "| --- | --- |", "| 1 | 0.500 |", "| 2 | - |", "| c |", "| --- |", "| x |",
    ]  # fmt: skip


def test_cpu_seconds_hold_those_of_children() -> None:
    def child() -> None:
        subprocess.run([sys.executable, "-c", "sum(i * i for i in range(2_000_000))"], check=True)

    _, cpu = common.timed(child)
    assert 0.05 < cpu < 10


# ---- bench-check

RECORD = {"benchmark": "x", "ratios": {"peer over ours": 2.0, "trl: step": 3.0, "flat": 1.0}}


def outcomes(ratios: dict[str, float], skipped: dict[str, str] | None = None) -> list[str]:
    return [v.outcome for v in check.compare(RECORD, {"ratios": ratios, "skipped": skipped or {}})]


def test_a_ratio_may_fall_to_seven_tenths_and_no_further() -> None:
    assert outcomes({"peer over ours": 1.4, "trl: step": 30.0, "flat": 0.69}) == ["ok", "ok", "worse"]


def test_a_missing_peer_is_skipped_and_a_vanished_ratio_is_not() -> None:
    assert outcomes({"peer over ours": 2.0}, {"trl": "not installed"}) == ["ok", "skipped", "missing"]
    found = check.compare(RECORD, {"ratios": {"peer over ours": 2.0}, "skipped": {"trl": "not installed"}})
    assert [v.regression for v in found] == [False, False, True]


def test_a_second_run_may_clear_a_ratio_and_never_condemns_one() -> None:
    first = check.compare(RECORD, {"ratios": {"peer over ours": 1.0, "trl: step": 3.0, "flat": 0.5}, "skipped": {}})
    second = check.compare(RECORD, {"ratios": {"peer over ours": 1.9, "trl: step": 0.1, "flat": 0.4}, "skipped": {}})
    assert [v.found for v in check.better(first, second)] == [1.9, 3.0, 0.5]


def run_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: dict[str, float]) -> int:
    (tmp_path / "x.json").write_text(json.dumps(RECORD))
    found = {"ratios": now, "skipped": {"trl": "TRL is not installed"}}
    monkeypatch.setattr(check, "rerun", lambda name, folder: found)
    monkeypatch.setattr("sys.argv", ["check.py", "--results", str(tmp_path)])
    return check.main()


def test_exit_codes_and_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_check(tmp_path, monkeypatch, {"peer over ours": 2.1, "flat": 1.0}) == 0
    said = capsys.readouterr().out
    assert "2 of 3 ratios hold (0.7 of the recorded), 0 do not, 1 were skipped" in said
    assert "skipped: TRL is not installed" in said
    assert run_check(tmp_path, monkeypatch, {"peer over ours": 1.3, "flat": 1.0}) == 1
    assert "| x | peer over ours | 2.00 | 1.30 | worse |" in capsys.readouterr().out


def test_without_records_nothing_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["check.py", "--results", str(tmp_path)])
    assert check.main() == 2


# ---- the page and the records


def test_the_page_shows_the_records() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    shown = [match[1] for match in page.SECTION.findall(text)]
    assert sorted(shown) == sorted(path.stem for path in common.RESULTS.glob("*.json"))
    assert page.filled(text) == text, "run `python benchmarks/page.py`"


def test_every_benchmark_has_a_record_for_bench_check() -> None:
    parts = re.search(r"^BENCH_PARTS := (.*)$", (common.ROOT / "Makefile").read_text(), re.MULTILINE)
    assert parts is not None
    scripts = {path.stem for path in (common.ROOT / "benchmarks").glob("*.py")} - set(parts[1].split())
    assert scripts == {path.stem for path in (common.RESULTS / "quick").glob("*.json")}
    for path in (common.RESULTS / "quick").glob("*.json"):
        assert json.loads(path.read_text())["ratios"], path


def test_no_record_names_a_machine() -> None:
    for path in common.RESULTS.rglob("*.json"):
        assert set(json.loads(path.read_text())["machine"]) == {"cpu", "cores", "memory_gib", "gpu", "system"}
