"""At the start of every run: does what trains and samples a model compute what the model does when called plainly?"""

from collections.abc import Sequence
from statistics import fmean

from oneshot_rlvr.errors import RunError
from oneshot_rlvr.learner.workers import Policy
from oneshot_rlvr.rollout.engine import Engine
from oneshot_rlvr.types import Rollout, Sampling, Task

PROMPTS, TOKENS = 4, 512  # most prompts, and most tokens of those behind the first
NEW_TOKENS = 8  # of each of a prompt's two responses, a greedy and a drawn one


def check_agreement(policy: Policy, engine: Engine, tasks: Sequence[Task], sampling: Sampling, bound: float) -> None:
    """RunError where log-probabilities of a few responses to the run's own prompts are more than `bound` nats apart, as
    a mean over the tokens of a response: of the trainer's pass or of the sampler from the model called plainly."""
    prompts = some_prompts(tasks)
    sampled: list[Rollout] = []
    for temperature in (0.0, 1.0):
        asked = [Rollout(task, f"start#{n}", 0, seed=n) for n, task in enumerate(prompts)]
        how = Sampling(temperature, min(NEW_TOKENS, sampling.max_new_tokens), sampling.stop_ids)
        sampled += engine.generate(asked, how)
    packed, plain = policy.compared([(r.task.prompt_ids, r.token_ids) for r in sampled])
    sides = {"the trainer's pass": packed, "the sampler": [r.logprobs for r in sampled]}
    for name, found in sides.items():
        for rollout, ours, theirs in zip(sampled, found, plain, strict=True):
            gap = fmean(abs(a - b) for a, b in zip(ours, theirs, strict=True))
            if not gap <= bound:
                raise RunError(
                    f"{name} does not compute this model: to a response of {len(theirs)} tokens to problem "
                    f"{rollout.task.problem.id} it gives {sum(ours):.6g} nats, the model called plainly "
                    f"{sum(theirs):.6g}; {gap:.2g} a token apart, {bound:.2g} is what rounding may do "
                    "(rollout.probe_bound)"
                )


def some_prompts(tasks: Sequence[Task]) -> list[Task]:
    """The first task, and a few others with other prompts as long as they are short."""
    found: list[Task] = []
    left = TOKENS
    for task in tasks:
        if found and (len(task.prompt_ids) > left or task.prompt_ids in [other.prompt_ids for other in found]):
            continue
        found.append(task)
        left -= len(task.prompt_ids)
        if len(found) == PROMPTS:
            break
    return found
