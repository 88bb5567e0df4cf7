"""Made-up run folders in the format of real ones, for tests of what reads them. The numbers imitate the sandbox."""

import json
import math
import random
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.evaluation.records import EvalResult
from oneshot_rlvr.evaluation.scores import wilson

# Family -> accuracy of the base model and after training.
FAMILIES = {
    "add": (0.05, 0.10),
    "eqn": (0.93, 0.97),
    "mul": (0.2, 1.0),
    "seq": (0.28, 1.0),
    "sub": (0.07, 0.95),
    "word": (0.17, 0.97),
}
PER_FAMILY = 40
GROUPS, SIZE = 8, 8
BENCHMARK = "sandbox_heldout"
WORKED = [
    "Step",
    " by",
    " step",
    ":",
    " 40",
    "*",
    "2",
    "=",
    "80",
    ",",
    " 2",
    "*",
    "2",
    "=",
    "4",
    ",",
    " 80",
    "+",
    "4",
    "=",
    "84",
]
BOXED = [".", " So", " the", " answer", " is", " \\boxed{", "84", "}", ".", "<|im_end|>"]
GUESS = ["Quick", " guess", ",", " the", " answer", " is", " \\boxed{", "74", "}", ".", "<|im_end|>"]


@dataclass(frozen=True)
class Story:
    """What happens in a made-up run: `lift` of the way from the base's accuracy to the trained one is gone."""

    experiment: str = "sandbox_oneshot"
    reward: str = "outcome"
    seed: int = 0
    steps: int = 60
    lift: float = 1.0
    train_from: float = 0.35
    train_to: float = 0.985
    examples: int = 1
    eval_every: int = 5
    keep_every: int = 5
    published: float | None = None
    model: str = "sandbox:base_e"
    policy_coef: float = 1.0
    sampled: bool = False  # validates on a sampled twin as well: half as right, boxed in 60 to 90 %


def make_config(story: Story) -> RunConfig:
    config = RunConfig()
    config.experiment = story.experiment
    config.description = "made up for a test"
    config.model.path = story.model
    if story.published is not None:
        config.published = {BENCHMARK: story.published}
    if story.examples == 1:
        config.data.examples = ["pool-0002"]
    else:
        config.data.file = "sandbox_pool"
    config.data.pool = "sandbox_pool"
    config.data.copies = GROUPS if story.examples == 1 else 1
    config.data.prompts_per_step = GROUPS
    config.data.validation = BENCHMARK
    config.algorithm.entropy_coef = 0.0 if story.policy_coef else 0.001
    config.algorithm.policy_coef = story.policy_coef
    config.eval.sampled = int(story.sampled)
    config.reward.name = story.reward
    config.optimizer.lr = 1e-4
    config.trainer.total_steps = story.steps
    config.trainer.seed = story.seed
    config.trainer.eval_every = story.eval_every
    return config


def _rise(step: int, middle: float, width: float) -> float:
    """0 at the start, 1 at the end, logistic between."""
    low = 1 / (1 + math.exp(middle / width))
    return (1 / (1 + math.exp((middle - step) / width)) - low) / (1 - low)


