"""Finding checkpoints, and refusing what must not be loaded."""

import json
import struct
from pathlib import Path

import pytest

from oneshot_rlvr.config.model_files import check_model_folder
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.evaluation import checkpoints
from oneshot_rlvr.files import fingerprint


def model_folder(folder: Path, data: bytes = b"\x00\x00\x80?") -> Path:
    """A folder that looks like a model: one float32 in a real safetensors file."""
    folder.mkdir(parents=True)
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, len(data)]}}).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + data)
    (folder / "config.json").write_text('{"model_type": "qwen2"}')
    (folder / "tokenizer.json").write_text("{}")
    return folder


def own_checkpoint(folder: Path) -> Path:
    model_folder(folder)
    files = {p.name: {"bytes": p.stat().st_size, "sha256": ""} for p in folder.iterdir()}
    (folder / "MANIFEST.json").write_text(json.dumps({"step": 0, "files": files}))
    return folder


def test_own_layout_in_numeric_order_from_run_or_checkpoints_folder(tmp_path: Path) -> None:
    for step in (100, 20, 3):
        own_checkpoint(tmp_path / "run" / "checkpoints" / f"step_{step:06d}")
    for folder in (tmp_path / "run", tmp_path / "run" / "checkpoints"):
        found = checkpoints.discover(folder)
        assert [model.step for model in found.models] == [3, 20, 100]
        assert [model.folder_name for model in found.models] == ["step_000003", "step_000020", "step_000100"]
        assert [model.label for model in found.models] == ["step 3", "step 20", "step 100"]


def test_unfinished_own_checkpoints_do_not_exist(tmp_path: Path) -> None:
    own_checkpoint(tmp_path / "step_000020")
    model_folder(tmp_path / "step_000040")  # no manifest
    cut = own_checkpoint(tmp_path / "step_000060")
    (cut / "model.safetensors").write_bytes(b"short")
    (tmp_path / ".step_000080.partial").mkdir()
    found = checkpoints.discover(tmp_path)
    assert [model.step for model in found.models] == [20]
    assert ["no manifest" in found.unusable[40], "model.safetensors" in found.unusable[60]] == [True, True]
    assert len(found.passed_over) == 2


def test_official_layout(tmp_path: Path) -> None:
    for step in (100, 20):
        actor = model_folder(tmp_path / f"global_step_{step}" / "actor")
        (actor / "model_world_size_8_rank_0.pt").write_bytes(b"pickle")
        (actor / "huggingface").mkdir()
        (actor / "huggingface" / "config.json").write_text("{}")
    (tmp_path / "latest_checkpointed_iteration.txt").write_text("100")
    (tmp_path / "accuracy").mkdir()
    found = checkpoints.discover(tmp_path)
    assert [(m.step, m.folder_name, m.path) for m in found.models] == [
        (20, "step_000020", tmp_path / "global_step_20" / "actor"),
        (100, "step_000100", tmp_path / "global_step_100" / "actor"),
    ]
    one = checkpoints.discover(tmp_path / "global_step_20").models
    assert [(m.step, m.path) for m in one] == [(20, tmp_path / "global_step_20" / "actor")]
    assert checkpoints.discover(tmp_path / "global_step_20" / "actor").models == one


def test_merged_official_checkpoint(tmp_path: Path) -> None:
    actor = tmp_path / "global_step_20" / "actor"
    merged = model_folder(actor / "huggingface")
    (actor / "model_world_size_2_rank_0.pt").write_bytes(b"pickle")
    assert [m.path for m in checkpoints.discover(tmp_path).models] == [merged]


def test_transformers_layout_and_single_folder(tmp_path: Path) -> None:
    model_folder(tmp_path / "out" / "checkpoint-9")
    model_folder(tmp_path / "out" / "checkpoint-10")
    assert [m.step for m in checkpoints.discover(tmp_path / "out").models] == [9, 10]
    single = model_folder(tmp_path / "my model")
    (model,) = checkpoints.discover(single).models
    assert (model.label, model.folder_name, model.step, model.kind) == ("my model", "my--model", None, "model")


