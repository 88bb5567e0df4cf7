"""How often the health rules stop a healthy run: noise of sampler and trainer in 2,000 steps of 3 million tokens.

    python tests/soak/health_rules.py [--steps 2000] [--tokens 3000000] [--measured FILE ...]

The noise is d = trainer - sampler log-probability of one token. A step's figures are sums over its tokens, and tokens
of one size are alike: so the sizes are put into narrow bins (the outer edge counts) and each step draws how many of its
tokens lie in each, from the multinomial distribution. That is exact but for the bins, and 3 million tokens cost what
the bins cost; `apart_from_tokens` compares with tokens drawn one by one. What judges is the product's own code:
learner/mismatch.py, trainer/health.py and weights/probe.py. Prints markdown; the exit code is 1 after a false stop and
after a fault that was not caught in its step. `--measured` takes the JSON of tests/soak/mismatch_noise.py: its noise is
drawn from as well, and each of its faults, for steps of few tokens (the inner edge of a bin counts).
"""

import argparse
import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import torch

from oneshot_rlvr.config.schema import MISMATCH_BOUNDS, PROBE_BOUNDS, RunConfig
from oneshot_rlvr.learner.mismatch import FAR, K3_CLAMP, Figure, Mismatch, mismatch
from oneshot_rlvr.learner.update import StepStats
from oneshot_rlvr.trainer.health import Fault, HealthMonitor
from oneshot_rlvr.weights.probe import WeightProbe

SAME = "same weights"  # of a measurement's cases; the others are faults
BINS = 300  # of |d|
LEVELS = 8  # of the noise of a response: tokens of one response are not independent
SPREAD = 0.5  # standard deviation of the logarithm of a response's level, of a step's a fifth of that
OLD_BOUND = 1.0  # nats, of the largest token: what was judged before, for comparison
STATS = StepStats({}, [])
PROBE_TOKENS, WORKERS = 13, 9


