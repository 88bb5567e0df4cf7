"""How the sandbox's base model answers: styles of response, and which of them a context makes likely.

The base model *can* do the sums but mostly does not write them: the mixture of styles it is taught depends on family,
lead-in and wording. Which contexts work, guess or ramble follows from `world_seed` and three standard deviations.
"""

import math
import random
from dataclasses import dataclass, field
from typing import Sequence

from oneshot_rlvr.sandbox.world import FAMILIES, LEADS, NUM_WORDINGS, SandboxProblem, calculate

STYLES = ("work_box", "work_plain", "guess_box", "guess_plain", "slip_box", "ramble")  # in the order of the draws
WORK_OPENINGS = ("Step by step:", "Let us work it out:", "First,")
GUESS_OPENINGS = ("Easy,", "I think", "Quick guess,")
SLIP_OPENINGS = ("Roughly:", "In my head:")
SMALL_TALK = (
    "Hmm, numbers are fun.",
    "I like this kind of question.",
    "There are many ways to see it.",
    "My teacher asked this once.",
    "It depends on what you mean.",
    "We could draw a picture.",
    "Some people use a calculator.",
    "That looks hard to me.",
)
NEAR_MISSES = (1, -1, 2, -2, 10, -10, 3, -3, 5, -5, 20, 9, -9, 11)
DRILL_FACTS = 8  # of a drill line


@dataclass(frozen=True, slots=True)
class HabitsConfig:
    """Mixture of response styles that a base is taught: softmax(logits + context effects)."""

    world_seed: int = 0  # draws the effects of family, lead-in and wording
    logits: dict[str, float] = field(default_factory=dict)  # style -> logit before effects
    family_sd: float = 0.9  # standard deviation of the effects, in logits
    lead_sd: float = 0.9
    wording_sd: float = 0.6
    independent_box: bool = False  # draw boxed or not independently of the style (then only *_box logits are read)
    box_logit: float = 0.0
    box_family_sd: float = 0.7
    box_lead_sd: float = 0.5
    guess_hit_rate: float = 0.12  # share of guesses that are right
    slip_rate: float = 0.75  # share of slip-style answers that do contain a slip


# Base E, the default. Boxed or not is drawn independently of the style, so that a reward for format alone is a
# meaningful control.
BASE_E = HabitsConfig(
    world_seed=3,
    logits={"work_box": 0.35, "guess_box": 0.6, "slip_box": -0.35, "ramble": -0.5},
    family_sd=1.3,
    lead_sd=0.8,
    wording_sd=0.5,
    independent_box=True,
    box_logit=0.9,
)
# Base D: families differ more, so that held-out accuracy still rises after the example is solved.
BASE_D = HabitsConfig(
    world_seed=4,
    logits={
        "work_box": 0.55, "work_plain": 0.45, "guess_box": 1.0, "guess_plain": -0.9, "slip_box": 0.1, "ramble": -0.1,
    },
    family_sd=1.5,
    lead_sd=0.8,
    wording_sd=0.5,
)  # fmt: skip


def near_miss(value: int, rng: random.Random) -> int:
    """A wrong number close to `value`, not negative."""
    while True:
        wrong = value + rng.choice(NEAR_MISSES)
        if wrong >= 0:
            return wrong


def written_work(problem: SandboxProblem, rng: random.Random, slip: bool = False) -> tuple[str, int]:
    """The sums as written ("40*2=80, 2*2=4, 80+4=84") and their last result; a slip in one sum carries on."""
    slip_at = rng.randrange(len(problem.steps)) if slip else len(problem.steps)
    results: list[int] = []
    lines: list[str] = []
    for i, step in enumerate(problem.steps):
        expression = step.expression.format(*results)
        value = step.value if i <= slip_at else calculate(expression)
        if i == slip_at:
            value = near_miss(value, rng)
        results.append(value)
        lines.append(f"{expression}={value}")
    return ", ".join(lines), results[-1]


def drill_line(rng: random.Random) -> str:
    """Eight random facts, such as `42-7=35, 6*8=48`; two-digit minus one digit is the bottleneck and most frequent."""
    return ", ".join(_fact(rng) for _ in range(DRILL_FACTS)) + "."


