"""Golden curves and settings (record.py writes them), and what compare.py calls a difference."""

from pathlib import Path

import pytest
import record
from compare import differences

HERE = Path(__file__).parent
# With one thread or two, and with torch and MKL kept to SSE4, counts and rewards were the same; a figure moved by at
# most 1e-5 of itself, KL and losses that are 0 by construction by at most 2e-6.
RELATIVE, ABSOLUTE = 1e-4, 1e-5
RENEW = "if that was meant: python tests/golden/record.py, and the commit says by how much and why"


def rows(text: str) -> list[dict[str, str]]:
    names, *lines = [line.split() for line in text.splitlines()]
    return [dict(zip(names, line, strict=True)) for line in lines]


@pytest.mark.parametrize("name", record.ALGORITHMS)
def test_curve(name: str, tmp_path: Path) -> None:
    expected, found = (rows(text) for text in ((HERE / f"curves/{name}.txt").read_text(), record.curve(name, tmp_path)))
    assert [list(row) for row in found] == [list(row) for row in expected], f"{name}: other columns; {RENEW}"
    assert len({row["reward/mean"] for row in expected}) > 3  # there is something to learn from
    for was, now in zip(expected, found):
        where = f"{name}, step {was['step']}"
        for metric in record.EXACT:
            assert now[metric] == was[metric], f"{where}: {metric}; {RENEW}"
        for metric in (metric for metric in record.CLOSE if metric in was):
            close = pytest.approx(float(was[metric]), rel=RELATIVE, abs=ABSOLUTE)
            assert float(now[metric]) == close, f"{where}: {metric}; {RENEW}"


def test_settings_of_every_experiment() -> None:
    was, now = (dict(line.split() for line in text.splitlines())
                for text in ((HERE / "experiments.txt").read_text(), record.experiments()))  # fmt: skip
    changed = [name for name in was | now if was.get(name) != now.get(name)]
    assert not changed, f"{len(changed)} of {len(now)} experiments: {', '.join(changed[:5])}; {RENEW}"


def test_what_is_a_difference() -> None:
    old = {"metrics": [{"step": 1, "loss": 0.5}, {"step": 2, "loss": 0.25}], "weights": "ab", "gone.csv": []}
    new = {"metrics": [{"step": 1, "loss": 0.5, "version": 0}, {"step": 2, "loss": 0.2500001}], "weights": "ab"}
    assert list(differences(old, new)) == [
        ("new", "/metrics[0]/version"),
        ("differs", "/metrics[1]/loss: was 0.25, now 0.2500001"),
        ("differs", "/gone.csv: gone"),
    ]
    assert list(differences([1, 2], [1])) == [("differs", ": was 2 items, now 1 items")]
    assert list(differences(old, old)) == []
