"""Commands in README.md and docs/, as a reader would copy them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```[a-z]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
RLVR = re.compile(r"\s*(?:\$ )?(?:\.venv(?:-vllm)?/bin/)?(rlvr(?: .*|$))")
# Programs besides rlvr that a page may ask to run.
PROGRAMS = r"make|(?:\.venv/bin/)?python3?|pip|sbatch|srun|ray|docker|apptainer|git|scripts/\S+\.sh"
OTHER = re.compile(rf"\s*(?:\$ )?((?:{PROGRAMS})(?: .*|$))")


def commands_of(text: str) -> list[tuple[str, bool]]:
    """rlvr commands of a page, and whether each stands in a block (and so is complete) or in a sentence."""
    return _commands(text, RLVR)


def other_commands_of(text: str) -> list[str]:
    """Commands of a page that run something else: `make demo`."""
    found = [re.sub(r"\s+", " ", command.split("#")[0]).strip() for command, _ in _commands(text, OTHER)]
    return [command for command in found if " " in command or "/" in command]  # `make` alone is only a name


def _commands(text: str, pattern: re.Pattern[str]) -> list[tuple[str, bool]]:
    found = []
    for block in BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            if match := pattern.match(line):
                found.append((match[1], True))
    matches = [pattern.fullmatch(code.replace("\n", " ")) for code in re.findall(r"`([^`]+)`", BLOCK.sub("", text))]
    return found + [(match[1], False) for match in matches if match]
