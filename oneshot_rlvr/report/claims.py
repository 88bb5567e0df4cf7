"""Verdicts on what a gain is: a claim is a list of comparisons, and its verdict follows from their tests by one rule.

A claim is supported where each of its comparisons is won, not supported where one of them is settled the other way, and
open where neither is known. P-values are corrected for all comparisons of the page (Holm, 1979).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from oneshot_rlvr.evaluation import scores
from oneshot_rlvr.evaluation.comparison import Measurement, add_verdicts, paired
from oneshot_rlvr.evaluation.scores import PairedTest, Verdicts, holm
from oneshot_rlvr.evaluation.tables import NONE, Cell, Table, gain, percent
from oneshot_rlvr.report import budget, compare, curves
from oneshot_rlvr.report.compare import Arm, Peers, base_of, ends, final, main_arm
from oneshot_rlvr.report.decomposition import in_context
from oneshot_rlvr.report.figures import Study
from oneshot_rlvr.report.gaps import ENOUGH_SEEDS
from oneshot_rlvr.report.report_parts import training_examples
from oneshot_rlvr.report.run_files import Run, read_families

ALPHA = 0.05
SMALLEST = 0.02  # a difference in accuracy below this counts as none
SUPPORTED, NOT_SUPPORTED, OPEN = "supported", "not supported", "open"
RULE = (
    f"A claim is supported where each of its comparisons has a difference above 0, p below {ALPHA:g} after Holm's "
    f"correction for all comparisons here, and at least {ENOUGH_SEEDS} seeds that all lie above all seeds of the other "
    f"side; not supported where the whole interval of one of them lies below {100 * SMALLEST:g} points; else open. "
    f"Lasting after saturation is a difference above {-100 * SMALLEST:g} points, tested likewise, and not supported "
    "where the whole interval lies below that. Tests are over problems: they speak of this set, these examples and "
    "these runs."
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One side against another on the same problems.

    Example: one-shot 60 % against format 40 % with p 0.001, floor 0, seeds apart, is won.
    """

    what: str
    test: PairedTest | None = None  # of the difference; its p is that of `difference = floor`
    lack: str = ""  # what keeps the comparison from being made or won, in words
    floor: float = 0.0  # difference that has to be exceeded
    settled_below: float = SMALLEST  # where the whole interval lies below this, the comparison is lost

    def won(self, corrected: float) -> bool:
        return bool(self.test) and not self.lack and self.test.difference > self.floor and corrected < ALPHA

    @property
    def lost(self) -> bool:
        return self.test is not None and self.test.interval[1] < self.settled_below


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement about an arm, and the comparisons that it stands on."""

    name: str
    comparisons: tuple[Comparison, ...]


def verdict(claim: Claim, corrected: Sequence[float]) -> str:
    """Applies the rule to a claim; `corrected` are the p-values of its comparisons, 1 for those without a test."""
    won = [each.won(p) for each, p in zip(claim.comparisons, corrected, strict=True)]
    if won and all(won):
        return SUPPORTED
    beaten = (each.lost and not was for each, was in zip(claim.comparisons, won))
    return NOT_SUPPORTED if any(beaten) else OPEN


def make_claims(study: Study) -> tuple[Claim, ...]:
    """Makes the claims about the first arm with the outcome reward; none without one, its base or an evaluation."""
    main = main_arm(study.arms)
    if main is None or study.benchmark is None or final(main.runs[0], study.benchmark) is None:
        return ()
    name, group = study.benchmark, compare.peers_of(study.arms, main)
    if base_of(main.runs[0], name) is None:
        return ()
    controls = [arm for arm in group.arms if arm.kind == "format"]
    others = [arm for arm in group.arms if arm is not main and arm.kind == main.kind]
    about = Claim("about this example", _against(main, others, name, "no run on another single example"))
    return (
        Claim("more than format", _against(main, controls, name, "no format-reward control")),
        Claim("more than prompting at equal cost", (_prompting(group, main, name),)),
        *((about,) if main.kind == "one_shot" else ()),
        Claim("beyond its own family", _beyond(group, main, controls, name)),
        Claim("lasts after saturation", (_lasting(study, main, name),)),
    )


def _against(main: Arm, others: Sequence[Arm], benchmark: str, lack: str) -> tuple[Comparison, ...]:
    """Compares the arm with each of others at their last steps."""
    if not others:
        return (Comparison(lack, lack=lack),)
    return tuple(_arms(main, other, benchmark) for other in others)


def _arms(main: Arm, other: Arm, benchmark: str) -> Comparison:
    ours, theirs = (ends(arm, benchmark) for arm in (main, other))
    what = f"against {other.label}"
    if not theirs:
        return Comparison(what, lack="not evaluated")
    test = paired(*(_pooled([m.verdicts for m in side]) for side in (theirs, ours)))
    return Comparison(what, test, _seeds(*([m.accuracy for m in side] for side in (ours, theirs))))


def _pooled(parts: Sequence[Verdicts | None]) -> Measurement | None:
    """Adds up verdicts of seeds, as a measurement; None where one is missing."""
    verdicts = add_verdicts(parts)
    return None if verdicts is None else Measurement(0, _share(verdicts), verdicts=verdicts)


def _seeds(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """Says what seeds lack: their number (of a side that was trained), or that they overlap."""
    few = [len(side) for side in (ours, theirs) if len(side) < ENOUGH_SEEDS]
    if few:
        return f"{min(few)} of {ENOUGH_SEEDS} seeds"
    return "" if min(ours) > max(theirs) else "seeds overlap"


def _prompting(group: Peers, main: Arm, benchmark: str) -> Comparison:
    """Compares the arm with the strongest use of its base that costs no more."""
    uses, use = budget.untrained_uses(group, benchmark), budget.trained_use(main, benchmark)
    what = "against the strongest use of the base at that cost"
    if use is None or not uses:
        return Comparison(what, lack="no stored answers")
    best = budget.strongest(uses, use)
    what = f"against {best.label} ({percent(best.accuracy)} %, {best.answering:,.0f} tokens)"
    asked = any(in_context(point) for point in compare.variants(group.runs, benchmark).values())
    lack = "" if asked else "the example in the prompt was not tried"
    apart = _seeds([m.accuracy for m in ends(main, benchmark)], [best.accuracy] * ENOUGH_SEEDS)
    return Comparison(what, budget.difference(best, use), lack or apart)


def _beyond(group: Peers, main: Arm, controls: Sequence[Arm], benchmark: str) -> tuple[Comparison, ...]:
    """Compares the arm with base and format control on the families that its examples are not of."""
    own = {example.category for example in training_examples(main.runs[0])} - {""}
    ours = [_outside(run, benchmark, own, first=False) for run in main.runs]
    bases = [found for run in group.runs if (found := _outside(run, benchmark, own, first=True))][:1]
    if not own or not all(ours) or not bases:
        return (Comparison("on other families", lack="families of the example or of the set are not known"),)
    sides = [("the base", bases)]
    sides += [(arm.label, [_outside(run, benchmark, own, first=False) for run in arm.runs]) for arm in controls]
    found = []
    for label, theirs in sides:
        test = paired(_pooled(theirs), _pooled(ours))
        shares = [_share(part) for part in theirs if part]
        apart = _seeds([_share(part) for part in ours if part], shares * ENOUGH_SEEDS if theirs is bases else shares)
        lack = apart if test else "no stored answers"
        found.append(Comparison(f"against {label}, families but {', '.join(sorted(own))}", test, lack))
    return tuple(found) if controls else (*found, Comparison("against format", lack="no format-reward control"))


def _share(verdicts: Verdicts) -> float:
    return scores.average_at_k(*zip(*verdicts.values()))


def _outside(run: Run, benchmark: str, own: set[str], first: bool) -> Verdicts | None:
    """Reads a run's verdicts on families other than `own`, of the base or of its last step."""
    measured = base_of(run, benchmark) if first else final(run, benchmark)
    step = measured.step if measured else -1
    point = next((p for p in run.evaluations if (p.step, p.benchmark) == (step, benchmark)), None)
    families = read_families(point) if point else {}
    if not own & families.keys():
        return None
    return {name: counts for family, part in families.items() if family not in own
            for name, counts in part.items()} or None  # fmt: skip


