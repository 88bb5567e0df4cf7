"""The fast ways of a CPU stand behind one door: without their folder and one line everything works, slower."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import oneshot_rlvr

PACKAGE = Path(oneshot_rlvr.__file__).parent
LINE = "from oneshot_rlvr.models.cpu.door import fast"
PROGRAM = """
import json

import torch

from oneshot_rlvr.config.schema import AlgorithmConfig, CompatConfig, CriticConfig, OptimizerConfig, ShapeConfig
from oneshot_rlvr.learner.critic import CriticWorker
from oneshot_rlvr.learner.policy import PolicyWorker
from oneshot_rlvr.learner.sequences import TrainSequence
from oneshot_rlvr.models import load
from oneshot_rlvr.models.critic import ValueModel
from oneshot_rlvr.models.fast import fast
from oneshot_rlvr.models.policy import PolicyModel
from oneshot_rlvr.rollout.transformers_engine import TransformersSampler
from oneshot_rlvr.types import Problem, Rollout, Sampling, Task


class Numbers:
    eos_token_id, pad_token_id, unk_token_id = 2, 0, None
    __len__ = lambda self: 61
    decode = lambda self, ids, skip_special_tokens=True: " ".join(map(str, ids))


def model(seed):
    shape = ShapeConfig(hidden=32, layers=2, heads=4, kv_heads=2, ffn=48, vocab=61, max_positions=256, tied=True)
    made = load.random_model(shape, Numbers(), seed)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.mul_(4.0 if parameter.ndim == 2 else 1.0)
    return made


torch.set_num_threads(2)  # lanes, where there are any
tasks = [Task(Problem("0", "", ""), prompt) for prompt in ((5, 6, 7), (11,), tuple(range(4, 30)))]
asked = [Rollout(task, "0#0", i, i) for task in tasks for i in range(3)]
sampled = TransformersSampler(model(0), Numbers(), 100_000).generate(asked, Sampling(1.0, 20, (2, 3, 4)))
policy = PolicyModel(model(0), "packed_sdpa", torch.float32, 7)
reference = PolicyModel(model(1).eval().requires_grad_(False), "packed_sdpa", torch.float32, 7)
optimizer, compat = OptimizerConfig(lr=1e-3), CompatConfig()
worker = PolicyWorker(policy, reference, AlgorithmConfig(kl_coef=0.1, entropy_coef=0.01), optimizer, compat, 0.6)
critic = CriticWorker(ValueModel(model(2), "packed_sdpa", torch.float32), CriticConfig(), optimizer, compat)
sequences = []
for n, rollout in enumerate(sampled):
    given = torch.linspace(-1, 1, len(rollout.token_ids)) * (n - 4)
    sequences.append(TrainSequence(rollout.task.prompt_ids, rollout.token_ids, given, torch.tensor(rollout.logprobs),
                                   returns=given, values=0 * given))
weights, micro_batches = torch.full((9,), 0.1), [[0, 1, 2, 3, 4], [5, 6, 7, 8]]
sums = worker.forward_backward(sequences, weights, micro_batches)
values = critic.forward_backward(sequences, weights, micro_batches)
print(json.dumps({
    "door": type(fast).__name__, "ids": [r.token_ids for r in sampled], "sampled": [r.logprobs for r in sampled],
    "logprobs": [t.tolist() for t in worker.logprobs(sequences, micro_batches)], "sums": sums.weighted | sums.summed,
    "steps": [worker.trained.step(), critic.trained.step()], "value_loss": values.loss,
    "values": [t.tolist() for t in critic.values(sequences, micro_batches)],
}))
"""


def flat(value: object) -> list[float]:
    """All numbers in it, in order."""
    if isinstance(value, dict):
        return [number for key in sorted(value) for number in flat(value[key])]
    return [number for part in value for number in flat(part)] if isinstance(value, list) else [float(str(value))]


def test_one_line_leads_to_the_fast_ways() -> None:
    found = []
    for path in PACKAGE.rglob("*.py"):
        if path.parent != PACKAGE / "models" / "cpu":
            lines = [ast.unparse(node) for node in ast.walk(ast.parse(path.read_text()))
                     if isinstance(node, (ast.Import, ast.ImportFrom))]  # fmt: skip
            found += [(path.name, line) for line in lines if "models.cpu" in line]
    assert found == [("fast.py", LINE)]


def test_without_the_folder_and_the_line_everything_works(tmp_path: Path) -> None:
    """Sampling, a pass of the policy with its reference, one of the critic and a step of each."""
    bare = tmp_path / "site" / "oneshot_rlvr"
    shutil.copytree(PACKAGE, bare, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.rmtree(bare / "models" / "cpu")
    door = bare / "models" / "fast.py"
    kept = [line for line in door.read_text().splitlines() if not line.startswith(LINE)]
    door.write_text("\n".join(kept) + "\n")
    runs = [
        subprocess.Popen([sys.executable, "-c", PROGRAM], env=os.environ | {"PYTHONPATH": str(place)}, cwd=tmp_path,
                         stdout=subprocess.PIPE, text=True)
        for place in (PACKAGE.parent, bare.parent)
    ]  # fmt: skip
    fast, plain = (json.loads(run.communicate(timeout=120)[0]) for run in runs)
    assert (fast.pop("door"), plain.pop("door")) == ("Cpu", "Plain")
    assert fast.pop("ids") == plain.pop("ids")
    for name, numbers in fast.items():
        assert flat(numbers) == pytest.approx(flat(plain[name]), rel=1e-4, abs=1e-5), name
