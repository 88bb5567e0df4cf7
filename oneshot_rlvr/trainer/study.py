"""A study: one example with its controls, a ladder of nested sets and seeds, as a plan of ordinary runs."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.config.overrides import as_override, group_options
from oneshot_rlvr.config.schedule import last_step
from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.data.datasets import load_problems
from oneshot_rlvr.data.training_set import example_id
from oneshot_rlvr.errors import UserError, nearest
from oneshot_rlvr.files import read_yaml_keys, step_name
from oneshot_rlvr.paths import configs_dir
from oneshot_rlvr.records import checked

ONE, CONTEXT, OTHER, ENTROPY = "one_shot", "context", "other", "entropy"
REWARDS = ("format", "random", "constant", "inverted", "majority")  # arms of the example with another reward
ARMS = (ONE, CONTEXT, OTHER, *REWARDS, ENTROPY)
ENTROPY_COEF = 0.001  # of the entropy arm, where the experiment has none


@dataclass(frozen=True)
class Study:
    """A study file, or what it leaves open."""

    experiment: str  # that every run starts from
    description: str = ""
    models: tuple[str, ...] = ()  # options of the group model, folders, hub ids, names of `made`; (): the experiment's
    made: dict[str, tuple[str, ...]] | None = None  # models that `rlvr sft` makes first: name -> its key=value
    settings: tuple[str, ...] = ()  # key=value of every run
    example: str = ""  # id in `pool`; "": the experiment's
    pool: str = ""  # name or path; "": the experiment's data.pool
    arms: tuple[str, ...] = ARMS
    own: dict[str, tuple[str, ...]] | None = None  # further arms on the example: name -> key=value
    others: int = 2  # other single examples, for the arm `other`
    ladder: tuple[int | Literal["pool"], ...] = (2, 4, 16, "pool")  # sizes of the nested sets beside the example alone
    draw: int = 0  # seed of the order in which problems join the sets
    seeds: tuple[int, ...] = (0, 1, 2)
    page: bool = True  # False: no report at the end, as of trials for `rlvr select --trials`


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run of a study. Its folder is OUTPUT/ARM/seedN."""

    arm: str
    seed: int
    overrides: tuple[str, ...]
    maker: "PlannedRun | None" = None  # supervised run of the study that makes the model which this one starts from
    trains: bool = True  # False: makes a model for others

    def folder(self, output: Path) -> Path:
        return output / self.arm / f"seed{self.seed}"


def shipped_studies() -> list[str]:
    return group_options("study")


def load_study(name_or_file: str) -> Study:
    """A shipped study by name, or a YAML file. UserError names the key or arm at fault."""
    path = Path(name_or_file).expanduser()
    if path.suffix not in (".yaml", ".yml"):
        path = configs_dir() / "study" / f"{name_or_file}.yaml"
        if "/" in name_or_file or not path.is_file():
            raise UserError(f"study {name_or_file}: not known; {nearest(name_or_file, shipped_studies())}")
    values = read_yaml_keys(path, "experiment: sandbox_oneshot")
    keys = [item.name for item in fields(Study)]
    for key in values:
        if key not in keys:
            raise UserError(f"{path}: unknown key {key!r}; {nearest(str(key), keys)}")
    try:
        study = checked(Study, values)
    except ValueError as error:
        raise UserError(f"{path}: {error}") from error
    _check(study, path)
    return study


def _check(study: Study, path: Path) -> None:
    for arm in study.arms:
        if arm not in ARMS:
            raise UserError(f"{path}: arms: unknown arm {arm!r}; {nearest(arm, ARMS)}")
    taken = {*ARMS, *map(_rung, study.ladder)}
    for key in ("own", "made"):
        for name in getattr(study, key) or {}:
            if name in taken or not name.replace("_", "").isalnum():
                raise UserError(f"{path}: {key}: {name!r} is taken or no plain name (letters, digits and _)")
        taken |= set(getattr(study, key) or {})
    if unused := [name for name in study.made or {} if name not in study.models]:
        raise UserError(f"{path}: made: {unused[0]} is not among the models")
    if ONE not in study.arms:
        raise UserError(f"{path}: arms: {ONE} is what the others are compared with; add it")
    if not study.seeds or len(set(study.seeds)) < len(study.seeds) or min(study.seeds) < 0:
        raise UserError(f"{path}: seeds: different whole numbers from 0 on are needed")
    small = [size for size in study.ladder if isinstance(size, int) and size < 2]
    if small or study.others < 0:
        raise UserError(f"{path}: {f'ladder: {small[0]}' if small else f'others: {study.others}'} is too small; "
                        "one example alone is the arm one_shot")  # fmt: skip


def _rung(size: int | str) -> str:
    return "pool" if size == "pool" else f"shots_{size}"


