"""Files that are replaced whole: what a killed writer leaves, and what several at once do."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from oneshot_rlvr.files import load_yaml, replace_file, replacing

KILLED = """
import os, signal, sys
from pathlib import Path
from oneshot_rlvr.files import replacing
with replacing(Path(sys.argv[1])) as temporary:
    temporary.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_writer_leaves_the_old_file_and_nothing_for_long(tmp_path: Path) -> None:
    path = tmp_path / "a[1].json"
    replace_file(path, "old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], timeout=60)
    assert done.returncode == -signal.SIGKILL and path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2
    replace_file(path, "new")
    assert path.read_text() == "new" and list(tmp_path.iterdir()) == [path]


def test_what_a_living_writer_has_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with replacing(path) as temporary:
        temporary.write_text("mine")
        other = temporary.with_name(temporary.name.replace(str(os.getpid()), str(os.getppid())))
        other.write_text("of a living process")
        replace_file(tmp_path / "b.json", "b")
    assert path.read_text() == "mine"
    replace_file(path, "again")
    assert other.exists()


def test_an_error_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    replace_file(path, b"old")
    with pytest.raises(ZeroDivisionError), replacing(path) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: &x [1]\nb: [*x, *x]", "aliases (*name) are not read"),
        ("a: " + "{b: " * 20_000, "nested too deeply"),
        ("a: 2026-13-45", "month must be in 1..12"),
        ("a: " + "9" * 6_000, "4300 digits"),
        ("a: [1", "expected ',' or ']'"),
    ],
)
def test_yaml_that_is_refused(text, says):
    with pytest.raises(yaml.YAMLError, match=re.escape(says)):
        load_yaml(text)


def test_nested_aliases_are_refused_at_once():
    text = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))
    start = time.process_time()
    with pytest.raises(yaml.YAMLError):
        load_yaml(text)
    assert time.process_time() - start < 1.0
