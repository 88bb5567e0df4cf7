"""Data sets by `hub:`: every layout of files that `datasets` knows, columns, configurations, splits, the cache."""

import dataclasses
import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oneshot_rlvr.cli import main
from oneshot_rlvr.config.load import load_run_config, yaml_config
from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.data import hub
from oneshot_rlvr.data.datasets import load_problems
from oneshot_rlvr.data.demonstrations import demonstrations
from oneshot_rlvr.data.pick import load_pool
from oneshot_rlvr.data.registry import find_file, set_name
from oneshot_rlvr.data.training_set import training_problems, validation_problems
from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.evaluation.benchmarks import load_benchmarks
from oneshot_rlvr.trainer import hub_commits

ROWS = [{"question": f"What is {n} + 1?", "answer": str(n + 1), "subject": "sums"} for n in range(3)]
COLUMNS = {"problem": "question", "answer": "answer", "category": "subject"}


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a set `set` beside it."""
    monkeypatch.setenv("RLVR_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RLVR_DATA_DIR", raising=False)
    (tmp_path / "set").mkdir()
    return tmp_path / "set"


def jsonl(rows: list[dict]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def csv(rows: list[dict]) -> str:
    return "question,answer,subject\n" + "".join(f"{r['question']},{r['answer']},{r['subject']}\n" for r in rows)


def saved(folder: Path) -> None:
    datasets.Dataset.from_list(ROWS).save_to_disk(str(folder))


def saved_splits(folder: Path) -> None:
    datasets.DatasetDict({"test": datasets.Dataset.from_list(ROWS)}).save_to_disk(str(folder))


def in_folders(folder: Path) -> None:
    (folder / "data/train").mkdir(parents=True)
    (folder / "data/test").mkdir()
    (folder / "data/train/a.jsonl").write_text(jsonl(ROWS[:1]))
    (folder / "data/test/a.jsonl").write_text(jsonl(ROWS))


def by_readme(folder: Path) -> None:
    (folder / "README.md").write_text(
        "---\nconfigs:\n- config_name: easy\n  data_files:\n  - {split: train, path: x.csv}\n"
        "  - {split: test, path: y.csv}\n- config_name: hard\n  data_files: z.csv\n---\n"
    )
    (folder / "x.csv").write_text(csv(ROWS[:1]))
    (folder / "y.csv").write_text(csv(ROWS))
    (folder / "z.csv").write_text(csv(ROWS[1:]))


LAYOUTS: dict[str, tuple[Callable[[Path], object], str]] = {  # name -> how it is made, what follows the folder
    "csv": (lambda f: (f / "x.csv").write_text(csv(ROWS)), ""),
    "json lines": (lambda f: (f / "x.jsonl").write_text(jsonl(ROWS)), ":train"),
    "json list": (lambda f: (f / "x.json").write_text(json.dumps(ROWS)), ""),
    "parquet": (lambda f: pq.write_table(pa.Table.from_pylist(ROWS), f / "x.parquet"), ":default:train"),
    "gz": (lambda f: (f / "x.jsonl.gz").write_bytes(gzip.compress(jsonl(ROWS).encode())), ""),
    "several files": (lambda f: [(f / f"{n}.jsonl").write_text(jsonl([r])) for n, r in enumerate(ROWS)], ""),
    "split by file": (
        lambda f: [(f / f"{n}.csv").write_text(csv(r)) for n, r in (("train", ROWS[:1]), ("test", ROWS))], ":test"),
    "split by folder": (in_folders, ":test"),
    "readme": (by_readme, ":easy:test"),
    "saved to disk": (saved, ""),
    "saved to disk, splits": (saved_splits, ":test"),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_problems(layout: str, places: Path) -> None:
    make, rest = LAYOUTS[layout]
    make(places)
    problems = load_problems(f"hub:{places}{rest}", COLUMNS)
    assert [(p.id, p.prompt, p.answer, p.category) for p in problems] == [
        (str(n), r["question"], r["answer"], "sums") for n, r in enumerate(ROWS)
    ]


def test_plain_text_is_for_supervised_training(places: Path) -> None:
    (places / "x.txt").write_text("one\ntwo\n")
    config = load_run_config(["+experiment=sandbox_oneshot", f"data.demonstrations=hub:{places}"])
    assert [given.turns for given in demonstrations(config.data)] == [("one",), ("two",)]


def test_columns_of_given_responses(places: Path) -> None:
    (places / "x.jsonl").write_text(jsonl([{"q": "6 times 7?", "prompt": "no", "a": "42", "response": "no"}]))
    config = load_run_config([
        "+experiment=sandbox_oneshot", f"data.demonstrations=hub:{places}", "data.columns={prompt: q, response: a}",
    ])  # fmt: skip
    (given,) = demonstrations(config.data)
    assert (given.problem.prompt, given.turns) == ("6 times 7?", ("42",))


def test_a_run_takes_its_splits_and_columns(places: Path) -> None:
    by_readme(places)
    config = load_run_config([
        "+experiment=sandbox_oneshot", "data.examples=[]", f"data.file=hub:{places}:easy:train", "data.copies=2",
        f"data.validation=hub:{places}:easy:test", "data.validation_limit=2",
        "data.columns={problem: subject, answer: answer}",
    ])  # fmt: skip
    assert [(row.problem.prompt, row.copy) for row in training_problems(config.data)] == [("sums", 0), ("sums", 1)]
    assert [p.prompt for p in validation_problems(config.data)] == ["sums", "sums"]
    config.data.validation = "sandbox_heldout"  # of another data set: its own columns
    assert len(validation_problems(config.data)) == 2


def test_benchmarks_and_pools_by_name(places: Path) -> None:
    by_readme(places)
    (found,) = load_benchmarks([f"hub:{places}:hard"], 1, columns={"problem": "question", "answer": "subject"})
    assert (found.name, [p.answer for p in found.problems]) == ("set_hard", ["sums"])
    assert load_pool(f"hub:{places}:hard").ids == ("0", "1")
    assert load_problems(f"hub:{places}:hard")[0].source == "set_hard" == set_name(f"hub:{places}:hard")


def test_columns_of_any_file(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(jsonl([{"question": "no", "text": "2+2?", "answer": "no", "label": 4}]))
    (problem,) = load_problems(str(tmp_path / "x.jsonl"), {"problem": "text", "answer": "label"})
    assert (problem.prompt, problem.answer) == ("2+2?", "4")
    pq.write_table(pa.Table.from_pylist([{"text": "2+2?", "label": 4}]), tmp_path / "x.parquet")
    assert load_problems(str(tmp_path / "x.parquet"), {"problem": "text", "answer": "label"})[0].answer == "4"


REFUSED = {  # what follows `hub:FOLDER` -> what is said
    ":easy": "which split? hub:OWNER/NAME[:CONFIG][:SPLIT] is needed; valid: test, train",
    ":easy:tests": "no split 'tests'; did you mean 'test'?",
    ":eazy:test": "no configuration 'eazy'; did you mean 'easy'?",
    "": "which configuration? hub:OWNER/NAME[:CONFIG][:SPLIT] is needed; valid: easy, hard",
    ":a:b:c": "hub:OWNER/NAME[:CONFIG][:SPLIT] is needed",
    "::test": "hub:OWNER/NAME[:CONFIG][:SPLIT] is needed",
}


@pytest.mark.parametrize("rest", REFUSED)
def test_a_missing_part_is_one_line_with_the_valid_ones(rest: str, places: Path) -> None:
    by_readme(places)
    with pytest.raises(UserError) as found:
        find_file(f"hub:{places}{rest}")
    assert str(found.value) == f"hub:{places}{rest}: {REFUSED[rest]}"


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"problem": "questio"}, "columns: problem=questio: no such column; did you mean 'question'?"),
        ({"anwser": "answer"}, "columns: anwser=answer: anwser is none; did you mean 'answer'?"),
    ],
)
def test_a_missing_column_is_one_line(columns: dict[str, str], said: str, places: Path) -> None:
    by_readme(places)
    with pytest.raises(UserError) as found:
        load_problems(f"hub:{places}:hard", columns)
    assert str(found.value) == f"hub:{places}:hard: {said}"


def test_what_holds_no_rows_or_is_damaged(places: Path) -> None:
    with pytest.raises(UserError, match=f"hub:{places}: "):
        find_file(f"hub:{places}")  # an empty folder
    (places / "x.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises((UserError, RunError), match=f"hub:{places}: "):
        find_file(f"hub:{places}")
    assert not [path for path in places.parent.glob("cache/**/*") if path.is_file()]


def test_a_folder_is_read_again_when_it_has_changed(places: Path) -> None:
    (places / "x.jsonl").write_text(jsonl(ROWS))
    first = find_file(f"hub:{places}")
    assert find_file(f"hub:{places}") == first
    (places / "x.jsonl").write_text(jsonl(ROWS[:2]))
    assert find_file(f"hub:{places}") != first and len(load_problems(f"hub:{places}")) == 2


class Served:
    """Stands for the hub: a folder, by the calls of `datasets` that the reader makes, which are counted."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.read = 0
        self.given = "", ""  # a commit, and the file that it holds, whatever is there now
        names, load = datasets.get_dataset_config_names, datasets.load_dataset

        def load_dataset(place: str, config: str, revision: str | None, streaming: bool) -> dict:
            self.asked.append((place, revision))
            if revision == self.given[0]:
                (folder / "x.jsonl").write_text(self.given[1])
            loaded = load(str(folder), config, streaming=streaming)
            return {split: self.counted(rows) for split, rows in loaded.items()}

        monkeypatch.setattr(datasets, "get_dataset_config_names", lambda place, revision: names(str(folder)))
        monkeypatch.setattr(datasets, "load_dataset", load_dataset)

    def counted(self, rows):
        for row in rows:
            self.read += 1
            yield row