def test_no_checkpoints_and_no_folder(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    with pytest.raises(UserError, match="holds no checkpoints"):
        checkpoints.discover(tmp_path / "runs")
    with pytest.raises(UserError, match=r"no such folder; did you mean '.*runs'"):
        checkpoints.discover(tmp_path / "rums")
    model_folder(tmp_path / "run" / "checkpoints" / "step_000020")
    with pytest.raises(UserError, match="no complete checkpoint"):
        checkpoints.discover(tmp_path / "run")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "config.json").write_text('{"auto_map": {"AutoModel": "m.py"}}'), "brings code of its own"),
        (lambda f: (f / "tokenizer_config.json").write_text('{"auto_map": {}}'), "brings code of its own"),
        (lambda f: (f / "config.json").write_text("{"), "config.json: cannot be read"),
        (lambda f: (f / "config.json").unlink(), r"not a model folder \(no config.json\)"),
        (lambda f: (f / "model.safetensors").rename(f / "pytorch_model.bin"), "only pickled weights"),
        (lambda f: (f / "model.safetensors").unlink(), "no weights"),
        (lambda f: (f / "model.safetensors").write_bytes(b"\x01"), "not a complete safetensors file"),
        (lambda f: (f / "tokenizer.json").unlink(), "no tokenizer"),
        (
            lambda f: (f / "model.safetensors").rename(f / "model.safetensors.index.json").write_text(
                '{"weight_map": {"a": "x-2.safetensors"}}'
            ),
            "x-2.safetensors is missing",
        ),
    ],
)
def test_bad_model_folders(tmp_path: Path, damage, message: str) -> None:
    folder = model_folder(tmp_path / "m")
    damage(folder)
    with pytest.raises(UserError, match=message):
        check_model_folder(folder, str(folder))


def test_cut_weights_are_found_without_reading_them(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(UserError, match="the copy is incomplete"):
        check_model_folder(folder, str(folder))


def test_model_argument(tmp_path: Path) -> None:
    hub = checkpoints.model_source("Qwen/Qwen2.5-Math-1.5B")
    assert (hub.path, hub.folder_name, hub.kind) == ("Qwen/Qwen2.5-Math-1.5B", "Qwen--Qwen2.5-Math-1.5B", "model")
    for wrong in ("no-such-model", "./none", "/none/there", "a/b/c"):
        with pytest.raises(UserError, match="neither a model folder nor a hub id"):
            checkpoints.model_source(wrong)
    with pytest.raises(UserError, match="no such sandbox model"):
        checkpoints.model_source("sandbox:base_z")
    with pytest.raises(UserError, match="--probe"):
        checkpoints.model_source("no-such-model", "--probe")
    with pytest.raises(UserError, match="--base"):
        checkpoints.base_source("no-such-model", "--base")
    base = checkpoints.base_source(str(model_folder(tmp_path / "m")), "--base")
    assert (base.label, base.folder_name, base.kind) == ("base", "base", "base")


def test_run_folder_and_its_model(tmp_path: Path) -> None:
    own_checkpoint(tmp_path / "checkpoints" / "step_000020")
    assert checkpoints.run_folder(tmp_path / "checkpoints") is None
    (tmp_path / "config.yaml").write_text("model:\n  path: sandbox:base_e\n  revision: null\n")
    for folder in (tmp_path, tmp_path / "checkpoints", tmp_path / "checkpoints" / "step_000020"):
        assert checkpoints.run_folder(folder) == tmp_path
    assert checkpoints.run_config(tmp_path).model.path == "sandbox:base_e"
    (tmp_path / "config.yaml").write_text("other: 1\n")
    with pytest.raises(UserError, match="give --base MODEL"):
        checkpoints.run_config(tmp_path)


def test_fingerprint_changes_with_the_weights_only(tmp_path: Path) -> None:
    one = model_folder(tmp_path / "a")
    same = model_folder(tmp_path / "b")
    other = model_folder(tmp_path / "c", b"\x01\x00\x80?")
    (same / "config.json").write_text('{"model_type": "llama"}')
    assert fingerprint(one) == fingerprint(same) != fingerprint(other)
