"""The trainer's state on disk: exact, strict, nothing in it can run. Pickled state of earlier versions is read too."""

import contextlib
import io
import itertools
import json
import os
import pickle
import random
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny import tiny_model
from torch.distributed.checkpoint.state_dict import get_state_dict
from torch.distributed.checkpoint.state_dict_saver import save as save_distributed

from oneshot_rlvr.config.schema import CompatConfig, OptimizerConfig
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.learner.optimizer import Trained
from oneshot_rlvr.state_files import Damaged, _leaves, read_state, write_state
from oneshot_rlvr.state_files_old import INDEX, Record, inert, pickled_pieces


def trained(seed: int, steps: int) -> Trained:
    found = Trained(tiny_model(seed), OptimizerConfig(lr=1e-3), CompatConfig())
    for step in range(steps):
        generator = torch.Generator().manual_seed(step)
        for parameter in found.module.parameters():
            parameter.grad = torch.randn(parameter.shape, generator=generator)
        found.step()
    return found


def write_old(folder: Path, state: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        save_distributed(state, checkpoint_id=str(folder), no_dist=True)


def assert_equal(left: dict[str, Any], right: dict[str, Any]) -> None:
    ours, theirs = dict(_leaves(left)), dict(_leaves(right))
    assert ours.keys() == theirs.keys()
    for name, leaf in ours.items():
        assert torch.equal(leaf, theirs[name]) if isinstance(leaf, torch.Tensor) else leaf == theirs[name], name


def test_every_kind_of_value_comes_back_bit_for_bit(tmp_path: Path) -> None:
    numbers = torch.tensor([0.1, -0.0, float("nan"), float("inf"), 1e-45])
    tree = {"a": {"x": numbers, "half": numbers.to(torch.bfloat16), "mask": torch.tensor([True, False, True])},
            "scalar": torch.tensor(7.0), "bytes": torch.arange(5, dtype=torch.uint8), "step": 12, "none": None,
            "rate": 0.1 + 0.2, "turned": torch.arange(6).view(2, 3).T}  # fmt: skip
    write_state(tmp_path, tree, 0, 1)
    empty = {"a": {name: torch.zeros_like(t) for name, t in tree["a"].items()}, "scalar": torch.zeros(()),
             "bytes": torch.zeros(5, dtype=torch.uint8), "step": 0, "none": 1, "rate": 0.0,
             "turned": torch.zeros(2, 3, dtype=torch.int64).T}  # fmt: skip
    read_state(tmp_path, empty)
    assert empty["a"]["x"].view(torch.int32).tolist() == numbers.view(torch.int32).tolist()  # nan too
    assert_equal({**tree, "a": {**tree["a"], "x": 0, "half": 0}}, {**empty, "a": {**empty["a"], "x": 0, "half": 0}})
    assert empty["a"]["half"].view(torch.int16).tolist() == tree["a"]["half"].view(torch.int16).tolist()
    found = load_file(tmp_path / "rank_0_of_1.safetensors")  # any reader of the format reads it
    assert torch.equal(found["turned"], tree["turned"]) and found["scalar"].item() == 7.0


def test_files_of_three_processes_are_read_by_one(tmp_path: Path) -> None:
    """Written by hand as each of them writes its rows: 10 rows in parts of 4, 4 and 2."""
    whole = torch.arange(30.0).view(10, 3)
    for rank, (first, last) in enumerate(((0, 4), (4, 8), (8, 10))):
        places = {"weight": [first, [10, 3]]} | ({"step": [0, []]} if rank == 0 else {})
        tensors = {"weight": whole[first:last].clone()} | ({"step": torch.tensor(3.0)} if rank == 0 else {})
        metadata = {"places": json.dumps(places), "values": "{}"}
        save_file(tensors, tmp_path / f"rank_{rank}_of_3.safetensors", metadata)
    tree = {"weight": torch.zeros(10, 3), "step": torch.zeros(())}
    read_state(tmp_path, tree)
    assert torch.equal(tree["weight"], whole) and tree["step"].item() == 3
    (tmp_path / "rank_1_of_3.safetensors").unlink()
    with pytest.raises(UserError, match="the files of its processes are not all there"):
        read_state(tmp_path, tree)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.pop("b"), "holds 'b', which this run does not have"),
        (lambda t: t.update(c=torch.zeros(2)), "lacks 'c'"),
        (lambda t: t.update(c=1), "lacks 'c'"),
        (lambda t: t.update(b=torch.zeros(3, 2)), r"'b' has shape \[2, 3\] instead of \[3, 2\]"),
        (lambda t: t.update(b=torch.zeros(2, 3, dtype=torch.float64)), "'b' is torch.float32 instead of torch.float64"),
    ],
)
def test_another_name_shape_or_dtype_is_refused(tmp_path: Path, change: Any, said: str) -> None:
    tree = {"a": torch.zeros(4), "b": torch.zeros(2, 3), "n": 1}
    write_state(tmp_path, tree, 0, 1)
    change(tree)
    with pytest.raises(UserError, match=said):
        read_state(tmp_path, tree)


