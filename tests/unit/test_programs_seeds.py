"""Programs that language models wrote for the published system, with the values stored for them, run again here."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from oneshot_rlvr.config.schema import ExecutorConfig
from oneshot_rlvr.grading.literals import Malformed, parse_value, same_value
from oneshot_rlvr.isolation.programs import Call, Outcome, Programs

FOLDER = Path(os.environ.get("RLVR_DATA_DIR", "")) / "azr"
FILES = {"7b_coder_seed_io": 256, "7b_coder_code_f_seed_io": 256, "llama_64_seed_io": 64}
CUT = 403  # characters to which the published executor cut every longer value, dots in the middle included

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="no azr/ in RLVR_DATA_DIR")


def rows() -> list[tuple[str, list[str], list[str]]]:
    """Program, texts of arguments, stored texts of values."""
    found = []
    for name, number in FILES.items():
        lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        assert len(lines) == number
        for line in lines:
            row = json.loads(line)
            imports = row["imports"] if isinstance(row["imports"], list) else json.loads(row["imports"])
            given = [row["inputs"], row["outputs"]] if "inputs" in row else [[row["input"]], [row["output"]]]
            arguments, values = (part if isinstance(part, list) else json.loads(part) for part in given)
            found.append(("\n".join([*imports, row["snippet"]]), arguments, values))
    return found


def verdict(first: Outcome, second: Outcome, stored: str) -> str:
    if first.value is None:
        return str(first.fault)
    if second.value != first.value:
        return "differs between processes"
    if len(stored) == CUT and "..." in stored:
        return "stored cut"
    try:
        value = parse_value(stored, limit=10_000)
    except Malformed:
        return "stored malformed"
    return "equal" if same_value(value, parse_value(first.value)) else "other"


@pytest.mark.parametrize("every", [16, pytest.param(1, marks=pytest.mark.slow)])
def test_stored_values_come_out_again_or_are_refused_with_a_reason(
    every: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program is used for nothing when one of its calls differs between two processes; such are left out below."""
    chosen = rows()[::every]
    counts: Counter[str] = Counter()
    unexplained = []
    with Programs(ExecutorConfig()) as programs:
        for program, arguments, stored in chosen:
            calls = [Call(program, text, seed) for text in arguments for seed in (0, 1)]
            outcomes = programs.run(calls)
            found = [verdict(a, b, text) for a, b, text in zip(outcomes[::2], outcomes[1::2], stored, strict=True)]
            counts.update(found)
            if "other" in found and "differs between processes" not in found:
                unexplained.append(program)
    with capsys.disabled():
        print(f"\n{len(chosen)} programs, {sum(counts.values())} calls: {dict(counts.most_common())}")
    assert not unexplained
    assert counts["equal"] > 0.95 * sum(counts.values())
    assert set(counts) <= {
        "equal", "policy", "non_literal", "output_too_large", "differs between processes", "stored cut", "other",
    }  # fmt: skip
