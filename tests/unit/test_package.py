"""The package as a whole: which module may import which, what is imported late, and that a wheel works anywhere."""

import ast
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Container
from pathlib import Path

import pytest

import oneshot_rlvr

PACKAGE = Path(oneshot_rlvr.__file__).parent
ROOT = PACKAGE.parent

# A module may import modules of its own layer and of those before it.
LAYERS = [
    ["__init__", "errors", "types", "paths", "files", "records", "plugin", "terminal", "background"],
    ["algorithms", "config", "grading"],
    ["isolation", "data", "models", "checkpoint", "state_files", "state_files_old"],
    ["weights", "learner", "rollout"],
    ["evaluation", "trainer", "sandbox"],
    ["cluster", "report", "selfplay"],
    ["commands"],
    ["cli", "__main__"],
]
DISTRIBUTION = {"hydra": "hydra-core", "yaml": "pyyaml"}  # of imports whose names differ
HEAVY = {"torch", "transformers", "ray", "vllm", "hydra", "wandb", "matplotlib", "sympy", "datasets", "rich", "pyarrow"}


def modules() -> dict[str, ast.Module]:
    """Dotted name below the package -> syntax tree."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        if name == "__init__" or path.name != "__init__.py":
            found[name] = ast.parse(path.read_text())
    return found


def layer(name: str) -> int:
    for index, members in enumerate(LAYERS):
        if any(name == member or name.startswith(f"{member}.") for member in members):
            return index
    raise AssertionError(f"{name} stands in no layer of this test")


def imports(tree: ast.AST) -> list[tuple[str, int]]:
    """(module, line) of every import below a node, except those for type checkers only."""
    found = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from oneshot_rlvr.models import attention` imports oneshot_rlvr.models.attention
            found += [(f"{node.module}.{alias.name}", node.lineno) for alias in node.names]
        found += imports(node)
    return found


def inner_module(imported: str, known: Container[str]) -> str:
    """The module of the package that is imported, "" for one of another package."""
    inner = imported.removeprefix("oneshot_rlvr.")
    candidates = (inner, inner.rpartition(".")[0]) if inner != imported else ()
    return next((name for name in candidates if name in known), "")


def top_level_imports(tree: ast.Module) -> set[str]:
    """First names of what importing the module imports."""
    body = ast.Module([n for n in tree.body if not isinstance(n, (ast.FunctionDef, ast.ClassDef))], [])
    return {name.split(".")[0] for name, _ in imports(body)}


def test_imports_point_one_way() -> None:
    known = modules()
    wrong = []
    for name, tree in known.items():
        for imported, line in imports(tree):
            target = inner_module(imported, known)
            if target and layer(target) > layer(name):
                wrong.append(f"{name}:{line} imports {target}")
    assert not wrong, "\n".join(wrong)


def test_no_module_imports_itself_through_others() -> None:
    known = modules()
    below = {name: {target for imported, _ in imports(tree) if (target := inner_module(imported, known))} - {name}
             for name, tree in known.items()}  # fmt: skip
    while leaves := {name for name, targets in below.items() if not targets}:
        below = {name: targets - leaves for name, targets in below.items() if name not in leaves}
    assert not below, f"a circle among {', '.join(sorted(below))}"


def test_only_commands_import_self_play() -> None:
    known = modules()
    users = {name.split(".")[0] for name, tree in known.items() for imported, _ in imports(tree)
             if inner_module(imported, known).startswith("selfplay")}  # fmt: skip
    assert users <= {"selfplay", "commands"}
    files = (PACKAGE / "selfplay").rglob("*.py")
    assert sum(bool(line.strip()) for file in files for line in file.read_text().splitlines()) <= 1500


def test_the_import_test_sees_imports_inside_functions() -> None:
    tree = ast.parse("def f():\n    from oneshot_rlvr.cli import main\n")
    assert imports(tree) == [("oneshot_rlvr.cli.main", 2)]


def test_commands_import_heavy_packages_only_when_they_run() -> None:
    for name, tree in modules().items():
        if name.startswith("commands.") or layer(name) in (0, 7):
            assert not top_level_imports(tree) & HEAVY, f"{name} imports a heavy package at its head"


@pytest.mark.parametrize("part", ["algorithms", "models", "evaluation.benchmarks"])
def test_the_mathematics_knows_no_framework(part: str) -> None:
    for name, tree in modules().items():
        if name == part or name.startswith(f"{part}."):
            used = {imported.split(".")[0] for imported, _ in imports(tree)}
            assert not used & {"hydra", "ray", "vllm", "wandb"}, name


def test_composing_a_configuration_is_fast_and_loads_no_torch() -> None:
    program = (
        "import sys, time\nstart = time.process_time()\n"
        "from oneshot_rlvr.config.load import load_run_config\n"
        "from oneshot_rlvr.trainer.preflight import check_settings\n"
        "config = load_run_config(['+experiment=pi1_r128'])\ncheck_settings(config)\n"
        "print(time.process_time() - start, 'torch' in sys.modules, 'transformers' in sys.modules)"
    )
    seconds = 9.0
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        taken, *loaded = done.stdout.split()
        assert loaded == ["False", "False"]
        seconds = min(seconds, float(taken))
    assert seconds < 1.0


RUNS_CODE = {"eval", "exec", "compile", "__import__", "execfile"}
RUNS_CODE_OF = {
    ("os", "system"), ("os", "popen"), ("pickle", "load"), ("pickle", "loads"), ("marshal", "loads"),
    ("shelve", "open"),
    ("dill", "load"), ("dill", "loads"), ("cloudpickle", "load"), ("cloudpickle", "loads"), ("joblib", "load"),
}  # fmt: skip


def runs_code(tree: ast.AST) -> list[int]:
    """Lines that evaluate a text, unpickle, or call a shell."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and {(node.module, name.name) for name in node.names} & RUNS_CODE_OF:
            found.append(node.lineno)
        if not isinstance(node, ast.Call):
            continue
        name = node.func
        by_name = isinstance(name, ast.Name) and name.id in RUNS_CODE
        by_module = isinstance(name, ast.Attribute) and (ast.unparse(name.value), name.attr) in RUNS_CODE_OF
        shell = any(word.arg == "shell" and ast.unparse(word.value) != "False" for word in node.keywords)
        if by_name or by_module or shell:
            found.append(node.lineno)
    return found