def test_the_hub_is_asked_once(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (places / "x.jsonl").write_text(jsonl(ROWS))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)
    served = Served(places, monkeypatch)
    assert [p.answer for p in load_problems("hub:someone/sums", limit=2)] == ["1", "2"]
    assert served.read == 2  # only the first rows
    assert len(load_problems("hub:someone/sums")) == 3
    assert len(load_problems(hub.with_revision("hub:someone/sums:train", "v1"))) == 3
    assert served.asked == [("someone/sums", None)] * 2 + [("someone/sums", "v1")]
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name in ("hub:someone/sums", "hub:someone/sums@v1:train"):
        assert len(load_problems(name)) == 3
    with pytest.raises(UserError, match="hub:someone/other: HF_HUB_OFFLINE is set and the cache does not hold it"):
        load_problems("hub:someone/other")
    assert len(served.asked) == 3


class Hub:
    """Stands for the hub's answers to what a revision is now; None: it is not reached."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **commits: str | None) -> None:
        self.commits: dict[str, str | None] = commits
        self.asked: list[tuple[str, str, str | None]] = []

        def newest(kind: str, repo: str, revision: str | None) -> str | None:
            self.asked.append((kind, repo, revision))
            return self.commits[revision or "main"]

        monkeypatch.setattr(hub, "newest_commit", newest)
        monkeypatch.setattr(hub_commits, "newest_commit", newest)
        for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
            monkeypatch.delenv(name, raising=False)


FIRST, SECOND = "1" * 40, "2" * 40


def test_a_run_goes_on_with_the_commits_that_it_began_with(
    places: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (places / "x.jsonl").write_text(jsonl(ROWS))
    served, asked = Served(places, monkeypatch), Hub(monkeypatch, main=FIRST, v2=SECOND)
    command = ["train", "+experiment=sandbox_oneshot", "data.examples=[]", "data.file=hub:someone/sums:train",
               "data.columns={problem: question, answer: answer}", "data.copies=1", "data.prompts_per_step=1",
               "algorithm.group_size=2", "rollout.max_new_tokens=4", "data.validation=null", "trainer.eval_every=0",
               "trainer.eval_first=false", "checkpoint.every=1", f"trainer.output_dir={tmp_path}/runs"]  # fmt: skip
    assert main([*command, "trainer.total_steps=1"]) == 0
    asked.commits["main"] = SECOND  # somebody has pushed
    (places / "x.jsonl").write_text(jsonl(ROWS[:1]))
    shutil.rmtree(tmp_path / "cache")
    served.given = FIRST, jsonl(ROWS)
    assert main([*command, "trainer.total_steps=2"]) == 0
    assert asked.asked == [("dataset", "someone/sums", None)]  # a run that began asks nobody
    assert {revision for _, revision in served.asked} == {FIRST}
    (folder,) = (tmp_path / "runs").glob("*/*")
    stored = yaml_config((folder / "config.yaml").read_text(), RunConfig)
    assert stored.data.file == f"hub:someone/sums@{FIRST}:train"
    assert stored.hub_commits == {"hub:someone/sums": FIRST}
    capsys.readouterr()
    assert main([*command, "trainer.total_steps=3", "data.revision=v2"]) == 2  # another revision is another run
    assert "data.revision (was None, now v2)" in capsys.readouterr().err


def test_what_is_pinned(places: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets and model by their commits; folders and commits as they are; offline what was last known."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    asked = Hub(monkeypatch, main=FIRST, v1=SECOND)
    config = load_run_config([
        "+experiment=sandbox_oneshot", f"trainer.output_dir={tmp_path}", "data.examples=[]", "model.path=some/model",
        "data.file=hub:a/b:x:train", "data.validation=hub:a/c@v1:test", "data.pool=hub:a/b", f"data.revision={SECOND}",
    ])  # fmt: skip
    found = hub_commits.pinned(config)
    assert found.model.revision == FIRST
    assert found.data.file == "hub:a/b:x:train"  # data.revision is a commit
    assert found.data.validation == f"hub:a/c@{SECOND}:test"
    assert found.data.pool == f"hub:a/b@{FIRST}"
    assert found.hub_commits == {"some/model": FIRST, "hub:a/c@v1": SECOND, "hub:a/b": FIRST}
    assert hub_commits.pinned(found) == dataclasses.replace(found, hub_commits={})
    asked.commits = {"main": None, "v1": None}
    offline = hub_commits.pinned(config)
    assert (offline.data.validation, offline.model.revision) == (found.data.validation, None)
    snapshot = tmp_path / "hub/models--some--model/snapshots" / FIRST
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}")
    (tmp_path / "hub/models--some--model/refs").mkdir()
    (tmp_path / "hub/models--some--model/refs/main").write_text(FIRST)
    assert hub_commits.pinned(config) == found
    local = load_run_config(["+experiment=sandbox_oneshot", f"data.pool=hub:{places}", "data.examples=[a]"])
    assert hub_commits.pinned(local) == local


def test_a_hub_that_is_not_reached(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def lost(place: str, revision: str | None) -> None:
        raise ConnectionError("no route\nto host")

    monkeypatch.setattr(datasets, "get_dataset_config_names", lost)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)
    with pytest.raises(RunError, match=r"hub:someone/sums: the hub was not reached: no route$"):
        load_problems("hub:someone/sums")
    assert main(["eval", "--model", "sandbox:base_e", "--benchmarks", "hub:someone/sums"]) == 1
    assert capsys.readouterr().err == "rlvr: failed: hub:someone/sums: the hub was not reached: no route\n"


def test_columns_on_the_command_line(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (places / "x.jsonl").write_text(jsonl(ROWS))
    command = ["eval", "--model", "sandbox:base_e", "--benchmarks", f"hub:{places}", "--columns"]
    assert main([*command, "problem=qestion,answer=answer"]) == 2
    assert "problem=qestion: no such column; did you mean 'question'?" in capsys.readouterr().err
    assert main([*command, "problem"]) == 2
    assert "--columns problem: problem=COLUMN,answer=COLUMN is needed" in capsys.readouterr().err
    with pytest.raises(UserError, match=r"data\.columns is a mapping"):
        load_run_config(["+experiment=sandbox_oneshot", "data.columns=question"])
