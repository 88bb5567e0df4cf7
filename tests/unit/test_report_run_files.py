"""Readers of run folders: what they give, what they forgive, what they refuse in one line."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from fake_run import BENCHMARK, FAMILIES, PER_FAMILY, Story, write_run

from oneshot_rlvr.cli import main
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.report import run_files


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("runs") / "sandbox_oneshot" / "seed0", Story(steps=10))


@pytest.fixture
def run(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "runs" / "sandbox_oneshot" / "seed0")


def rewrite_rollouts(run: Path, step: int, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    path = run_files.rollout_files(run)[step]
    with pa.input_stream(str(path), compression="zstd") as stream:
        lines = [json.loads(line) for line in stream.read().splitlines()]
    with pa.output_stream(str(path), compression="zstd") as stream:
        stream.write("".join(json.dumps(line) + "\n" for line in change(lines)).encode())


def test_everything_of_a_run_is_read(run):
    read = run_files.read_run(run)
    assert read.config.experiment == "sandbox_oneshot" and read.config.optimizer.lr == 1e-4
    assert read.metrics.series("train/accuracy").steps == tuple(range(1, 11))
    assert read.metrics.last_training_step == 10
    assert len(read.ledger) == 80 and read.ledger[8].step == 2
    assert [(p.step, p.benchmark) for p in read.evaluations] == [(0, BENCHMARK), (5, BENCHMARK), (10, BENCHMARK)]
    assert read.rollout_steps == (1, 5, 10)
    assert read.environment.git_commit.startswith("0123456789abcdef")


def test_metrics_equal_the_evaluation_they_came_from(run):
    read = run_files.read_run(run)
    logged = read.metrics.series(f"eval/{BENCHMARK}/accuracy")
    assert logged.values == pytest.approx([p.result.accuracy for p in read.evaluations])


def test_families_add_up_to_the_whole(run):
    point = run_files.read_run(run).evaluations[-1]
    families = run_files.read_families(point)
    assert set(families) == set(FAMILIES) and all(len(v) == PER_FAMILY for v in families.values())
    right = sum(c for verdicts in families.values() for c, _ in verdicts.values())
    assert right == sum(c for c, _ in point.result.per_problem.values())


def test_results_of_the_eval_command_are_found_beside_the_runs_own(run):
    own = run / "eval" / "step_000010" / BENCHMARK
    for folder in ("base", "base_resaved", "base@plain", "step_000010@plain", "paper/step_000010", "Qwen--Qwen"):
        shutil.copytree(own, run / "eval" / folder / "aime24")
        if folder.endswith("@plain"):
            set_template(run / "eval" / folder / "aime24", "plain")
    shutil.copytree(own, run / "eval" / "base" / BENCHMARK)
    read = run_files.read_run(run)
    found = {(p.step, p.benchmark) for p in read.evaluations}
    assert found == {(0, BENCHMARK), (5, BENCHMARK), (10, BENCHMARK), (0, "aime24"), (10, "aime24 (paper)")}
    assert {(p.benchmark, p.variant) for p in read.base_variants} == {
        ("aime24", "re-saved"),
        ("aime24", "template plain"),
    }
    # The run's own validation of the untouched model goes before the command's.
    assert (
        next(p for p in read.evaluations if p.step == 0 and p.benchmark == BENCHMARK).folder.parent.name
        == "step_000000"
    )


def set_template(folder: Path, template: str, problems: int | None = None) -> None:
    """Changes the template of a stored result, and leaves it the first `problems`."""
    result = json.loads((folder / "metrics.json").read_text())
    result["template"] = template
    result["per_problem"] = dict(list(result["per_problem"].items())[:problems])
    (folder / "metrics.json").write_text(json.dumps(result))


def test_results_under_the_runs_own_template_are_its_results_whatever_their_folder_is_called(run):
    """A larger one counts before the run's own validation; another template on the same set is another use."""
    own, at = run / "eval" / "step_000010" / BENCHMARK, run / "eval"
    for step in ("step_000000", "step_000010"):
        shutil.copytree(own, at / f"{step}@own" / BENCHMARK)
        set_template(at / step / BENCHMARK, "own", problems=96)
        shutil.copytree(own, at / f"{step}@qwen25-math-cot" / BENCHMARK)
        set_template(at / f"{step}@qwen25-math-cot" / BENCHMARK, "qwen25-math-cot")
        shutil.copytree(own, at / step / "llama_only")
        set_template(at / step / "llama_only", "llama3")
    read = run_files.read_run(run)
    last = next(p for p in read.evaluations if (p.step, p.benchmark) == (10, BENCHMARK))
    assert last.folder.parent.name == "step_000010@own" and len(last.result.per_problem) == 240
    assert [(p.benchmark, p.variant) for p in read.base_variants] == [(BENCHMARK, "template qwen25-math-cot")]
    # A set that was never answered under the run's template goes by that of its checkpoints.
    assert [p.step for p in read.evaluations if p.benchmark == "llama_only"] == [0, 10]


