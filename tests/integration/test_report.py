"""`rlvr report` and `rlvr show` on made-up run folders: what they write, what they refuse, that pages stand alone."""

import base64
import csv
import io
import re
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from fake_run import BENCHMARK, FAMILIES, Story, write_run, write_study

from oneshot_rlvr.cli import main
from oneshot_rlvr.records import write_zst
from oneshot_rlvr.report import build, draw, figures, run_files, show
from oneshot_rlvr.report.compare import make_arms
from oneshot_rlvr.report.rollout_view import BACKGROUND_DOWN, BACKGROUND_UP, terminal_rollout

VOID = ("meta", "img", "source", "br", "input")
STORY = Story(steps=30, published=80.0)
FIGURES = """held_out_accuracy train_accuracy held_out_boxed right_if_boxed family_ends family_curves groups ledger
    entropy length train_boxed kl grad_norm gain_decomposed""".split()


class Page(HTMLParser):
    """Checks that elements are closed in order; collects text, addresses and ids."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text, self.addresses, self.ids = "", [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.addresses += [found[name] for name in ("src", "href", "srcset", "action") if name in found]
        self.ids += [found["id"]] if "id" in found else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The demo's comparison and its report."""
    root = tmp_path_factory.mktemp("study") / "runs"
    write_study(root)
    made = build.write_report([root])
    return root, made, made.page.read_text()


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("one") / "sandbox_oneshot" / "seed0", STORY)


@pytest.fixture
def undrawn(monkeypatch):
    """Figures as one pixel: for tests of what stands on the page."""
    pixel = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
    )
    monkeypatch.setattr(draw, "render", lambda drawing: (pixel, pixel))


@pytest.fixture
def run(single, tmp_path):
    return shutil.copytree(single, tmp_path / "runs" / "sandbox_oneshot" / "seed0")


