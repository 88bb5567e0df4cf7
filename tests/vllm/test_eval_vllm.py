"""`rlvr eval --engine vllm` on the sandbox base: one engine for a sweep, what it samples, going on, another model."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from oneshot_rlvr.cli import main
from oneshot_rlvr.evaluation.store import SampleStore
from oneshot_rlvr.paths import sandbox_dir

BASE = sandbox_dir() / "base_e"
PROBLEMS = 20
PROTOCOL = """
like: sandbox
benchmarks: [GREEDY, WARM]
sets:
  warm: {temperature: 0.6, samples: 3}
"""


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base with its weights nudged a little, then more; the tied output matrix is stored as well."""
    import torch
    from safetensors.torch import load_file, save_file

    root = tmp_path_factory.mktemp("nudged")
    for step, scale in ((20, 0.002), (40, 0.02)):
        folder = root / f"checkpoint-{step}"
        shutil.copytree(BASE, folder)
        torch.manual_seed(step)
        weights = load_file(folder / "model.safetensors")
        nudged = {name: w + scale * torch.randn_like(w) if w.dim() == 2 else w for name, w in weights.items()}
        nudged["lm_head.weight"] = nudged["model.embed_tokens.weight"].clone()
        save_file(nudged, folder / "model.safetensors", {"format": "pt"})
    return root


