"""The source of self-play: propose, measure, solve, with the weights of the step (arXiv 2505.03335, algorithm 1)."""

import ast
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from statistics import fmean, pstdev
from typing import Any

from oneshot_rlvr.config.schema import SelfPlayConfig
from oneshot_rlvr.files import seed_of
from oneshot_rlvr.rollout.collect import Collector
from oneshot_rlvr.rollout.engine import Engine
from oneshot_rlvr.rollout.sources import Aside, Source, rollout_seed
from oneshot_rlvr.selfplay.buffer import Buffer
from oneshot_rlvr.selfplay.gate import Gate, Ruling
from oneshot_rlvr.selfplay.rewards import agreeing, depth_bonus, learnability, solver_reward
from oneshot_rlvr.selfplay.tasks import KINDS, Kind, ProgramTask, Proposal, Refused
from oneshot_rlvr.selfplay.verdicts import Verdict, judge
from oneshot_rlvr.types import Grade, Problem, Rollout, Task, by_group


@dataclass
class SelfPlay(Source):
    """Every step a batch of both roles for each kind of task. Its buffers are its state."""

    config: SelfPlayConfig
    seed: int
    gate: Gate
    collector: Collector
    prompt_ids: Callable[[Problem], tuple[int, ...]]
    max_prompt_tokens: int
    given: Sequence[ProgramTask]  # the start of the buffers
    buffers: dict[Kind, Buffer] = field(default_factory=dict)
    fresh: dict[Kind, list[ProgramTask]] = field(default_factory=dict)  # accepted in the step before
    _aside: Aside = field(default_factory=Aside)
    _prompts: dict[str, tuple[int, ...]] = field(default_factory=dict)  # of this step, text -> tokens

    def __post_init__(self) -> None:
        self.dialect, self.runner, self.kinds = self.gate.dialect, self.gate.runner, kinds_of(self.config)
        self.runner.figures()  # what was run to begin with is no step's
        self.gate.fits = lambda task: self._fits(self.dialect.ask_solution(task))

    def step(self, step: int, engine: Engine) -> list[Rollout]:
        figures: dict[str, float] = {}
        if not self.buffers:
            figures["selfplay/tokens_seed"] = self._seed(engine)
        random = self._random(step, "step")
        before = self._batches(random) if self.config.phase_order == "previous_step" else None
        number = 0 if self.config.proposer == "none" else self.config.proposals
        proposed, rulings = self._propose(step, engine, number)
        new = [ruling.task for ruling in rulings if ruling.task is not None]
        tasks = self._known(random) if self.config.proposer == "none" else new
        measured = self._answers(engine, step, "measure", [t for t in tasks for _ in range(self.config.mc_rollouts)],
                                 self.config.mc_temperature)  # fmt: skip
        verdicts = self._judged(measured, tasks)
        solved = self._solve_rates(tasks, measured, verdicts)
        known = [self.buffers[task.kind].knows_shape(task.program) for task in new]
        for task in new:
            self.buffers[task.kind].add(task, random)
        self.fresh = {kind: [task for task in new if task.kind == kind] for kind in self.kinds}
        answered = self._solve(step, engine, before, measured, verdicts, random)
        rewarded = self._reward_proposals(proposed, rulings, solved)
        trained = [r for kind in self.kinds for r in (*rewarded, *answered) if r.task.problem.category == kind]
        if not self._trains_proposer:
            trained = [r for r in trained if r.task.problem.level == "solve"]
        measuring = measured if self.config.solver_source == "separate" else []
        figures |= self._figures(rewarded, answered, measuring, rulings, known, solved)
        records = self._records(step, rulings, rewarded, answered, solved)
        self._aside = Aside(values=figures, records=records)
        self._prompts = {}
        return trained

    def aside(self) -> Aside:
        return self._aside

    def close(self) -> None:
        self.runner.executor.close()

    def state(self) -> dict[str, Any]:
        return {"buffers": {kind: buffer.state() for kind, buffer in self.buffers.items()}, "fresh": self.fresh}

    def load_state(self, state: dict[str, Any]) -> None:
        self.buffers = {}
        for kind, found in state.get("buffers", {}).items():
            self.buffers[kind] = self._empty()
            self.buffers[kind].load_state(found)
        self.fresh = {kind: [ProgramTask.of(line) for line in lines] for kind, lines in state.get("fresh", {}).items()}

    @property
    def example(self) -> Task:
        """A prompt of the run: what the weights are probed with."""
        return self._solver_task(self.given[0])

    @property
    def _trains_proposer(self) -> bool:
        return self.config.train_proposer and self.config.proposer == "model"

    # ---- the start

    def _empty(self) -> Buffer:
        return Buffer(self.config.buffer_cap, self.config.eviction, self.config.gate.duplicates)

    def _seed(self, engine: Engine) -> int:
        """Fills the buffers with valid proposals of the untouched model, from the given task on; -> tokens sampled.

        Programs are proposed once, and stand in the buffers of both kinds; a model that writes nothing valid begins
        with the given task alone.
        """
        self.buffers = {kind: self._empty() for kind in self.kinds}
        random = self._random(0, "seed")
        for task in self.given:
            self.buffers[task.kind].add(task, random)
        tokens = 0
        programs: list[Kind] = [kind for kind in self.kinds if kind != "induction"]
        stages: list[tuple[Kind, list[Kind]]] = [(programs[0], programs), ("induction", ["induction"])]
        for kind, into in stages:
            for number in range(self.config.seed_rounds if kind in self.kinds else 0):
                missing = self.config.seed_tasks - len(self.buffers[kind])
                if missing <= 0:
                    break
                rollouts, rulings = self._propose(0, engine, self.config.proposals, [kind], f"seed{number}")
                tokens += sum(len(r.token_ids) for r in rollouts)
                for task in [r.task for r in rulings if r.task is not None][:missing]:
                    for other in into:
                        self.buffers[other].add(replace(task, id=f"{task.id}/{other}", kind=other), random)
        return tokens

    # ---- phases

    def _propose(
        self, step: int, engine: Engine, number: int, kinds: Sequence[Kind] | None = None, phase: str = "propose"
    ) -> tuple[list[Rollout], list[Ruling]]:
        """Proposals of every kind and the gate's rulings on them, in one order; no rollouts of a random proposer."""
        random = self._random(step, phase)
        asked: list[Rollout] = []
        shown: list[tuple[Kind, str, list[ProgramTask]]] = []
        for kind in kinds or self.kinds:
            for index in range(number):
                name = f"{step if phase == 'propose' else phase}/{kind}/{index}"
                references, task = self._references(kind, name, random)
                shown.append((kind, name, references))
                asked.append(self._asked(task, f"{kind}/propose", index, step, phase))
        if self.config.proposer == "random" and phase == "propose":
            drawn = [self.dialect.draw(kind, references, random) for kind, _, references in shown]
            rollouts, read = [], [one if one is not None else "no_answer" for one in drawn]
        else:
            rollouts = self._sampled(asked, engine, "propose")
            read = [self._read(rollout, kind, references) for rollout, (kind, _, references) in zip(rollouts, shown)]
        rulings: list[Ruling] = []
        for kind in kinds or self.kinds:
            places = [n for n, one in enumerate(shown) if one[0] == kind]
            rulings += self.gate.rule([(shown[n][1], read[n]) for n in places], self.buffers[kind], random)
        return rollouts, rulings

    def _references(self, kind: Kind, name: str, random: Random) -> tuple[list[ProgramTask], Task]:
        """Earlier tasks for a proposer's prompt, as many as there is room for, and the prompt."""
        if kind == "induction":
            programs = [task for other in self.kinds if other != kind for task in self.buffers[other].tasks]
            references = [random.choice(programs)]
        else:
            references = self.buffers[kind].sample(self.config.references, random)
        while not self._fits(self.dialect.ask_proposal(kind, references)) and len(references) > (kind == "induction"):
            references = references[:-1]
        text = self.dialect.ask_proposal(kind, references)
        return references, self._task(text, Problem(name, text, "", "selfplay", kind, None, "propose"))

    def _read(self, rollout: Rollout, kind: Kind, references: Sequence[ProgramTask]) -> Proposal | str:
        """A proposal, or the reason why the response is none."""
        if rollout.finish_reason == "length":
            return "truncated"
        try:
            return self.dialect.read_proposal(kind, rollout.text, references)
        except Refused as refused:
            return refused.reason

    def _answers(
        self, engine: Engine, step: int, phase: str, tasks: Sequence[ProgramTask], temperature: float | None = None
    ) -> list[Rollout]:
        """One answer to each of the tasks, as rollouts of one group a kind; measuring ones of a group a task."""
        asked, numbers = [], Counter[str]()
        for task in tasks:
            apart = phase == "measure"
            group = f"{task.kind}/solve/{task.id}" if apart else f"{task.kind}/solve"
            asked.append(self._asked(self._solver_task(task), group, numbers[group], step, phase))
            numbers[group] += 1
        return self._sampled(asked, engine, phase, temperature)

    def _solve(
        self, step: int, engine: Engine, tasks: Sequence[ProgramTask] | None, measured: Sequence[Rollout],
        verdicts: Sequence[Verdict], random: Random,
    ) -> list[Rollout]:  # fmt: skip
        """The solver's rollouts with their rewards: new answers, or the measuring ones once more."""
        if self.config.solver_source == "mc_reuse":
            return self._reward_answers(measured, verdicts)
        tasks = self._batches(random) if tasks is None else tasks
        answers = self._answers(engine, step, "solve", tasks)
        return self._reward_answers(answers, self._judged(answers, tasks))

    def _batches(self, random: Random) -> list[ProgramTask]:
        """The tasks that are solved: those accepted last, others to fill up."""
        return [task for kind in self.kinds
                for task in self.buffers[kind].batch(self.fresh.get(kind, []), self.config.solves, random)]  # fmt: skip

    def _known(self, random: Random) -> list[ProgramTask]:
        """Tasks of the buffers in place of new ones, where the measuring answers are trained on; each once."""
        reused = self.config.solver_source == "mc_reuse"
        return list({task.id: task for task in self._batches(random)}.values()) if reused else []

    def _judged(self, rollouts: Sequence[Rollout], tasks: Sequence[ProgramTask]) -> list[Verdict]:
        """Verdicts on answers to some of the tasks."""
        by_id = {task.id: task for task in tasks}
        read: list[tuple[ProgramTask, str | None, str]] = []
        for rollout in rollouts:
            task = by_id[rollout.task.problem.id]
            try:
                if rollout.finish_reason == "length":
                    raise Refused("truncated")
                read.append((task, self.dialect.read_solution(task.kind, rollout.text), ""))
            except Refused as refused:
                read.append((task, None, refused.reason))
        with self.collector.phase("grade"):
            return judge(read, self.runner, self.config.strict_bool)

    # ---- rewards

    def _solve_rates(
        self, tasks: Sequence[ProgramTask], measured: Sequence[Rollout], verdicts: Sequence[Verdict]
    ) -> dict[str, int]:
        """Task -> how many of its measuring answers are right, or agree."""
        found: dict[str, int] = {}
        for task, members in zip(tasks, by_group(measured).values(), strict=True):
            right = [verdicts[i].correct for i in members]
            if self.config.proposer_truth == "majority":
                right = agreeing([verdicts[i].answer for i in members])
            found[task.id] = sum(r is True for r in right)
        return found

    def _reward_answers(self, rollouts: Sequence[Rollout], verdicts: Sequence[Verdict]) -> list[Rollout]:
        right = [verdict.correct for verdict in verdicts]
        if self.config.solver_truth == "majority":
            for members in by_group(rollouts).values():
                for i, agrees in zip(members, agreeing([verdicts[i].answer for i in members])):
                    right[i] = agrees
        return [replace(rollout, grade=Grade(v.correct is True, v.answer, v.reason),
                        reward=solver_reward(r, self.config))
                for rollout, v, r in zip(rollouts, verdicts, right, strict=True)]  # fmt: skip

    def _reward_proposals(
        self, rollouts: Sequence[Rollout], rulings: Sequence[Ruling], solved: dict[str, int]
    ) -> list[Rollout]:
        """The proposer's rollouts with their rewards; of a random proposer there are none."""
        return [replace(rollout, grade=Grade(ruling.task is not None, None, ruling.reason),
                        weight=self.config.proposer_weight, reward=self._proposal_reward(ruling, solved))
                for rollout, ruling in zip(rollouts, rulings)]  # fmt: skip

    def _proposal_reward(self, ruling: Ruling, solved: dict[str, int]) -> float:
        if ruling.task is None:
            return self.config.malformed_reward
        return self._learnability(solved[ruling.task.id]) + depth_bonus(ruling.task, self.config)

    def _learnability(self, correct: int) -> float:
        return learnability(correct, self.config.mc_rollouts, self.config)

    # ---- prompts and seeds

    def _random(self, step: int, purpose: str) -> Random:
        return Random(seed_of(f"{self.seed}/{step}/{purpose}/choices"))

    def _task(self, text: str, problem: Problem) -> Task:
        return Task(problem, self._tokens(text))

    def _tokens(self, text: str) -> tuple[int, ...]:
        if text not in self._prompts:
            self._prompts[text] = self.prompt_ids(Problem("", text, ""))
        return self._prompts[text]

    def _fits(self, text: str) -> bool:
        return len(self._tokens(text)) <= self.max_prompt_tokens

    def _solver_task(self, task: ProgramTask) -> Task:
        text = self.dialect.ask_solution(task)
        wanted = {"deduction": task.output, "abduction": f"an input that gives {task.output}"}
        answer = wanted.get(task.kind, f"a program that gives {[output for _, output in task.hidden]}")
        return self._task(text, Problem(task.id, text, answer, "selfplay", task.kind, None, "solve"))

    def _asked(self, task: Task, group: str, index: int, step: int, phase: str) -> Rollout:
        place = f"{phase}/{task.problem.category}/{group}"
        return Rollout(task, group, index, rollout_seed(self.seed, step, 0, index, place))

    def _sampled(
        self, asked: Sequence[Rollout], engine: Engine, phase: str, temperature: float | None = None
    ) -> list[Rollout]:
        if not asked:
            return []
        sampling = self.collector.sampling
        sampling = sampling if temperature is None else replace(sampling, temperature=temperature)
        with self.collector.phase(phase):
            return engine.generate(asked, sampling, lambda index, rollout: self.collector.on_response())

    # ---- records

    def _records(
        self, step: int, rulings: Sequence[Ruling], rewarded: Sequence[Rollout], answered: Sequence[Rollout],
        solved: dict[str, int],
    ) -> list[dict[str, Any]]:  # fmt: skip
        """A line for each proposal that could be read, and for each other one its reason."""
        found = []
        answers = defaultdict[str, list[float | None]](list)
        for rollout in answered:
            answers[rollout.task.problem.id].append(rollout.reward)
        for place, ruling in enumerate(rulings):
            proposal, task = ruling.proposal, ruling.task
            rollout = rewarded[place] if rewarded else None
            line: dict[str, Any] = {"step": step, "reason": ruling.reason, "leaked": ruling.leaked}
            line["kind"] = self.kinds[place * len(self.kinds) // len(rulings)]
            if rollout is not None:
                line |= {"id": rollout.task.problem.id, "reward": rollout.reward, "tokens": len(rollout.token_ids)}
            if proposal is not None:
                line |= {"program": proposal.program, "arguments": proposal.arguments, "message": proposal.message}
            if task is not None:
                line |= {"id": task.id, "outputs": [output for _, output in task.pairs], "depth": task.depth,
                         "nodes": num_nodes(task.program), "correct": solved[task.id],
                         "measured": self.config.mc_rollouts, "answers": answers[task.id]}  # fmt: skip
            found.append(line)
        return found

    def _figures(
        self, proposed: Sequence[Rollout], answered: Sequence[Rollout], measuring: Sequence[Rollout],
        rulings: Sequence[Ruling], known: Sequence[bool], solved: dict[str, int],
    ) -> dict[str, float]:  # fmt: skip
        """Metrics of the step (docs/metrics.md); a mean over nothing is absent."""
        tasks = [ruling.task for ruling in rulings if ruling.task is not None]
        new = {task.id for task in tasks}
        values = _means({
            "train/accuracy": [r.grade is not None and bool(r.grade.correct) for r in answered],
            "selfplay/valid_share": [ruling.task is not None for ruling in rulings],
            "selfplay/new_share": [r.task.problem.id in new for r in answered],
            "selfplay/solve_rate": [k / self.config.mc_rollouts for k in solved.values()],
            "selfplay/learnability": [self._learnability(k) for k in solved.values()],
            "selfplay/novel_share": [not shape for shape in known],
            "selfplay/nodes": [num_nodes(task.program) for task in tasks],
            "selfplay/depth": [task.depth for task in tasks],
        })  # fmt: skip
        values |= {
            "selfplay/tokens_propose": _tokens(proposed),
            "selfplay/tokens_measure": _tokens(measuring),
            "selfplay/tokens_solve": _tokens(answered),
            "tokens/sampled": _tokens([*proposed, *measuring, *answered]),
        }
        values |= {f"selfplay/refused_{reason}": count for reason, count in sorted(Counter(
            ruling.reason for ruling in rulings if ruling.reason != "valid").items())}  # fmt: skip
        counts = Counter(solved.values())
        values |= {f"selfplay/solved_{k}": counts[k] for k in range(self.config.mc_rollouts + 1)}
        for place, kind in enumerate(self.kinds):
            per = len(rulings) // len(self.kinds)
            of_kind = rulings[per * place :][:per]
            values |= _means({f"selfplay/valid_share_{kind}": [ruling.task is not None for ruling in of_kind]})
            values[f"selfplay/buffer_{kind}"] = len(self.buffers[kind])
            values[f"selfplay/shapes_{kind}"] = self.buffers[kind].num_shapes
            for role, rollouts in (("propose", proposed), ("solve", answered)):
                values |= _of_group(f"{role}_{kind}", [r for r in rollouts if r.task.problem.category == kind])
        return values | self.runner.figures()


def kinds_of(config: SelfPlayConfig) -> list[Kind]:
    """The kinds of a run, in one order whatever that of the configuration is."""
    return [kind for kind in KINDS if kind in config.kinds]


def _of_group(name: str, rollouts: Sequence[Rollout]) -> dict[str, float]:
    """Metrics of one kind and role."""
    if not rollouts:
        return {}
    rewards = [r.reward for r in rollouts if r.reward is not None]
    return {
        f"selfplay/reward_{name}": fmean(rewards),
        f"selfplay/reward_std_{name}": pstdev(rewards),
        f"selfplay/right_{name}": fmean(r.grade is not None and bool(r.grade.correct) for r in rollouts),
        f"selfplay/length_{name}": fmean(len(r.token_ids) for r in rollouts),
        f"selfplay/truncated_{name}": fmean(r.finish_reason == "length" for r in rollouts),
    }


def _means(values: dict[str, list[Any]]) -> dict[str, float]:
    """The means of what there is something of."""
    return {name: fmean(found) for name, found in values.items() if found}


def _tokens(rollouts: Sequence[Rollout]) -> int:
    return sum(len(rollout.token_ids) for rollout in rollouts)


def num_nodes(program: str) -> int:
    """Nodes of a program's syntax tree: its complexity."""
    return sum(1 for _ in ast.walk(ast.parse(program)))