def test_code_of_others_runs_in_one_file_only() -> None:
    found = {name: lines for name, tree in modules().items() if (lines := runs_code(tree))}
    # Workers of one run hand each other the hollow model that one of them has built.
    assert set(found) == {"isolation.child", "cluster.meta_loading"}, found


@pytest.mark.parametrize(
    "line",
    ["eval('1')", "exec(code)", "os.system('x')", "pickle.loads(b'')", "from pickle import load",
     "run('x', shell=True)",
     "run('x', shell=flag)", "compile(t, 'p', 'exec')", "def f():\n    return __import__('os')"],
)  # fmt: skip
def test_the_test_of_code_sees_it(line: str) -> None:
    assert runs_code(ast.parse(line))
    assert not runs_code(ast.parse("re.compile('x')\nmodel.eval()\nrun('x', shell=False)\njson.load(file)"))


def test_no_unfinished_business() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    for path in PACKAGE.rglob("*.py"):
        assert not marks.search(path.read_text()), path


def test_every_dependency_is_pinned_declared_and_imported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = dict(
        line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")
    )
    extras = project["optional-dependencies"].values()
    declared = [*project["dependencies"], *(text for extra in extras for text in extra)]
    names = {re.split(r"[^\w.-]", text)[0].lower().replace("_", "-") for text in declared}
    assert names <= set(pins), names - set(pins)
    imported = {name.split(".")[0] for tree in modules().values() for name, _ in imports(tree)}
    imported -= {*sys.stdlib_module_names, "oneshot_rlvr", "flash_attn"}  # which nothing pins: built against one torch
    needed = {DISTRIBUTION.get(name, name.replace("_", "-")) for name in imported}
    assert needed <= names, f"imported, not declared: {needed - names}"
    required = {re.split(r"[^\w.-]", text)[0].lower().replace("_", "-") for text in project["dependencies"]}
    assert required <= needed | {"antlr4-python3-runtime"}, f"declared, not imported: {required - needed}"
    assert (pins["torch"], pins["transformers"], pins["ray"], pins["vllm"]) == ("2.13.0", "5.19.0", "2.60.0", "0.32.0")
    assert pins["antlr4-python3-runtime"] == "4.9.3"


