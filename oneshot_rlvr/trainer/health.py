"""Rules that stop a run or warn: each fault is one line that says what, where, since when, and what usually helps.

What a rule does is `health.<rule>` of the configuration: stop, warn or off. A warning is given once per onset. What a
rule judges is a mean or a share: no figure that grows with the tokens of a step, nor one that a single token, response
or verdict can decide.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from oneshot_rlvr.config.schema import RunConfig, mismatch_bounds, without_labels
from oneshot_rlvr.errors import RunError
from oneshot_rlvr.grading.graders import BOXED_ONLY
from oneshot_rlvr.learner.mismatch import Mismatch
from oneshot_rlvr.learner.update import StepStats
from oneshot_rlvr.types import Rollout

HELPS = {
    "nonfinite": "a lower optimizer.lr, a smaller optimizer.clip_norm or model.dtype=float32 may help",
    "mismatch": "the sampler has other weights, prompts or settings than the trainer, or its numbers are too coarse: "
    "model.dtype=float32 tells which",
    "stale_weights": "once more from the last checkpoint, with new workers, tells whether the hand-over of weights to "
    "this engine is broken",
    "grader_errors": "reward.max_error_share is the bound, reward.timeout_seconds the time per response",
    "constant_groups": "nothing but entropy, KL and weight decay trains on: a higher rollout.temperature or other "
    "examples bring a signal back",
    "entropy_collapse": "a higher algorithm.entropy_coef or rollout.temperature, or a lower optimizer.lr may help",
    "entropy_blowup": "a lower algorithm.entropy_coef or optimizer.lr may help",
    "label_collapse": "rewards without a label sharpen what is likeliest, right or wrong: take an earlier checkpoint",
    "truncation": "a larger rollout.max_new_tokens may help; a model that never ends needs model.extra_stop_tokens",
    "reference_kl": "a lower optimizer.lr or a higher algorithm.kl_coef may help",
}
NUMBERS = {
    "policy/loss": "loss", "policy/grad_norm": "gradient norm", "critic/value_loss": "critic's loss",
    "critic/grad_norm": "critic's gradient norm",
}  # fmt: skip
BASELINE_STEPS = 5  # of the run: what entropy is compared with
FEW_BOXED = 0.5  # share of responses below which a grader that needs a box is the likely reason for no reward
CALM_STEPS = 20  # without a fault before the same warning is given again


def fault_line(rule: str, step: int, what: str, level: str) -> str:
    """The line for a fault: what may help, and for a stop the setting under which the run goes on all the same
    (the same command would meet the same fault)."""
    way_on = f"; health.{rule}=warn goes on in spite of it" if level == "stop" else ""
    return f"step {step}: {what}; {HELPS[rule]}{way_on} (health.{rule}={level})"


def no_reward_yet(config: RunConfig, values: Mapping[str, float]) -> str | None:
    """The reason why no response of a step earned the outcome reward, and what helps; None where one did.

    Labels that were changed on purpose say nothing: many of them no response can match. Self-play has its own rewards.
    """
    given = config.reward.name != "outcome" or config.data.label is not None or config.selfplay.enabled
    if given or values.get("group/unsolved_share") != 1:
        return None
    boxed, grader = values.get("response/boxed_share"), config.reward.grader
    needs_box = grader in BOXED_ONLY and boxed is not None and boxed < FEW_BOXED
    if needs_box and boxed == 0:
        what = f"no response holds a \\boxed{{}}, and reward.grader={grader} reads nothing else: every reward is 0"
    else:
        cut, have = values["response/truncated_share"], "" if boxed is None else f"{boxed:.0%} have a box, "
        what = (f"no response is right, so no group has a gradient ({have}{cut:.0%} were cut off "
                f"at rollout.max_new_tokens={config.rollout.max_new_tokens})")  # fmt: skip
    box = ("reward.grader=qwen takes the last number too, data.suffix=' Put your final answer within \\boxed{}.' asks "
           "for a box; else ") if needs_box else ""  # fmt: skip
    return (f"{what}; what helps: {box}an easier problem (rlvr select --probe MODEL ranks a pool), a larger "
            "rollout.max_new_tokens or a higher rollout.temperature")  # fmt: skip


class Fault(RunError):
    """A health rule that stops the run; `since` is the first step of the trouble."""

    def __init__(self, rule: str, step: int, since: int, line: str) -> None:
        super().__init__(line)
        self.rule, self.step, self.since = rule, step, since


@dataclass(slots=True)
class _Trouble:
    since: int
    last: int
    said: bool = False


class HealthMonitor:
    """Watches a run. What it remembers over steps is a function of the metrics lines, so `replay` restores it.

    Example: with health.constant_steps=20 the 20th step in a row without a signal gives
    `step 61: no group has a policy gradient since step 42 (20 steps); nothing but ... (health.constant_groups=warn)`.
    """

    def __init__(self, config: RunConfig, say: Callable[[str], None], dtype: str) -> None:
        """`dtype`: of the computation, which says how far rounding alone brings sampler and trainer apart."""
        self.config, self.health, self._say = config, config.health, say
        self.mismatch_bounds = mismatch_bounds(config.health, dtype)
        self._troubles: dict[str, _Trouble] = {}
        self._first_entropies: list[float] = []
        self._silent = False
        self._most_right = 0.0  # highest share of groups whose vote was right

    def replay(self, lines: Sequence[Mapping[str, float]]) -> None:
        """Takes in the training lines of metrics.jsonl up to the checkpoint; says and stops nothing."""
        self._silent = True
        for line in lines:
            if "group/constant_share" in line:
                self.check_metrics(int(line["step"]), line)
        self._silent = False

    # ---- within a step, in the order of the loop

    def check_rollouts(self, step: int, rollouts: Sequence[Rollout]) -> None:
        """The sampler's log-probabilities must be numbers (minus infinity would be a token that cannot be drawn), and
        few gradings may fail: their rollouts have no reward, and too many of them bias the rest."""
        for rollout in rollouts:
            if not math.isfinite(sum(rollout.logprobs)):
                what = f"rollout {rollout.index} of group {rollout.group} has a log-probability that is not finite"
                self._judge("nonfinite", step, what)
                break
        grades = [rollout.grade for rollout in rollouts if rollout.grade is not None]
        failed = [grade for grade in grades if grade.correct is None]
        what = None
        if len(failed) > max(1, self.config.reward.max_error_share * len(grades)):  # one says nothing about the rest
            what = f"grading failed for {len(failed)} of {len(grades)} responses (first: {failed[0].reason})"
        self._judge("grader_errors", step, what)

    def check_update(self, step: int, stats: StepStats) -> None:
        """The numbers of an update (a non-finite gradient that is to stop the run has been caught before this)."""
        gap = stats.mismatch.mean.value if stats.mismatch is not None else 0.0
        parts = [(words, stats.values.get(name, 0.0)) for name, words in NUMBERS.items()]
        parts.append(("mean log-probability gap", gap))
        bad = [f"the {words} is {value}" for words, value in parts if not math.isfinite(value)]
        self._judge("nonfinite", step, " and ".join(bad) or None)
        if stats.mismatch is not None and not stats.stale:
            self._judge("mismatch", step, self._apart(stats.mismatch))

    def _apart(self, mismatch: Mismatch) -> str | None:
        """The figures of the step's mismatch above their bounds; None without any, or where one is not finite."""
        bounds = self.mismatch_bounds
        beyond = [f"{name} {value:.3g} above health.mismatch_{name}={bounds[name]:g}"
                  for name, value in mismatch.beyond(bounds).items()]  # fmt: skip
        if not beyond:
            return None
        found = ", ".join(beyond)
        return f"log-probabilities of sampler and trainer are apart: {found} (largest {mismatch.largest:.3g})"

    def check_weights(self, step: int, problem: str | None, diverged: str | None = None) -> None:
        """`problem` says how the sampler's weights differ from the step's; None: they are the step's. `diverged`: what
        is not finite in the trainer itself."""
        self._judge("nonfinite", step, diverged)
        self._judge("stale_weights", step, None if diverged else problem)

    def check_metrics(self, step: int, values: Mapping[str, float]) -> None:
        """The rules that look at a step as a whole, over several steps."""
        health = self.health
        if step == 1 and not self._silent and (hint := no_reward_yet(self.config, values)):
            self._say(f"step 1: {hint}")
        constant = values["group/constant_share"] == 1
        self._judge("constant_groups", step, "no group has a policy gradient" if constant else None,
                    health.constant_steps)  # fmt: skip
        self._check_entropy(step, values)
        self._check_labels(step, values)
        share = values["response/truncated_share"]
        what = f"{share:.0%} of the responses ran into the token limit" if share >= health.truncated_share else None
        self._judge("truncation", step, what, health.patience_steps)
        kl = values.get("policy/kl", 0.0)  # not measured while the policy waits for the critic; nor is the entropy
        what = f"KL to the reference is {kl:.3g} nats a token" if kl > health.reference_kl_high else None
        self._judge("reference_kl", step, what, health.patience_steps)

    def _check_entropy(self, step: int, values: Mapping[str, float]) -> None:
        """Against the run's first steps. A step whose rollouts were all left out has measured no entropy (and says 0 in
        files of earlier versions)."""
        entropy = values.get("policy/entropy")
        if entropy is None or (values["group/constant_share"] == 1 and values["policy/skipped_rollouts"] > 0):
            return
        if len(self._first_entropies) < BASELINE_STEPS:
            self._first_entropies.append(entropy)
            return
        baseline, health = fmean(self._first_entropies), self.health
        text = f"entropy is {entropy:.3g} nats a token, {baseline:.3g} in the run's first {BASELINE_STEPS} steps"
        low, high = entropy < health.entropy_low_share * baseline, entropy > health.entropy_high_factor * baseline
        self._judge("entropy_collapse", step, text if low else None, health.patience_steps)
        self._judge("entropy_blowup", step, text if high else None, health.patience_steps)

    def _check_labels(self, step: int, values: Mapping[str, float]) -> None:
        """The votes of a run that is not told the labels (the model collapse step of arXiv 2603.08660)."""
        share = values.get("vote/label_accuracy")
        if share is None or not without_labels(self.config):
            return
        low = share < self.health.label_low_share <= self._most_right
        what = f"the commonest answer is right in {share:.0%} of the groups, and was in {self._most_right:.0%}"
        self._judge("label_collapse", step, what if low else None, self.health.patience_steps)
        self._most_right = max(share, self._most_right)

    # ---- what a finding leads to

    def _judge(self, rule: str, step: int, what: str | None, patience: int = 1) -> None:
        """Remembers since when; stops or says so when the trouble has lasted `patience` steps."""
        level = getattr(self.health, rule)
        trouble = self._troubles.get(rule)
        if what is None:
            if trouble is not None and (not trouble.said or step - trouble.last > CALM_STEPS):
                del self._troubles[rule]
            return
        if trouble is None or (step > trouble.last + 1 and not trouble.said):
            trouble = self._troubles[rule] = _Trouble(step, step)
        trouble.last = step
        lasted = step - trouble.since + 1
        if level == "off" or lasted < patience or (trouble.said and level == "warn"):
            return
        since = f" since step {trouble.since} ({lasted} steps)" if lasted > 1 else ""
        line = fault_line(rule, step, f"{what}{since}", level)
        trouble.said = True
        if self._silent:
            return
        if level == "stop":
            raise Fault(rule, step, trouble.since, line)
        self._say(f"warning: {line}")
