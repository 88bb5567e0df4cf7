"""A GRPO step on this CPU: `rlvr` beside TRL's GRPOTrainer, alternated step by step on the same work.

    make peers; python benchmarks/grpo_step.py

`--model FOLDER`: a real model's step instead, 64 rollouts of one word problem in its chat format, at most 48 tokens.
The same model (3 M parameters), prompts, rewards, number of rollouts and updates, learning rate and loss (token mean,
no KL) on both sides, float32; `full`: every response of full length, `free`: responses end where they end. Against
TRL's vLLM mode both sides weigh tokens by trainer over sampler, truncated, as TRL does there by default (`vllm`; it
makes a pass of its own for that), or neither does (`vllm-uncorrected`). TRL's micro-batch is the faster one of those
tried. Both sides must learn the same: the mean rewards of the first and the last third of the steps stand in the table.
"""

import common  # isort: skip  (before torch)

import argparse
import dataclasses
import json
import random
import string
import sys
import tempfile
from pathlib import Path
from statistics import fmean, median
from typing import Any

from sides import PEERS, Settings, Side, alternated

PROMPTS, GROUP, NEW_TOKENS, PROMPT_TOKENS = 16, 8, 128, 13
REAL_PROMPTS, REAL_TOKENS = 8, 48  # of --model: copies of QUESTION, tokens of a response
QUESTION = "Sam has 6 boxes with 10 marbles in each box. How many marbles does Sam have?"
CHARACTERS = string.digits + string.ascii_letters + string.punctuation[:31] + "\n"  # 94, and two special tokens
PAIRS = "transformers:transformers,transformers:vllm,transformers:vllm-uncorrected,vllm:vllm"
UNCORRECTED = "-uncorrected"
TRL_SEQUENCES = 16  # in a micro-batch; ours have the default size


def tokenizer() -> Any:
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    tokens = {token: n for n, token in enumerate(["<pad>", "<end>", *CHARACTERS])}
    inner = Tokenizer(models.WordLevel(tokens, unk_token="<pad>"))
    inner.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    inner.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="<pad>", eos_token="<end>")


def write_model(folder: Path, endless: bool) -> None:
    """A random model of 3 M parameters with its tokenizer; `endless`: one that never ends a response."""
    import torch

    from oneshot_rlvr.config.schema import ShapeConfig
    from oneshot_rlvr.models.load import random_model

    words = tokenizer()
    shape = ShapeConfig(hidden=256, layers=4, heads=4, kv_heads=2, ffn=704, vocab=len(words), max_positions=512)
    model = random_model(shape, words, seed=0)
    if endless:  # one direction that all hidden states have, and against which the end token's row points
        with torch.no_grad():
            model.get_input_embeddings().weight[:, 0] = 1.0
            model.get_input_embeddings().weight[words.eos_token_id, 0] = -8.0
    model.save_pretrained(folder)
    words.save_pretrained(folder)


