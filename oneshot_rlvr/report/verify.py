"""Checks a run against itself: hashes, numbers worked out again from the records, answers graded again, tokens scored
again by the weights that are said to have sampled them, and printed numbers of a report made again.

Every check is one that an honest run passes; what a check cannot judge is left out and counted as nothing.
"""

import json
import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from oneshot_rlvr.checkpoint import fault
from oneshot_rlvr.config.model_files import TOKENIZER_FILES
from oneshot_rlvr.config.schedule import validation_grader
from oneshot_rlvr.config.schema import RunConfig, mismatch_bounds
from oneshot_rlvr.evaluation.grading import rules_name
from oneshot_rlvr.evaluation.metrics import is_right, per_problem
from oneshot_rlvr.files import sha256_of, steps_in
from oneshot_rlvr.grading.boxes import extract_boxed
from oneshot_rlvr.grading.graders import own_grader
from oneshot_rlvr.report.run_files import EvalPoint, LedgerRow, Run, each_rollout, read_run, read_samples, rollout_files
from oneshot_rlvr.rollout.lines import UNKNOWN
from oneshot_rlvr.types import Rollout

if TYPE_CHECKING:
    import torch

    from oneshot_rlvr.isolation.pool import GraderPool

CLOSE = 1e-6  # difference of a number from its recomputation
# Nats below the likeliest token at which a greedy answer cannot have been sampled, with whole precision and without.
GREEDY_GAPS = {True: 0.01, False: 0.5}
SEQUENCES = 32  # scored at once
# What a tokenizer is made of, with what may stand in files of its own.
TOKENIZER = (*TOKENIZER_FILES, "special_tokens_map.json", "added_tokens.json", "merges.txt")

# What is scored by the weights of each step: greedy answers of an evaluation, and kept rollouts of a file.
Greedy = dict[int, list[tuple[EvalPoint, Sequence[Rollout]]]]
Kept = dict[int, dict[Path, list[Rollout]]]


@dataclass
class Findings:
    """Counts of what was checked, and a line for each thing that does not fit."""

    checks: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def check(self, kind: str, fits: bool, said: str) -> None:
        self.checks[kind] += 1
        if not fits:
            self.faults.append(said)


def verify_run(
    path: Path, seed: int = 0, steps: int = 3, samples: int = 64, scorers: "Scorers | None" = None
) -> Findings:
    """Checks one run folder: `steps` steps are scored again, and at most `samples` answers a set graded and scored.

    `scorers` of several runs spares loading a model of the same shape again.
    """
    from oneshot_rlvr.isolation.pool import GraderPool

    found, run, rng = Findings(), read_run(path), random.Random(f"verify {seed}")
    for folder in steps_in(path / "checkpoints").values():
        said = fault(folder)
        found.check("checkpoints", said is None, f"{folder}: {said}")
    check_ledger(run, found)
    greedy: Greedy = {}
    with GraderPool(workers=1, executor=run.config.executor) as graders:
        for point in run.evaluations:
            chosen = check_evaluation(run, point, found, graders, rng, samples)
            if point.result.temperature == 0 and chosen:
                greedy.setdefault(point.step, []).append((point, chosen))
        kept = check_rollouts(run, found, graders, rng, steps)
    scorers = scorers or Scorers()
    for step in sorted({*greedy, *kept}):
        if (weights := _weights(run, step)) is not None:
            scorer = scorers.load(weights)
            check_scores(run, step, weights, scorer, greedy.get(step, ()), kept.get(step, {}), found)
    return found


def check_ledger(run: Run, found: Findings) -> None:
    """Works the metrics of every step out of its ledger lines."""
    by_step: dict[int, list[LedgerRow]] = {}
    for row in run.ledger:
        by_step.setdefault(row.step, []).append(row)
    lengths = run.metrics.series("response/length_mean")
    told = set(lengths.steps) if by_step else set()
    found.check("steps", told == set(by_step), f"{run.path}: metrics and ledger are of different steps: "
                f"{_some(told ^ set(by_step))}")  # fmt: skip
    gaps = set(range(1, run.done + 1)) - told if told else set()
    found.check("steps", not gaps, f"{run.path}: no metrics of steps {_some(gaps)}")
    for step, rows in by_step.items():
        for name, value in _of_ledger(rows, run.config).items():
            written = run.metrics.series(name).at(step)
            fits = written is None or math.isclose(written, value, rel_tol=CLOSE, abs_tol=CLOSE)
            said = f"{run.path}/metrics.jsonl: step {step}: {name} is {written}, the ledger says {value:g}"
            found.check("metrics", fits, said)


