"""An engine that sleeps: who gives memory back when, and that all of it is right again after the next weights.

A CPU engine does not sleep. The order is that of calls to a stand-in engine; what level 2 leaves and takes is shown by
vLLM's own `Worker.sleep` and `wake_up` on a real engine's model, with NaN in place of the memory given back.
"""

from types import SimpleNamespace
from typing import Any

import pytest
from tiny import asked

from oneshot_rlvr.config.schema import VllmConfig
from oneshot_rlvr.types import Sampling

SAMPLING = Sampling(temperature=1.0, max_new_tokens=8, stop_ids=(2,))
WEIGHTS = (("a", (2, 3)), ("b", (4,)))
ASLEEP = ["engine sleeps, level 2"]
UPDATE = ["engine starts update", "engine takes weights", "engine ends update"]
COMMIT = ["engine forgets prefixes", "engine holds version"]
HANDED_OVER = [  # "frees": what torch keeps of a GPU for later; the trainer is in the sampler's process
    "sampler frees", "engine wakes: weights", *UPDATE, "sampler frees", "engine wakes: kv_cache", *COMMIT
]  # fmt: skip
WITH_RAY = [
    "policy worker frees", "sampler frees", "engine wakes: weights", *UPDATE,
    "policy worker frees", "sampler frees", "engine wakes: kv_cache", *COMMIT,
]  # fmt: skip
AWAKE = [*UPDATE, *COMMIT]


class StandIn:
    """vLLM's `LLM` as far as a sampler calls it: writes down what is asked of it."""

    def __init__(self, calls: list[str]) -> None:
        self.calls, self.held, self.failing = calls, "default", False
        core = SimpleNamespace(shutdown=lambda: None)
        self.llm_engine = SimpleNamespace(engine_core=core, add_request=self.asked, step=lambda: self.outputs.pop())
        self.outputs: list[list[Any]] = []

    def collective_rpc(self, method: str) -> list[Any]:
        return [None]

    def init_weight_transfer_engine(self, info: Any) -> None:
        pass

    def asked(self, request_id: str, prompt: Any, settings: Any) -> None:
        self.calls.append("engine samples")
        logprobs = SimpleNamespace(token_ids=[2], logprobs=[0.0])
        output = SimpleNamespace(token_ids=[2], finish_reason="stop", logprobs=logprobs)
        self.outputs.append([SimpleNamespace(request_id=request_id, outputs=[output])])

    def sleep(self, level: int) -> None:
        self.calls.append(f"engine sleeps, level {level}")

    def wake_up(self, tags: list[str]) -> None:
        self.calls.append(f"engine wakes: {', '.join(tags)}")

    def start_weight_update(self) -> None:
        self.calls.append("engine starts update")

    def update_weights(self, info: Any) -> None:
        if self.failing:
            raise RuntimeError("planted")
        self.calls.append("engine takes weights")

    def finish_weight_update(self) -> None:
        self.calls.append("engine ends update")

    def reset_prefix_cache(self) -> bool:
        self.calls.append("engine forgets prefixes")
        return True

    def update_weight_version(self, version: str) -> None:
        self.calls.append("engine holds version")
        self.held = version

    def get_weight_version(self) -> str:
        return self.held


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done in the two processes, in order."""
    from oneshot_rlvr.cluster import train_actor
    from oneshot_rlvr.rollout import vllm_engine

    found: list[str] = []
    monkeypatch.setattr(vllm_engine, "_start", lambda *_: StandIn(found))
    monkeypatch.setattr(vllm_engine, "release_cache", lambda: found.append("sampler frees"))
    monkeypatch.setattr(train_actor, "release_cache", lambda: found.append("policy worker frees"))
    return found


def sampler(sleeps: bool = True) -> Any:
    """One whose engine could sleep."""
    import torch

    from oneshot_rlvr.rollout.vllm_engine import VllmSampler

    tokenizer = SimpleNamespace(decode=lambda ids, **_: "")
    options = VllmConfig(sleep=sleeps)
    found = VllmSampler({"max_position_embeddings": 64}, dict(WEIGHTS), tokenizer, options, "cpu",  # type: ignore[arg-type]
                        torch.float32, 64)  # fmt: skip
    found._sleeps = sleeps  # which a CPU engine does not
    return found


def weights() -> Any:
    import torch

    return ((name, torch.zeros(shape)) for name, shape in WEIGHTS)


def step(calls: list[str], engine: Any, version: int) -> list[str]:
    """Sample, then sleep, then new weights: what was done."""
    calls.clear()
    engine.generate([asked((5, 6), 1)], SAMPLING)
    engine.sleep()
    engine.load_weights(version, weights())
    return list(calls)


def test_the_order_in_one_process(calls: list[str]) -> None:
    engine = sampler()
    engine.load_weights(0, weights())
    assert calls == AWAKE  # the first: it has never slept
    calls.clear()
    engine.generate([asked((5, 6), 1)], SAMPLING)  # a validation: weights and cache are there afterwards
    assert calls == ["engine samples"]
    for version in (1, 2):
        assert step(calls, engine, version) == ["engine samples", *ASLEEP, *HANDED_OVER] and engine.version == version
    engine.sleep()
    engine.sleep()
    assert calls[-1:] == ASLEEP and calls.count(*ASLEEP) == 2
    with pytest.raises(RuntimeError, match="the vLLM engine is asleep: weights must come before it samples"):
        engine.generate([asked((5, 6), 1)], SAMPLING)


def test_an_engine_that_is_not_to_sleep_stays_awake(calls: list[str]) -> None:
    engine = sampler(sleeps=False)
    assert step(calls, engine, 1) == ["engine samples", *AWAKE]


def test_weights_that_do_not_arrive_leave_an_engine_that_does_not_sample(calls: list[str]) -> None:
    """Refused before the engine hears of them: it can still take others. Failed within: never again."""
    from oneshot_rlvr.errors import RunError

    engine = sampler()
    engine.sleep()
    with pytest.raises(ValueError, match="weights missing: b"):
        engine.load_weights(1, list(weights())[:1])
    with pytest.raises(RuntimeError, match="asleep"):
        engine.generate([asked((5, 6), 1)], SAMPLING)
    calls.clear()
    engine.load_weights(1, weights())
    assert calls == HANDED_OVER[2:] and engine.version == 1  # its room for weights was there already
    engine.sleep()
    engine.llm.failing = True
    with pytest.raises(RunError, match="weights of step 2: vLLM failed in the middle of its update: planted"):
        engine.load_weights(2, weights())
    with pytest.raises(RunError, match="the vLLM engine cannot be used"):
        engine.load_weights(3, weights())


class Here:
    """Actors of a cluster in this process: a call is a call."""

    def __init__(self) -> None:
        self.runtime = None

    def call(
        self, phase: str, workers: Any, method: str, *arguments: Any, each: Any = None, watch: Any = ()
    ) -> list[Any]:
        assert each is None
        return [getattr(worker.handle, method)(*arguments) for worker in workers]


class Client:
    """What `RayClient` is between actors."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def __getattr__(self, method: str) -> Any:
        return lambda *arguments: self.engine.weight_update(method, *arguments)


