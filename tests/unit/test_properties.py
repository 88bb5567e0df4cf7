"""Properties for any input (hypothesis): packing, denominators, advantages, ledger, configuration text."""

import json
import re
import tempfile
from pathlib import Path

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from oneshot_rlvr.algorithms.advantages import grpo_advantages, rloo_advantages
from oneshot_rlvr.algorithms.aggregate import official_weights, response_weights
from oneshot_rlvr.config.load import load_run_config, resolved_yaml, yaml_config
from oneshot_rlvr.config.overrides import ADDED_GROUPS, all_keys
from oneshot_rlvr.config.schema import DataConfig, HealthConfig, RunConfig
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.grading.boxes import complete_boxes
from oneshot_rlvr.models.packing import pack, split_micro_batches
from oneshot_rlvr.trainer.run_folder import RunFolder

sequences = st.lists(st.integers(0, 99), min_size=1, max_size=9)
pairs = st.lists(st.tuples(sequences, sequences), min_size=1, max_size=6)


@given(pairs)
@settings(max_examples=60, deadline=None)
def test_packing_keeps_every_response_token_once_and_in_order(both: list[tuple[list[int], list[int]]]) -> None:
    batch = pack([p for p, _ in both], [r for _, r in both])
    assert batch.labels.tolist() == [token for _, response in both for token in response]
    assert batch.owner.tolist() == [n for n, (_, response) in enumerate(both) for _ in response]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=20), st.integers(1, 120), st.floats(1.0, 100.0))
@settings(max_examples=60, deadline=None)
def test_denominators_count_what_they_say(lengths: list[int], limit: int, constant: float) -> None:
    """Summed over tokens, weights of token_mean, sequence_mean and official are 1, those of constant tokens / (n c)."""
    tensor = torch.tensor(lengths)
    total = lambda weights: float((weights.double() * tensor).sum())  # noqa: E731
    assert total(response_weights(tensor, "token_mean", 0.0)) == pytest.approx(1, rel=1e-5)
    assert total(response_weights(tensor, "sequence_mean", 0.0)) == pytest.approx(1, rel=1e-5)
    expected = sum(lengths) / (constant * len(lengths))
    assert total(response_weights(tensor, "constant", constant)) == pytest.approx(expected, rel=1e-5)
    batches = split_micro_batches(lengths, limit)
    assert total(official_weights(tensor, batches)) == pytest.approx(1, rel=1e-5)


rewards = st.lists(st.sampled_from([0.0, 1.0, 0.5]), min_size=2, max_size=16)


@given(rewards, st.floats(0.1, 10), st.floats(-5, 5))
@settings(max_examples=60, deadline=None)
def test_advantages_do_not_depend_on_order_or_offset(values: list[float], scale: float, offset: float) -> None:
    tensor = torch.tensor(values)
    for rule in (lambda r: grpo_advantages(r, 1e-6), rloo_advantages):
        found = rule(tensor)
        assert torch.allclose(rule(tensor.flip(0)).flip(0), found, atol=1e-5)
        assert torch.allclose(rule(tensor + offset), found, atol=1e-4)
        assert torch.isfinite(found).all() and abs(float(found.sum())) < 1e-4
    if len(set(values)) > 1:  # GRPO divides by the spread: a reward of another scale gives the same advantages
        assert torch.allclose(grpo_advantages(tensor * scale, 1e-6), grpo_advantages(tensor, 1e-6), atol=1e-3)


rows = st.lists(st.tuples(st.integers(0, 9), st.text(max_size=20)), max_size=12)


@given(rows, st.integers(-1, 10), st.integers(0, 60))
@settings(max_examples=40, deadline=None)
def test_the_ledger_survives_a_torn_end_and_any_text(
    lines: list[tuple[int, str]], last: int, torn: int
) -> None:
    """Lines in the order of steps; whatever a kill left at the end, cutting back keeps exactly the steps wanted."""
    with tempfile.TemporaryDirectory() as place:
        folder = RunFolder(Path(place) / "run")
        written = [{"step": step, "example": text} for step, text in sorted(lines)]
        folder.append_ledger(written)
        with folder.ledger.open("a") as file:
            file.write(json.dumps({"step": 10, "example": "x" * 60})[:torn])  # never the whole line
        folder.cut_after(last)
        found = [json.loads(line) for line in folder.ledger.read_text().splitlines()]
        assert found == [row for row in written if row["step"] <= last]


