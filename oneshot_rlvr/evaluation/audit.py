"""An audit of a model before its benchmark is believed: asks the detectors' questions, and keeps what they found."""

import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from oneshot_rlvr.evaluation import probes
from oneshot_rlvr.evaluation.checkpoints import ModelSource, local_folder
from oneshot_rlvr.evaluation.engine_options import EngineOptions
from oneshot_rlvr.evaluation.probes import ALARM, SHARES, Detection, detect
from oneshot_rlvr.evaluation.scores import holm
from oneshot_rlvr.evaluation.tables import NONE, Cell, Table, percent
from oneshot_rlvr.files import seed_of
from oneshot_rlvr.types import Problem, Rollout, Sampling, Task

if TYPE_CHECKING:
    from oneshot_rlvr.evaluation.engine import LazySampler, ModelFacts
    from oneshot_rlvr.isolation.pool import GraderPool

COMPLETION_TOKENS = 64  # at most, of the rest of a question
DETECTORS = {  # name -> what the score is
    "completion": "rest of the question, word for word, after its first 40, 60 and 80 % (mean of the three)",
    "overlap": "words of that rest in order (ROUGE-L recall, mean of the three)",
    "no numbers": "right answer to the question with blanks for its numbers",
    "twin": "right on the question less right on its twin with other numbers",
    "rigidity": "1 less the distance of each answer at temperature 1 to the nearest other",
}


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """The questions that are asked, and the manner."""

    model: ModelSource
    benchmark: str
    problems: tuple[Problem, ...]
    clean: tuple[Problem, ...]  # of the same kind, which the model cannot have seen
    clean_name: str
    template: str = "own"
    grader: str = "exact"
    max_new_tokens: int = 1024
    samples: int = 4  # answers to each question at temperature 1, for rigidity
    seed: int = 0
    pool: tuple[Problem, ...] = ()  # training problems, for shared n-grams
    pool_name: str = ""


@dataclass(frozen=True)
class Audit:
    """The result of an audit, as `audit.json` has it."""

    model: str
    benchmark: str
    clean: str
    questions: int
    clean_questions: int
    detections: tuple[Detection, ...]
    pool: str = ""
    shared: float | None = None  # share of benchmark questions with words in a row from the pool
    shared_clean: float | None = None
    seconds: float = 0.0

    @property
    def alarms(self) -> tuple[str, ...]:
        return tuple(found.name for found in self.detections if found.p_value < ALARM and found.auc > 0.5)

    @property
    def words(self) -> str:
        """The result in a sentence that says no more than the rule."""
        if self.alarms:
            return f"{self.benchmark} looks known to {self.model}: {', '.join(self.alarms)}"
        return f"no detector tells {self.benchmark} from {self.clean}, which {self.model} cannot have seen"


@dataclass(slots=True)
class Asker:
    """Asks a model: texts as they stand, or problems under its template."""

    sampler: "LazySampler"
    facts: "ModelFacts"
    graders: "GraderPool"
    plan: AuditPlan

    def ask(self, prompts: Sequence[Sequence[int]], problems: Sequence[Problem], temperature: float, tokens: int,
            samples: int = 1) -> list[list[str]]:  # fmt: skip
        """The responses to each prompt."""
        asked = [Rollout(Task(problem, tuple(ids)), f"{i}", k, seed_of(f"audit/{self.plan.seed}/{problem.id}/{k}"))
                 for i, (ids, problem) in enumerate(zip(prompts, problems, strict=True))
                 for k in range(samples)]  # fmt: skip
        sampling = Sampling(temperature, tokens, self.facts.stop_ids)
        texts = [rollout.text for rollout in self.sampler.generate(asked, sampling)] if asked else []
        return [texts[i : i + samples] for i in range(0, len(texts), samples)]

    def complete(self, texts: Sequence[str], problems: Sequence[Problem]) -> list[str]:
        """Continuations of texts as they stand, greedy."""
        prompts = [self.facts.tokenizer.encode(text) for text in texts]
        return [found[0] for found in self.ask(prompts, problems, 0.0, COMPLETION_TOKENS)]

    def answers(self, problems: Sequence[Problem], temperature: float = 0.0, samples: int = 1) -> list[list[str]]:
        """Answers under the template."""
        from oneshot_rlvr.data.prompts import prompt_token_ids

        prompts = [prompt_token_ids(problem, self.plan.template, self.facts.tokenizer) for problem in problems]
        return self.ask(prompts, problems, temperature, self.plan.max_new_tokens, samples)

    def right(self, problems: Sequence[Problem]) -> list[float]:
        """1 for each problem that is answered right, greedy, else 0."""
        from oneshot_rlvr.isolation.pool import GradeItem

        texts = [found[0] for found in self.answers(problems)]
        items = [GradeItem(text, problem.answer, self.plan.grader, problem.source)
                 for text, problem in zip(texts, problems, strict=True)]  # fmt: skip
        return [float(grade.correct is True) for grade in self.graders.submit(items).result()]


