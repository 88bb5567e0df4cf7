"""Builds the source of self-play from a configuration: the one thing of this room that others call."""

import ast
from dataclasses import replace
from pathlib import Path
from random import Random

from transformers import PreTrainedTokenizerBase

from oneshot_rlvr.config.schema import RunConfig, SelfPlayConfig
from oneshot_rlvr.data.prompts import prompt_token_ids
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.isolation.programs import Executor, Programs
from oneshot_rlvr.rollout.collect import Collector
from oneshot_rlvr.selfplay.buffer import Buffer
from oneshot_rlvr.selfplay.dialect import Dialect, PaperDialect
from oneshot_rlvr.selfplay.gate import Gate
from oneshot_rlvr.selfplay.source import SelfPlay, kinds_of
from oneshot_rlvr.selfplay.tasks import ENTRY, REASONS, ProgramTask, Proposal, Refused, parsed
from oneshot_rlvr.selfplay.verdicts import Runner
from oneshot_rlvr.types import Task


def source_and_example(
    config: RunConfig, collector: Collector, tokenizer: PreTrainedTokenizerBase
) -> tuple[SelfPlay, Task]:
    """The source of a run, and one of its prompts. `close` of the source ends the processes of its executor."""
    play, executor = config.selfplay, make_executor(config)
    try:
        gate = make_gate(config, executor)
        source = SelfPlay(
            play, config.trainer.seed, gate, collector,
            lambda problem: prompt_token_ids(problem, config.model.template, tokenizer), config.data.max_prompt_tokens,
            given_tasks(play, gate),
        )  # fmt: skip
        return source, source.example
    except BaseException:
        executor.close()
        raise


def check_start(config: RunConfig) -> None:
    """UserError for an executor that cannot start here, and for a given program that is no task; in a second."""
    executor = make_executor(config)
    try:
        given_tasks(config.selfplay, make_gate(config, executor))
    finally:
        executor.close()


def make_gate(config: RunConfig, executor: Executor) -> Gate:
    """The gate of a run."""
    limit = config.executor.timeout_seconds
    return Gate(config.selfplay.gate, make_dialect(config.selfplay), Runner(executor), limit)


def make_dialect(config: SelfPlayConfig) -> Dialect:
    """The dialect by `selfplay.dialect`."""
    if config.dialect == "world":
        from oneshot_rlvr.selfplay.world.dialect import WorldDialect

        return WorldDialect()
    return PaperDialect(config.induction_inputs)


def make_executor(config: RunConfig) -> Executor:
    """The executor by `selfplay.executor`; the program world runs no program of another language."""
    from oneshot_rlvr.selfplay.world.dialect import FakeExecutor, WorldPrograms

    if config.selfplay.executor == "interpreter":
        return FakeExecutor()
    programs = Programs(config.executor)
    return WorldPrograms(programs) if config.selfplay.dialect == "world" else programs


def given_tasks(config: SelfPlayConfig, gate: Gate) -> list[ProgramTask]:
    """The start of the buffers: the dialect's own program or that of selfplay.seed_program, as a task of each kind; of
    induction where there are several inputs. UserError for a program that the gate refuses."""
    given, named = given_program(config, gate.dialect), f"selfplay.seed_program={config.seed_program}"
    what = named if config.seed_program else f"the program of selfplay.dialect={config.dialect}"
    proposals = [replace(given, kind=kind, arguments=given.arguments if kind == "induction" else given.arguments[:1])
                 for kind in kinds_of(config) if kind != "induction" or len(given.arguments) > 1]  # fmt: skip
    found = []
    for one in proposals:
        (ruling,) = gate.rule([(f"given/{one.kind}", one)], Buffer(1), Random(0))
        if ruling.task is None:
            raise UserError(f"{what}: {REASONS[ruling.reason]} ({ruling.reason})")
        found.append(ruling.task)
    return found


def given_program(config: SelfPlayConfig, dialect: Dialect) -> Proposal:
    """The task that self-play begins with: the dialect's, or that of a file with a program and below it calls of f.

    UserError for a file that is none.
    """
    if config.seed_program is None:
        return dialect.zero()
    what, path = f"selfplay.seed_program={config.seed_program}", Path(config.seed_program).expanduser()
    try:
        text = path.read_text(encoding="utf-8")
        tree = parsed(text)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{what}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except Refused as refused:
        raise UserError(f"{what}: {refused}") from None
    calls = [node for node in tree.body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
             and isinstance(node.value.func, ast.Name) and node.value.func.id == ENTRY]  # fmt: skip
    if not calls or tree.body[-len(calls) :] != calls:
        raise UserError(f"{what}: the program, and below it one call of {ENTRY} or more with their inputs, are needed")
    program = "\n".join(text.split("\n")[: calls[0].lineno - 1]).rstrip()
    written = [ast.get_source_segment(text, call) or "" for call in calls]
    inputs = tuple(segment[segment.index("(") + 1 : -1] for segment in written)
    return Proposal("induction", program, inputs)
