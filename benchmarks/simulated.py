"""Workers that answer at once: the real driver, its real splitting and serialisation, and nothing behind it.

What Ray would move between processes is pickled and read back as Ray does it (its cloudpickle, protocol 5, large
buffers copied beside the stream), each item of a stream by itself. The time that the simulated workers take for
themselves is kept apart, by phase.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import common  # noqa: F401  before torch
import numpy as np
import torch
from grading import responses
from ray import cloudpickle
from torch import Tensor

from oneshot_rlvr.cluster.cluster import Cluster, Worker
from oneshot_rlvr.cluster.placement import RayStore
from oneshot_rlvr.cluster.proxy import RayPolicy
from oneshot_rlvr.cluster.rollout_group import RaySampler, SampleActor
from oneshot_rlvr.cluster.train_actor import TrainActor
from oneshot_rlvr.cluster.train_group import TrainGroup
from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.learner.sequences import TokenSums, TrainSequence
from oneshot_rlvr.learner.workers import Workers
from oneshot_rlvr.models import load
from oneshot_rlvr.rollout.engine import OnFinished, collected
from oneshot_rlvr.trainer import setup
from oneshot_rlvr.trainer.build import Built
from oneshot_rlvr.trainer.inputs import read_inputs
from oneshot_rlvr.trainer.parts import Parts
from oneshot_rlvr.trainer.run_folder import RunFolder
from oneshot_rlvr.trainer.stop import StopRequest
from oneshot_rlvr.trainer.watchdog import Watchdog
from oneshot_rlvr.types import Problem, Rollout, Sampling, Task
from oneshot_rlvr.weights.checksum import Digest

SETTINGS = (
    "+experiment=pi1_r128", "model=tiny_random", "data.validation=null", "runtime.device=cpu", "checkpoint.every=0",
    "trainer.progress_seconds=3600", "health.mismatch=off", "health.stale_weights=off",
)  # fmt: skip
# Phase of the loop in which the cluster's calls of a name happen.
PHASES = {"sampling": "generate", "the policy's pass": "update", "the policy's step": "update",
          "gathering weights": "sync", "taking over weights": "sync", "comparing weights": "sync", "scoring": "sync",
          "asking for memory": "records"}  # fmt: skip
NOTHING = Digest(0, 0)
UNASKED = Rollout(Task(Problem("", "", ""), ()), "", 0, 0)


@dataclass(slots=True)
class Away:
    """Seconds that are not the driver's, by phase of the loop."""

    wall: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    cpu: float = 0.0

    @contextmanager
    def __call__(self, phase: str) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall[phase] += time.perf_counter() - wall
        self.cpu += time.process_time() - cpu


# ---- workers


@dataclass(slots=True)
class Model:
    """Samples and scores from a store of ready rollouts; as a policy it agrees with them."""

    away: Away
    rollouts: Sequence[Rollout]
    version: int = 0
    trained: Any = None

    def stream(self, asked: Sequence[Rollout], sampling: Sampling) -> Generator[tuple[int, Rollout]]:
        for index, rollout in enumerate(asked):
            ready = self.rollouts[rollout.seed % len(self.rollouts)]
            yield index, replace(ready, task=rollout.task, group=rollout.group, index=rollout.index, seed=rollout.seed,
                                 version=self.version)  # fmt: skip

    def generate(
        self, asked: Sequence[Rollout], sampling: Sampling, on_finished: OnFinished | None = None
    ) -> list[Rollout]:
        return collected(self.stream(asked, sampling), len(asked), on_finished)

    def load_weights(self, version: int, weights: object) -> None:
        self.version = version

    def sleep(self) -> None:
        pass

    def close(self) -> None:
        pass

    def score(self, prompt_ids: Sequence[int], response_ids: Sequence[int]) -> tuple[float, ...]:
        return (-1.0,) * len(response_ids)

    def scores(self, prompt_ids: Sequence[int], response_ids: Sequence[int]) -> dict[str, tuple[float, ...]]:
        return {"the model": self.score(prompt_ids, response_ids)}

    def compared(self, pairs: Sequence[Any]) -> tuple[list[tuple[float, ...]], list[tuple[float, ...]]]:
        found = [r.logprobs for _, ids in pairs for r in [next(r for r in self.rollouts if r.token_ids == ids)]]
        return found, found

    def weights(self) -> Iterator[tuple[str, Tensor]]:
        return iter(())

    def digest(self) -> Digest:
        return NOTHING

    def digests(self) -> dict[str, Digest]:
        return {"the model": NOTHING}

    def forward_backward(
        self, sequences_B: Sequence[TrainSequence], weights_B: Tensor, micro_batches: Sequence[Sequence[int]]
    ) -> TokenSums:
        with self.away("update"):
            sums = TokenSums(dict.fromkeys(("policy/loss", "policy/pg_loss"), 0.0), {"policy/entropy": 0.0})
            for members in micro_batches:
                lengths = [len(sequences_B[i].response_ids) for i in members]
                flat = torch.full((sum(lengths),), -0.5)
                sums.logprobs_B.update(zip(members, flat.split(lengths)))
                sums.entropies_B.update(zip(members, flat.split(lengths)))
                sums.tokens += len(flat)
            return sums