def test_a_resumed_run_counts_a_step_once_and_the_later_line_wins(run):
    with (run / "metrics.jsonl").open("a") as file:
        file.write(json.dumps({"step": 4, "train/accuracy": 0.125}) + "\n")
    with (run / "ledger" / "ledger.jsonl").open("a") as file:
        line = json.loads((run / "ledger" / "ledger.jsonl").read_text().splitlines()[0])
        file.write(json.dumps(line | {"correct": 7}) + "\n")
    read = run_files.read_run(run)
    assert read.metrics.series("train/accuracy").at(4) == 0.125
    assert len(read.ledger) == 80 and read.ledger[0].correct == 7


def test_a_torn_last_line_is_left_out(run):
    with (run / "metrics.jsonl").open("a") as file:
        file.write('{"step": 11, "train/acc')
    assert run_files.read_metrics(run).last_training_step == 10


def test_damage_in_the_middle_is_named_with_its_line(run):
    lines = (run / "metrics.jsonl").read_text().splitlines(keepends=True)
    (run / "metrics.jsonl").write_text("".join([*lines[:3], "{broken\n", *lines[3:]]))
    with pytest.raises(UserError, match=r"metrics\.jsonl:4: not a line of JSON"):
        run_files.read_metrics(run)


def test_values_that_are_not_finite_are_left_out(run):
    lines = '{"step": 1, "policy/kl": NaN, "a": 1}\n{"step": 2, "policy/kl": 0.5, "a": null}\n'
    (run / "metrics.jsonl").write_text(lines)
    metrics = run_files.read_metrics(run)
    assert metrics.series("policy/kl").steps == (2,) and metrics.series("a").values == (1.0,)
    assert not metrics.series("never/recorded")


def test_parts_that_are_missing_read_as_empty(run):
    for part in ("ledger", "eval", "rollouts"):
        shutil.rmtree(run / part)
    (run / "environment.json").unlink()
    read = run_files.read_run(run)
    assert (read.ledger, read.evaluations, read.rollout_steps, read.environment.git_commit) == ((), (), (), None)


def test_rollouts_come_back_as_they_were_stored(run):
    rollouts = run_files.read_rollouts(run, 5)
    assert [(r.group, r.rollout.index) for r in rollouts] == sorted((r.group, r.rollout.index) for r in rollouts)
    good = next(r for r in rollouts if r.rollout.grade.correct)
    assert "".join(good.tokens[:-1]) == good.rollout.text and len(good.rollout.logprobs) == len(good.tokens)
    for group in {r.group for r in rollouts}:
        best, worst = (next(r for r in rollouts if (r.group, r.rollout.index) == (group, i)) for i in (0, 1))
        assert best.advantage > 0 > worst.advantage


def test_nearest_step_is_named(run):
    with pytest.raises(UserError, match=r"no kept rollouts at step 7; nearest: --step 5 \(kept: 1, 5, 10\)"):
        run_files.read_rollouts(run, 7)


def test_rollouts_of_a_skipped_group_have_no_entropies(run):
    rewrite_rollouts(run, 5, lambda lines: [line | {"entropies": None} for line in lines])
    assert all(r.entropies == () and r.tokens for r in run_files.read_rollouts(run, 5))


def test_folders_of_runs_stand_for_their_runs(run):
    runs = run.parent.parent
    assert run_files.find_runs([run]) == run_files.find_runs([runs]) == run_files.find_runs([runs, run.parent]) == [run]


