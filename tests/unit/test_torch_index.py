"""Where torch comes from when an environment is made: what was asked for, the CPU builds, or the default index."""

import importlib.util
import platform
import subprocess
from pathlib import Path

import pytest
from stand_ins import served

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("torch_index", ROOT / "scripts" / "torch_index.py")
assert SPEC is not None and SPEC.loader is not None
torch_index = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(torch_index)


@pytest.fixture(autouse=True)
def linux(monkeypatch: pytest.MonkeyPatch) -> None:
    """Linux on x86 without an NVIDIA device."""
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(torch_index, "DEVICES", ("/nowhere/nvidia",))


def test_what_was_asked_for_decides() -> None:
    assert torch_index.options("https://a.b/c") == ("--index-url https://a.b/c", "")


def test_the_cpu_builds_where_their_index_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "torch").mkdir()
    with served(tmp_path) as address:
        monkeypatch.setattr(torch_index, "CPU_INDEX", address)
        chosen, why = torch_index.options("")
    assert chosen == f"--index-url {address}" and "torch's CPU build" in why and "TORCH_INDEX=" in why
    chosen, why = torch_index.options("")  # nobody listens there any more
    assert chosen == "" and "does not answer: torch comes from the default index" in why


@pytest.mark.parametrize("where", ["device", "macOS", "arm"])
def test_the_default_index_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, where: str) -> None:
    monkeypatch.setattr(torch_index, "answers", lambda _: pytest.fail("nobody is to be asked"))
    if where == "device":
        monkeypatch.setattr(torch_index, "DEVICES", (str(tmp_path),))
    if where == "macOS":
        monkeypatch.setattr(platform, "system", lambda: "Darwin")
    if where == "arm":
        monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert torch_index.options("") == ("", "")


def test_make_asks_it(tmp_path: Path) -> None:
    """What `make setup` would run, from a checkout without an environment."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    done = subprocess.run(["make", "-n", "setup", "TORCH_INDEX=https://a.b/c"], cwd=tmp_path, capture_output=True,
                          text=True, timeout=60, check=True)  # fmt: skip
    line = next(line for line in done.stdout.splitlines() if "torch_index.py" in line)
    assert 'index="$(.venv/bin/python scripts/torch_index.py https://a.b/c)" && ' in line
    assert line.endswith("install --quiet --no-deps -c constraints.txt $index torch")
