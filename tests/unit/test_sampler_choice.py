"""rollout=auto: what it stands for, that a run stays with it, and that it is said."""

from pathlib import Path

import pytest
import yaml

from oneshot_rlvr.config import hardware
from oneshot_rlvr.config.hardware import GIB, Gpu
from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.config.sampler import resolved, run_path
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.trainer import preflight
from oneshot_rlvr.trainer.build import slow_sampling

MACHINES = {  # GPUs, vLLM installed, settings -> sampler, reason
    "both": (1, True, [], "vllm", "vLLM is installed and there is a GPU"),
    "no GPU": (0, True, [], "transformers", "no GPU here"),
    "not asked for": (1, True, ["runtime.device=cpu"], "transformers", "no GPU here"),
    "no vLLM": (1, False, [], "transformers", "vLLM is not installed here"),
    "a reward of certainty": (1, True, ["reward=self_certainty"], "transformers", "vLLM gives no certainties"),
    "a cluster's GPUs": (0, True, ["runtime=ray", "runtime.ray_address=10.0.0.7:6379", "runtime.device=cuda"], "vllm",
                         "vLLM is installed and there is a GPU"),
}  # fmt: skip


def machine(monkeypatch: pytest.MonkeyPatch, gpus: int, vllm: bool) -> None:
    monkeypatch.setattr(hardware, "gpus", lambda: [Gpu("A100", 80 * GIB)] * gpus)
    monkeypatch.setattr(hardware, "vllm_installed", lambda: vllm)


@pytest.mark.parametrize("name", MACHINES)
def test_it_is_vllm_where_it_is_installed_and_there_is_a_gpu(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    gpus, vllm, settings, sampler, reason = MACHINES[name]
    machine(monkeypatch, gpus, vllm)
    config = load_run_config(["+experiment=pi1_r128", *settings])
    assert config.rollout.name == "auto"  # the default
    chosen, said = resolved(config)
    assert chosen.rollout.name == sampler and config.rollout.name == "auto"
    assert said == f"rollout=auto: samples with {sampler} ({reason})"
    assert resolved(chosen) == (chosen, None)


def test_what_is_asked_for_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, gpus=1, vllm=True)
    config = load_run_config(["+experiment=pi1_r128", "rollout=transformers"])
    assert resolved(config) == (config, None)


@pytest.mark.parametrize("began", ["transformers", "vllm"])
def test_a_run_goes_on_with_the_sampler_it_began_with(
    began: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine(monkeypatch, gpus=1, vllm=began == "transformers")  # a new run would take the other one
    config = load_run_config(["+experiment=sandbox_oneshot", f"trainer.output_dir={tmp_path}"])
    run_path(config).mkdir(parents=True)
    settings = run_path(config) / "config.yaml"
    settings.write_text(yaml.dump({"rollout": {"name": began}}))
    chosen, said = resolved(config)
    assert chosen.rollout.name == began and said == f"rollout=auto: samples with {began} (as the run began)"
    if began == "vllm":
        with pytest.raises(UserError, match=r"rollout\.name=vllm: vLLM is not installed here"):
            preflight.check(chosen)
    for damaged in ("rollout: [", "rollout: {}", "7", "", "[" * 5000):
        settings.write_text(damaged)
        assert resolved(config)[0].rollout.name != began


def test_a_large_model_that_is_driven_token_by_token_on_a_gpu_is_warned_of() -> None:
    def warned(device: str, *settings: str) -> bool:
        notes = slow_sampling(load_run_config(["+experiment=pi1_r128", *settings]), device)
        return any(note.startswith("warning: rollout=transformers takes several times as long") for note in notes)

    assert warned("cuda", "rollout=transformers")
    assert not warned("cuda", "rollout=vllm") and not warned("cpu", "rollout=transformers")
    assert not warned("cuda", "rollout=transformers", "model=tiny_random")
