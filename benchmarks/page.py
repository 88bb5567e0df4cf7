"""Puts recorded results into docs/records/performance.md, between `<!-- NAME -->` and `<!-- end of NAME -->`."""

import json
import re
import sys

import common

PAGE = common.ROOT / "docs" / "records" / "performance.md"
SECTION = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end of \2 -->)", re.DOTALL)


def filled(text: str) -> str:
    """The page with every marked section made anew from benchmarks/results/NAME.json, where there is one."""

    def section(match: re.Match[str]) -> str:
        path = common.RESULTS / f"{match[2]}.json"
        if not path.is_file():
            return match[0]
        return f"{match[1]}\n{common.section(json.loads(path.read_text()))}\n\n{match[3]}"

    return SECTION.sub(section, text)


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(PAGE, file=sys.stderr)