def _lasting(study: Study, main: Arm, benchmark: str) -> Comparison:
    """Compares the last step with the first evaluation from saturation on, seed by seed."""
    befores: list[Verdicts] = []
    afters: list[Verdicts] = []
    spans = []
    for run in main.runs:
        saturated = curves.saturation_step(run.metrics.series("train/accuracy"), study.threshold)
        split = curves.split_gain(compare.held_out_series(run, benchmark), saturated)
        by_step = {m.step: m.verdicts for m in compare.measurements(run, benchmark)}
        last = max(by_step, default=0)
        before = by_step.get(split.middle_step) if split else None
        after = by_step.get(last)
        if split is None or split.middle_step == last or not before or not after:
            lack = f"seed {run.config.trainer.seed}: " + _why_not_split(saturated)
            return Comparison("after saturation", lack=lack)
        befores.append(before)
        afters.append(after)
        spans.append((split.middle_step, last))
    first, last = (_range(steps) for steps in zip(*spans))
    what = f"step {last} against step {first}, the first after saturation"
    found = paired(_pooled(befores), _pooled(afters))
    if found is None:
        return Comparison(what, lack="no stored answers")
    lack = "" if len(main.runs) >= ENOUGH_SEEDS else f"{len(main.runs)} of {ENOUGH_SEEDS} seeds"
    return Comparison(what, _above_floor(befores, afters, found), lack, -SMALLEST, -SMALLEST)