def _of_ledger(rows: Sequence[LedgerRow], config: RunConfig) -> dict[str, float]:
    """The metrics of a step that its ledger lines decide. Where rollouts are dropped, the lines hold these too, and the
    metrics those alone that were trained on: only the tokens sampled are then decided."""
    n, graded = sum(row.n for row in rows), sum(row.n - row.ungraded for row in rows)
    sampled = {} if config.selfplay.enabled else {"tokens/sampled": sum(row.length_mean * row.n for row in rows)}
    if config.source.keep_mixed or config.source.votes or config.source.path:
        return sampled
    values = sampled | {
        "response/length_mean": sum(row.length_mean * row.n for row in rows) / n,
        "response/truncated_share": sum(row.truncated for row in rows) / n,
        "group/constant_share": fmean(row.zero_advantage for row in rows),
        "group/solved_share": fmean(row.correct == row.n for row in rows),
        "group/unsolved_share": fmean(row.correct == 0 for row in rows),
    }
    if graded and not config.selfplay.enabled:  # whose accuracy is that of solving alone
        values["train/accuracy"] = sum(row.correct for row in rows) / graded
    if graded == n:
        values["reward/mean"] = sum(row.reward_sum for row in rows) / n
    return values


def check_evaluation(
    run: Run, point: EvalPoint, found: Findings, graders: "GraderPool", rng: random.Random, samples: int
) -> list[Rollout]:
    """Works an evaluation's numbers out of its answers, and grades some again; -> these."""
    where, grader = point.folder, point.result.grader
    stored = read_samples(point)
    found.check("evaluations", bool(stored), f"{where}/samples.jsonl: the answers are gone")
    own = validation_grader(run.config)
    if point.folder.parent.parent.name == "eval":
        asked = {own_grader(sample.task.problem.answer) or own for sample in stored} or {own}
        found.check("grader", grader in asked, f"{where}/metrics.json: graded by {grader}, the run by {own}")
    graded = [sample for sample in stored if grader in sample.grades]
    right = [is_right(sample, grader) for sample in graded]
    told = {name: tuple(counts) for name, counts in point.result.per_problem.items()}
    fits = told == per_problem(graded, right)
    found.check("evaluations", fits, f"{where}/metrics.json: its verdicts are not those of samples.jsonl")
    written = point.result.metrics()
    for name, value in _of_answers(graded, right).items() if graded else ():
        logged = run.metrics.series(f"eval/{point.benchmark}/{name}").at(point.step)
        in_file = written.get(f"eval/{point.result.name}/{name}")
        for place, number in (("metrics.json", in_file), ("metrics.jsonl of the run", logged)):
            fits = number is None or abs(number - value) < CLOSE
            found.check("evaluations", fits, f"{where}: {name} is {number} in {place}, {value:g} by its answers")
    chosen = rng.sample(stored, min(samples, len(stored)))
    _grade_again(where, chosen, grader, rules_name(point.result.name), found, graders)
    return chosen


def _of_answers(answers: Sequence[Rollout], right: Sequence[bool]) -> dict[str, float]:
    """The numbers of an evaluation that go to `metrics.jsonl`, from its answers and verdicts."""
    verdicts = per_problem(answers, right)
    by_category: dict[str, list[bool]] = {}
    for answer, is_correct in zip(answers, right):
        by_category.setdefault(answer.task.problem.category, []).append(is_correct)
    return {
        "accuracy": fmean(correct / number for correct, number in verdicts.values()),
        "boxed_share": fmean(extract_boxed(answer.text) is not None for answer in answers),
        "truncated_share": fmean(answer.finish_reason == "length" for answer in answers),
        "length_mean": fmean(len(answer.token_ids) for answer in answers),
    } | {f"accuracy/{category}": fmean(values) for category, values in by_category.items() if category}


def _grade_again(
    where: Path, chosen: Sequence[Rollout], grader: str, rules: str, found: Findings, graders: "GraderPool"
) -> None:
    from oneshot_rlvr.isolation.pool import GradeItem

    graded = [sample for sample in chosen if grader in sample.grades]
    items = [GradeItem(sample.text, sample.task.problem.answer, grader, rules) for sample in graded]
    for sample, grade in zip(graded, graders.grade(items)):
        before, name = sample.grades[grader].correct, sample.task.problem.id
        fits = grade.correct == before or grade.correct is None or before is None
        said = f"{where}: answer to {name} is {_word(before)} there, {_word(grade.correct)} by {grader}"
        found.check("grades", fits, said)


def _word(correct: bool | None) -> str:
    return "right" if correct else "wrong"