class Trained:
    updates = 0
    scale = None

    def step(self, nonfinite: str | None = None) -> tuple[float, float]:
        self.updates += 1
        return 1.0, 1e-6


class SimulatedTrainActor(TrainActor):
    """The real actor's passes around a model that only answers."""

    def __init__(self, model: Model) -> None:
        self.policy, self.critic = model, None  # type: ignore[assignment]

    def step(self, part: str, nonfinite: str | None) -> tuple[float, float, int]:
        return *self.policy.trained.step(nonfinite), self.policy.trained.updates

    def weights(self, dtype: torch.dtype) -> tuple[list[Any], Digest]:
        return [], NOTHING


class SimulatedSampleActor(SampleActor):
    def __init__(self, model: Model) -> None:
        self.sampler, self.device = model, "cpu"


# ---- what stands between driver and workers


@dataclass(frozen=True, slots=True)
class Sent:
    """Pickled, with its large buffers copied beside it: what would lie in the object store."""

    stream: bytes
    buffers: tuple[bytearray, ...]

    @staticmethod
    def of(value: object) -> "Sent":
        buffers: list[Any] = []
        stream = cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.append)  # type: ignore[attr-defined]
        return Sent(stream, tuple(bytearray(b.raw()) for b in buffers))

    def value(self) -> Any:
        return cloudpickle.loads(self.stream, buffers=self.buffers)

    @property
    def num_bytes(self) -> int:
        return len(self.stream) + sum(map(len, self.buffers))


@dataclass(frozen=True, slots=True)
class Handle:
    """Looks like Ray's: `handle.method.remote(...)` sends and returns a reference to the answer to come."""

    actor: Any

    def __getattr__(self, method: str) -> "Method":
        return Method(self.actor, method)


@dataclass(frozen=True, slots=True)
class Method:
    actor: Any
    name: str
    streams: bool = False

    def options(self, num_returns: str) -> "Method":
        return replace(self, streams=num_returns == "streaming")

    def remote(self, *arguments: Any) -> "Call":
        return Call(self, Sent.of(arguments))


@dataclass(frozen=True, slots=True)
class Call:
    """Under way to a worker."""

    method: Method
    sent: Sent

    def answers(self) -> Iterator[Sent]:
        """What the worker sends back, made when asked for: one object, or those of a stream."""
        found = getattr(self.method.actor, self.method.name)(*self.sent.value())
        if self.method.streams:
            yield from map(Sent.of, found)
        else:
            yield Sent.of(found)