def plan_runs(study: Study, output: Path, settings: Sequence[str] = ()) -> list[PlannedRun]:
    """The runs of a study in order: those that make models, then all arms with the first seed, then with the next.

    Sets are nested: the first k of one order of the pool, which begins with the example. With several models the arms
    of the second begin with its name.
    """
    makers = {name: _maker(name, changes, output) for name, changes in (study.made or {}).items()}
    runs: list[PlannedRun] = []
    for number, model in enumerate(study.models or ("",)):
        maker = makers.get(model)
        chosen = _model(made_model(maker, output) if maker else model)
        common = [f"+experiment={study.experiment}", *chosen, *study.settings, *settings]
        config = load_run_config([*common, "trainer.seed=0"])
        prefix = f"{Path(model).name}_" if number else ""
        for arm, changes in _arms(study, config).items():
            first = [] if arm == ONE else ["trainer.eval_first=false"]  # one run measures the base for all
            name = prefix + arm
            runs += [PlannedRun(name, seed, (
                *common, *changes, *first, f"experiment={name}", as_override("trainer.output_dir", output),
                f"trainer.seed={seed}",
            ), maker) for seed in study.seeds]  # fmt: skip
    return [*makers.values(), *sorted(runs, key=lambda run: study.seeds.index(run.seed))]


def _maker(name: str, changes: Sequence[str], output: Path) -> PlannedRun:
    """The supervised run that makes a model."""
    place = (f"experiment={name}", as_override("trainer.output_dir", output), "trainer.seed=0")
    return PlannedRun(name, 0, ("algorithm=sft", *changes, *place), trains=False)


def made_model(maker: PlannedRun, output: Path) -> Path:
    """The last checkpoint of a run that makes a model, whether it is there or not."""
    step = last_step(load_run_config(list(maker.overrides)))
    return maker.folder(output) / "checkpoints" / step_name(step)


def _model(model: str | Path) -> list[str]:
    if not model:
        return []
    return [f"model={model}"] if model in group_options("model") else [as_override("model.path", model)]


def _arms(study: Study, config: RunConfig) -> dict[str, list[str]]:
    """Name of each arm -> its settings beside those of all."""
    order, pool = nested_order(study, config)
    entropy = ["algorithm.policy_coef=0", "algorithm.kl_coef=0",
               f"algorithm.entropy_coef={config.algorithm.entropy_coef or ENTROPY_COEF}"]  # fmt: skip
    one = _examples(order[:1], pool, config)
    arms = {ONE: one}
    if OTHER in study.arms:
        arms |= {f"{OTHER}_{i}": _examples([order[-i]], pool, config) for i in range(1, study.others + 1)}
    arms |= {arm: [*one, f"reward={arm}"] for arm in REWARDS if arm in study.arms}
    arms |= {ENTROPY: [*one, *entropy]} if ENTROPY in study.arms else {}
    arms |= {name: [*one, *changes] for name, changes in (study.own or {}).items()}
    for size in study.ladder:
        whole = [*_without(config, "problem"), "data.examples=[]", as_override("data.file", pool), "data.copies=1"]
        arms[_rung(size)] = whole if size == "pool" else _examples(order[:size], pool, config)
    return arms


def nested_order(study: Study, config: RunConfig) -> tuple[list[str], str]:
    """Ids of the pool in the order in which they join the sets, the example first; and the pool's name."""
    pool = study.pool or config.data.pool
    example = study.example or (config.data.examples[0] if len(config.data.examples) == 1 else "")
    if not example:
        raise UserError(f"study: {study.experiment} has not one example; give example: ID")
    own = example_id(example)
    others = [problem.id for problem in load_problems(pool) if problem.answer.strip()]
    if own not in others:
        raise UserError(f"study: example {example} is not in pool {pool}; {nearest(own, others)}")
    others.remove(own)
    random.Random(f"study {study.draw}").shuffle(others)
    needed = max([size for size in study.ladder if isinstance(size, int)], default=1)
    if needed > 1 + len(others) or study.others > len(others):
        raise UserError(f"study: pool {pool} has {1 + len(others)} problems, too few for the ladder or the others")
    return [example, *others], pool


def _examples(ids: Sequence[str], pool: str, config: RunConfig) -> list[str]:
    """Settings that train on these problems, with copies enough for a step."""
    copies = max(1, config.data.prompts_per_step // len(ids))
    return [*_without(config, "file", "problem"), f"data.examples=[{','.join(ids)}]", as_override("data.pool", pool),
            f"data.copies={copies}"]  # fmt: skip


def _without(config: RunConfig, *names: str) -> list[str]:
    """Settings that take back what an experiment trains on."""
    return [f"data.{name}=null" for name in names if getattr(config.data, name)]