def check_rollouts(run: Run, found: Findings, graders: "GraderPool", rng: random.Random, steps: int) -> Kept:
    """Grades kept rollouts of some steps again; -> them by the step whose weights sampled them."""
    from oneshot_rlvr.isolation.pool import GradeItem

    files = rollout_files(run.path)
    before = 2 if run.config.source.prefetch else 1  # steps between the weights and what is trained on
    scored = [step for step in files if _weights(run, max(0, step - before)) is not None]
    chosen = rng.sample(sorted(files), min(steps, len(files))) + rng.sample(scored, min(steps, len(scored)))
    kept: Kept = {}
    for step in sorted(set(chosen)):
        rollouts = [one.rollout for one in each_rollout(run.path, step)]
        config, where = run.config, files[step]
        items = [GradeItem(one.text, one.task.problem.answer, config.reward.grader) for one in rollouts]
        by_grader = not (config.compat.grade_with_prompt or config.selfplay.enabled)  # which has verdicts of its own
        again = graders.grade(items) if by_grader else []
        for rollout, grade in zip(rollouts, again):
            told = rollout.grade.correct if rollout.grade else None
            fits = grade.correct == told or None in (grade.correct, told)
            found.check("grades", fits, f"{where}: {rollout.group} {rollout.index} is {_word(told)} there, "
                        f"{_word(grade.correct)} by {config.reward.grader}")  # fmt: skip
        for rollout in rollouts if not config.data.demonstrations else ():  # given ones were sampled by no weights
            name, version = f"{where}: {rollout.group} {rollout.index}", rollout.version
            fits = 1 <= step - version <= before or bool(config.source.path)
            found.check("versions", fits, f"{name} is said to be sampled by the weights of step {version}")
            kept.setdefault(version, {}).setdefault(where, []).append(rollout)
    return kept


def check_scores(
    run: Run, step: int, weights: Path, scorer: "Scorer", greedy: Iterable[tuple[EvalPoint, Sequence[Rollout]]],
    kept: Mapping[Path, Sequence[Rollout]], found: Findings,
) -> None:  # fmt: skip
    """Scores greedy answers of a step, and rollouts with the text of their tokens, by the weights that sampled them."""
    config = run.config
    for point, samples in greedy:
        bound = GREEDY_GAPS[point.result.precision in ("", "float32")]
        for sample, gap, text in scorer.greedy_gaps(samples):
            name = f"{point.folder}: answer to {sample.task.problem.id}"
            found.check("tokens", text == sample.text, f"{name}: its text is not that of its tokens")
            said = f"a token {gap:.2f} nats below the likeliest of {weights}, which would not be sampled"
            found.check("greedy answers", gap < bound, f"{name}: {said}")
    for where, rollouts in kept.items():
        dtype = config.model.dtype if config.model.dtype != "auto" else "float32"
        stored = "bfloat16" if config.checkpoint.dtype == "bfloat16" and step > 0 else dtype
        bound = mismatch_bounds(config.health, stored)["mean"]
        for rollout, gap, text in scorer.rollout_gaps(rollouts, config.rollout.temperature, config.rollout.top_p):
            name = f"{where}: {rollout.group} {rollout.index}"
            found.check("tokens", text == rollout.text, f"{name}: its text is not that of its tokens")
            said = f"log-probabilities differ by {gap:.3g} nats a token from those of {weights} (bound {bound:g})"
            found.check("log-probabilities", gap <= bound, f"{name}: {said}")


def _weights(run: Run, step: int) -> Path | None:
    """The folder of the weights after a step; of the base for 0, where it is on this machine."""
    if step > 0:
        return steps_in(run.path / "checkpoints").get(step)
    from oneshot_rlvr.evaluation.checkpoints import base_source

    if run.config.model.random_init:
        return None
    path = base_source(run.config.model.path, "model.path", run.config.model.revision).path
    return path if isinstance(path, Path) else None


class Scorers:
    """Loads weights into the last model where config.json is the same, a tenth of the time: of every run the
    weights of two steps are loaded. Equal tokenizers are read once."""

    def __init__(self) -> None:
        self.model: Any = None
        self.config = b""  # contents of its config.json
        self.tokenizers: dict[tuple[bytes, ...], Any] = {}  # by the contents of their files

    def load(self, weights: Path) -> "Scorer":
        import torch

        from oneshot_rlvr.models.load import load_model, load_tokenizer, refill

        config = (weights / "config.json").read_bytes()
        if self.model is None or config != self.config or not refill(self.model, weights):
            self.model, self.config = load_model(str(weights), torch.float32).eval(), config
            self.model.set_attn_implementation("sdpa")
        files = tuple(path.read_bytes() for name in TOKENIZER if (path := weights / name).is_file())
        if files not in self.tokenizers:
            self.tokenizers[files] = load_tokenizer(str(weights))
        return Scorer(self.model, self.tokenizers[files])