def scores(asker: Asker, problems: Sequence[Problem]) -> dict[str, list[float]]:
    """The score of each question by detector; questions that a detector cannot judge are left out of it."""
    found: dict[str, list[float]] = {}
    long = [problem for problem in problems if probes.cut(problem.prompt, SHARES[0])]
    exact, near = [[0.0] * len(long) for _ in range(2)]
    for share in SHARES:
        parts = [probes.cut(problem.prompt, share) or ("", "") for problem in long]
        given = asker.complete([head for head, _ in parts], long)
        for i, ((_, rest), continuation) in enumerate(zip(parts, given)):
            exact[i] += probes.completed(rest, continuation) / len(SHARES)
            near[i] += probes.overlap(rest, continuation) / len(SHARES)
    found["completion"], found["overlap"] = exact, near
    hidden = [replace(p, prompt=probes.hide_numbers(p.prompt)) for p in problems if probes.NUMBER.search(p.prompt)]
    found["no numbers"] = asker.right(hidden)
    pairs = [(p, made) for p in problems
             if (made := probes.twin(p.prompt, p.answer, random.Random(f"{asker.plan.seed} {p.id}")))]  # fmt: skip
    twins = [replace(p, prompt=question, answer=answer) for p, (question, answer) in pairs]
    first, second = asker.right([p for p, _ in pairs]), asker.right(twins)
    found["twin"] = [a - b for a, b in zip(first, second, strict=True)]
    sampled = asker.answers(problems, 1.0, asker.plan.samples)
    found["rigidity"] = [1 - probes.nearest_distance(texts) for texts in sampled]
    return found


def compare(benchmark: Mapping[str, Sequence[float]], clean: Mapping[str, Sequence[float]]) -> tuple[Detection, ...]:
    """Sets the scores of every detector beside its base rate; p-values are corrected for their number (Holm)."""
    made = [found for name in DETECTORS if (found := detect(name, benchmark[name], clean[name]))]
    corrected = holm([found.p_value for found in made])
    return tuple(replace(found, p_value=p) for found, p in zip(made, corrected))


def run_audit(plan: AuditPlan, options: EngineOptions) -> Audit:
    """Loads the model, asks about benchmark and clean set, and compares."""
    source = replace(plan.model, path=local_folder(plan.model))
    from oneshot_rlvr.evaluation.engine import Engine
    from oneshot_rlvr.isolation.pool import GraderPool

    start = time.perf_counter()
    engine = Engine(options, start)
    try:
        with GraderPool(workers=2) as graders:
            facts = engine.facts(source)
            longest = max(len(facts.tokenizer.encode(p.prompt)) for p in (*plan.problems, *plan.clean))
            sampler = engine.sampler(source, 2 * longest + max(plan.max_new_tokens, COMPLETION_TOKENS) + 256)
            asker = Asker(sampler, facts, graders, plan)
            found = compare(scores(asker, plan.problems), scores(asker, plan.clean))
    finally:
        engine.close()
    texts = [problem.prompt for problem in plan.pool]
    shares = [_share(probes.shared_ngrams([p.prompt for p in problems], texts))
              for problems in (plan.problems, plan.clean)] if texts else [None, None]  # fmt: skip
    return Audit(plan.model.label, plan.benchmark, plan.clean_name, len(plan.problems), len(plan.clean), found,
                 plan.pool_name, *shares, seconds=round(time.perf_counter() - start, 1))  # fmt: skip


def _share(marks: Sequence[bool]) -> float:
    return sum(marks) / len(marks)


def audit_json(audit: Audit) -> str:
    return json.dumps(asdict(audit), indent=1) + "\n"


def read_audits(folder: Path) -> list[Audit]:
    """The audits that lie in a folder. UserError for one that cannot be read."""
    from oneshot_rlvr.records import parser, read_file

    files = sorted(folder.glob("*.json"))
    return [read_file(path, parser(Audit), "an audit", "rlvr audit writes it again") for path in files]


def audit_table(audits: Sequence[Audit]) -> Table:
    """A line for each detector of each audit, and one for words shared with the training pool."""
    table = Table(["detector", "benchmark", "clean set", "AUC", "p, corrected", "questions"], kind="text")
    for audit in audits:
        table.add(audit.words, Cell(note=f"{audit.questions} questions, {audit.clean_questions} clean ones"))
        for found in audit.detections:
            p = "< 0.001" if found.p_value < 0.001 else f"{found.p_value:.3f}"
            table.add(Cell(found.name, note=DETECTORS[found.name]), percent(found.benchmark), percent(found.clean),
                      f"{found.auc:.2f}", Cell(p, strong="alarm: " if found.name in audit.alarms else ""),
                      found.questions)  # fmt: skip
        if audit.shared is not None:
            table.add(f"{probes.NGRAM} words in a row from {audit.pool}", percent(audit.shared),
                      percent(audit.shared_clean), NONE, NONE, audit.questions)  # fmt: skip
    return table
