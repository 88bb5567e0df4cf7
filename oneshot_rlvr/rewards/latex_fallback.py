"""Last resort of `qwen_equal.read`: latex2sympy2_extended on the readable beginning of the text."""

from typing import Any

from latex2sympy2_extended import latex2sympy


def parse_with_stops(text: str) -> Any:
    return latex2sympy(text)