def test_what_is_no_run_says_where_one_is(run, tmp_path):
    with pytest.raises(UserError, match=r"the run is .*seed0"):
        run_files.find_runs([run / "eval"])
    with pytest.raises(UserError, match=r"no such folder; did you mean '.*seed0'"):
        run_files.find_runs([run.parent / "seed1"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="not a run folder"):
        run_files.find_runs([tmp_path / "empty"])


@pytest.mark.parametrize("state", ["missing", "empty"])
def test_a_run_without_metrics_is_refused(run, state):
    (run / "metrics.jsonl").unlink()
    if state == "empty":
        (run / "metrics.jsonl").touch()
    with pytest.raises(UserError, match=f"no metrics yet .*is {state}"):
        run_files.read_run(run)


def test_a_configuration_with_unknown_keys_is_named(run):
    (run / "config.yaml").write_text("optimiser: {lr: 1}\n")
    with pytest.raises(UserError, match=r"config\.yaml: not a run's configuration: .*optimiser"):
        run_files.read_config(run)


def test_a_ledger_line_without_a_field_is_named(run):
    (run / "ledger" / "ledger.jsonl").write_text('{"step": 1, "group": 0}\n')
    with pytest.raises(UserError, match=r"ledger\.jsonl:1: 'example' is missing"):
        run_files.read_ledger(run)


SAMPLES = f"eval/step_000005/{BENCHMARK}/samples.jsonl"
RESULT = f"eval/step_000005/{BENCHMARK}/metrics.json"
ROLLOUTS = "rollouts/step_000010.jsonl.zst"


def second_line(new: bytes) -> Callable[[bytes], bytes]:
    return lambda content: b"\n".join([content.split(b"\n")[0], new, *content.split(b"\n")[2:]])


def put(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """In the second line, or the first of a file of one line."""

    def damage(content: bytes) -> bytes:
        lines = content.split(b"\n")
        place = min(1, len(lines) - 1)
        assert old in lines[place]
        return b"\n".join([*lines[:place], lines[place].replace(old, new, 1), *lines[place + 1 :]])

    return damage


def with_accuracy(value: object) -> Callable[[bytes], bytes]:
    return lambda content: json.dumps(json.loads(content) | {"accuracy": value}).encode()


DAMAGES = [
    ("metrics.jsonl", second_line(b"[1,2]"), ":2: a list: an object is needed"),
    ("metrics.jsonl", second_line(b"{}"), ":2: 'step' is missing"),
    ("metrics.jsonl", second_line(b'{"step": 1.5}'), ":2: 'step' is 1.5: input should be a valid integer"),
    ("metrics.jsonl", second_line(b'{"step": 1, "a": "x"}'), ":2: 'a' is \"x\": input should be a valid number"),
    ("metrics.jsonl", second_line(b"[" * 100_000), ":2: not a line of JSON"),
    ("config.yaml", lambda _: b"", ": not a run's configuration: "),
    ("config.yaml", lambda _: b"\xff\xfe", ": not a run's configuration: "),
    ("ledger/ledger.jsonl", put(b'"n": 8', b'"n": 0'), "of 0 rollouts ('n')"),
    ("ledger/ledger.jsonl", put(b'"n": 8', b'"n": "x"'), ":2: 'n' is \"x\": input should be a valid integer"),
    ("ledger/ledger.jsonl", put(b'"copy": ', b'"copy": 9e9'), ":2: 'copy' is "),
    ("ledger/ledger.jsonl", lambda content: content + b"\xff\xfe", ":81: not UTF-8"),
    (ROLLOUTS, lambda content: content[:100], ": cannot be read (Truncated compressed stream)"),
    (ROLLOUTS, lambda _: b"", ": cannot be read (empty); move the file away"),
    (ROLLOUTS, lambda _: b"plain text", ": cannot be read (ZSTD"),
    (SAMPLES, second_line(b"{}"), ":2: 'id' is missing"),
    (SAMPLES, second_line(b"garbage"), ":2: not a line of JSON"),
    (SAMPLES, put(b'"correct": false', b'"correct": 7'), ":2: 'grades/exact/correct' is 7: input should be"),
    (SAMPLES, put(b'"stop"', b'"abort"'), ":2: 'finish_reason' is \"abort\": input should be 'stop' or 'length'"),
    (RESULT, with_accuracy("x"), "('accuracy' is \"x\": input should be a valid number"),
    (RESULT, with_accuracy(float("nan")), "('accuracy' is nan, not between 0 and 1); `rlvr eval"),
    (RESULT, put(b"[1, 1]", b"[1, 0]"), "is 1 right of 0); `rlvr eval"),
    (RESULT, put(b"[1, 1]", b"[1]"), "/1' is missing); `rlvr eval"),
    (RESULT, lambda _: b"", "(empty); `rlvr eval"),
    (RESULT, lambda content: content[:100], "(not JSON); `rlvr eval"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "damage", "said"), DAMAGES, ids=lambda value: value if isinstance(value, str) else "")
def test_damage_is_one_line_with_file_and_place(run, capsys, name, damage, said):
    whole = (run / name).read_bytes()
    (run / name).write_bytes(damage(whole))
    assert (run / name).read_bytes() != whole
    command = ["show", str(run)] if name == ROLLOUTS else ["report", str(run)]
    assert main(command) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"rlvr: error: {run / name}:") and said in error and error.count("\n") == 1


def test_a_line_that_is_still_being_written_is_left_out(run):
    for name in ("metrics.jsonl", "ledger/ledger.jsonl", SAMPLES):
        (run / name).write_bytes((run / name).read_bytes()[:-20])
    read = run_files.read_run(run)
    assert read.metrics.series(f"eval/{BENCHMARK}/accuracy").steps == (0, 5)
    assert len(read.ledger) == 80 - 1
    assert len(run_files.read_samples(read.evaluations[1])) == PER_FAMILY * len(FAMILIES) - 1


@pytest.mark.parametrize("content", ["[1]", '{"gpus": 4}', '{"command": "rlvr"}', "", "{"])
def test_a_damaged_environment_is_not_needed(run, content):
    (run / "environment.json").write_text(content)
    assert run_files.read_environment(run) == run_files.Environment()


def test_fields_of_a_later_version_are_ignored(run):
    rewrite_rollouts(run, 5, lambda lines: [line | {"later": 1} for line in lines])
    assert run_files.read_rollouts(run, 5)


def test_show_refuses_a_negative_limit(run, capsys):
    assert main(["show", str(run), "--limit", "-1"]) == 2
    assert capsys.readouterr().err == "rlvr: error: --limit -1: at least 0 is needed (0: all)\n"
