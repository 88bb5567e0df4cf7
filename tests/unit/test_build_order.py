"""Trainers are there before an engine looks at what is free on their GPU."""

from types import SimpleNamespace
from typing import Any

import pytest

from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.trainer import build

OVERRIDES = ["+experiment=sandbox_oneshot", "runtime.policy_workers=2", "runtime.rollout_workers=2"]


@pytest.mark.parametrize("sampler", ["transformers", "vllm"])
def test_in_one_process(monkeypatch: pytest.MonkeyPatch, sampler: str) -> None:
    done: list[str] = []

    def trained(*_: Any) -> Any:
        done.append("trainer")
        return SimpleNamespace(policy=None, critic=None, notes=())

    def sampled(config: Any, language_model: Any, *_: Any) -> Any:
        empty = all(parameter.is_meta for parameter in language_model.parameters())
        done.append("engine of names and shapes" if empty else "sampler with a copy")

    monkeypatch.setattr(build, "build_trained", trained)
    monkeypatch.setattr(build, "release_cache", lambda: done.append("free"))
    monkeypatch.setattr(build, "build_sampler", sampled)
    config = load_run_config(OVERRIDES)
    config.rollout.name = sampler
    build.build_local(config, lambda: None, lambda *_: None)
    last = "engine of names and shapes" if sampler == "vllm" else "sampler with a copy"
    assert done == ["trainer", "free", last]


class Recorder:
    """A cluster without processes: writes down what each kind of worker is asked for."""

    def __init__(self) -> None:
        self.runtime, self.num_gpus, self.asked = SimpleNamespace(timeout_seconds=1.0), 0, list[str]()

    def reserve(self, bundles: list[Any]) -> None:
        pass

    def launch(self, kind: type, names: list[str], *_: Any) -> list[Any]:
        self.asked += [f"{name}: launch" for name in names]
        return [SimpleNamespace(name=name, where="here", handle=None) for name in names]

    def settle(self, workers: list[Any]) -> None:
        pass

    def call(self, phase: str, workers: list[Any], method: str, *_: Any, **__: Any) -> list[Any]:
        self.asked += [f"{worker.name}: {method}" for worker in workers]
        return ["tcp://localhost:1"] * len(workers)


def test_with_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes start together; samplers are made when all trainers are."""
    pytest.importorskip("ray")
    from oneshot_rlvr.cluster import placement

    cluster: Any = Recorder()
    monkeypatch.setattr(placement, "nodes_of", lambda room: ["one"] * 2)
    placement._build(load_run_config([*OVERRIDES, "runtime.name=ray", "runtime.device=cpu"]), cluster)
    assert [asked.split(": ")[1] for asked in cluster.asked[:4]] == ["launch"] * 4
    made = [asked for asked in cluster.asked if asked.endswith((": build", ": prepare"))]
    assert made == ["policy worker 0: build", "policy worker 1: build", "rollout worker 0: prepare",
                    "rollout worker 1: prepare"]  # fmt: skip
