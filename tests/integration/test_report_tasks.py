"""The report and `rlvr show` on a run whose source proposes tasks: grouped figures, controls, the page of tasks."""

import base64
import json
import re
import shutil
from pathlib import Path

import matplotlib.figure
import pytest
from fake_run import Story, write_run

from oneshot_rlvr.cli import main
from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.records import loaded, read_lines, write_zst
from oneshot_rlvr.report import build, draw, run_files
from oneshot_rlvr.report.compare import make_arms
from oneshot_rlvr.report.curves import Band, earned
from oneshot_rlvr.report.draw import Line, Panels
from oneshot_rlvr.report.figures import Study
from oneshot_rlvr.report.gaps import missing_controls
from oneshot_rlvr.report.grouped_figures import GROUPS, OTHERS, colours_of, grouped_figure, layers, members_of
from oneshot_rlvr.report.run_files import KeptTask, LedgerRow, read_tasks
from oneshot_rlvr.report.task_view import choose_tasks, tally, task_calls, task_headline
from oneshot_rlvr.report.theme import LIGHT
from oneshot_rlvr.trainer.health import no_reward_yet

STEPS = 4


def metrics(step: int) -> dict[str, float]:
    """Of every group one metric or more; `dead` is refused at step 2 alone."""
    return {
        "selfplay/valid_share_deduction": 0.5, "selfplay/valid_share_abduction": 0.25, "selfplay/valid_share": 0.375,
        "selfplay/refused_duplicate": 30 - step, **({"selfplay/refused_dead": 2} if step == 2 else {}),
        "selfplay/solved_0": 3, "selfplay/solved_2": 1, "selfplay/solved_10": 0, "selfplay/learnability": 0.4,
        "selfplay/solve_rate": 0.5, "selfplay/buffer_deduction": 60 + step, "selfplay/shapes_deduction": 40,
        "selfplay/nodes": 20, "selfplay/reward_propose_deduction": -0.5, "selfplay/reward_std_propose_deduction": 0.7,
        "selfplay/length_solve_abduction": 12, "selfplay/tokens_propose": 900, "selfplay/tokens_measure": 0,
        "executor/calls": 200, "speed/executor_p50_ms": 0.5, "speed/executor_p95_ms": 2.5,
    }  # fmt: skip


TASKS = [
    {"kind": "deduction", "id": "4/deduction/0", "reason": "valid", "reward": 0.75, "program": "def f(x):\n return x+1",
     "arguments": ["3"], "outputs": ["4"], "depth": 1, "correct": 1, "measured": 4, "answers": [1.0, -0.5]},
    {"kind": "deduction", "id": "4/deduction/1", "reason": "syntax", "reward": -1.0, "program": "def f(\x1b[31m",
     "arguments": ["'\x07'"], "message": ""},
    {"kind": "deduction", "id": "4/deduction/2", "reason": "truncated", "reward": -1.0, "tokens": 99},
    {"kind": "induction", "id": "4/induction/0", "reason": "valid", "reward": 0.0, "program": "def f(x):\n return x",
     "arguments": ["1", "2"], "outputs": ["1", "2"], "message": "as it is", "correct": 4, "measured": 4},
]  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = write_run(tmp_path / "runs" / "play" / "seed0", Story("play", steps=STEPS, eval_every=2, keep_every=2))
    text = (folder / "config.yaml").read_text()
    text = re.sub(r"(selfplay:\n  enabled:) false", r"\1 true", text)
    (folder / "config.yaml").write_text(re.sub(r"(algorithm:\n  name:) \w+", r"\1 trr_pp", text))
    lines = read_lines(folder / "metrics.jsonl", json.loads)
    lines += [{"step": step, **metrics(step)} for step in range(1, STEPS + 1)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "tasks.jsonl").write_text("".join(json.dumps({"step": 4, **line}) + "\n" for line in TASKS))
    kept = read_lines(folder / "rollouts" / "step_000004.jsonl.zst", loaded)[:2]
    for line, answer in zip(kept, ("", "4")):  # what proposed the first task, and an answer to it
        line |= {"example": "4/deduction/0", "answer": answer}
    write_zst(folder / "rollouts" / "step_000004.jsonl.zst", kept)
    return folder


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    pixel = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
    )
    monkeypatch.setattr(draw, "render", lambda drawing: (pixel, pixel))


