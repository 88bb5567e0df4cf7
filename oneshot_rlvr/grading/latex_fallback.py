"""Last resort of `qwen_equal.read`, in the place of the official program's own latex2sympy.

That one knows matrices (here: latex2sympy2_extended, its maintained successor), table marks and per cent signs, and
like the first parser it drops what it cannot read. Its successor reads far more (`1{,}000`, sets, tuples, unicode),
so using it for everything would accept what the official verdict rejects.
"""

from typing import Any

from oneshot_rlvr.grading.prefix_latex import parse_prefix


def parse_fallback(text: str) -> Any:
    """sympy object, or an exception when nothing can be read."""
    if "matrix" in text:
        from latex2sympy2_extended import latex2sympy

        from oneshot_rlvr.grading.library import repair_antlr_parser

        repair_antlr_parser()
        return latex2sympy(text)
    return parse_prefix(text, lenient=True)
