"""Graders of mathematical answers, usable alone: `from oneshot_rlvr.grading import grade` (README.md)."""

from oneshot_rlvr.grading.graders import GRADERS, grade

__all__ = ["GRADERS", "grade"]
