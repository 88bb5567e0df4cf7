"""What a gain costs: every use of the untouched model beside every trained arm, by the tokens that each samples.

Tokens are those of responses: in training once, in answering for every problem. What a longer prompt costs is left out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from oneshot_rlvr.evaluation import scores, voting
from oneshot_rlvr.evaluation.comparison import add_verdicts
from oneshot_rlvr.evaluation.scores import PairedTest, Verdicts
from oneshot_rlvr.evaluation.tables import NONE, Cell, Table, gain_with_p, p_value, percent, share
from oneshot_rlvr.report import compare
from oneshot_rlvr.report.compare import TWIN, Arm, Peers
from oneshot_rlvr.report.figures import sampled_tokens
from oneshot_rlvr.report.run_files import EvalPoint, Run, read_samples


@dataclass(frozen=True, slots=True)
class Use:
    """One way to answer the problems of a set, and what it costs."""

    label: str
    accuracies: dict[str, float]  # by problem; of a vote the probability that it is right
    answering: float  # tokens a problem
    training: float | None = None  # tokens, mean over seeds; None: not trained
    verdicts: Verdicts | None = None  # None of a vote

    @property
    def accuracy(self) -> float:
        return fmean(self.accuracies.values())

    @property
    def interval(self) -> tuple[float, float]:
        if self.verdicts:
            return scores.accuracy_interval(*zip(*self.verdicts.values()))
        return scores.bootstrap_interval(list(self.accuracies.values()))


Ballots = Callable[[EvalPoint], dict[str, voting.Votes]]  # an evaluation -> votes by problem


def stored_votes(point: EvalPoint) -> dict[str, voting.Votes]:
    """Reads the votes of an evaluation by the grader of its headline."""
    return voting.votes_of(read_samples(point), point.result.grader)


def each_once() -> Ballots:
    """Makes a reader of votes that opens the samples of no evaluation twice."""
    known: dict[Path, dict[str, voting.Votes]] = {}

    def read(point: EvalPoint) -> dict[str, voting.Votes]:
        if point.folder not in known:
            known[point.folder] = stored_votes(point)
        return known[point.folder]

    return read


def untrained_uses(group: Peers, benchmark: str, ballots: Ballots = stored_votes) -> list[Use]:
    """Lists the uses of a base that were evaluated: plain, other templates, worked examples, votes of k."""
    base = _point(group.runs, benchmark, 0)
    if base is None:
        return []
    uses = [_plain(group.base, [base])]
    others = compare.variants(group.runs, benchmark)
    uses += [_plain(f"{group.base}, {name}", [point]) for name, point in others.items()]
    for name in (benchmark, benchmark + TWIN):
        if (point := _point(group.runs, name, 0)) is not None:
            uses += votes(point, f"{group.base}, vote of", ballots)
    return uses


def votes(point: EvalPoint, label: str, ballots: Ballots) -> Iterator[Use]:
    """Makes the votes of 4, 8, 16, ... of the responses that an evaluation stored (two only tie)."""
    if point.result.samples < 3:
        return
    found = ballots(point)
    for k in (k for k in scores.pass_ks(min((v.samples for v in found.values()), default=0)) if k > 2):
        rights = {name: voting.majority_at_k(answers, k) for name, answers in found.items()}
        yield Use(f"{label} {k} at T={point.result.temperature:g}", rights, k * point.result.length_mean)


def trained_use(arm: Arm, benchmark: str) -> Use | None:
    """Makes the use of an arm at its last evaluation, all seeds together; None where its verdicts are not stored."""
    ends = [(run, last.step) for run in arm.runs if (last := compare.final(run, benchmark))]
    points = [point for run, step in ends if (point := _point([run], benchmark, step))]
    if not points or len(points) < len(ends):
        return None
    spent = [sampled_tokens(run).get(step) for run, step in ends]
    known = [tokens for tokens in spent if tokens is not None]
    return _plain(arm.label, points, fmean(known) if len(known) == len(spent) else None)


def _plain(label: str, points: Sequence[EvalPoint], training: float | None = None) -> Use:
    verdicts = add_verdicts([point.result.per_problem for point in points]) or {}
    tokens = fmean(point.result.length_mean for point in points)
    return Use(label, {name: c / n for name, (c, n) in verdicts.items()}, tokens, training, verdicts)


def _point(runs: Sequence[Run], benchmark: str, step: int) -> EvalPoint | None:
    points = (point for run in runs for point in run.evaluations)
    return next((p for p in points if (p.benchmark, p.step) == (benchmark, step) and p.result.per_problem), None)


def strongest(uses: Sequence[Use], arm: Use) -> Use:
    """Finds the most accurate use of the base, the first of `uses`, that asks no more tokens a problem than the arm, or
    than the base itself where the arm is shorter."""
    most = max(arm.answering, uses[0].answering)
    return max((use for use in uses if use.answering <= most), key=lambda use: use.accuracy)


def difference(before: Use, after: Use) -> PairedTest | None:
    """Tests one use against another on the problems that both have."""
    if before.verdicts and after.verdicts:
        return scores.compare(before.verdicts, after.verdicts)
    shared = sorted(before.accuracies.keys() & after.accuracies.keys())
    if not shared:
        return None
    gaps = [after.accuracies[name] - before.accuracies[name] for name in shared]
    interval, p = scores.paired_bootstrap([gaps])
    return PairedTest(fmean(gaps), interval, p, "paired bootstrap", len(shared))


def changed(before: Use, after: Use) -> tuple[int, int]:
    """Counts problems newly solved and newly lost; one is solved where more than half of its responses are right."""
    shared = before.accuracies.keys() & after.accuracies.keys()
    solved = [(before.accuracies[name] > 0.5, after.accuracies[name] > 0.5) for name in shared]
    return solved.count((False, True)), solved.count((True, False))


def budget_table(arms: Sequence[Arm], benchmark: str, ballots: Ballots = stored_votes) -> Table | None:
    """Puts beside every arm the strongest use of its base at no higher cost; None without a base or without arms."""
    table = Table(["", "sampled in training", "tokens a problem", "accuracy % (95 %)", "newly solved / lost",
                   "strongest untrained use at that cost", "beside it (95 %)"])  # fmt: skip
    trained = False
    for group in compare.peers(arms):
        uses = untrained_uses(group, benchmark, ballots)
        if not uses:
            continue
        for use in uses:
            cells = (_changes(uses[0], use), NONE, NONE) if use is not uses[0] else (NONE, NONE, NONE)
            table.add(use.label, NONE, f"{use.answering:,.0f}", share(use.accuracy, use.interval), *cells)
        for use in filter(None, (trained_use(arm, benchmark) for arm in group.arms)):
            best, trained = strongest(uses, use), True
            test = difference(best, use)
            spent = NONE if use.training is None else f"{use.training:,.0f}"
            named = Cell(best.label, note=f"{percent(best.accuracy)} %, {best.answering:,.0f} tokens")
            table.add(use.label, spent, f"{use.answering:,.0f}", share(use.accuracy, use.interval),
                      _changes(uses[0], use), named, gain_with_p(use.accuracy - best.accuracy, test))  # fmt: skip
    return table if trained else None


def _changes(base: Use, use: Use) -> Cell:
    won, lost = changed(base, use)
    p = scores.mcnemar(lost, won)
    return Cell(f"{won} / {lost}", note=f"p {p_value(PairedTest(0.0, (0.0, 0.0), p, 'mcnemar', 0))}")


def voting_table(arms: Sequence[Arm], benchmark: str, ballots: Ballots = stored_votes) -> Table | None:
    """Shows maj@k, cover@tau and the calibration of the vote, where problems were answered several times."""
    rows: list[tuple[str, dict[str, voting.Votes]]] = []
    for group in compare.peers(arms):
        named = [(group.base, _point(group.runs, benchmark, 0))]
        for arm in group.arms:
            last = compare.final(arm.runs[0], benchmark)
            title = arm.label + (f", seed {arm.runs[0].config.trainer.seed}" if len(arm.runs) > 1 else "")
            named.append((title, _point(arm.runs[:1], benchmark, last.step) if last else None))
        rows += [(label, found) for label, point in named if point is not None and point.result.samples > 2
                 and (found := ballots(point))]  # fmt: skip
    if not rows:
        return None
    least = min(answers.samples for _, found in rows for answers in found.values())
    ks = scores.pass_ks(least)
    taus = [f"{tau:.0%}" for tau in voting.TAUS]
    table = Table(["%", *(f"maj@{k}" for k in ks), *(f"cover@{tau}" for tau in taus), "calibration error of the vote"])
    for label, found in rows:
        votes_P = list(found.values())
        majorities = (fmean(voting.majority_at_k(answers, k) for answers in votes_P) for k in ks)
        shares = [answers.right / answers.samples for answers in votes_P]
        covers = (voting.cover(shares, tau) for tau in voting.TAUS)
        table.add(label, *map(percent, majorities), *map(percent, covers), percent(voting.calibration(votes_P)[1]))
    return table