@given(st.text(max_size=40), st.text(max_size=40), st.lists(st.text(min_size=1, max_size=9), max_size=3))
@example("a\x85b", "\x85", ["\u2028"])
@settings(max_examples=40, deadline=None)
def test_any_configuration_reads_back_equal(problem: str, answer: str, examples: list[str]) -> None:
    config = RunConfig(data=DataConfig(problem=problem, answer=answer, examples=examples))
    config.model.path = "x"
    try:
        text = resolved_yaml(config)
        back = yaml_config(text, RunConfig)
    except UserError:
        assert not all(part.isprintable() for part in (problem, answer, *examples))  # YAML has no NUL, for one
        return
    assert back == config


@given(st.sampled_from(["stop", "warn", "off"]), st.floats(0, 1), st.integers(1, 99))
@settings(max_examples=20, deadline=None)
def test_health_settings_read_back_equal(level: str, share: float, steps: int) -> None:
    config = RunConfig(health=HealthConfig(truncation=level, truncated_share=share, constant_steps=steps))
    config.model.path = "x"
    assert yaml_config(resolved_yaml(config), RunConfig) == config


odd = ("eval", "hydra.run.dir", "~model", "algorithm@x", "++x.y", ".", "")
keys = st.sampled_from([*all_keys(RunConfig), *ADDED_GROUPS, *odd])
signs = st.text(alphabet=st.sampled_from(list("ab1 =,{}[]()$\\'\"%^_+-*/:;?!|<>&#@~.\n\t\0é")), max_size=10)
values = st.one_of(
    signs, st.text(max_size=8),
    st.sampled_from(["null", "nan", "1e400", "pi1_r128", "[1,2]", "{a:1}", "${x}", "a,b", "range(1,3)", "???"]),
)  # fmt: skip
arguments = st.one_of(
    signs, st.builds(lambda *parts: "".join(parts), keys, st.sampled_from(["=", "", "==", ":"]), values)
)


@given(st.lists(arguments, max_size=2))
@example(["experiment=null"])
@example(["algorithm@x=null"])
@settings(max_examples=150, deadline=None)
def test_any_arguments_are_a_configuration_or_one_line(texts: list[str]) -> None:
    try:
        assert isinstance(load_run_config(texts), RunConfig)
    except UserError as error:
        assert str(error)


def boxes_by_character(text: str) -> list[tuple[int, int, str]]:
    """complete_boxes from the first character on, one character at a time."""
    stack: list[tuple[int, int] | None] = []
    found: list[tuple[int, int, str]] = []
    i = 0
    while i < len(text):
        box = re.compile(r"\\(?:boxed|fbox)\s*\{").match(text, i)
        if box is not None:
            stack.append((i, box.end()))
            i = box.end()
            continue
        if text[i] == "\\" and text[i + 1 : i + 2] in ("{", "}", "\\"):
            i += 2
            continue
        if text[i] == "{":
            stack.append(None)
        elif text[i] == "}" and stack and (opened := stack.pop()) is not None:
            found = [f for f in found if f[0] < opened[0]] + [(opened[0], i + 1, text[opened[1] : i])]
        i += 1
    return found


@given(st.lists(st.sampled_from(["\\", "{", "}", "\\boxed{", "\\fbox {", "boxed{", "x", "\\frac{1}"]), max_size=14))
@settings(max_examples=400, deadline=None)
def test_boxes_are_those_of_a_scan_of_every_character(parts: list[str]) -> None:
    text = "".join(parts)
    assert complete_boxes(text) == boxes_by_character(text)