@pytest.mark.parametrize("metadata", [None, {"places": "[" * 100_000, "values": "{}"}, {"places": "{}", "values": "{}"},
                                      {"places": '{"a": [0, [9]]}', "values": "3"}, {"values": "{}"},
                                      {"places": '{"a": [1, [4]]}', "values": "{}"}])  # fmt: skip
def test_a_header_of_others_is_refused(tmp_path: Path, metadata: dict[str, str] | None) -> None:
    save_file({"a": torch.zeros(4)}, tmp_path / "rank_0_of_1.safetensors", metadata)
    with pytest.raises(UserError, match="the trainer's state cannot be read"):
        read_state(tmp_path, {"a": torch.zeros(4)})


def test_the_same_rows_twice_do_not_stand_for_others(tmp_path: Path) -> None:
    for rank in range(2):
        metadata = {"places": json.dumps({"a": [0, [4]]}), "values": "{}"}
        save_file({"a": torch.ones(2)}, tmp_path / f"rank_{rank}_of_2.safetensors", metadata)
    with pytest.raises(UserError, match="lacks rows of 'a', or has some twice"):
        read_state(tmp_path, {"a": torch.zeros(4)})


def test_state_that_an_earlier_version_pickled_is_read(tmp_path: Path) -> None:
    before = trained(0, 3)
    weights, optimizer = get_state_dict(before.master, before.optimizers)
    write_old(tmp_path, {"policy": {"model": weights, "optimizer": optimizer}})
    after = trained(1, 1)
    state = {"policy": after.state()}
    read_state(tmp_path, state, pickled_pieces)
    after.load_state(state["policy"], 3)
    assert_equal(before.state(), after.state())


def test_old_values_are_read_and_old_tensors_must_lie_row_by_row(tmp_path: Path) -> None:
    write_old(tmp_path / "a", {"p": {"step": 41, "t": torch.arange(4.0)}})
    tree = {"p": {"step": 0, "t": torch.zeros(4)}}
    read_state(tmp_path / "a", tree, pickled_pieces)
    assert tree["p"]["step"] == 41 and tree["p"]["t"].tolist() == [0, 1, 2, 3]
    file = tmp_path / "a" / "__0_0.distcp"
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(UserError, match=r"__0_0.distcp: the item at byte \d+ is damaged"):
        read_state(tmp_path / "a", tree, pickled_pieces)
    write_old(tmp_path / "b", {"t": torch.arange(6.0).view(2, 3).T})
    with pytest.raises(UserError, match="not stored row by row"):
        read_state(tmp_path / "b", {"t": torch.zeros(3, 2)}, pickled_pieces)


# ---- nothing runs

WATCHED = ("os.system", "subprocess.Popen", "exec", "import", "pickle.find_class", "open", "os.exec", "compile")
_seen: list[str] = []
_watching = False


def _audit(event: str, arguments: Any) -> None:
    if _watching and event in WATCHED:
        _seen.append(f"{event} {arguments}")


"x".encode("raw-unicode-escape")  # Python imports a codec where it is first used
sys.addaudithook(_audit)  # stays for the process, and does nothing outside `quiet`


def quiet(data: bytes) -> Any:
    """What `inert` makes of it; fails if the interpreter ran, imported or opened anything for it."""
    global _watching
    _seen.clear()
    _watching = True
    try:
        return inert(data)
    except Damaged:
        return None
    finally:
        _watching = False
        assert not _seen