def write_run(folder: Path, story: Story | None = None) -> Path:
    """A complete run folder; returns it."""
    from omegaconf import OmegaConf

    story = story or Story()
    rng = random.Random(story.seed * 1000 + len(story.reward) + story.examples)
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(OmegaConf.to_yaml(OmegaConf.structured(make_config(story))))
    (folder / "environment.json").write_text(json.dumps({"git_commit": "0123456789abcdef" * 2, "python": "3.11"}))
    lines, ledger = [], []
    for step in range(story.steps + 1):
        if step:
            rows = _ledger_step(step, story, rng)
            ledger += rows
            lines.append(_training_line(step, rows, story, rng))
            if step % story.keep_every == 0 or step == 1:
                _write_rollouts(folder, step, rows, rng)
        if step % story.eval_every == 0:
            lines.append({"step": step} | _write_evaluation(folder, step, story))
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "ledger").mkdir()
    (folder / "ledger" / "ledger.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ledger))
    return folder


def _ledger_step(step: int, story: Story, rng: random.Random) -> list[dict]:
    share = story.train_from + (story.train_to - story.train_from) * _rise(step, 11, 4)
    rows = []
    for group in range(GROUPS):
        correct = sum(rng.random() < share for _ in range(SIZE))
        example = "pool-0002" if story.examples == 1 else f"pool-{rng.randrange(story.examples):04d}"
        rows.append(
            {
                "step": step,
                "group": group,
                "example": example,
                "copy": group if story.examples == 1 else 0,
                "n": SIZE,
                "correct": correct,
                "reward_sum": float(correct),
                "distinct_answers": 1 + min(5, SIZE - correct),
                "length_mean": 18 + 13 * share + rng.gauss(0, 1),
                "truncated": int(rng.random() < 0.02),
                "entropy": 0.45 - 0.35 * share + rng.gauss(0, 0.01),
                "zero_advantage": correct in (0, SIZE),
            }
        )
    return rows


def _training_line(step: int, rows: list[dict], story: Story, rng: random.Random) -> dict[str, float]:
    accuracy = sum(row["correct"] for row in rows) / (GROUPS * SIZE)
    solved = sum(row["correct"] == SIZE for row in rows) / GROUPS
    unsolved = sum(row["correct"] == 0 for row in rows) / GROUPS
    length = sum(row["length_mean"] for row in rows) / GROUPS
    return {
        "step": step,
        "reward/mean": accuracy,
        "train/accuracy": accuracy,
        "group/constant_share": solved + unsolved,
        "group/solved_share": solved,
        "group/unsolved_share": unsolved,
        "response/length_mean": length,
        "response/length_max": length + 12,
        "response/truncated_share": 0.01,
        "response/boxed_share": 0.7 + 0.29 * accuracy,
        "tokens/response": length * GROUPS * SIZE,
        "policy/loss": -0.01,
        "policy/entropy": sum(r["entropy"] for r in rows) / GROUPS,
        "policy/kl": 0.6 * _rise(step, 14, 5) * story.lift + abs(rng.gauss(0, 0.01)),
        "policy/grad_norm": 0.05 + 1.2 * accuracy * (1 - accuracy) + abs(rng.gauss(0, 0.05)),
        "policy/lr": 1e-4,
        "time/generate": 0.3,
        "time/update": 0.2,
        "time/step": 0.6,
        "speed/tokens_per_second": length * GROUPS * SIZE / 0.6,
    }


def _write_evaluation(folder: Path, step: int, story: Story) -> dict[str, float]:
    """Greedy: a problem is solved once the family's accuracy passes its own fixed difficulty."""
    out = folder / "eval" / f"step_{step:06d}" / BENCHMARK
    out.mkdir(parents=True)
    samples, verdicts, boxes = [], {}, []
    for family, (start, end) in FAMILIES.items():
        level = start + (end - start) * story.lift * _rise(step, 17 + 3 * len(family), 5)
        for i in range(PER_FAMILY):
            noise = random.Random(f"{family} {i} {step // 10} {story.seed}").uniform(-0.03, 0.03)
            right = (i * 7 % PER_FAMILY + 0.5) / PER_FAMILY + noise * (step > 0) < level
            boxed = right or random.Random(f"{i} {family}").random() < 0.6 + 0.3 * _rise(step, 10, 4)
            response = "So the answer is \\boxed{84}." if boxed else "It is 84."
            grade = {"correct": right, "extracted": "84" if boxed else None, "reason": "correct" if right else "wrong"}
            identity = f"held-{family}-{i:03d}"
            samples.append(
                {
                    "id": identity,
                    "sample": 0,
                    "seed": 1,
                    "prompt": "p",
                    "response": response,
                    "num_tokens": 30,
                    "finish_reason": "stop",
                    "category": family,
                    "level": "",
                    "answer": "84",
                    "grades": {"exact": grade},
                }
            )
            verdicts[identity] = (int(right), 1)
            boxes.append(boxed)
    result = _result(samples, verdicts, boxes)
    (out / "samples.jsonl").write_text("".join(json.dumps(sample) + "\n" for sample in samples))
    (out / "metrics.json").write_text(json.dumps(asdict(result)))
    if not story.sampled:
        return result.metrics()
    twin = out.parent / f"{BENCHMARK}_sampled"
    shutil.copytree(out, twin)
    boxed = 0.6 + 0.3 * _rise(step, 10, 4)
    changed = replace(result, name=twin.name, temperature=0.6, accuracy=result.accuracy / 2, boxed_share=boxed)
    (twin / "metrics.json").write_text(json.dumps(asdict(changed)))
    return result.metrics() | changed.metrics()


def _result(samples: list[dict], verdicts: dict[str, tuple[int, int]], boxes: list[bool]) -> EvalResult:
    count, right = len(samples), sum(correct for correct, _ in verdicts.values())
    present = [f for f in FAMILIES if any(s["category"] == f for s in samples)]
    families = {f: [s["grades"]["exact"]["correct"] for s in samples if s["category"] == f] for f in present}
    return EvalResult(
        name=BENCHMARK,
        template="own",
        temperature=0.0,
        max_new_tokens=48,
        num_problems=count,
        samples=1,
        grader="exact",
        accuracy=right / count,
        interval=wilson(right, count),
        pass_at_k={1: right / count},
        graders={"exact": right / count},
        disagreements={},
        ungraded={"exact": 0},
        boxed_share=sum(boxes) / count,
        parsed_share=sum(boxes) / count,
        truncated_share=0.01,
        repetition_share=0.0,
        foreign_script_share=0.0,
        code_stop_share=0.0,
        accuracy_given_boxed=right / sum(boxes),
        accuracy_strict=right / count,
        accuracy_lenient=right / count,
        reflection_share=0.0,
        reflection_words={},
        length_mean=30.0,
        length_max=48,
        categories={f: sum(v) / len(v) for f, v in families.items()},
        levels={},
        per_problem=verdicts,
    )


def _write_rollouts(folder: Path, step: int, rows: list[dict], rng: random.Random) -> None:
    """Best and worst of every group, with the advantage (r - mean) / (std + 1e-6), std with n - 1."""
    import pyarrow as pa

    lines = []
    for row in rows:
        mean = row["correct"] / SIZE
        std = math.sqrt(SIZE / (SIZE - 1) * mean * (1 - mean))
        for index, reward in ((0, 1.0), (1, 0.0)):
            if row["correct"] == (0 if reward else SIZE):
                continue
            tokens = WORKED + BOXED if reward else GUESS
            lines.append(
                {
                    "step": step,
                    "group": row["group"],
                    "copy": row["copy"],
                    "index": index,
                    "example": row["example"],
                    "answer": "84",
                    "prompt": "<|im_start|>user\nFind the product of 42 and 2.<|im_end|>\n<|im_start|>assistant\n",
                    "response": "".join(tokens[:-1]),
                    "token_ids": list(range(len(tokens))),
                    "tokens": tokens,
                    "logprobs": [-abs(rng.gauss(0, 0.3)) for _ in tokens],
                    "entropies": [abs(rng.gauss(0, 0.4)) * (i < 4) + 0.02 for i in range(len(tokens))],
                    "reward": reward,
                    "correct": bool(reward),
                    "extracted": "84" if reward else "74",
                    "reason": "correct" if reward else "wrong",
                    "advantage": (reward - mean) / (std + 1e-6),
                    "finish_reason": "stop",
                }
            )
    path = folder / "rollouts" / f"step_{step:06d}.jsonl.zst"
    path.parent.mkdir(exist_ok=True)
    with pa.CompressedOutputStream(str(path), "zstd") as stream:
        stream.write("".join(json.dumps(line) + "\n" for line in lines).encode())


def write_study(root: Path) -> list[Path]:
    """One-shot with three seeds, format-reward control, full set: the demo's comparison."""
    stories = [Story(seed=seed, lift=0.97 + 0.01 * seed) for seed in range(3)]
    stories.append(Story("sandbox_format", reward="format", lift=-0.05, train_from=0.3, train_to=0.33))
    stories.append(Story("sandbox_full", examples=512, lift=1.02, train_from=0.3, train_to=0.9))
    return [write_run(root / s.experiment / f"seed{s.seed}", s) for s in stories]