@pytest.fixture(scope="module")
def protocol(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two benchmarks of 20 problems, one greedy, one sampled three times."""
    folder = tmp_path_factory.mktemp("protocol")
    lines = (sandbox_dir() / "heldout.jsonl").read_text().splitlines(keepends=True)
    for name, part in (("greedy", lines[: 12 * PROBLEMS : 12]), ("warm", lines[6 :: 12])):
        (folder / f"{name}.jsonl").write_text("".join(part[:PROBLEMS]))
    text = PROTOCOL.replace("GREEDY", f"{folder}/greedy.jsonl").replace("WARM", f"{folder}/warm.jsonl")
    (folder / "two.yaml").write_text(text)
    return folder / "two.yaml"


class Counted:
    """Engines started and ended, and the requests of every call."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from oneshot_rlvr.rollout import vllm_engine

        self.started = self.ended = 0
        self.calls: list[list[tuple[int, float]]] = []
        start, sampler = vllm_engine._start, vllm_engine.VllmSampler
        close, generate = sampler.close, sampler.generate_each

        def counted_start(*words: Any) -> Any:
            self.started += 1
            return start(*words)

        def counted_close(engine: Any) -> None:
            self.ended += 1
            close(engine)

        def counted_generate(engine: Any, requests: Sequence[Any], samplings: Sequence[Any], *rest: Any) -> Any:
            self.calls.append([(r.seed, s.temperature) for r, s in zip(requests, samplings, strict=True)])
            return generate(engine, requests, samplings, *rest)

        monkeypatch.setattr(vllm_engine, "_start", counted_start)
        monkeypatch.setattr(sampler, "close", counted_close)
        monkeypatch.setattr(sampler, "generate_each", counted_generate)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


@pytest.fixture
def sweep(checkpoints: Path, protocol: Path) -> Callable[..., int]:
    def run(output: Path, *words: str) -> int:
        return main(["eval", "--ckpt-dir", str(checkpoints), "--base", str(BASE), "--protocol", str(protocol),
                     "--device", "cpu", "--output", str(output), *words])  # fmt: skip

    return run


def samples(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_three_models_one_engine_and_the_tokens_of_transformers(
    sweep: Callable[..., int], counted: Counted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = tmp_path / "vllm", tmp_path / "transformers"
    assert sweep(ours, "--engine", "vllm") == 0
    assert sweep(theirs, "--engine", "transformers") == 0
    assert (counted.started, counted.ended) == (1, 1)
    # A model's requests of both benchmarks are in the engine together.
    assert [[t for _, t in call] for call in counted.calls] == [[0.0] * PROBLEMS + [0.6] * 3 * PROBLEMS] * 3

    summaries = [json.loads((folder / "summary.json").read_text()) for folder in (ours, theirs)]
    assert [s["engine"] for s in summaries] == ["vllm/float32", "transformers/float32"]
    loading = [row["load_seconds"] for row in summaries[0]["rows"]]
    with capsys.disabled():
        print(f"\nweights in place after {', '.join(f'{seconds:.3f}' for seconds in loading)} s")
    assert max(loading[1:]) < 0.2 * loading[0]

    texts = set()
    for row in ("base", "step_000020", "step_000040"):
        greedy = [samples(folder / row / "greedy" / "samples.jsonl") for folder in (ours, theirs)]
        assert greedy[0] == greedy[1] and len(greedy[0]) == PROBLEMS, "text, tokens, reason, grades"
        texts.add("".join(sample["response"] for sample in greedy[0]))
        warm = [samples(folder / row / "warm" / "samples.jsonl") for folder in (ours, theirs)]
        assert [s["seed"] for s in warm[0]] == [s["seed"] for s in warm[1]]
        assert {s["response"] for s in warm[0]} != {s["response"] for s in warm[1]}, "other random numbers"
    assert len(texts) == 3, "the weights have really been swapped"
    accuracies = [[row["results"]["greedy"]["accuracy"] for row in s["rows"]] for s in summaries]
    assert accuracies[0] == accuracies[1] and max(accuracies[0]) > 0

    # What one engine made is not taken for another's, nor one precision for another.
    capsys.readouterr()
    for words, now in (
        (["--engine", "transformers"], "transformers/float32"),
        (["--engine", "vllm", "--dtype", "bfloat16"], "vllm/bfloat16"),
    ):
        assert sweep(ours, *words) == 2
        assert f"engine='vllm/float32' there, now '{now}'" in capsys.readouterr().err
    assert sweep(ours, "--engine", "vllm") == 0
    assert counted.started == 1, "everything is stored: no engine is started"


def test_an_interrupted_sweep_goes_on_and_samples_nothing_twice(
    sweep: Callable[..., int], counted: Counted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted at the 100th of 240 samples, in the second model; the files end as those of a sweep left alone."""
    append, left = SampleStore.append, [100]

    def dying(store: SampleStore, sample: Any) -> None:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        append(store, sample)

    with monkeypatch.context() as patch:
        patch.setattr(SampleStore, "append", dying)
        assert sweep(tmp_path / "parts", "--engine", "vllm") == 130
    assert counted.ended == counted.started == 1
    first = sum(map(len, counted.calls))
    assert (first, len(counted.calls)) == (160, 2)
    assert sweep(tmp_path / "parts", "--engine", "vllm") == 0
    assert sum(map(len, counted.calls)) - first == 240 - 100
    assert sweep(tmp_path / "whole", "--engine", "vllm") == 0
    for path in sorted((tmp_path / "whole").rglob("samples.jsonl")):
        again = tmp_path / "parts" / path.relative_to(tmp_path / "whole")
        assert samples(again) == samples(path), path
    assert len(list((tmp_path / "whole").rglob("samples.jsonl"))) == 6


def test_a_model_of_another_shape_gets_another_engine(counted: Counted, protocol: Path, tmp_path: Path) -> None:
    """base, a random model of another width with the same tokenizer, base: three engines, one at a time."""
    import torch

    from oneshot_rlvr.checkpoint import export_model
    from oneshot_rlvr.config.schema import ShapeConfig
    from oneshot_rlvr.models import load

    tokenizer = load.load_tokenizer(str(BASE))
    other = load.random_model(ShapeConfig(128, 2, 4, 2, 96, 512, 512, tied=False), tokenizer, 3)
    for step in (1, 3):
        shutil.copytree(BASE, tmp_path / "mixed" / f"checkpoint-{step}")
    export_model(other, tokenizer, tmp_path / "mixed" / "checkpoint-2", torch.float32)
    words = ["eval", "--ckpt-dir", str(tmp_path / "mixed"), "--no-base", "--protocol", str(protocol), "--device", "cpu",
             "--max-new-tokens", "24"]  # fmt: skip
    assert main([*words, "--engine", "vllm", "--output", str(tmp_path / "ours")]) == 0
    assert (counted.started, counted.ended) == (3, 3)
    assert main([*words, "--engine", "transformers", "--output", str(tmp_path / "theirs")]) == 0
    for step in (1, 2, 3):
        path = Path(f"step_{step:06d}/greedy/samples.jsonl")
        assert samples(tmp_path / "ours" / path) == samples(tmp_path / "theirs" / path)
    first, third = (samples(tmp_path / "ours" / f"step_{step:06d}" / "warm" / "samples.jsonl") for step in (1, 3))
    assert first == third


@pytest.mark.slow
def test_half_precision(protocol: Path, tmp_path: Path) -> None:
    """The engine holds rounded weights: the sandbox base gives almost the same answers."""
    words = ["eval", "--model", str(BASE), "--protocol", str(protocol), "--device", "cpu", "--engine", "vllm"]
    found = {}
    for dtype in ("float32", "bfloat16", "float16"):
        assert main([*words, "--dtype", dtype, "--output", str(tmp_path / dtype)]) == 0
        assert json.loads((tmp_path / dtype / "summary.json").read_text())["engine"] == f"vllm/{dtype}"
        stored = samples(next((tmp_path / dtype).glob("*/greedy/samples.jsonl")))
        found[dtype] = [sample["response"] for sample in stored]
    same = {dtype: sum(a == b for a, b in zip(found["float32"], found[dtype], strict=True)) for dtype in found}
    print(f"\ngreedy answers equal to float32's: {same} of {PROBLEMS}")
    assert same["float16"] >= 0.9 * PROBLEMS and same["bfloat16"] >= 0.6 * PROBLEMS


def test_a_probe_of_the_pool(counted: Counted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["select", "--probe", "sandbox:base_e", "--limit", "6", "--engine", "vllm"]
    assert main([*words, "--n", "3"]) == 0
    assert main([*words, "--n", "5"]) == 0
    assert [len(call) for call in counted.calls] == [18, 12]
    assert (counted.started, counted.ended) == (2, 2)
    plan = json.loads(next(Path("runs/probe").rglob("plan.json")).read_text())
    assert plan["engine"] == "vllm/float32"