class Planted:
    """Runs a shell command where it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.marker}",)


def planted_pickles(marker: Path) -> list[bytes]:
    """Each way that the pickle language has to import and call, in every protocol, alone and among what is expected."""
    command = f"touch {marker}".encode()
    by_hand = [
        b"cos\nsystem\n(V" + command + b"\ntR.",
        b"(V" + command + b"\nios\nsystem\n.",
        b"(cos\nsystem\nV" + command + b"\no.",
        b"\x80\x02cos\nsystem\nX" + len(command).to_bytes(4, "little") + command + b"\x85\x81.",
        b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c" + bytes([len(command)]) + command + b"\x85R.",
        b"cbuiltins\nexec\n(Vimport os; os.system('" + command + b"')\ntR.",
        b"cbuiltins\neval\n(V__import__('os').system('" + command + b"')\ntR.",
        b"cbuiltins\n__import__\n(Vantigravity\ntR.",
        b"ctorch.serialization\nload\n(V/nowhere\ntR.",
        b"\x82\x01.", b"\x83\x01\x00.", b"\x84\x01\x00\x00\x00.", b"Pname\n.", b"Q.", b"\x97.", b"\x98.",
        b"ccollections\nOrderedDict\n)R}(V__setstate__\ncos\nsystem\nubV" + command + b"\nb.",
        b"coneshot_rlvr.state_files_old\nRecord\n(Vx\ntRN}(V__class__\ncos\nsystem\nu\x86b.",
    ]  # fmt: skip
    wrapped = [{"state_dict_metadata": {}, "storage_data": {"x": Planted(marker)}}, [Planted(marker)], Planted(marker)]
    return by_hand + [pickle.dumps(value, protocol) for value in wrapped for protocol in range(6)]


def test_the_planted_pickles_do_run_where_they_are_unpickled(tmp_path: Path) -> None:
    """The control: so the tests below can fail."""
    marker = tmp_path / "marker"
    ran = 0
    for data in planted_pickles(marker)[:7]:
        with contextlib.suppress(TypeError, SyntaxError, pickle.UnpicklingError):
            pickle.loads(data)
        ran += marker.exists()
        marker.unlink(missing_ok=True)
    assert ran >= 6


def test_no_planted_pickle_runs(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    for data in planted_pickles(marker):
        quiet(data)
        (tmp_path / INDEX).write_bytes(data)
        with pytest.raises(UserError, match="the trainer's state cannot be read"):
            read_state(tmp_path, {"x": torch.zeros(1)}, pickled_pieces)
    assert not marker.exists()


def test_thousands_of_mutated_pickles_run_nothing(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    write_old(tmp_path / "old", {"p": {"step": 41, "t": torch.arange(4.0), "u": torch.arange(6).view(2, 3)}})
    whole = (tmp_path / "old" / INDEX).read_bytes()
    planted = planted_pickles(marker)
    rng = random.Random(0)
    returned = 0
    for n in range(6000):
        base = bytearray(whole if n % 2 else rng.choice(planted))
        for _ in range(rng.randint(1, 3)):
            place = rng.randrange(len(base) + 1)
            kind = rng.randrange(4)
            if kind == 0 and place < len(base):
                base[place] = rng.randrange(256)
            elif kind == 1:
                base[place:place] = rng.choice(planted)[: rng.randint(1, 60)]
            elif kind == 2:
                del base[place : place + rng.randint(1, 9)]
            else:
                base[place:place] = bytes([rng.randrange(256)])
        returned += quiet(bytes(base)) is not None
    assert returned > 200  # and so were followed to their end
    assert not marker.exists()


def test_every_opcode_is_followed_or_refused() -> None:
    """All 256 bytes as opcodes, behind each pair of things a stack may hold."""
    stacks = [b"", b"]", b"}", b"(", b"cos\nsystem\n", b"cos\nsystem\n)", b"cos\nsystem\n}", b"]]", b"}]K\x01", b"N"]
    for opcode, first, second in itertools.product(range(256), stacks, stacks):
        quiet(first + second + bytes([opcode]) + b"\x01\x00\x00\x00x\n.")


def test_a_record_stands_for_what_would_be_called() -> None:
    found = inert(pickle.dumps({"a": Planted(Path("m")), "b": (1, 2.5, "x", None, True)}))
    assert isinstance(found["a"], Record) and found["a"].name == "posix system"
    assert found["a"].arguments == ("touch m",) and found["b"] == (1, 2.5, "x", None, True)


def test_nested_and_long_pickles_end_soon() -> None:
    assert quiet(b"(" * 30_000 + b"t" * 30_000 + b".") is not None
    assert quiet(b"N" + b"\x85" * 100_000 + b".") is not None
    assert quiet(b"}N" + b"\x85" * 100_000 + b"K\x01s.") is None  # its hash would be 100,000 calls deep
    assert quiet(b"\x8d" + (1 << 40).to_bytes(8, "little") + b"x.") is None
    buffer = io.BytesIO()
    pickle.dump({"x": ["a"] * 10}, buffer, 4)
    assert inert(buffer.getvalue()) == {"x": ["a"] * 10}