def test_a_report_of_self_play(run: Path, undrawn: None) -> None:
    made = build.write_report([run])
    figures = {path.stem for path in made.files if path.suffix == ".png"}
    assert {group.file for group in GROUPS} <= figures and not any(name.startswith("own_") for name in figures)
    page, tasks = made.page.read_text(), (made.page.parent / "tasks.html").read_text()
    assert "self-play" in page and 'href="tasks.html"' in page and "proposed in the run" in page
    assert "a program's run 0.5 ms, p95 2.5" in page.replace("&#39;", "'")
    assert "4 proposals: 2 valid, 1 syntax, 1 truncated" in tasks
    assert "solved by 1 of 4 · mean reward of 2 answers +0.25 · depth 1" in tasks and "f(3) → 4" in tasks
    assert "\x1b" not in tasks and "\\x1b[31m" in tasks and "\x07" not in tasks
    assert tasks.count("<details><summary>proposed and answered") == 1 and "made likelier" in tasks
    csv = (made.page.parent / "proposals_refused.csv").read_text().splitlines()
    assert {"self-play,duplicate,1,29,29,29", "self-play,dead,2,2,2,2", "self-play,dead,1,0,0,0"} <= set(csv)


def test_other_runs_have_no_such_figures(tmp_path: Path, undrawn: None) -> None:
    made = build.write_report([write_run(tmp_path / "a" / "seed0", Story(steps=4, eval_every=2))])
    names = {path.name for path in made.files}
    assert "tasks.html" not in names and not any(f"{group.file}.png" in names for group in GROUPS)


def test_controls_of_self_play_are_commands_that_it_takes(run: Path) -> None:
    arms = make_arms([run_files.read_run(run)])
    assert [arm.kind for arm in arms] == ["self_play"]
    controls = {gap.what: gap.command for gap in missing_controls(arms)}
    assert "selfplay.wrong_reward=1 selfplay.reward=constant" in controls["format-reward control"]
    assert "selfplay.train_proposer=false" in controls["frozen proposer"]
    assert "selfplay.proposer=none" in controls["tasks of the start"]
    assert not {"random-reward control", "full set", "random programs"} & set(controls)
    text = (run / "config.yaml").read_text()
    (run / "config.yaml").write_text(text.replace("wrong_reward: -0.5", "wrong_reward: 1"))
    assert make_arms([run_files.read_run(run)])[0].kind == "format"


def test_groups_are_read_by_their_names(run: Path) -> None:
    (arm,) = make_arms([run_files.read_run(run)])
    by_file = {group.file: list(members_of(arm, group)) for group in GROUPS}
    assert by_file["proposals_valid"] == ["abduction", "deduction"]
    assert by_file["solved_of_k"] == ["0", "2", "10"]  # by number
    assert by_file["rewards"] == ["propose_deduction"]  # and not their deviation
    (refused,) = (group for group in GROUPS if group.file == "proposals_refused")
    assert members_of(arm, refused)["dead"].mean == (0.0, 2.0, 0.0, 0.0)  # not recorded where there were none
    assert by_file["executor"] == ["calls"]


