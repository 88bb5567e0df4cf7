"""Functions of the user's own: whatever they do is one line with their file and line, and never exit code 0."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from oneshot_rlvr.cli import main
from oneshot_rlvr.config.schema import RewardConfig
from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.rollout.rewards import group_reward, own_reward
from oneshot_rlvr.rollout.sources import own_source
from oneshot_rlvr.types import Grade, Problem, Rollout, Task

AT_IMPORT = {  # module text -> what is said
    "raise RuntimeError('planted')": "{file}:1: RuntimeError: planted",
    "import sys\nsys.exit(0)": "{file}:2: SystemExit: 0",
    "import json\n\njson.loads('[')": "{file}:3: JSONDecodeError: Expecting value",
    "def f(:": "SyntaxError",
    "f = 3": "has no function 'f'",
    "def __getattr__(name):\n    raise KeyError(name)": "{file}:2: KeyError: 'f'",
    "import no_such_module_at_all": "{file}:1: ModuleNotFoundError",
    "def f():\n    return 1": "is needed",
}
WHEN_CALLED = {  # body of the function -> what is said
    "raise ValueError('planted\\n' * 3)": "{file}:2: ValueError: planted planted planted",
    "import sys; sys.exit()": "{file}:2: SystemExit",
    "return 1 / 0": "{file}:2: ZeroDivisionError: division by zero",
    "assert False": "{file}:2: AssertionError",
    "return f(*a)": "{file}:2: RecursionError",
    "return 'many'": "returned 'many'; a finite number or None is needed",
    "return 10 ** 400": "a finite number or None is needed",
    "return float('nan')": "returned nan; a finite number or None is needed",
    "yield 1": "a finite number or None is needed",
    "import torch; return torch.zeros(2)": "a finite number or None is needed",
    "return type('X', (), {'__repr__': lambda self: 1 / 0})()": "a finite number or None is needed",
}
TASK = Task(Problem("a", "1+1?", "2"), (1,))
GROUP = [Rollout(TASK, "a#0", i, i, (1,), (0.0,), text=text, grade=Grade(True, "2", "")) for i, text in enumerate("23")]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"theirs_{abs(hash(tmp_path.name)) % 10**8}"
    return tmp_path / f"{name}.py"


@pytest.mark.parametrize("text", AT_IMPORT)
def test_a_module_that_fails_when_imported(module: Path, text: str) -> None:
    module.write_text(text)
    with pytest.raises(UserError) as found:
        own_reward(RewardConfig(name="custom", path=f"{module.stem}:f"))
    assert AT_IMPORT[text].format(file=module) in str(found.value)
    assert str(found.value).startswith(f"reward.path={module.stem}:f: ") and "\n" not in str(found.value)


@pytest.mark.parametrize("body", WHEN_CALLED)
def test_a_reward_that_fails_when_called(module: Path, body: str) -> None:
    module.write_text(f"def f(*a):\n    {body}\n")
    reward = group_reward(RewardConfig(name="custom", path=f"{module.stem}:f"))
    with pytest.raises((RunError, UserError)) as found:
        reward(GROUP)
    assert WHEN_CALLED[body].format(file=module) in str(found.value) and "\n" not in str(found.value)


def test_what_a_reward_prints_goes_to_standard_error(module: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module.write_text("print('loaded')\ndef f(*a):\n    print('called')\n    return True\n")
    assert group_reward(RewardConfig(name="custom", path=f"{module.stem}:f"))(GROUP) == [1.0, 1.0]
    assert capsys.readouterr() == ("", "loaded\ncalled\ncalled\n")


GROUPS = {  # body of a function of one argument -> rewards of the group, or what is said
    "return [float(r.text == '2') for r in rollouts]": [1.0, 0.0],
    "return [None, rollouts[1].index]": [None, 1.0],
    "return [1.0]": "1 rewards for a group of 2 rollouts",
    "return [1.0, 'high']": "returned 'high'; a finite number or None is needed",
    "return 5": "TypeError: 'int' object is not iterable",
    "return [r.nothing for r in rollouts]": "{file}:2: AttributeError",
}


@pytest.mark.parametrize("body", GROUPS)
def test_a_reward_of_one_argument_sees_its_whole_group(module: Path, body: str) -> None:
    module.write_text(f"def f(rollouts):\n    {body}\n")
    reward, expected = group_reward(RewardConfig(name="custom", path=f"{module.stem}:f")), GROUPS[body]
    if isinstance(expected, list):
        assert reward(GROUP) == expected
        return
    with pytest.raises((RunError, UserError)) as found:
        reward(GROUP)
    assert str(found.value).startswith(f"reward.path={module.stem}:f: ") and "\n" not in str(found.value)
    assert expected.format(file=module) in str(found.value)


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ("import sys; sys.exit(0)", 1, "rlvr: failed: --method {name}: {file}:2: SystemExit: 0"),
        ("raise KeyError('x')", 1, "rlvr: failed: --method {name}: {file}:2: KeyError: 'x'"),
        ("return 5", 2, "rlvr: error: --method {name}: "),
        ("return {name: 'a' for name in a[0]}", 2, "rlvr: error: --method {name}: the scores are not numbers"),
    ],
)
def test_a_selection_method_that_fails(
    module: Path, body: str, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    module.write_text(f"def f(*a):\n    {body}\n")
    history = module.parent / "history.json"
    history.write_text(json.dumps({"a": [0.0, 1.0], "b": [1.0, 1.0]}))
    pool = module.parent / "pool.jsonl"
    pool.write_text("".join(json.dumps({"id": i, "problem": f"{i}?", "answer": "1"}) + "\n" for i in "ab"))
    name = f"{module.stem}:f"
    assert main(["select", "--history", str(history), "--pool", str(pool), "--method", name]) == code
    err = capsys.readouterr().err
    assert said.format(name=name, file=module) in err and err.count("\n") == 1


def test_an_exit_names_what_it_waits_for(tmp_path: Path) -> None:
    """A thread that ends after 6.5 s, and an exit handler."""
    program = (
        "import atexit, sys, threading, time\nfrom oneshot_rlvr import cli\n"
        "import oneshot_rlvr.commands.doctor as doctor\n"
        "def run(args):\n    threading.Thread(target=time.sleep, args=(6.5,), name='slow').start()\n"
        "    atexit.register(print, 'handled', flush=True)\n    return 3\n"
        "doctor.run = run\nsys.argv = ['rlvr', 'doctor']\ncli.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=os.environ)
    assert (done.returncode, done.stdout) == (3, "handled\n")
    assert done.stderr == "rlvr: ending: still waiting for thread slow\n"


# A source of rollouts


SOURCES = {  # text of the module behind HEAD -> what is said before any sampling
    "class f(Source):\n    def step(self, step, engine): ...": "too many positional arguments",
    "class f:\n    def __init__(self, problems, config): pass": "f is no Source",
    "def f(problems): return 1": "too many positional arguments",
    "def f(problems, config): return 1": "returned int; a Source",
    "def f(problems, config): raise KeyError('x')": "{file}:2: KeyError: 'x'",
}
HEAD = "from oneshot_rlvr.rollout.sources import Source\n"


@pytest.mark.parametrize("text", SOURCES)
def test_a_source_that_cannot_be_made(module: Path, text: str) -> None:
    module.write_text(HEAD + text)
    with pytest.raises((RunError, UserError)) as found:
        own_source(f"{module.stem}:f", None, None)  # type: ignore[arg-type]
    assert str(found.value).startswith(f"source.path={module.stem}:f: ") and "\n" not in str(found.value)
    assert SOURCES[text].format(file=module) in str(found.value)


STEPS = {  # body of `step` -> what is said
    "return []": "step 3: no rollouts",
    "return None": "TypeError: 'NoneType' object is not iterable",
    "return [3]": "step 3: item 0 is int, a Rollout is due",
    "return self.given": "step 3: rollout 0 has 0 tokens and 0 log-probabilities",
    "return 1 / 0": "{file}:7: ZeroDivisionError: division by zero",
}


@pytest.mark.parametrize("body", STEPS)
def test_a_step_of_a_source_that_cannot_be_trained_on(module: Path, body: str) -> None:
    module.write_text(
        f"{HEAD}class f(Source):\n    def __init__(self, problems, config):\n        self.given = problems\n\n"
        f"    def step(self, step, engine):\n        {body}\n\n    def state(self):\n        return {{'x': {{3}}}}\n"
    )
    empty: Any = [replace(GROUP[0], token_ids=(), logprobs=())]
    source = own_source(f"{module.stem}:f", empty, None)  # type: ignore[arg-type]
    with pytest.raises(RunError) as found:
        source.step(3, None)  # type: ignore[arg-type]
    assert STEPS[body].format(file=module) in str(found.value) and "\n" not in str(found.value)
    with pytest.raises(RunError, match="TypeError"):  # a set is no JSON
        source.state()


def test_a_source_of_ones_own_gives_rollouts_and_goes_on(module: Path) -> None:
    module.write_text(
        f"{HEAD}class f(Source):\n"
        "    def __init__(self, problems, config):\n        self.given, self.n = problems, 0\n\n"
        "    def step(self, step, engine):\n        self.n += step\n        return self.given\n\n"
        "    def state(self):\n        return {'n': self.n}\n\n"
        "    def load_state(self, state):\n        self.n = state['n']\n"
    )
    first, second = (own_source(f"{module.stem}:f", GROUP, None) for _ in range(2))  # type: ignore[arg-type]
    assert first.step(4, None) == GROUP and first.aside().dropped == () and first.samples  # type: ignore[arg-type]
    second.load_state(first.state())
    second.step(2, None)  # type: ignore[arg-type]
    assert second.state() == {"n": 6}
