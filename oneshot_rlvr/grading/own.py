"""A grader of the user's own: a function `(response, answer) -> True or False`, named `package.module:function`.

It may be slow or hang: it is called where all verdicts that take time are, in processes with limits
(isolation/server.py), which are told the folders of such modules.
"""

import sys
from functools import lru_cache
from importlib import import_module
from typing import Any, Callable

FORM = "a function (response, answer) -> True, False or one of them with the answer that was found, is needed"
folders: list[str] = []  # beside those of the Python path, in which the modules of the user's own graders are


def is_own(grader: str) -> bool:
    return ":" in grader


@lru_cache
def _function(path: str) -> Callable[[str, str], Any]:
    module, _, name = path.partition(":")
    sys.path += [folder for folder in folders if folder not in sys.path]  # last: they hide no library
    return getattr(import_module(module), name)


class OwnRules:
    """The user's function as the rules of a grader (graders.py): the whole response is what it judges."""

    def __init__(self, path: str) -> None:
        self.path = path

    def load(self) -> None:
        """Imports the function."""
        _function(self.path)

    def extract(self, response: str, answer: str, benchmark: str) -> str | None:
        """The response itself."""
        return response

    def quick(self, extracted: str, answer: str, benchmark: str) -> bool | str | None:
        """No verdict: nothing is known of the function."""
        return None

    def judge(self, extracted: str, answer: str, benchmark: str) -> tuple[bool | str, str | None]:
        """The function's verdict. Raises TypeError for what is none, and whatever the function raises."""
        found = _function(self.path)(extracted, answer)
        right, shown = found if isinstance(found, tuple) and len(found) == 2 else (found, None)
        if not isinstance(right, bool) or not isinstance(shown, str | None):
            raise TypeError(f"{self.path} returned {found!r}; {FORM}")
        return right, shown