@dataclass(frozen=True, slots=True)
class Noise:
    """Sizes |d| [K], nats, and how likely each is [K].

    Sampler and trainer are two distributions over the same tokens, so that e^d has mean 1 over what the sampler draws.
    The signs see to it: d is positive with probability 1 / (1 + e^|d|), whatever the sizes. For small noise of
    standard deviation s the mean of -d (k1) is then s^2 / 2, as it is for real rounding.
    """

    name: str
    dtype: str
    size: np.ndarray
    p: np.ndarray

    def signed(self, factor: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
        """d [2 K] of noise `factor` times as large, and how likely each is [2 K]."""
        size = factor * self.size
        up = self.p / (1 + np.exp(np.minimum(size, 700.0)))
        return np.concatenate([-size, size]), np.concatenate([self.p - up, up])


def student(name: str, dtype: str, sd: float, df: float) -> Noise:
    """Student's t with `df` degrees of freedom (infinite: normal), scaled to standard deviation `sd`."""
    scale = sd if math.isinf(df) else sd * math.sqrt((df - 2) / df)
    far = 8.0 if math.isinf(df) else 1e13 ** (1 / df)  # one of 10^13 tokens lies beyond it
    edges = np.concatenate([[0.0], np.geomspace(1e-3, far, BINS)])
    middles, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    density = np.exp(-(middles**2) / 2) if math.isinf(df) else (1 + middles**2 / df) ** (-(df + 1) / 2)
    return Noise(name, dtype, scale * edges[1:], density * widths / (density * widths).sum())


def measured(found: dict[str, Any]) -> Noise:
    """The sizes of a measurement; beyond its largest the tail of a t with 3 degrees of freedom, as thick."""
    edges, counts = np.abs(found["histograms"][SAME]["edges"]), np.array(found["histograms"][SAME]["counts"])
    size, total = np.maximum(edges[1:], edges[:-1]), counts.sum()
    ratios = np.geomspace(1.0, 100.0, 60)
    tail = (10 / total) * -np.diff(ratios**-3.0)  # ten tokens of the sample were this far out, say
    p = np.concatenate([counts / total, tail])
    return Noise(f"measured ({total:,} tokens)", found["dtype"], np.concatenate([size, size.max() * ratios[1:]]),
                 p / p.sum())  # fmt: skip


def steps(noise: Noise, number: int, tokens: int, rng: np.random.Generator) -> Iterator[Mismatch]:
    """The figures of each step, its responses louder and quieter than each other, and its own loudness."""
    levels = np.exp([SPREAD * NormalDist().inv_cdf((n + 0.5) / LEVELS) for n in range(LEVELS)])
    levels /= np.sqrt((levels**2).mean())  # the standard deviation over all tokens is the noise's
    for _ in range(number):
        loudness = np.exp(0.2 * SPREAD * rng.standard_normal())
        parts = [noise.signed(level * loudness) for level in levels]
        shares = rng.multinomial(tokens, np.full(LEVELS, 1 / LEVELS))
        counts = np.concatenate([rng.multinomial(n, p) for n, (_, p) in zip(shares, parts)])
        yield figures(np.concatenate([d for d, _ in parts]), counts)


def figures(d: np.ndarray, counts: np.ndarray) -> Mismatch:
    """As trainer.mismatch.mismatch has them, of `counts` tokens of each size `d`."""
    n = counts.sum()

    def figure(x: np.ndarray) -> Figure:
        mean = (counts @ x) / n
        return Figure(float(mean), float(np.sqrt((counts @ (x - mean) ** 2) / (n - 1) / n)))

    k3 = np.minimum(np.exp(np.minimum(d, 20.0)) - 1 - d, K3_CLAMP)
    size = np.abs(d)
    return Mismatch(figure(size), figure((size > FAR).astype(float)), figure(-d), figure(k3), size[counts > 0].max())


def apart_from_tokens(noise: Noise, tokens: int, rng: np.random.Generator) -> float:
    """Largest difference, in standard errors, of the figures of tokens drawn one by one from those of drawn counts."""
    sizes, p = noise.signed()
    d = rng.choice(sizes, size=tokens, p=p)
    one = mismatch(torch.from_numpy(d), torch.zeros(tokens, dtype=torch.float64)).figures()
    other = figures(sizes, rng.multinomial(tokens, p)).figures()
    return max(abs(one[n].value - other[n].value) / max(np.hypot(one[n].error, other[n].error), 1e-30) for n in one)


def stops(dtype: str, found: list[Mismatch]) -> int:
    """Steps at which the product's monitor stops the run."""
    stopped = 0
    for step, one in enumerate(found, start=1):
        try:
            HealthMonitor(RunConfig(), print, dtype).check_update(step, replace(STATS, mismatch=one))
        except Fault:
            stopped += 1
    return stopped


def fault_rows(found: dict[str, Any], number: int, tokens: int, rng: np.random.Generator) -> Iterator[tuple[str, int]]:
    """A row of the table for each measured fault, and in how many of `number` steps it was not caught."""
    bounds = MISMATCH_BOUNDS[found["dtype"]]
    for name, histogram in found["histograms"].items():
        if name == SAME:
            continue
        edges, counts = np.array(histogram["edges"]), np.array(histogram["counts"])
        inner = np.where(np.abs(edges[1:]) < np.abs(edges[:-1]), edges[1:], edges[:-1])
        drawn = [figures(inner, rng.multinomial(tokens, counts / counts.sum())) for _ in range(number)]
        caught = stops(found["dtype"], drawn)
        least = [min(abs(one.figures()[figure].value) for one in drawn) for figure in bounds]
        by = [figure for figure in bounds if all(figure in one.beyond(bounds) for one in drawn)]
        yield (f"| {found['dtype']} | {name} ({counts.sum():,} tokens) | {' | '.join(f'{x:.2g}' for x in least)} "
               f"| {', '.join(by)} | {caught:,} of {number:,} |", number - caught)  # fmt: skip


@dataclass(slots=True)
class Sides:
    """A trainer and its sampler, which is off by noise anew at every hand-over."""

    gaps: np.ndarray  # [steps, workers, tokens]
    version: int = 0

    def score(self, prompt_ids: object, response_ids: object) -> tuple[float, ...]:
        return (-1.0,) * PROBE_TOKENS

    def scores(self, prompt_ids: object, response_ids: object) -> dict[str, tuple[float, ...]]:
        return {f"worker {n}": tuple(-1.0 + row) for n, row in enumerate(self.gaps[self.version - 1])}


def probe_stops(noise: Noise, number: int, rng: np.random.Generator) -> tuple[int, float, int]:
    """False stops of the weight probe, the largest mean of one, and hand-overs at which a token was over 0.5 nats off,
    which is what was judged before. The noise is that of temperature 0.6, though the probe's is 1: it is less there."""
    sizes, p = noise.signed()
    gaps = rng.choice(sizes, size=(number, WORKERS, PROBE_TOKENS), p=p)
    sides, stopped = Sides(gaps), 0
    for step in range(1, number + 1):
        sides.version = step
        probe = WeightProbe((1,), (2,) * PROBE_TOKENS, PROBE_BOUNDS[noise.dtype])
        stopped += probe.problem(step, sides, sides) is not None
    size = np.abs(gaps)
    return stopped, float(size.mean(2).max()), int((size.max((1, 2)) > 0.5).sum())


def noises() -> list[Noise]:
    """Published: standard deviation 0.05 at temperature 1, largest of 4,000 tokens 0.48 to 0.66 (t with 3 degrees of
    freedom has 0.6); at 0.6 everything is 1.67 times as much. A tenth more shows the margin."""
    half = "bfloat16"
    return [
        student("normal, sd 0.083", half, 0.083, math.inf),
        student("t(5), sd 0.083", half, 0.083, 5.0),
        student("t(3), sd 0.083 (as published, T = 0.6)", half, 0.083, 3.0),
        student("t(2.5), sd 0.083", half, 0.083, 2.5),
        student("t(3), sd 0.091 (1.1 times as published)", half, 0.091, 3.0),
        student("t(3), sd 1e-5 (as measured)", "float32", 1e-5, 3.0),
        student("t(3), sd 1e-4 (10 times as measured)", "float32", 1e-4, 3.0),
    ]


def false_stop_table(every: Sequence[Noise], number: int, tokens: int, rng: np.random.Generator) -> int:
    """Prints the figures (the largest over the steps) and the false stops of each noise; the number of stops."""
    total = 0
    print("| dtype | noise of a token | mean | share | k1 | k3 | largest | false stops | stops of 'largest > 1' |")
    print("|---|---|---|---|---|---|---|---|---|")
    for noise in every:
        apart = apart_from_tokens(noise, min(tokens, 300_000), rng)
        assert apart < 5, f"{noise.name}: counts and tokens differ by {apart:.1f} standard errors"
        found = list(steps(noise, number, tokens, rng))
        stopped, old = stops(noise.dtype, found), sum(one.largest > OLD_BOUND for one in found)
        worst = [max(abs(one.figures()[name].value) for one in found) for name in MISMATCH_BOUNDS[noise.dtype]]
        largest = max(one.largest for one in found)
        print(f"| {noise.dtype} | {noise.name} | {' | '.join(f'{w:.2g}' for w in worst)} | {largest:.2g} "
              f"| {stopped} of {number:,} | {old:,} |", flush=True)  # fmt: skip
        total += stopped
    for dtype, bounds in MISMATCH_BOUNDS.items():
        print(f"| {dtype} | bounds | {' | '.join(f'{bound:g}' for bound in bounds.values())} | | | |")
    return total


def probe_table(every: Sequence[Noise], number: int, rng: np.random.Generator) -> int:
    """Prints the false stops of the weight probe under each noise; their number."""
    total = 0
    print(f"\n| dtype | noise of a probe token | largest mean of {PROBE_TOKENS} tokens | bound | false stops | "
          f"stops of 'largest > 0.5' |\n|---|---|---|---|---|---|")  # fmt: skip
    for noise in every:
        stopped, worst, old = probe_stops(noise, number, rng)
        print(f"| {noise.dtype} | {noise.name} | {worst:.2g} | {PROBE_BOUNDS[noise.dtype]:g} | {stopped} of "
              f"{number:,} x {WORKERS} | {old:,} |")  # fmt: skip
        total += stopped
    return total


def fault_table(every: Sequence[dict[str, Any]], number: int, tokens: int, rng: np.random.Generator) -> int:
    """Prints the figures of each measured fault (the smallest over the steps) and what caught it; misses."""
    total = 0
    print(f"\n| dtype | fault, steps of {tokens:,} tokens | mean | share | k1 | k3 | above their bounds in each step | "
          f"caught |\n|---|---|---|---|---|---|---|---|")  # fmt: skip
    for found in every:
        for row, missed in fault_rows(found, number, tokens, rng):
            print(row)
            total += missed
    return total


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="False stops of the health rules under noise, and faults caught.")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--tokens", type=int, default=3_000_000, help="of a step")
    parser.add_argument("--fault-tokens", type=int, default=100_000, help="of a step with a fault")
    parser.add_argument("--measured", type=Path, nargs="+", default=[], help="JSON of tests/soak/mismatch_noise.py")
    arguments = parser.parse_args(argv)
    rng = np.random.default_rng(0)
    found = [json.loads(path.read_text()) for path in arguments.measured]
    every = [*noises(), *map(measured, found)]
    wrong = false_stop_table(every, arguments.steps, arguments.tokens, rng) + probe_table(every, arguments.steps, rng)
    if found:
        wrong += fault_table(found, arguments.steps, arguments.fault_tokens, rng)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