def test_report_of_a_study_has_every_part(study):
    root, made, html = study
    page = Page(html)
    assert made.page == root / "report" / "index.html"
    assert [row.label for row in made.rows] == ["base", "format-reward control", "one-shot", "full set"]
    for anchor in ("results", "run", "families", "signal", "rollouts", "missing"):
        assert anchor in page.ids
    for name in FIGURES:
        assert name in page.ids
        assert (made.page.parent / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert "A constructed world." in page.text and "no evidence about real language models" in page.text
    assert "Homework: Find the product of 42 and 2." in page.text  # the example itself, from the shipped pool
    assert "0123456789ab" in page.text  # commit


def test_numbers_on_the_page_are_those_of_the_rows(study):
    _, made, html = study
    text = Page(html).text
    for row in made.rows:
        assert f"{100 * row.measured.accuracy:.1f}" in text
        assert f"{100 * row.measured.interval[0]:.1f} to {100 * row.measured.interval[1]:.1f}" in text
    trained = made.rows[2]
    low, high = trained.seed_range
    assert f"3 seeds: {100 * low:.1f} to {100 * high:.1f}" in text
    assert f"{100 * trained.gain:+.1f} points" in text
    assert "Not run: entropy-only control, random-reward control." in text


def test_the_page_stands_alone(study):
    _, _, html = study
    page = Page(html)
    outside = [a for a in page.addresses if not a.startswith(("data:", "#"))]
    assert outside == [] and "<script" not in html and "@import" not in html
    assert {a[1:] for a in page.addresses if a.startswith("#")} <= set(page.ids)
    assert "default-src 'none'" in html and 'name="viewport"' in html and "prefers-color-scheme: dark" in html
    assert len(html) < 6_000_000


def test_csv_holds_what_the_figure_shows(study):
    _, made, html = study
    table = (made.page.parent / "held_out_accuracy.csv").read_text()
    rows = list(csv.DictReader(io.StringIO(table)))
    assert len(rows) == 5 * 13  # five runs, steps 0 to 60 by 5
    last = [float(r["accuracy"]) for r in rows if r["arm"] == "one-shot" and r["step"] == "60"]
    assert sum(last) / 3 == pytest.approx(made.rows[2].measured.accuracy)
    embedded = re.search(r'href="data:text/csv;base64,([^"]+)" download="held_out_accuracy.csv"', html)
    assert embedded and base64.b64decode(embedded[1]).decode() == table


def test_terminal_table(study):
    _, made, _ = study
    lines = made.text.splitlines()
    assert len(lines) == 6 + 5 and lines[2].startswith("base") and lines[4].startswith("one-shot ×3")
    assert "< 0.001" in lines[4]
    assert lines[6] == "more than format: open"  # one seed of the control


def test_report_of_one_run_names_what_is_missing(single, tmp_path, undrawn):
    made = build.write_report([single], tmp_path / "out")
    text = Page(made.page.read_text()).text
    assert "format-reward control: how much of the gain" in text and "rlvr train +experiment=sandbox_format" in text
    assert "as published" in text and "80.0" in text
    assert "1 of 3: one run cannot show" in text


def test_the_same_run_gives_the_same_files(single, tmp_path, undrawn):
    first, second = (build.write_report([single], tmp_path / name) for name in ("a", "b"))
    for one, two in zip(first.files, second.files):  # the page names a file beside it in a command
        there = str(two.parent).encode(), str(one.parent).encode()
        same = one.read_bytes() == two.read_bytes().replace(*there)
        assert same or one.name == build.MANIFEST, one.name  # which has the page's hash


def test_the_same_run_gives_the_same_picture(single):
    study = figures.Study(make_arms([run_files.read_run(single)]), BENCHMARK, None, "mul", 0.95)
    one, two = figures.train_accuracy(study), figures.train_accuracy(study)
    assert one.light == two.light and one.dark == two.dark and one.light != one.dark


def test_every_part_may_be_missing(run, undrawn):
    for part in ("ledger", "eval", "rollouts"):
        shutil.rmtree(run / part)
    (run / "environment.json").unlink()
    lines = [line for line in (run / "metrics.jsonl").read_text().splitlines() if "eval/" not in line]
    (run / "metrics.jsonl").write_text("\n".join(lines) + "\n")
    made = build.write_report([run])
    text = Page(made.page.read_text()).text
    assert made.rows == () and made.text == ""
    assert "Nothing was evaluated" in text and "no rollouts were kept" in text
    for part in ("eval/", "ledger/", "rollouts/", "environment.json"):
        assert f"seed0: {part}" in text


def test_logged_accuracies_serve_where_stored_answers_are_gone(run, undrawn):
    shutil.rmtree(run / "eval")
    made = build.write_report([run])
    base, trained = made.rows
    assert trained.gain == pytest.approx(trained.measured.accuracy - base.measured.accuracy) and trained.gain > 0.2
    assert trained.measured.interval is None and trained.versus_base is None
    rows = re.findall(r'<th scope="row">(\w+)', made.page.read_text())
    assert set(FAMILIES) <= set(rows)


def test_several_held_out_sets_and_repeated_samples(run, undrawn):
    import json

    for folder in list(run.glob(f"eval/step_*/{BENCHMARK}")):
        other = shutil.copytree(folder, folder.parent / "aime24")
        metrics = json.loads((other / "metrics.json").read_text())
        metrics |= {"name": "aime24", "samples": 4, "pass_at_k": {"1": 0.25, "2": 0.375, "4": 0.5}}
        (other / "metrics.json").write_text(json.dumps(metrics))
    text = Page(build.write_report([run]).page.read_text()).text
    assert "All held-out sets" in text and "avg@4" in text and "pass@4" in text and "37.5" in text


def test_a_copied_run_is_left_out_and_named(run, undrawn):
    other = shutil.copytree(run, run.parent / "seed0_copy")
    made = build.write_report([run.parent])
    line = f"Left out: {other} is {run} again (same settings and seeds)."
    assert made.text.splitlines()[-1] == line and made.rows[-1].seeds == (0,)
    text = Page(made.page.read_text()).text
    assert line in text and "1 run, made by" in text


def test_an_unfinished_run_is_marked(run, undrawn):
    text = (run / "config.yaml").read_text()
    (run / "config.yaml").write_text(text.replace("total_steps: 30", "total_steps: 90"))
    made = Page(build.write_report([run]).page.read_text())
    assert "Unfinished: " in made.text and "step 30 of 90" in made.text


def test_real_models_get_no_sandbox_box(tmp_path, undrawn):
    run = write_run(tmp_path / "r", Story("mine", steps=10, model="Qwen/Qwen2.5-Math-1.5B"))
    assert "A constructed world" not in build.write_report([run]).page.read_text()


def test_text_of_the_model_cannot_become_markup(tmp_path, monkeypatch, undrawn):
    import fake_run

    monkeypatch.setattr(fake_run, "GUESS", ["<script>alert(1)</script>", "\x1b[2J", '"><img src=x>', "\u202e", "end"])
    run = write_run(tmp_path / "r", Story(steps=5))
    html = build.write_report([run]).page.read_text()
    Page(html)
    assert "<script" not in html and "<img src=x" not in html and "&lt;script&gt;" in html
    assert "\x1b" not in html and "\\x1b[2J" in html and "\u202e" not in html


# --- show ------------------------------------------------------------------------------------------------------------


def test_show_prints_the_advantages_that_were_trained_on(run, capsys):
    assert main(["show", str(run), "--step", "5", "--limit", "4"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    view = show.view_step(run, 5, None, 4)
    assert len(view.rollouts) == 4 and view.rollouts[0].advantage > 0 > view.rollouts[-1].advantage
    for rollout in view.rollouts:
        assert f"advantage {rollout.advantage:+.3f}" in printed
    assert "4 of 16 kept rollouts" in printed and "made less likely" in printed
    assert "\x1b" not in printed  # no colours into a pipe


def test_show_one_group_and_the_last_step(run):
    view = show.view_step(run, None, 3, 0)
    assert view.step == 30 and {r.group for r in view.rollouts} == {3}


@pytest.mark.parametrize("colour", ["advantage", "entropy"])
def test_show_page(run, tmp_path, capsys, colour):
    target = tmp_path / "new" / "page.html"
    assert main(["show", str(run), "--step", "10", "--colour", colour, "--limit", "0", "--html", str(target)]) == 0
    html = target.read_text()
    page = Page(html)
    assert re.search(r'id="(\w+)" checked', html)[1] == colour
    assert html.count('class="rollout') == 16 and "--a:" in html and "--e:" in html
    assert page.addresses == [] and str(target) in capsys.readouterr().out


def test_terminal_colours_follow_the_sign(run):
    from rich.console import Console

    console = Console(file=io.StringIO(), force_terminal=True, color_system="truecolor", record=True)
    show.print_step(show.view_step(run, 5, None, 2), "advantage", console)
    best, worst = console.export_text(styles=True).rsplit("made less likely", 1)

    def used(text: str, shades: tuple[str, ...]) -> bool:
        codes = ["48;2;" + ";".join(str(int(shade[i : i + 2], 16)) for i in (1, 3, 5)) for shade in shades]
        return any(code in text for code in codes)

    assert used(best, BACKGROUND_UP) and not used(best, BACKGROUND_DOWN)
    assert used(worst, BACKGROUND_DOWN) and not used(worst, BACKGROUND_UP)


def test_tokens_with_advantages_of_their_own(run):
    from rich.console import Console

    rollout = replace(show.view_step(run, 5, None, 2).rollouts[0], advantages=())
    tokens = rollout.tokens
    own = replace(rollout, advantages=tuple(2.0 if i % 2 else -2.0 for i in range(len(tokens))))

    def page(one):
        text = show.page_of_step(show.StepView(run, 5, (one,), 1), "advantage")
        return text[text.index('<div class="tokens">') :]

    html = page(own)
    assert html.count("--c:var(--good)") == len(tokens) // 2 and html.count("--c:var(--bad)") == -(-len(tokens) // 2)
    assert "advantage +2.00" in html and "--c:" not in page(rollout)
    assert Page(html.partition("</div>")[0] + "</div>").text == "".join(tokens)  # no white space between tokens
    console = Console(file=io.StringIO(), force_terminal=True, color_system="truecolor", record=True)
    console.print(terminal_rollout(own, "advantage"))
    shown = console.export_text(styles=True)
    for shade in (BACKGROUND_UP[2], BACKGROUND_DOWN[2]):
        assert "48;2;" + ";".join(str(int(shade[i : i + 2], 16)) for i in (1, 3, 5)) in shown


# --- faults ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report", "{root}/nothing"], "no such folder"),
        (["report", "{root}"], "not a run folder"),
        (["report", "{bare}"], "no metrics yet"),
        (["report", "{run}", "--output", "/proc/report"], "cannot write in /proc/report"),
        (["report", "{run}", "--saturation", "120"], "percentage above 0"),
        (["report"], "required: RUN"),
        (["show", "{run}", "--step", "7"], "nearest: --step 5"),
        (["show", "{run}", "--step", "5", "--group", "40"], "nearest: --group 7"),
        (["show", "{bare}", "--step", "1"], "no kept rollouts"),
        (["show", "{bare}", "--step", "2", "--group", "0"], "no kept rollout of group 0; none of any group"),
        (["show", "{run}", "--step", "x"], "invalid int"),
        (["show", "{run}", "--colour", "red"], "invalid choice"),
        (["show", "{run}", "--html", "/proc/a.html"], "cannot write in /proc"),
        (["show", "{run}", "--html", "{run}/metrics.jsonl"], "is the input"),
        (["show", "{run}", "--html", "{run}/config.yaml"], "is the input"),
    ],
)
def test_faults_are_one_line(run, tmp_path, capsys, arguments, message):
    (tmp_path / "empty").mkdir()
    bare = tmp_path / "bare"
    bare.mkdir()
    shutil.copy(run / "config.yaml", bare)
    (bare / "rollouts").mkdir()
    write_zst(bare / "rollouts" / "step_000002.jsonl.zst", [])
    places = {"root": tmp_path / "empty", "bare": bare, "run": run}
    assert main([word.format(**places) for word in arguments]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_faults_come_fast_and_without_heavy_imports(tmp_path):
    code = (
        "import sys; from oneshot_rlvr.cli import main; code = main(sys.argv[1:]); "
        "heavy = {'torch', 'transformers', 'matplotlib', 'hydra', 'pyarrow'} & set(sys.modules); "
        "assert not heavy, heavy; sys.exit(code)"
    )
    for command in ("report", "show"):
        start = time.monotonic()
        done = subprocess.run([sys.executable, "-c", code, command, str(tmp_path)], capture_output=True, text=True)
        assert done.returncode == 2, done.stderr
        assert "not a run folder" in done.stderr
        assert time.monotonic() - start < 10  # 2 s on an idle machine; the machine of a test run is rarely idle
