"""When the official evaluation takes two normalised answers for equal (numbers, brackets, matrices, sympy)."""

import re
from math import isclose
from typing import Any, Callable

_RELATIVE = 1e-4
_CHOICES = ("A", "B", "C", "D", "E")
_BRACKETED = re.compile(r"(\(|\[).+(\)|\])")


def choice_letter(text: str) -> str:
    """The last stand-alone letter A-E in the text (any case), else the text without its outer dots."""
    text = text.strip("\n").rstrip(".").rstrip("/").strip(" ").lstrip(":")
    letters = re.findall(r"\b(A|B|C|D|E)\b", text.upper())
    found = letters[-1] if letters else text.strip().strip(".")
    return found.rstrip(".").rstrip("/")


def number(text: str) -> float | None:
    """Python's idea of a number, without commas; a per cent sign divides by 100."""
    text = text.replace(",", "")
    try:
        return float(text)
    except ValueError:
        pass
    if not text.endswith("%"):
        return None
    try:
        return float(text[:-1].removesuffix("\\")) / 100
    except ValueError:
        return None


def numbers_agree(found: float, truth: float) -> bool:
    """Against truth/100, truth and truth*100, relative 1e-4 and no absolute tolerance."""
    return any(isclose(t, found, rel_tol=_RELATIVE) for t in (truth / 100, truth, truth * 100))


def math_equal(found: str, truth: str) -> bool:
    """Official equality of a prediction and a ground truth, both already normalised. May be very slow."""
    if found.strip().lower() == truth.strip().lower():
        return True
    if truth in _CHOICES and choice_letter(found) == truth:
        return True
    a, b = number(found), number(truth)
    if a is not None and b is not None:
        return numbers_agree(a, b)
    if not found:
        return False
    found, truth = found.strip(), truth.strip()
    if "pmatrix" in found and "pmatrix" not in truth:
        truth = _braces_to_matrix(truth)
    if _same_without_brackets(found, truth):
        return True
    if _BRACKETED.match(found) and _BRACKETED.match(truth):
        ours, theirs = found[1:-1].split(","), truth[1:-1].split(",")
        if len(ours) == len(theirs) and all(map(math_equal, ours, theirs)):
            return True
    if _is_matrix(found) and _is_matrix(truth) and _matrices_agree(found, truth):
        return True
    return _equations_agree(found, truth) or symbolic_equal(found, truth)


def _braces_to_matrix(text: str) -> str:
    lists = re.findall(r"\{.*,.*\}", text.strip())
    return ", ".join("\\begin{pmatrix}" + m.strip("{}").replace(",", "\\") + "\\end{pmatrix}" for m in lists)


def _same_without_brackets(found: str, truth: str) -> bool:
    square = found.startswith("[") and found.endswith("]") and not truth.startswith("(")
    round_ = found.startswith("(") and found.endswith(")") and not truth.startswith("[")
    if square or round_:
        found, truth = found.strip("[]()"), truth.strip("[]()")
    bare = str.maketrans("", "", "{}()")
    return found.translate(bare).lower() == truth.translate(bare).lower()


def _is_matrix(text: str) -> bool:
    return text.startswith(("\\begin{pmatrix}", "\\begin{bmatrix}")) and text.endswith(
        ("\\end{pmatrix}", "\\end{bmatrix}")
    )


def _cells(matrix: str) -> list[list[str]]:
    inner = matrix[len("\\begin{pmatrix}") : -len("\\end{pmatrix}")]
    return [line.strip().split("&") for line in inner.split("\\\\") if line.strip()]


def _matrices_agree(found: str, truth: str) -> bool:
    ours, theirs = _cells(found), _cells(truth)
    return len(ours) == len(theirs) and all(
        len(row) == len(wanted) and all(map(math_equal, row, wanted)) for row, wanted in zip(ours, theirs)
    )


def _equations_agree(found: str, truth: str) -> bool:
    """Equal up to the sign of lhs-rhs; or a short left side (`k=5`) that can be dropped."""
    if found.count("=") == 1 and truth.count("=") == 1:
        ours, theirs = (f"{left.strip()} - ({right.strip()})" for left, right in (found.split("="), truth.split("=")))
        return symbolic_equal(ours, theirs) or symbolic_equal(f"-({ours})", theirs)
    for one, other in ((found, truth), (truth, found)):
        if one.count("=") == 1 and "=" not in other and len(one.split("=")[0].strip()) <= 2:
            right = one.split("=")[1]
            return math_equal(right, other) if one is found else math_equal(other, right)
    return False


# ---- sympy -----------------------------------------------------------------------------------------------------


def read(text: str) -> Any:
    """sympy object by the first of three parsers that can read the text (or its beginning), else the text."""
    from oneshot_rlvr.grading.latex_fallback import parse_fallback
    from oneshot_rlvr.grading.prefix_latex import parse_prefix
    from oneshot_rlvr.grading.safe_expr import parse_expr

    for parser in (parse_prefix, parse_expr, parse_fallback):
        for variant in (text.replace("\\\\", "\\"), text):
            try:
                return parser(variant)
            except (MemoryError, RecursionError):
                raise
            except Exception:  # noqa: BLE001  three parsers, any failure means: try the next
                continue
    return text


def _holds(test: Callable[[], Any]) -> bool:
    """Tells whether the test is true; sympy objects of the wrong kind raise almost anything, which means no."""
    try:
        return bool(test())
    except (MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001
        return False


def symbolic_equal(found: str, truth: str) -> bool:
    """Same text, same value by simplification, same equation up to sign, same number, or same rounded matrix.

    What has too many digits to work out equals only itself.
    """
    from sympy import simplify

    from oneshot_rlvr.grading.exact_bounds import too_large

    a, b = read(found), read(truth)
    if _holds(lambda: str(a) == str(b) or a == b):
        return True
    if too_large(a) or too_large(b):
        return False
    return (
        _holds(lambda: a.equals(b) or simplify(a - b) == 0)
        or _holds(lambda: abs(a.lhs - a.rhs).equals(abs(b.lhs - b.rhs)))
        or _holds(lambda: isclose(_as_float(b), _as_float(a), rel_tol=_RELATIVE))
        or _holds(lambda: a.shape == b.shape and _rounded(a).equals(_rounded(b)))
    )


def _as_float(value: Any) -> float:
    """Numerical value. Text that no parser could read is refused: sympy would evaluate it as code."""
    from sympy import N

    if isinstance(value, str):
        raise TypeError("not a number")
    return float(N(value))


def _rounded(matrix: Any) -> Any:
    return matrix.applyfunc(lambda entry: round(entry, 3))
