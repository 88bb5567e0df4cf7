"""The table of algorithms: one row each, read by the checks, the estimates, the learner and the report.

Nothing here imports torch: the rows of the table name their functions, which the learner imports.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from oneshot_rlvr.errors import UserError
from oneshot_rlvr.plugin import load_object, refuse_signature

HERE = "oneshot_rlvr.algorithms"


@dataclass(frozen=True, slots=True)
class Algorithm:
    """An algorithm: where its advantages come from, and the terms of its loss.

    `group_advantages` is or names a function (rewards [G], AlgorithmConfig) -> advantages [G] of one group; with
    `takes_lengths` its third argument is the number of tokens [G] of each response. Without one each token has an
    advantage of its own (learner/estimate.py): from discounted rewards or with `needs_values` from those of a critic,
    whitened over the step, or with `self_taught` from another prompt; `needs_old` goes with it. `terms` are names of
    `TERMS` (algorithms/losses.py) or functions like those, each multiplied by the key `<term>_coef` where there is one.
    `algorithm.path=package.module:NAME` takes an object like this, or just such a function of rewards.
    """

    name: str
    group_advantages: str | Callable[..., Any] = ""
    takes_lengths: bool = False
    compares_groups: bool = False  # these are relative to the group, so that it needs two rollouts at least
    terms: tuple[str | Callable[..., Any], ...] = ("policy", "entropy", "kl")
    rescaled: bool = False  # advantages times groups over groups with a signal (`advantages.gpg_scale`)
    supervised: bool = False  # it learns given responses (data.demonstrations), and nothing is sampled
    needs_values: bool = False  # a critic is trained beside the policy
    self_taught: bool = False  # these are of the policy with a right response in its prompt less those without it
    needs_old: bool = False  # log-probabilities before the update, in a pass of their own, also with one update a step


TABLE = {
    row.name: row
    for row in (
        Algorithm("grpo", group_advantages=f"{HERE}.advantages:grpo", compares_groups=True),
        Algorithm("dr_grpo", group_advantages=f"{HERE}.advantages:dr_grpo", compares_groups=True),
        Algorithm("rloo", group_advantages=f"{HERE}.advantages:rloo", compares_groups=True),
        Algorithm(
            "trr_pp", group_advantages=f"{HERE}.advantages:trr_pp", takes_lengths=True, compares_groups=True
        ),
        Algorithm("max_rl", group_advantages=f"{HERE}.advantages:max_rl", compares_groups=True),
        Algorithm("pass_at_k", group_advantages=f"{HERE}.advantages:pass_at_k", compares_groups=True),
        Algorithm("gpg", group_advantages=f"{HERE}.advantages:dr_grpo", compares_groups=True, terms=("likelihood",),
                  rescaled=True),
        Algorithm("raft", group_advantages=f"{HERE}.advantages:given", terms=("likelihood",)),
        Algorithm("sdpo", self_taught=True, needs_old=True),
        Algorithm("reinforce_pp", needs_old=True),
        Algorithm("ppo", needs_values=True, needs_old=True),
        Algorithm("sft", group_advantages=f"{HERE}.advantages:given", terms=("likelihood",), supervised=True),
    )
}
ALGORITHMS = tuple(TABLE)
POLICY_LOSSES = ("clip", "gspo", "cispo")  # functions of algorithms/losses.py
KL_ESTIMATORS = ("k3", "k1", "k2", "k3_importance")  # `losses.kl_loss`
CORRECTIONS = ("none", "tis", "mis", "mis_sequence")  # `losses.correction`
NORMALIZATIONS = ("token_mean", "sequence_mean", "constant", "official")


class Chosen(Protocol):
    """The keys of `AlgorithmConfig` that choose an algorithm."""

    name: str
    path: str | None


def title(config: Chosen) -> str:
    """The words by which an algorithm is known: its name, or the path of a user's own."""
    return config.path or config.name


def compares_groups(config: Chosen) -> bool | None:
    """Tells whether the advantages are relative to the group; None of a user's own, which is not imported for it."""
    return None if config.path else TABLE[config.name].compares_groups


def algorithm(config: Chosen) -> Algorithm:
    """The row of `config.name`, or what `config.path` gives. UserError where that is no algorithm."""
    if config.path is None:
        return TABLE[config.name]
    found = load_object(config.path, "algorithm.path=")
    if isinstance(found, Algorithm):
        if not found.group_advantages and not found.needs_old:
            raise UserError(
                f"algorithm.path={config.path}: without group_advantages each token has an advantage of its own, which "
                "takes needs_old=True"
            )
        return found
    form = "a function (rewards, config) -> advantages, or an Algorithm, is needed"
    refuse_signature(found, f"algorithm.path={config.path}", form, None, None)
    return Algorithm(config.path, group_advantages=found, compares_groups=True)
