"""Finding `\\boxed{...}` in a response: linear-time string code, safe on any text."""

import re

BOX_COMMAND = re.compile(r"\\(?:boxed|fbox)\s*\{")
_BRACE_OR_BOX = re.compile(r"\\[{}\\]|[{}]|\\(?:boxed|fbox)\s*\{")


def complete_boxes(text: str) -> list[tuple[int, int, str]]:
    """All closed, outermost `\\boxed{...}` and `\\fbox{...}` as (start, end, content), in order of their end.

    A box inside another box is part of its content. One pass with a stack, so an unclosed box cannot make it
    quadratic; what stands inside an unclosed box is still found. The pass begins at the first box, since no brace
    before it can matter: long responses have theirs at the end.
    """
    first = BOX_COMMAND.search(text)
    if first is None:
        return []
    start = first.start()
    while start and text[start - 1] == "\\":  # all of a row of backslashes: they escape each other in pairs
        start -= 1
    stack: list[tuple[int, int] | None] = []  # open braces: (start of command, start of content) for a box
    found: list[tuple[int, int, str]] = []
    for match in _BRACE_OR_BOX.finditer(text, start):
        token = match.group()
        if len(token) > 2:
            stack.append((match.start(), match.end()))
        elif token == "{":
            stack.append(None)
        elif token == "}" and stack:
            opened = stack.pop()
            if opened is not None:
                begin, content = opened
                while found and found[-1][0] > begin:
                    found.pop()  # nested in this one
                found.append((begin, match.end(), text[content : match.start()]))
    return found


def extract_boxed(text: str) -> str | None:
    """Content of the last complete `\\boxed{...}` (or `\\fbox`), None when there is none.

    Example: `extract_boxed(r"so \\boxed{\\frac{1}{2}}") == r"\\frac{1}{2}"`.
    """
    boxes = complete_boxes(text)
    return boxes[-1][2] if boxes else None
