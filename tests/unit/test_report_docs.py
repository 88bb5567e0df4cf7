"""docs/metrics.md names what runs write, and nothing else."""

import re
from dataclasses import fields
from pathlib import Path

from oneshot_rlvr.algorithms.losses import TERMS
from oneshot_rlvr.learner.mismatch import Figure, Mismatch
from oneshot_rlvr.learner.policy import LOSS_METRICS
from oneshot_rlvr.report.figures import KNOWN_WORDS, TRACES
from oneshot_rlvr.report.run_files import KeptRollout, LedgerRow
from oneshot_rlvr.rollout.lines import KEPT, SAMPLE

ROOT = Path(__file__).resolve().parents[2]
DOCS = (ROOT / "docs" / "metrics.md").read_text()


def documented() -> set[str]:
    """Names in the first column of the tables."""
    first = [line.split("|")[1] for line in DOCS.splitlines() if line.startswith("| `")]
    return {name for cell in first for name in re.findall(r"`([^`]+)`", cell) if "/" in name}


def written() -> set[str]:
    """Names in the code that makes a step's metrics, of the loss terms, and of the phases that are timed."""
    files = ("trainer/metrics.py", "trainer/journal.py", "trainer/validate.py", "learner/policy.py",
             "learner/update.py", "learner/learner.py", "algorithms/losses.py", "cluster/placement.py",
             "rollout/choosing.py", "rollout/prefixes.py")  # fmt: skip
    names = {name for file in files for name in re.findall(r'"([a-z]+/[a-z_]+)"(?::|\])', code(file))}
    names |= Mismatch(*[Figure(0.0, 0.0)] * 4, 0.0).metrics().keys()
    names |= {f"policy/grad_norm_{term}" for term in TERMS}
    names |= {f"policy/{LOSS_METRICS.get(term, term)}_loss" for term in TERMS}
    names |= {f"time/{phase}" for phase in re.findall(r'clock\("([a-z]+)"\)', code("trainer/loop.py"))}
    for phase in re.findall(r'phase\("([a-z]+)"\)', code("rollout/collect.py")):
        names |= {f"time/{phase}", f"time/hidden_{phase}"}
    return names | of_self_play()


def of_self_play() -> set[str]:
    """Names that its source writes; what stands in for a part of one is named as on the page."""
    text = code("selfplay/source.py") + code("selfplay/verdicts.py")
    found = re.findall(r'"((?:selfplay|executor|speed)/[a-z0-9_{}]+)"', text)
    return {name.replace("{name}", "<role>_<kind>").replace("{", "<").replace("}", ">") for name in found}


def code(file: str) -> str:
    return (ROOT / "oneshot_rlvr" / file).read_text()


def test_every_metric_is_documented_and_no_other():
    training = {name for name in documented() if not name.startswith("eval/")}
    assert len(training) > 25
    assert training == written()


def test_evaluation_names_are_those_of_the_evaluation():
    from fake_run import BENCHMARK, _result

    grade = {"exact": {"correct": True}}
    made = _result([{"category": "add", "grades": grade}], {"a": (1, 1)}, [True]).metrics()
    names = {re.sub(r"accuracy/\w+", "accuracy/<category>", name.replace(BENCHMARK, "<set>")) for name in made}
    assert names == {name for name in documented() if name.startswith("eval/")}


def test_figures_draw_metrics_that_exist():
    assert {trace.metric for trace in TRACES} <= documented()


def test_fields_of_ledger_and_rollouts_are_documented():
    kept = {f.name for f in fields(KeptRollout)} - {"rollout"}
    assert {f.name for f in fields(LedgerRow)} | kept | {*KEPT} <= set(re.findall(r"`(\w+)`", DOCS))
    assert {*SAMPLE, "num_tokens"} <= set(re.findall(r"`(\w+)`", (ROOT / "docs" / "evaluation.md").read_text()))


def test_metrics_of_ones_own_are_those_under_no_word_of_the_page():
    assert {name.partition("/")[0] for name in documented()} == set(KNOWN_WORDS)
