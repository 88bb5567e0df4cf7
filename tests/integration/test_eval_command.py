"""`rlvr eval` and `rlvr regrade` on the shipped tiny model: layouts, swapped weights, kill and restart, summaries."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tiny import asked

from oneshot_rlvr.cli import main
from oneshot_rlvr.data.registry import locate, sources
from oneshot_rlvr.paths import sandbox_dir

BASE = sandbox_dir() / "base_e"
HELDOUT = sandbox_dir() / "heldout.jsonl"
pytestmark = pytest.mark.skipif(not BASE.is_dir(), reason="the sandbox base model is not shipped here")


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder laid out like the official checkpoints: base_e with its weights nudged a little, then more."""
    import torch
    from safetensors.torch import load_file, save_file

    root = tmp_path_factory.mktemp("verl") / "my_experiment"
    for step, scale in ((20, 0.002), (40, 0.02)):
        actor = root / f"global_step_{step}" / "actor"
        shutil.copytree(BASE, actor)
        torch.manual_seed(step)
        weights = load_file(actor / "model.safetensors")
        nudged = {name: w + scale * torch.randn_like(w) if w.dim() == 2 else w for name, w in weights.items()}
        # The official trainer stores the tied output matrix as well.
        nudged["lm_head.weight"] = nudged["model.embed_tokens.weight"].clone()
        save_file(nudged, actor / "model.safetensors", {"format": "pt"})
        (actor / "model_world_size_1_rank_0.pt").write_bytes(b"never opened")
    return root


@pytest.fixture(scope="module")
def small_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "held.jsonl"
    path.write_text("".join(line + "\n" for line in HELDOUT.read_text().splitlines()[::8]))  # 30 of 240
    return path


def environment() -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1", "GOMP_SPINCOUNT": "0", "HF_HUB_OFFLINE": "1"}


RUN = "import sys; from oneshot_rlvr.cli import main; sys.exit(main(sys.argv[1:]))"


def start(*words: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", RUN, *map(str, words)], env=environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def samples(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")]


def test_kill_and_restart_over_an_official_folder(official: Path, small_set: Path, tmp_path: Path) -> None:
    """Kill -9 while the base is sampled; the second run keeps what is stored and finishes all three models."""
    words = ("eval", "--ckpt-dir", official, "--base", BASE, "--protocol", "sandbox", "--benchmarks", small_set,
             "--temperature", 0.6, "--samples", 4, "--output", tmp_path)  # fmt: skip
    stored = tmp_path / "base" / "held" / "samples.jsonl"
    first = start(*words)
    deadline = time.monotonic() + 60
    while not (stored.is_file() and stored.read_text().count("\n") >= 20) and time.monotonic() < deadline:
        time.sleep(0.005)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    before = samples(stored)
    assert len(before) >= 20
    # Marked responses would vanish if anything were generated again; a torn line must not hurt.
    marked = [line | {"response": f"stored \\boxed{{{n}}}"} for n, line in enumerate(before)]
    stored.write_text("".join(json.dumps(line) + "\n" for line in marked) + '{"id": "torn')

    second = start(*words)
    output, _ = second.communicate(timeout=120)
    assert second.returncode == 0, output
    after = {(line["id"], line["sample"]): line for line in samples(stored)}
    assert len(after) == 30 * 4
    assert all(after[line["id"], line["sample"]]["response"] == line["response"] for line in marked)

    summary = json.loads((tmp_path / "summary.json").read_text())
    assert [row["label"] for row in summary["rows"]] == ["base", "step 20", "step 40"]
    loading = [row["load_seconds"] for row in summary["rows"]]
    assert loading[1] < 0.05 * loading[0], "the second model costs under 5 % of the first one's start-up"
    assert loading[2] < 0.05 * loading[0]
    texts = [
        "".join(line["response"] for line in samples(tmp_path / row / "held" / "samples.jsonl"))
        for row in ("step_000020", "step_000040")
    ]
    assert texts[0] != texts[1], "the weights have really been swapped"
    assert summary["rows"][1]["results"]["held"]["pass_at_k"].keys() == {"1", "2", "4"}