def build_wheel(folder: Path) -> Path:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    return next(folder.glob("*.whl"))


@pytest.mark.slow
def test_a_wheel_works_from_any_folder(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path / "dist")
    target = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True, text=True, timeout=120)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = os.environ | {"PYTHONPATH": str(target), "CUDA_VISIBLE_DEVICES": ""}
    program = (
        "import oneshot_rlvr, sys; from oneshot_rlvr.paths import configs_dir, shipped_data_dir\n"
        f"assert oneshot_rlvr.__file__.startswith({str(target)!r}), oneshot_rlvr.__file__\n"
        f"assert str(configs_dir()) == {str(target / 'oneshot_rlvr/_configs')!r}\n"
        f"assert str(shipped_data_dir()) == {str(target / 'oneshot_rlvr/_data')!r}\n"
        "from oneshot_rlvr.cli import main; sys.exit(main())"
    )

    def rlvr(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", program, *args]
        return subprocess.run(command, cwd=elsewhere, env=environment, capture_output=True, text=True, timeout=60)

    done = rlvr("train", "+experiment=sandbox_oneshot", "--dry-run")
    assert done.returncode == 0 and "would refuse" not in done.stdout, done.stdout + done.stderr
    assert "0.38 million parameters" in done.stdout
    done = rlvr("train", "+experiment=pi1_r12")
    assert done.returncode == 2 and "did you mean 'pi1_r128'?" in done.stderr
    assert list(elsewhere.iterdir()) == []
    size = wheel.stat().st_size
    assert size < 12e6, f"{size / 1e6:.1f} MB"


@pytest.mark.slow
def test_setup_is_idempotent() -> None:
    """A second `make setup` runs nothing: what it would do is read from `make -n` with the stamp in place."""
    if not list((ROOT / ".venv").glob(".core-*")):
        pytest.skip("this checkout was not set up with `make setup`")
    start = time.perf_counter()
    done = subprocess.run(["make", "-n", "setup"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert "pip" not in done.stdout and time.perf_counter() - start < 5


NVML_STAND_IN = """
#include <string.h>
typedef struct { unsigned long long total, free, used; } memory_t;
static int devices[3] = {10, 20, 30};
int nvmlInit_v2(void) { return 0; }
int nvmlShutdown(void) { return 0; }
int nvmlDeviceGetCount_v2(unsigned int *count) { *count = 3; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void **device) { *device = &devices[index]; return 0; }
int nvmlDeviceGetName(void *device, char *name, unsigned int length) {
    strncpy(name, *(int *)device == 20 ? "NVIDIA B" : "NVIDIA A", length); return 0; }
int nvmlDeviceGetMemoryInfo(void *device, memory_t *memory) {
    memory->total = *(int *)device * 1000000000ULL; memory->free = 1; memory->used = 2; return 0; }
"""


@pytest.mark.parametrize(
    ("visible", "found"),
    [
        (None, [("NVIDIA A", 10e9), ("NVIDIA B", 20e9), ("NVIDIA A", 30e9)]),
        ("1", [("NVIDIA B", 20e9)]),
        ("2,0", [("NVIDIA A", 30e9), ("NVIDIA A", 10e9)]),
        ("", []),
        ("-1", []),
    ],
)
def test_gpus_are_found_through_nvml(visible: str | None, found: list[tuple[str, float]], tmp_path: Path) -> None:
    """Against a library with NVML's signatures, so that it runs on a machine without a GPU."""
    if shutil.which("cc") is None or sys.platform != "linux":
        pytest.skip("needs a C compiler on Linux")
    (tmp_path / "nvml.c").write_text(NVML_STAND_IN)
    library = tmp_path / "libnvidia-ml.so.1"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(tmp_path / "nvml.c")], check=True, timeout=60)
    environment = {k: v for k, v in os.environ.items() if k != "CUDA_VISIBLE_DEVICES"}
    environment |= {"LD_LIBRARY_PATH": str(tmp_path)} | ({} if visible is None else {"CUDA_VISIBLE_DEVICES": visible})
    program = "from oneshot_rlvr.config.hardware import gpus; print([(g.name, g.memory_bytes) for g in gpus()])"
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert ast.literal_eval(done.stdout) == found