def test_a_name_looks_the_same_in_every_panel(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One arm has no proposer: its first line is the other's second, and the legend names what either has."""
    other = shutil.copytree(run, run.parents[1] / "alone" / "seed0")
    text = (other / "config.yaml").read_text()
    (other / "config.yaml").write_text(text.replace("experiment: play", "experiment: alone"))
    for folder, names in ((run, ("propose", "solve")), (other, ("solve",))):
        lines = [{"step": step, **{f"selfplay/reward_{role}_deduction": 0.5 for role in names}} for step in (1, 2)]
        (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    drawn: list[Panels] = []
    monkeypatch.setattr(draw, "render", lambda drawing: drawn.append(drawing) or (b"", b""))
    study = Study(make_arms([run_files.read_run(other), run_files.read_run(run)]), "", "", "", 0.95)
    (rewards,) = (group for group in GROUPS if group.file == "rewards")
    figure = grouped_figure(study, rewards)
    assert figure is not None and len(drawn) == 1
    looks = [{part.label: (part.colour, part.dash) for part in panel.parts if isinstance(part, Line)}
             for panel in drawn[0].panels]  # fmt: skip
    assert sorted(map(len, looks)) == [1, 2] and looks[0]["solve deduction"] == looks[1]["solve deduction"]
    canvas = matplotlib.figure.Figure(layout="constrained")
    drawn[0].draw(canvas, LIGHT)
    assert {text.get_text() for text in canvas.legends[0].get_texts()} == {"propose deduction", "solve deduction"}


def test_layers_add_up() -> None:
    one = {"a": Band((1, 2), (3.0, 1.0), (3.0, 1.0), (3.0, 1.0), 1), "b": Band((1, 2), (0.0, 3.0), (0, 3), (0, 3), 1)}
    (shares,) = layers([one], "parts")
    assert (shares["a"].mean, shares["b"].mean) == ((1.0, 0.25), (0.0, 0.75))
    many = {str(n): Band((1,), (float(n),), (float(n),), (float(n),), 1) for n in range(1, 10)}
    (counts,) = layers([many], "counts")
    assert len(counts) == 7 and counts[OTHERS].mean == (1.0 + 2 + 3,) and counts["9"].mean == (9.0,)
    first, second = layers([one, {"c": one["a"]}], "counts")
    assert list(first) == list(second) == ["a", "b", "c"] and second["a"].mean == (0.0, 0.0)


def test_numbers_have_shades_and_words_have_hues() -> None:
    assert colours_of(["0", "4", "8"]) == {"0": 0.0, "4": 0.5, "8": 1.0}
    assert colours_of(["a", "b", OTHERS]) == {"a": 0, "b": 1, OTHERS: "unsolved"}
    assert (LIGHT.colour(0.0), LIGHT.colour(1.0)) == (LIGHT.unsolved, LIGHT.hues[0])


def test_tasks_are_chosen_over_the_whole_range() -> None:
    tasks = [KeptTask(1, "deduction", "valid", f"1/deduction/{n}", correct=n, measured=8) for n in (5, 0, 8, 3, 2)]
    tasks += [KeptTask(1, "deduction", "syntax"), KeptTask(1, "deduction", "syntax"), KeptTask(1, "deduction", "dead")]
    assert [task.correct for task in choose_tasks(tasks, 3) if task.measured] == [0, 8, 3]
    assert [task.reason for task in choose_tasks(tasks, 3)[3:]] == ["syntax", "dead"]
    assert choose_tasks(tasks, 0) == tasks
    assert tally(tasks) == "8 proposals: 5 valid, 2 syntax, 1 dead"
    bad = KeptTask(1, "deduction", "dup\x1b[2J", "id\x1b", arguments=("\x07",), leaked=True)
    assert task_headline(bad) == "id\\x1b · dup\\x1b[2J · let in all the same" and task_calls(bad) == "f(\\x07)"


def test_show_prints_tasks_verdicts_and_rewards(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(run), "--step", "4"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "4/deduction/0 · valid · proposer's reward 0.75 · solved by 1 of 4 · mean reward of 2 answers +0.25" in out
    assert "4/deduction/2 · truncated · proposer's reward -1" in out and "\x1b[31m" not in out
    assert "4 proposals: 2 valid, 1 syntax, 1 truncated" in out
    page = run / "tasks_shown.html"
    assert main(["show", str(run), "--step", "4", "--html", str(page)]) == 0
    assert "f(2) → 2" in page.read_text() and "\x1b" not in page.read_text()
    assert read_tasks(run, {1}) == ()


def test_rewards_of_self_play_are_not_counted_as_0_or_1() -> None:
    config = RunConfig()
    config.selfplay.enabled, config.algorithm.name = True, "trr_pp"
    mixed = LedgerRow(1, 0, "a", 0, 8, 5, 8.0 - 3 * 1.5, 1, 10.0, 0, 0.1, False)
    wrong = LedgerRow(1, 0, "a", 0, 8, 0, -4.0, 1, 10.0, 0, 0.1, True)
    right = LedgerRow(1, 0, "a", 0, 8, 8, 8.0, 1, 10.0, 0, 0.1, True)
    assert [earned(row, config) for row in (mixed, wrong, right)] == ["mixed", "none", "all"]
    values = {"group/unsolved_share": 1.0, "response/boxed_share": 0.0, "response/truncated_share": 0.0}
    assert no_reward_yet(config, values) is None and "boxed" in (no_reward_yet(RunConfig(), values) or "")