def test_swapped_weights_sample_as_a_fresh_load_does(official: Path, small_set: Path, tmp_path: Path) -> None:
    words = ["eval", "--protocol", "sandbox", "--benchmarks", str(small_set), "--limit", "8"]
    assert main([*words, "--ckpt-dir", str(official), "--base", str(BASE), "--output", str(tmp_path / "sweep")]) == 0
    alone = official / "global_step_40" / "actor"
    assert main([*words, "--model", str(alone), "--output", str(tmp_path / "alone")]) == 0
    path = Path("step_000040/held/samples.jsonl")
    assert (tmp_path / "sweep" / path).read_bytes() == (tmp_path / "alone" / path).read_bytes()


def test_greedy_equals_a_plain_transformers_loop(tmp_path: Path) -> None:
    """Token by token: full forward passes without a cache, one prompt at a time."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from oneshot_rlvr.data.datasets import load_problems
    from oneshot_rlvr.data.prompts import prompt_token_ids
    from oneshot_rlvr.evaluation.checkpoints import model_source
    from oneshot_rlvr.evaluation.engine import Engine
    from oneshot_rlvr.evaluation.engine_options import EngineOptions
    from oneshot_rlvr.types import Sampling

    problems = load_problems(str(HELDOUT))[::20]
    tokenizer = AutoTokenizer.from_pretrained(BASE)
    model = AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float32).eval()
    engine = Engine(EngineOptions(device="cpu", dtype="float32", max_batch_tokens=4096), time.perf_counter())
    source = model_source(str(BASE))
    sampling = Sampling(0.0, 48, engine.facts(source).stop_ids)
    prompts = [prompt_token_ids(problem, "own", tokenizer) for problem in problems]
    rollouts = engine.sampler(source, 4096).generate([asked(ids) for ids in prompts], sampling)
    for ids, rollout in zip(prompts, rollouts):
        expected: list[int] = []
        with torch.inference_mode():
            while len(expected) < 48 and not (expected and expected[-1] in sampling.stop_ids):
                logits = model(torch.tensor([[*ids, *expected]])).logits[0, -1]
                expected.append(int(logits.argmax()))
        assert rollout.token_ids == tuple(expected)

    assert main(["eval", "--model", str(BASE), "--protocol", "sandbox", "--benchmarks", str(HELDOUT), "--limit", "21",
                 "--output", str(tmp_path)]) == 0  # fmt: skip
    stored = samples(tmp_path / "base_e" / "heldout" / "samples.jsonl")
    assert [stored[0]["response"], stored[20]["response"]] == [rollouts[0].text, rollouts[1].text]


def test_summary_files_templates_and_resave(official: Path, small_set: Path, tmp_path: Path, capsys) -> None:
    words = ["eval", "--ckpt-dir", str(official), "--base", str(BASE), "--protocol", "sandbox", "--limit", "12",
             "--benchmarks", f"{small_set},{HELDOUT}", "--template", "own,plain", "--resave", "--output", str(tmp_path)]
    assert main(words) == 0
    out = capsys.readouterr().out
    for name in ("summary.json", "summary.csv", "summary.md"):
        assert str(tmp_path / name) in out.splitlines()
    summary = json.loads((tmp_path / "summary.json").read_text())
    labels = ["base", "base (re-saved)", "step 20", "step 40"]
    assert [(row["label"], row["template"]) for row in summary["rows"]] == [
        (label, template) for label in labels for template in ("own", "plain")
    ]
    folders = {path.name for path in tmp_path.iterdir() if path.is_dir()}
    models = ("base", "base_resaved", "step_000020", "step_000040")
    assert folders == {f"{m}{t}" for m in models for t in ("", "@plain")}
    rows = list(csv.DictReader((tmp_path / "summary.csv").open()))
    assert len(rows) == 8 * 3, "two benchmarks and their average"
    assert all(0 <= float(row["low"]) <= float(row["accuracy"]) <= float(row["high"]) <= 1 for row in rows)
    tested = [row for row in rows if row["p_value"]]
    assert {row["model"] for row in tested} == set(labels) - {"base"}
    assert {row["test"] for row in tested} == {"mcnemar", "paired bootstrap"}
    text = (tmp_path / "summary.md").read_text()
    for part in ("## Accuracy", "## Against the base", "## Format", "## Templates", "by category", "best on test"):
        assert part in text
    assert [choice["rule"] for choice in summary["choices"]] == ["last step", "validation split", "best on test"]

    # Everything is stored: the same command reads no weights and changes no sample.
    before = {path: path.read_bytes() for path in tmp_path.rglob("samples.jsonl")}
    assert main(words) == 0
    assert "all stored" in capsys.readouterr().out
    assert {path: path.read_bytes() for path in tmp_path.rglob("samples.jsonl")} == before
    # Another plan for the same folder is refused by the key that differs.
    assert main([*words, "--max-new-tokens", "40"]) == 2
    assert "max_new_tokens=64 there, now 40" in capsys.readouterr().err


FAULTS = {
    "nothing given": ([], "--ckpt-dir DIR or --model PATH_OR_ID is needed"),
    "no folder": (["--ckpt-dir", "/none/there"], "no such folder"),
    "no checkpoints": (["--ckpt-dir", "{empty}"], "holds no checkpoints"),
    "unknown benchmark": (["--model", "{base}", "--benchmarks", "math50"], "did you mean 'math500'?"),
    "missing data": (["--model", "{base}", "--benchmarks", "aime25"], "rlvr data fetch aime25"),
    "unknown protocol": (["--model", "{base}", "--protocol", "papr"], "did you mean 'paper'?"),
    "unknown template": (["--model", "{base}", "--template", "plan"], "did you mean 'plain'?"),
    "unknown grader": (["--model", "{base}", "--grader", "qwem"], "did you mean 'qwen'?"),
    "unknown engine": (["--model", "{base}", "--engine", "tranformers"], "did you mean 'transformers'?"),
    "unknown dtype": (["--model", "{base}", "--dtype", "bf16"], "--dtype bf16: not known"),
    "not a model": (["--model", "{empty}"], "not a model folder"),
    "pickle": (["--model", "{pickle}"], "only pickled weights"),
    "remote code": (["--model", "{code}"], "brings code of its own (auto_map in config.json), which is never run"),
    "no such step": (["--ckpt-dir", "{official}", "--steps", "60"], "no such checkpoint"),
    "steps of one model": (["--ckpt-dir", "{base}", "--steps", "3"], "is one model, without steps"),
    "limit": (["--model", "{base}", "--limit", "0"], "at least 1"),
    "not writable": (
        ["--model", "{base}", "--protocol", "sandbox", "--output", "{base}/config.json/x"],
        "is a file, a folder is needed",
    ),
    "both": (["--model", "{base}", "--ckpt-dir", "{official}"], "give one of them"),
    "resave without base": (["--ckpt-dir", "{official}", "--resave"], "base model is not known"),
}


def test_faults_are_one_line_and_quick(official: Path, tmp_path: Path) -> None:
    """All in one process, which must not have imported torch at the end."""
    for name in ("empty", "pickle", "code"):
        (tmp_path / name).mkdir()
    (tmp_path / "pickle" / "config.json").write_text('{"model_type": "qwen2"}')
    (tmp_path / "pickle" / "pytorch_model.bin").write_bytes(b"")
    (tmp_path / "code" / "config.json").write_text('{"auto_map": {"AutoModelForCausalLM": "evil.Model"}}')
    places = {"base": BASE, "official": official, **{n: tmp_path / n for n in ("empty", "pickle", "code")}}
    cases = [["eval", *(word.format(**places) for word in words)] for words, _ in FAULTS.values()]
    program = (
        "import sys, time, json; from oneshot_rlvr.cli import main\n"
        "for case in json.loads(sys.argv[1]):\n"
        "    start = time.perf_counter(); code = main(case)\n"
        "    print(json.dumps([code, time.perf_counter() - start]))\n"
        "print(json.dumps([int('torch' in sys.modules), 0]))"
    )
    clean = environment() | {"RLVR_CACHE": str(tmp_path / "cache")}
    clean.pop("RLVR_DATA_DIR", None)
    done = subprocess.run([sys.executable, "-c", program, json.dumps(cases)], env=clean, text=True, capture_output=True)
    results = [json.loads(line) for line in done.stdout.splitlines()]
    errors = done.stderr.splitlines()
    assert results.pop() == [0, 0], "torch was imported before the input was checked"
    assert len(errors) == len(FAULTS), done.stderr
    for (code, seconds), line, (name, (_, message)) in zip(results, errors, FAULTS.items()):
        assert code == 2 and seconds < 2 and message in line, (name, code, seconds, line)


def test_regrade_prints_what_changed_and_writes_beside(tmp_path: Path, capsys) -> None:
    folder = tmp_path / "step_000020" / "toy"
    folder.mkdir(parents=True)
    verdict = {"correct": False, "extracted": None, "reason": "unparsed"}
    wrong = {"correct": True, "extracted": "5", "reason": "correct"}
    common = {"seed": 0, "prompt": "p", "num_tokens": 3, "finish_reason": "stop", "answer": "4"}
    stored = [
        common | {"id": "a", "sample": 0, "response": "it is 4", "grades": {"deepscaler": verdict}},
        common | {"id": "b", "sample": 0, "response": "\\boxed{5}", "grades": {"deepscaler": wrong}},
        common | {"id": "c", "sample": 0, "response": "\\boxed{7}", "grades": {"deepscaler": verdict}},
    ]
    text = "".join(json.dumps(line) + "\n" for line in stored)
    (folder / "samples.jsonl").write_text(text)
    assert main(["regrade", str(tmp_path), "--grader", "math_verify"]) == 0
    out = capsys.readouterr().out
    assert "step_000020/toy: deepscaler 33.3 -> math_verify 33.3" in out
    assert "1 gained, 1 lost of 3 (p 1)" in out
    assert "right now: toy a #0: answer '4', deepscaler took nothing, math_verify '4'" in out
    assert "wrong now: toy b #0" in out
    assert (folder / "samples.jsonl").read_text() == text
    lines = [json.loads(line) for line in (folder / "regraded_math_verify.jsonl").read_text().splitlines()]
    assert [(line["correct"], line["changed"]) for line in lines] == [(True, True), (False, True), (False, False)]
    (entry,) = json.loads((tmp_path / "regraded_math_verify.json").read_text())
    assert (entry["gained"], entry["lost"], len(entry["changes"])) == (1, 1, 2)

    assert main(["regrade", str(tmp_path), "--grader", "math_verify", "--rule", "strict"]) == 0
    assert "deepscaler 33.3 -> math_verify (strict) 0.0" in capsys.readouterr().out
    assert main(["regrade", str(tmp_path), "--grader", "deepscaler", "--rule", "lenient"]) == 0
    assert "deepscaler 33.3 -> deepscaler (lenient) 33.3" in capsys.readouterr().out
    assert main(["regrade", str(tmp_path / "none")]) == 2
    assert main(["regrade", str(tmp_path), "--grader", "exakt"]) == 2
    assert "did you mean 'exact'?" in capsys.readouterr().err


def test_programs_of_a_small_model_from_end_to_end(tmp_path: Path) -> None:
    """HumanEval through the command line: a model of arithmetic writes no program, and that is what comes out."""
    if locate(sources()["humaneval"]) is None:
        pytest.skip("no humaneval here (RLVR_DATA_DIR)")
    words = ["eval", "--model", "sandbox:base_e", "--benchmarks", "humaneval", "--template", "own", "--limit", "3"]
    words += ["--samples", "2", "--temperature", "1", "--max-new-tokens", "16", "--output", str(tmp_path)]
    assert main(words) == 0
    found = samples(tmp_path / "sandbox--base_e" / "humaneval" / "samples.jsonl")
    assert len(found) == 6 and all(list(line["grades"]) == ["program"] for line in found)
    assert {line["grades"]["program"]["reason"].partition(":")[0] for line in found} <= {"fault", "wrong", "unparsed"}
    result = json.loads((tmp_path / "summary.json").read_text())["rows"][0]["results"]["humaneval"]
    assert (result["grader"], result["accuracy"], set(result["pass_at_k"])) == ("program", 0.0, {"1", "2"})
    assert 0 < result["interval"][1] < 1
    assert "| humaneval | 0.0 |" in (tmp_path / "summary.md").read_text()