def write_data(path: Path) -> None:
    rng = random.Random(0)
    texts = ["".join(rng.choices(CHARACTERS[:-1], k=PROMPT_TOKENS - 1)) for _ in range(PROMPTS)]
    rows = [{"id": str(n), "problem": text, "answer": "1"} for n, text in enumerate(texts)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def write_question(path: Path, model: str) -> None:
    """Copies of one word problem in the chat format of a model, but for the line break at its end, which both sides
    add."""
    from transformers import AutoTokenizer

    turns = [{"role": "user", "content": QUESTION}]
    text = AutoTokenizer.from_pretrained(model).apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    rows = [{"id": str(n), "problem": text.removesuffix("\n"), "answer": "60"} for n in range(REAL_PROMPTS)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def compare(args: argparse.Namespace, folder: Path, case: str, engines: tuple[str, str]) -> dict[str, Side]:
    """Ours and TRL's by engine, a step each in turn."""
    from oneshot_rlvr.config.schema import TrainerConfig

    settings = Settings(
        model=args.model or str(folder / case), data=str(folder / "data.jsonl"), folder=str(folder), engine=engines[0],
        prompts=REAL_PROMPTS if args.model else PROMPTS, group_size=GROUP,
        max_new_tokens=REAL_TOKENS if args.model else NEW_TOKENS,
        micro_batch_tokens=TrainerConfig().micro_batch_tokens, threads=args.threads, lr=1e-5 if args.model else 1e-4,
        steps=args.rounds + 2,  # one more than are taken: what ends a run (a checkpoint, TRL's own) belongs to no step
        correction=engines[1] == "vllm",
    )  # fmt: skip
    engine = engines[1].removesuffix(UNCORRECTED)
    theirs = dataclasses.replace(settings, engine=engine, micro_batch_tokens=args.trl_sequences)
    sides = {
        "rlvr": Side(sys.executable if engines[0] == "transformers" else PEERS, "ours_worker.py", settings),
        "TRL": Side(PEERS, "trl_worker.py", theirs),
    }
    return alternated(sides, args.rounds + 1)


def rows_of(case: str, engines: tuple[str, str], sides: dict[str, Side]) -> list[dict[str, common.Value]]:
    rows: list[dict[str, common.Value]] = []
    for (name, side), engine in zip(sides.items(), engines, strict=True):
        phases = [step["phases"] for step in side.found[1:]]
        rewards = [step["reward"] for step in side.found]
        third = max(1, len(rewards) // 3)
        rows.append({
            "case": case, "side": f"{name}, {engine}", "step, s": median(side.counted("seconds")),
            "CPU s": median(side.counted("cpu")), "sampling, s": median(p["generate"] for p in phases),
            "update, s": median(p["update"] for p in phases), "hand-over, s": median(p["sync"] for p in phases),
            "other, s": median(s - sum(p.values()) for s, p in zip(side.counted("seconds"), phases)),
            "tokens a step": fmean(side.counted("tokens")), "reward, first third": fmean(rewards[:third]),
            "reward, last third": fmean(rewards[-third:]),
        })  # fmt: skip
    return rows


def ratios_of(case: str, sides: dict[str, Side]) -> dict[str, float]:
    """Of seconds a step, and where the engines draw other responses also of seconds a token: at equal work."""
    steps = [sides[name].counted("seconds") for name in ("TRL", "rlvr")]
    tokens = [sides[name].counted("tokens") for name in ("TRL", "rlvr")]
    cpu = [sides[name].counted("cpu") for name in ("TRL", "rlvr")]
    found = {case: common.median_ratio(*steps), f"{case}, CPU s": common.median_ratio(*cpu)}
    if tokens[0] != tokens[1]:
        a_token = [[s / n for s, n in zip(*side, strict=True)] for side in zip(steps, tokens)]
        found[f"{case}, a token"] = common.median_ratio(*a_token)
    return found


def matrix_product_rate(threads: int) -> float:
    """GFLOP/s of float32 products of 2048 x 2048 matrices: the best of 7."""
    import time

    import torch

    torch.set_num_threads(threads)
    a, best = torch.randn(2048, 2048), float("inf")
    for _ in range(8):
        start = time.perf_counter()
        a @ a
        best = min(best, time.perf_counter() - start)
    return 2 * 2048**3 / best / 1e9


def shares_of_peak(rows: list[dict[str, common.Value]], rate: float, parameters: int) -> list[str]:
    """What the matrix products of a phase would take at that rate, as a share of what the phase took; `parameters` of
    the linear layers and the head."""
    notes = [
        f"Matrix products of 2048 x 2048 run at {rate:.0f} GFLOP/s on these threads. At that rate the linear layers of "
        "a phase would take this share of its time (2 FLOP a parameter and token forward, 4 backward):"
    ]
    for row in rows:
        tokens = float(row["tokens a step"] or 0)
        shares = [tokens * parameters * flops / (rate * 1e9) / float(row[key] or 1)
                  for key, flops in (("sampling, s", 2), ("update, s", 6))]  # fmt: skip
        notes.append(f"* {row['case']}, {row['side']}: sampling {shares[0]:.0%}, update {shares[1]:.0%}")
    return notes


def parameters_of(model: str | None) -> int:
    """Weights that every token is multiplied with: of the linear layers and the head."""
    if model is None:
        return 2_985_984
    from oneshot_rlvr.config.shapes import num_linear_parameters, read_shape

    shape = read_shape(Path(model))
    assert shape is not None
    return num_linear_parameters(shape) + shape.vocab * shape.hidden


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, parents=[common.parent()])
    parser.add_argument("--trl-sequences", type=int, default=TRL_SEQUENCES, help="sequences in TRL's micro-batch")
    parser.add_argument("--model", metavar="FOLDER", help="a real model, instead of the cases")
    parser.add_argument("--cases", default="full,free", help="of full, free")
    parser.add_argument("--pairs", default=PAIRS, help="ours:TRL's (default: %(default)s)")
    args = common.arguments(__doc__, parser)
    if args.quick:
        args.cases, args.pairs = "free", "transformers:transformers"
    if args.model:
        args.cases, args.pairs = "real", "transformers:transformers"
    result = common.Result("grpo_step_real" if args.model else "grpo_step", rows=[])
    pairs = [tuple(pair.split(":")) for pair in args.pairs.split(",")]
    if not PEERS.exists():
        result.skipped.update({f"{case}, {a} : {b}": "no .venv-peers (make peers)"
                               for case in args.cases.split(",") for a, b in pairs})  # fmt: skip
    else:
        with tempfile.TemporaryDirectory(prefix="grpo-step-") as name:
            folder = Path(name)
            if args.model:
                write_question(folder / "data.jsonl", args.model)
            else:
                write_data(folder / "data.jsonl")
            for case in args.cases.split(","):
                if not args.model:
                    write_model(folder / case, endless=case == "full")
                for engines in pairs:
                    sides = compare(args, folder, case, engines)
                    result.rows.extend(rows_of(case, engines, sides))
                    result.ratios.update(ratios_of(f"{case}, {engines[0]} : {engines[1]}", sides))
        result.notes.extend(shares_of_peak(result.rows, matrix_product_rate(args.threads), parameters_of(args.model)))
    common.finish(args, result)


if __name__ == "__main__":
    main()