def _why_not_split(saturated: int | None) -> str:
    return "training did not saturate" if saturated is None else "no stored evaluations at and after saturation"


def _range(steps: Sequence[int]) -> str:
    return str(steps[0]) if len(set(steps)) == 1 else f"{min(steps)} to {max(steps)}"


def _above_floor(befores: Sequence[Verdicts], afters: Sequence[Verdicts], found: PairedTest) -> PairedTest:
    """Tests `after - before > -SMALLEST`: the bootstrap of the differences, moved by that."""
    before, after = add_verdicts(befores) or {}, add_verdicts(afters) or {}
    shared = sorted(before.keys() & after.keys())
    moved = [after[i][0] / after[i][1] - before[i][0] / before[i][1] + SMALLEST for i in shared]
    return replace(found, p_value=scores.paired_bootstrap([moved])[1], method="paired bootstrap")


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim with its verdict and the corrected p-values of its comparisons (1 without a test)."""

    claim: Claim
    verdict: str
    p_values: tuple[float, ...]


def judge(claims: Sequence[Claim]) -> list[Judged]:
    """Corrects all tests of the claims together, and applies the rule to each."""
    tested = [each.test for claim in claims for each in claim.comparisons if each.test is not None]
    corrected = iter(holm([test.p_value for test in tested]))
    found = []
    for claim in claims:
        p_values = tuple(1.0 if each.test is None else next(corrected) for each in claim.comparisons)
        found.append(Judged(claim, verdict(claim, p_values), p_values))
    return found


def claims_text(judged: Sequence[Judged]) -> str:
    """Writes a line for each claim. Example: `more than format: supported`."""
    return "\n".join(f"{each.claim.name}: {each.verdict}" for each in judged)


def claims_table(judged: Sequence[Judged]) -> Table | None:
    """Makes a line for each comparison of each claim, with the verdict at the first; None where nothing is claimed."""
    if not judged:
        return None
    table = Table(["claim", "verdict", "comparison", "difference (95 %)", "p, corrected", "test"], kind="text")
    for one in judged:
        for number, (each, p) in enumerate(zip(one.claim.comparisons, one.p_values)):
            head = (one.claim.name, Cell(strong=one.verdict)) if number == 0 else ("", "")
            table.add(*head, Cell(each.what, note=each.lack), *_numbers(each, p))
    return table


def _numbers(each: Comparison, corrected: float) -> tuple[Cell | str, ...]:
    if each.test is None:
        return (NONE, NONE, NONE)
    above = f"above {100 * each.floor:g} points" if each.floor else ""
    test = Cell(f"{each.test.method}, {each.test.num_problems} problems", note=above)
    return (gain(each.test.difference, each.test.interval), _p(corrected), test)


def _p(corrected: float) -> str:
    return "< 0.001" if corrected < 0.001 else f"{corrected:.3f}"
