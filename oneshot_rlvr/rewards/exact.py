"""Grader `exact`: the most accurate one, by common-sense rules."""

import re

from oneshot_rlvr.rewards.boxes import extract_boxed

_PLAIN_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")


def extract(response: str, answer: str, benchmark: str) -> str | None:
    return extract_boxed(response)


def quick(extracted: str, answer: str, benchmark: str) -> bool | None:
    if not answer.strip():
        return False
    if extracted.strip() == answer.strip():
        return True
    if _PLAIN_INTEGER.fullmatch(extracted) and _PLAIN_INTEGER.fullmatch(answer):
        return False
    return None


def judge(extracted: str, answer: str, benchmark: str) -> tuple[bool, str | None]:
    from oneshot_rlvr.rewards import library

    return library.judge(f"\\boxed{{{extracted}}}", answer, benchmark)[0], extracted