class SimulatedCluster(Cluster):
    """A Cluster without Ray: `wait` has the workers answer in turn, an object each, and reads what they sent."""

    def __post_init__(self) -> None:
        self.away, self.bytes = Away(), 0

    def wait(
        self, phase: str, calls: list[tuple[Worker, Any]], on_result: Callable[[int, Any], None] | None = None,
        may_stop: bool = False, watch: Sequence[Worker] = (),
    ) -> list[Any]:  # fmt: skip
        results: list[Any] = [None] * len(calls)
        self.bytes += sum(call.sent.num_bytes for _, call in calls)
        waiting = [(index, call, call.answers()) for index, (_, call) in enumerate(calls)]
        while waiting:
            left = []
            for index, call, answers in waiting:
                answer = self._elsewhere(PHASES.get(phase, "update"), answers)
                if answer is None:
                    continue
                left.append((index, call, answers))
                self.bytes += answer.num_bytes
                result = answer.value()
                if not call.method.streams:
                    results[index] = result
                if self.heard is not None:
                    self.heard()
                if on_result is not None:
                    on_result(index, result)
            if may_stop and self.poll is not None:
                self.poll()
            waiting = left
        return results

    def _elsewhere(self, phase: str, answers: Iterator[Sent]) -> Sent | None:
        """The next answer, by a worker whose time is its own; None: that was all."""
        # What the model itself reports as away lies inside: it is put back, not counted twice.
        inside, inside_cpu = self.away.wall.copy(), self.away.cpu
        wall, cpu = time.perf_counter(), time.process_time()
        answer = next(answers, None)
        self.away.wall, self.away.cpu = inside, inside_cpu + time.process_time() - cpu
        self.away.wall[phase] += time.perf_counter() - wall
        return answer

    def close(self) -> None:
        return


# ---- a run


@dataclass(frozen=True, slots=True)
class Nowhere:
    """A store that keeps nothing; it asks the workers that there are."""

    asks: RayStore | None = None

    def hold(self, dtype: torch.dtype) -> Callable[[Path], None]:
        return lambda folder: folder.mkdir(parents=True, exist_ok=True)

    def load(self, folder: Path, updates: dict[str, int]) -> None:
        return

    def memory(self) -> dict[str, float]:
        return {} if self.asks is None else self.asks.memory()

    def close(self) -> None:
        return


def make_rollouts(number: int, tokens: int) -> list[Rollout]:
    """Random tokens with the text of a long answer; the texts are those of one-shot training."""
    rng = np.random.default_rng(0)
    found = []
    for text, _ in responses("one-shot", number, 0):
        ids = tuple(rng.integers(3, 440, tokens).tolist())
        logprobs = tuple((-rng.random(tokens, dtype=np.float32)).tolist())
        found.append(replace(UNASKED, token_ids=ids, logprobs=logprobs, finish_reason="stop", text=text))
    return found


def simulated_run(
    folder: Path, rollouts: Sequence[Rollout], workers: int, settings: Sequence[str] = ()
) -> tuple[Parts, Away, SimulatedCluster | None]:
    """A run of the real trainer; `workers=0` is `runtime=local`, in this process."""
    config = load_run_config([*SETTINGS, *settings])
    tokenizer = load.load_tokenizer(config.model.path)
    stop, place, store = StopRequest(), RunFolder(folder), Nowhere()
    watchdog = Watchdog(config.runtime, place)  # not started
    if workers:
        cluster = SimulatedCluster(config.runtime, stop.check, watchdog.beat)
        away = cluster.away
        actors = [SimulatedTrainActor(Model(away, rollouts, trained=Trained())) for _ in range(workers)]
        group = TrainGroup(cluster, [Worker(f"policy worker {n}", Handle(a)) for n, a in enumerate(actors)])
        samplers = [SimulatedSampleActor(Model(away, rollouts)) for _ in range(workers)]
        sampler: Any = RaySampler(cluster, [Worker(f"rollout worker {n}", Handle(a)) for n, a in enumerate(samplers)])
        policy: Any = RayPolicy(group, torch.float32)
        store = Nowhere(RayStore(cluster, group, Workers(policy), sampler))
    else:
        cluster, away = None, Away()
        sampler = policy = Model(away, rollouts, trained=Trained())
    built = Built(Workers(policy), sampler, tokenizer, (2,), torch.float32, store)
    run = setup._assemble(config, place, stop, watchdog, None, [], read_inputs(config), built, None)
    return run, away, cluster
