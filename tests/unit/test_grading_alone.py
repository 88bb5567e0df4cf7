"""The graders as a library of their own: what they import, and what importing them costs."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import oneshot_rlvr.grading
from oneshot_rlvr.grading import GRADERS, grade

FOLDER = Path(oneshot_rlvr.grading.__file__).parent
ALLOWED = ("oneshot_rlvr.types", "oneshot_rlvr.errors", "oneshot_rlvr.grading")


def test_graders_import_nothing_of_the_house_but_types_and_errors() -> None:
    found = {}
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or "."] if isinstance(node, ast.ImportFrom) else []
            wrong = [name for name in names if name.split(".")[0] in ("oneshot_rlvr", "") and
                     not any(name == allowed or name.startswith(f"{allowed}.") for allowed in ALLOWED)]  # fmt: skip
            if wrong:
                found[path.name] = wrong
    assert not found and len(list(FOLDER.glob("*.py"))) > 10


def test_importing_the_graders_loads_nothing_heavy() -> None:
    program = (
        "import sys; before = set(sys.modules); import oneshot_rlvr.grading; "
        "print(sorted({name.split('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "['oneshot_rlvr']"


def test_the_readme_says_what_comes_out() -> None:
    """Every `grade(...)` of its example, with the comment behind or below it."""
    (code,) = re.findall(r"```python\n(.*?)```", (FOLDER / "README.md").read_text(), re.S)
    pairs = re.findall(r"^(grade\(.*?)\s+# (.+)$", code, re.M)
    assert len(pairs) == 3
    for call, said in pairs:
        assert repr(eval(call, {"grade": grade})) == said
    assert GRADERS == ("qwen", "deepscaler", "math_verify", "exact", "choice")