@dataclass(frozen=True, slots=True)
class Scorer:
    """Weights and tokenizer, with transformers' own attention: another route than the run's."""

    model: Any
    tokenizer: Any

    def rollout_gaps(
        self, rollouts: Sequence[Rollout], temperature: float, top_p: float = 1.0
    ) -> Iterator[tuple[Rollout, float, str]]:
        """Each kept rollout with the mean distance of its log-probabilities from those of the weights, nats, and the
        text of its tokens. With `top_p` they are those of at least this mass, so up to -log top_p higher."""
        prompts = [self.tokenizer.encode(one.task.prompt, add_special_tokens=False) for one in rollouts]
        pairs = [(prompt, one.token_ids) for prompt, one in zip(prompts, rollouts)]
        for rollout, logits in zip(rollouts, self._logits(pairs)):
            tokens, said = rollout.token_ids, rollout.logprobs
            own = (logits / temperature).log_softmax(-1)[range(len(tokens)), tokens].tolist()
            above = [logprob - value for logprob, value in zip(said, own)]
            whole = len(said) == len(own) > 0
            gap = fmean(max(0.0, -more, more + math.log(top_p)) for more in above) if whole else math.inf
            yield rollout, gap, self._text(tokens)

    def greedy_gaps(self, samples: Sequence[Rollout]) -> Iterator[tuple[Rollout, float, str]]:
        """Each greedy answer with the largest gap between the likeliest token and the one it has, nats, and the text of
        its tokens. Answers of earlier versions, whose tokens are not stored, are left out."""
        known = [sample for sample in samples if sample.token_ids and UNKNOWN not in sample.token_ids]
        for sample, logits in zip(known, self._logits([(s.task.prompt_ids, s.token_ids) for s in known])):
            logprobs = logits.log_softmax(-1)
            gaps = [(logprobs[i].max() - logprobs[i, token]).item() for i, token in enumerate(sample.token_ids)]
            yield sample, max(gaps), self._text(sample.token_ids)

    def _text(self, tokens: Sequence[int]) -> str:
        """The text that a sampler gives these tokens."""
        return str(self.tokenizer.decode(list(tokens), skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def _logits(self, pairs: Sequence[tuple[Sequence[int], Sequence[int]]]) -> "Iterator[torch.Tensor]":
        """The logits [T, V] of each response behind its prompt, in the given order; like lengths are read together."""
        import torch

        order = sorted(range(len(pairs)), key=lambda i: len(pairs[i][0]) + len(pairs[i][1]))
        made: dict[int, torch.Tensor] = {}
        for start in range(0, len(order), SEQUENCES):
            batch = order[start : start + SEQUENCES]
            longest = max(len(pairs[i][0]) + len(pairs[i][1]) for i in batch)
            ids, mask = (torch.zeros(len(batch), longest, dtype=torch.long) for _ in range(2))
            for row, i in enumerate(batch):
                whole = [*pairs[i][0], *pairs[i][1]]
                ids[row, : len(whole)], mask[row, : len(whole)] = torch.tensor(whole), 1
            with torch.no_grad():
                logits = self.model(input_ids=ids, attention_mask=mask).logits.float()
            for row, i in enumerate(batch):
                prompt, response = map(len, pairs[i])
                made[i] = logits[row, prompt - 1 : prompt - 1 + response].clone()
        yield from (made[i] for i in range(len(pairs)))


def verify_report(folder: Path) -> Findings:
    """Checks a report: its files are those that were written, its runs are there, no seed of their arms is left out,
    and the result rows are those of the runs."""
    from oneshot_rlvr.report import build, compare
    from oneshot_rlvr.report.run_files import find_runs

    found, manifest = Findings(), build.read_manifest(folder)
    for name, digest in manifest.files.items():
        path = folder / name
        fits = path.is_file() and sha256_of(path) == digest
        found.check("files", fits, f"{path}: not as it was written")
    paths = [Path(run) for run in manifest.runs]
    gone = [path for path in paths if not (path / "config.yaml").is_file()]
    for path in gone:
        found.check("runs", False, f"{folder}: the run {path} is not there")
    if gone:
        return found
    arms = {(read_run(path).config.experiment, path.parent) for path in paths}
    for experiment, parent in sorted(arms, key=str):
        beside = [path for path in find_runs([parent]) if path not in paths]
        left = [path for path in beside if path.parent == parent and (path / "metrics.jsonl").is_file()]
        found.check("seeds", not left, f"{folder}: runs of {experiment} are left out: {', '.join(map(str, left))}")
    runs = compare.share_bases(compare.distinct([read_run(path) for path in paths])[0])
    names = compare.benchmarks(runs)
    rows = build.printed_rows(compare.result_rows(compare.make_arms(runs), names[0])) if names else []
    for printed in manifest.rows:
        fits = printed in rows
        found.check("printed rows", fits, f"{folder}: the row {json.dumps(printed)} is not that of its runs")
    return found


def _some(steps: set[int]) -> str:
    shown = sorted(steps)
    return ", ".join(map(str, shown[:6])) + (", ..." if len(shown) > 6 else "")