@pytest.mark.parametrize("sleeps", [True, False])
def test_the_order_with_ray(calls: list[str], sleeps: bool) -> None:
    """The workers' own classes, without their processes."""
    import torch

    from oneshot_rlvr.cluster.cluster import Worker
    from oneshot_rlvr.cluster.proxy import RayPolicy
    from oneshot_rlvr.cluster.rollout_group import RaySampler, SampleActor
    from oneshot_rlvr.cluster.train_actor import TrainActor
    from oneshot_rlvr.cluster.train_group import TrainGroup
    from oneshot_rlvr.weights.transfer import TrainerEnd, WeightSender

    cluster: Any = Here()
    rollout = SampleActor(lambda: sampler(sleeps), "cpu")
    rollout.prepare()
    trainer = TrainActor(0, 1, "cpu", 10.0)
    trainer.sender = WeightSender("rlvr_shared_memory", TrainerEnd(0), Client(rollout), dict(WEIGHTS), torch.float32)
    trainer.send = lambda version: trainer.sender.send(version, weights())  # type: ignore[method-assign]
    policy = RayPolicy(TrainGroup(cluster, [Worker("policy worker 0", trainer)]), torch.float32)
    engine = RaySampler(cluster, [Worker("rollout worker 0", rollout)], route="shared_memory", sleeps=sleeps)
    engine.load_weights(0, policy.weights())
    assert calls == AWAKE
    for version in (1, 2):
        calls.clear()
        rollout.sampler.generate([asked((5, 6), 1)], SAMPLING)
        engine.sleep()
        engine.load_weights(version, policy.weights())
        assert calls == ["engine samples", *(ASLEEP + WITH_RAY if sleeps else AWAKE)]
        assert engine.version == version


class Emptied:
    """In place of vLLM's allocator: what level 2 gives back is NaN from then on."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def suspend(self, level: int) -> None:
        assert level == 2
        for tensor in (*self.model.parameters(), *self.model.buffers()):
            if tensor.is_floating_point():
                tensor.data.fill_(float("nan"))

    def resume(self, tags: list[str] | None) -> None:
        pass


def test_after_level_2_a_hand_over_makes_everything_right(base: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights come with the hand-over; buffers (angles of the positions) do not, and vLLM keeps them itself."""
    import torch
    from vllm.v1.worker.gpu_worker import Worker

    engine = base.engine
    worker: Any = engine.llm.llm_engine.engine_core.engine_core.model_executor.driver_worker.worker
    model = worker.model_runner.model
    buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
    assert any("cos_sin" in name for name in buffers)
    monkeypatch.setattr(torch.accelerator, "synchronize", lambda: None)
    monkeypatch.setattr(torch.accelerator, "get_memory_info", lambda: (0, 1))
    monkeypatch.setattr(worker, "_sleep_mode_backend", Emptied(model))
    monkeypatch.setattr(engine.llm, "sleep", lambda level: Worker.sleep(worker, level))
    monkeypatch.setattr(engine.llm, "wake_up", lambda tags: Worker.wake_up(worker, tags))
    monkeypatch.setattr(engine, "_sleeps", True)
    prompt, response = base.prompts[0], base.prompts[1][:12]
    engine.sleep()
    assert all(buffer.isnan().any() for name, buffer in model.named_buffers() if "cos_sin" in name)
    base.load(base.weights(shift=0.2))
    ours, theirs = engine.score(prompt, response), base.reference.score(prompt, response)
    assert max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) < 1e-4
    left = [name for name, tensor in model.named_parameters() if tensor.isnan().any()]
    assert left == []
    assert all(torch.equal(buffer, buffers[name]) for name, buffer in model.named_buffers())