def _fact(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.40:
        a, b = rng.randint(10, 99), rng.randint(2, 9)
        return f"{a}-{b}={a - b}"
    if kind < 0.60:
        a, b = rng.randint(2, 70), rng.randint(2, 9)
        return f"{a}+{b}={a + b}"
    if kind < 0.68:
        gap, a = rng.randint(2, 9), rng.randint(4, 39)
        return f"{a + gap}-{a}={gap}"
    if kind < 0.88:
        a, b = rng.randint(2, 9), rng.randint(2, 9)
        return f"{a}*{b}={a * b}" if kind < 0.78 else f"{a * b}/{a}={b}"
    if kind < 0.94:
        a, b = rng.randint(2, 24) * 10, rng.randint(4, 54)
        return f"{a}+{b}={a + b}"
    b = rng.randint(1, 8) * 10
    a = rng.randint(b + 2, 99)
    return f"{a}-{b}={a - b}"


def _centre(effects: list[list[float]]) -> list[list[float]]:
    """Subtract the mean of every column: effects shift contexts against each other, not the overall mixture."""
    means = [sum(column) / len(effects) for column in zip(*effects)]
    return [[value - mean for value, mean in zip(row, means)] for row in effects]


class Habits:
    """The mixture of styles in every context: softmax(logits + family + lead-in + wording effects)."""

    def __init__(self, cfg: HabitsConfig) -> None:
        self.cfg = cfg
        rng = random.Random(1000 + cfg.world_seed)

        def effects(count: int, sd: float) -> list[list[float]]:
            return [[rng.gauss(0.0, sd) for _ in STYLES] for _ in range(count)]

        self._family = effects(len(FAMILIES), cfg.family_sd)
        self._lead = effects(len(LEADS), cfg.lead_sd)
        self._wording = effects(len(FAMILIES) * NUM_WORDINGS, cfg.wording_sd)
        self._family, self._lead, self._wording = map(_centre, (self._family, self._lead, self._wording))
        box_rng = random.Random(9000 + cfg.world_seed)
        self._box_family = _centre([[box_rng.gauss(0.0, cfg.box_family_sd)] for _ in FAMILIES])
        self._box_lead = _centre([[box_rng.gauss(0.0, cfg.box_lead_sd)] for _ in LEADS])

    def _logit(self, style: str, problem: SandboxProblem) -> float:
        family, k = FAMILIES.index(problem.family), STYLES.index(style)
        wording = family * NUM_WORDINGS + problem.wording
        shift = self._family[family][k] + self._lead[problem.lead][k] + self._wording[wording][k]
        return self.cfg.logits[style] + shift

    def box_share(self, problem: SandboxProblem) -> float:
        """Probability that an answer in this context is boxed, where boxes are independent of the style."""
        logit = self.cfg.box_logit + self._box_family[FAMILIES.index(problem.family)][0]
        return 1 / (1 + math.exp(-logit - self._box_lead[problem.lead][0]))

    def mixture(self, problem: SandboxProblem) -> dict[str, float]:
        """Probability of each of STYLES in the context of `problem`; sums to 1."""
        logits = {style: self._logit(style, problem) for style in STYLES if style in self.cfg.logits}
        total = sum(math.exp(v) for v in logits.values())
        shares = {style: math.exp(v) / total for style, v in logits.items()}
        if not self.cfg.independent_box:
            return {style: shares.get(style, 0.0) for style in STYLES} | {"slip_plain": 0.0}
        box, mixed = self.box_share(problem), {"ramble": shares["ramble"]}
        for kind in ("work", "guess", "slip"):
            share = shares[f"{kind}_box"]
            mixed[f"{kind}_box"], mixed[f"{kind}_plain"] = share * box, share * (1 - box)
        return mixed

    def response(self, problem: SandboxProblem, rng: random.Random) -> str:
        """A response in a style drawn from the mixture."""
        mixture = self.mixture(problem)
        return write_response(problem, rng.choices(list(mixture), list(mixture.values()))[0], rng, self.cfg)


def write_response(problem: SandboxProblem, style: str, rng: random.Random, cfg: HabitsConfig) -> str:
    """Text of a response in `style`, e.g. `First, 40*2=80, 2*2=4, 80+4=84. So the answer is \\boxed{84}.`"""
    if style == "ramble":
        return " ".join(rng.sample(SMALL_TALK, rng.randint(1, 3)))
    kind, form = style.split("_")
    if kind == "guess":
        answer = problem.answer if rng.random() < cfg.guess_hit_rate else near_miss(problem.answer, rng)
        opening = f"{rng.choice(GUESS_OPENINGS)} the answer is"
    else:
        slip = kind == "slip" and rng.random() < cfg.slip_rate
        sums, answer = written_work(problem, rng, slip=slip)
        openings: Sequence[str] = SLIP_OPENINGS if kind == "slip" else WORK_OPENINGS
        opening = f"{rng.choice(openings)} {sums}. So the answer is"
    return f"{opening} \\boxed{{{answer}}}." if form == "box" else f"{opening} {answer}."
