"""Benchmarks by name or path, ready to be evaluated. Where files come from stands in `data/registry.py`."""

from dataclasses import dataclass, replace
from typing import Mapping, Sequence

from oneshot_rlvr.data.datasets import as_samples, load_problems
from oneshot_rlvr.data.registry import locate, set_name, sources
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.grading.graders import own_grader
from oneshot_rlvr.grading.program import PROGRAM
from oneshot_rlvr.types import Problem


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A named set of problems. `about` is empty for a file given by path."""

    name: str  # folder name; a file goes by its stem
    problems: tuple[Problem, ...]
    about: str = ""

    @property
    def own_grader(self) -> str | None:
        """The grader that the answers ask for, None where any will do."""
        return own_grader(self.problems[0].answer)

    @property
    def about_programs(self) -> bool:
        """True where programs of the model are run to judge it."""
        return self.own_grader == PROGRAM


# Items of the published sets on which the verdict of `qwen` says nothing about the answer. They are listed beside
# results and not repaired; `exact` judges them by common sense. Ids are those of the sets (math500: rows 97 and 383).
KNOWN_ITEMS = {
    "math500": (
        "row 97 (answer \\text{east}): `qwen` accepts any answer without a capital A to E",
        "row 383 (answer x \\in [-2,7]): no natural answer passes `qwen`",
    ),
    "minerva_math": ("row 139: the answer holds \\text{...}, on which `qwen` cuts every prediction short",),
}


def load_benchmarks(
    names: Sequence[str], limit: int | None = None, as_given: bool = False, columns: Mapping[str, str] | None = None
) -> list[Benchmark]:
    """The sets in the order given, the first `limit` problems of each; `columns` are those of sets that are not
    registered (`load_problems`).

    Questions lose the space around them, as in the official evaluation; `as_given`, they keep it, as in validation.

    Raises UserError for an unknown name (with the nearest), a set that is not on this machine (with the command that
    fetches it), a problem without an answer, and two files of one name.
    """
    _refuse_missing(names)
    registered = sources()
    benchmarks = [_load(name, limit, as_given, {} if name in registered else columns or {}) for name in names]
    seen: set[str] = set()
    for benchmark in benchmarks:
        if benchmark.name in seen:
            raise UserError(f"--benchmarks: two sets are called {benchmark.name}; results go by that name, rename one")
        seen.add(benchmark.name)
    return benchmarks


def _refuse_missing(names: Sequence[str]) -> None:
    """All sets that have to be fetched in one message, not one per attempt."""
    registered = sources()
    known = [registered[name] for name in names if name in registered]
    missing = [source.name for source in known if source.shipped is None and locate(source) is None]
    if missing:
        raise UserError(f"not on this machine: {', '.join(missing)}; get it with: rlvr data fetch {' '.join(missing)}")


def _load(name: str, limit: int | None, as_given: bool, columns: Mapping[str, str]) -> Benchmark:
    problems = load_problems(name, columns, limit)[:limit]
    if not as_given:
        problems = [replace(problem, prompt=problem.prompt.strip()) for problem in problems]
    problems = as_samples(problems)
    empty = next((problem for problem in problems if not problem.answer.strip()), None)
    if empty is not None:
        raise UserError(f"{name}: problem {empty.id} has no answer, so nothing can be right; leave it out")
    if len({own_grader(problem.answer) for problem in problems}) > 1:
        raise UserError(f"{name}: some problems are about programs and some are not; give them as two files")
    about = sources()[name].about if name in sources() else ""
    return Benchmark(set_name(name), tuple(problems), about)
