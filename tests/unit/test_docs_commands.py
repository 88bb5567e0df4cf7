"""Every `rlvr ...` command in README.md and docs/ is parsed by its command, and composed where it trains."""

import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from docs_pages import PAGES, ROOT, commands_of

from oneshot_rlvr import cli
from oneshot_rlvr.commands.multirun import _check_jobs
from oneshot_rlvr.config import check as checks
from oneshot_rlvr.config import hardware, step_time
from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.config.overrides import group_options
from oneshot_rlvr.data.prompts import parse_template
from oneshot_rlvr.data.registry import sources
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.evaluation.protocols import OF_RUN, load_protocol, names
from oneshot_rlvr.grading.graders import GRADERS
from oneshot_rlvr.paths import configs_dir
from oneshot_rlvr.trainer import dry_run, preflight

# Words that stand for what a reader puts there; a file that a command would read may be missing.
PLACEHOLDER = re.compile(r"\.\.\.|…|NAME|\bRUN\b|package\.module|mine:|sql_domain:|FILE")
NAMED = re.compile(r"(?:\+|\b)(experiment|protocol|model|data|reward|algorithm|compat)=([a-z][a-z0-9_]+)\b(?!:|/|\.)")


ALL = [
    pytest.param(command, whole, id=f"{page.name}: {command[:70]}")
    for page in PAGES if page.exists()
    for command, whole in dict.fromkeys(commands_of(page.read_text(encoding="utf-8")))
]  # fmt: skip


def test_the_pages_are_read() -> None:
    assert len(ALL) > 60
    assert commands_of("a `rlvr data list` b\n```\n$ rlvr eval --model x \\\n  --limit 3   # why\n```\n") == [
        ("rlvr eval --model x    --limit 3   # why", True),
        ("rlvr data list", False),
    ]


@pytest.mark.parametrize(("command", "whole"), ALL)
def test_command(command: str, whole: bool) -> None:
    words = shlex.split(command.split(" | ")[0].split(" && ")[0], comments=True)[1:]
    if not words or words[0].startswith("-"):
        assert not words or words[0] in ("--completion", "--version", "--help")
        return
    if words[0] == "COMMAND":
        return
    name, rest = words[0], words[1:]
    assert name in cli.COMMANDS
    module = import_module(f"oneshot_rlvr.commands.{name}")
    parser = cli.command_parser(name, module)
    if not whole and (not rest or "..." in rest):
        known = {option for action in parser._actions for option in action.option_strings}
        assert {word.split("=")[0] for word in rest if word.startswith("--")} <= known
        return  # a command only named in a sentence
    values = {"N": "1", "K": "1", "T": "0.6"}  # stand for a number
    arguments = vars(cli.parse(parser, [values.get(word, word) for word in rest if word != "..."]))
    if name == "train" and arguments["overrides"]:
        compose(arguments["overrides"], arguments["multirun"], whole and "..." not in rest)
    elif name == "sft" and arguments["overrides"]:
        compose(["algorithm=sft", *arguments["overrides"]], arguments["multirun"], whole and "..." not in rest)
    elif name == "eval":
        check_evaluation(arguments)
    elif name in ("regrade", "grade") and arguments.get("grader"):
        assert PLACEHOLDER.search(arguments["grader"]) or arguments["grader"] in GRADERS
    elif name == "data":
        assert set(arguments["names"]) - {"NAME"} <= set(sources())
        assert arguments["action"] in module.ACTIONS or "|" in arguments["action"]


def compose(overrides: list[str], multirun: bool, whole: bool) -> None:
    """The configuration composes; a command in a block also passes the checks that need no file and no GPU."""
    known = [word for word in overrides if not PLACEHOLDER.search(word)]
    if multirun:
        from hydra.core.override_parser.overrides_parser import OverridesParser

        from oneshot_rlvr.config.overrides import check_overrides
        from oneshot_rlvr.config.schema import RunConfig

        parsed = OverridesParser.create().parse_overrides(check_overrides(known, RunConfig, sweep=True))
        _check_jobs(parsed, dry_run=True)
        return
    config = load_run_config(known)
    checks.check_values(config)
    if whole and known == overrides:
        preflight.check_settings(config)


def check_evaluation(arguments: dict[str, object]) -> None:
    protocol, benchmarks, template = arguments["protocol"], arguments["benchmarks"], arguments["template"]
    if protocol == OF_RUN:
        assert arguments["ckpt_dir"], "only a run has this protocol"
    elif isinstance(protocol, str) and not PLACEHOLDER.search(protocol):
        loaded = load_protocol(protocol)
        assert loaded.model or arguments["ckpt_dir"] or arguments["model"] or arguments["base"], "nothing to evaluate"
    elif protocol is None:
        assert arguments["ckpt_dir"] or arguments["model"], "nothing to evaluate"
    if isinstance(benchmarks, str):
        known = {name for name in names(benchmarks) if not re.match(r"hub:|gym:|.*\.jsonl$", name)}
        assert known <= set(sources())
    if isinstance(template, str) and ".jsonl" not in template:
        for one in names(template):
            parse_template(one)


# Names in sentences and tables


@pytest.mark.parametrize("page", [page for page in PAGES if page.exists()], ids=lambda page: page.name)
def test_names_of_files_in_configs_exist(page: Path) -> None:
    """`+experiment=x`, `reward=x`, `--protocol x` and the like, wherever they stand in code."""
    lines = page.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if "did you mean" not in line)  # such a line quotes a mistake
    code = "\n".join(re.findall(r"`([^`\n]+)`", text)) + "\n".join(
        re.findall(r"^```.*?^```", text, re.DOTALL | re.MULTILINE)
    )
    for group, option in NAMED.findall(code):
        assert option in group_options(group), f"{group}={option}"
    for option in re.findall(r"--protocol ([a-z][a-z0-9_]+)", code):
        assert option == OF_RUN or load_protocol(option)


# docs/reproduce.md


REPRODUCE = (ROOT / "docs" / "reproduce.md").read_text(encoding="utf-8")
SEVEN = ("math500", "aime24", "amc23", "minerva_math", "olympiadbench", "aime25", "average")


def table_rows() -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in REPRODUCE.splitlines() if line.startswith("|")
    ]


def published(name: str, folder: str) -> dict[str, float]:
    return yaml.safe_load((configs_dir() / folder / f"{name}.yaml").read_text()).get("published", {})


def test_every_experiment_and_evaluation_stands_in_reproduce() -> None:
    text = " ".join(REPRODUCE.split())
    quoted = set(re.findall(r"`(?:rlvr train \+experiment=)?([a-z0-9_]+)`", text))
    quoted |= set(re.findall(r"--protocol ([a-z0-9_]+)", text))
    helpers = {"sandbox_comparison", "sandbox_history"}  # parts of the demo
    assert set(group_options("experiment")) - quoted == helpers
    assert set(group_options("eval")) - quoted <= {"non_math", "choice", "sandbox", "paper", "programs"}


def test_numbers_of_reproduce_are_those_of_the_files() -> None:
    """Rows with seven numbers under the header of a table that reads one checkpoint, and the rows of Table 5."""
    seen, header = set(), ""
    for cells in table_rows():
        if "M500" in cells:
            header = " ".join(cells)
        name = cells[0].strip("`")
        if (
            header == "experiment what M500 A24 AMC Min Oly A25 avg"
            and name in group_options("experiment")
            and len(cells) == 9
        ):
            numbers = published(name, "experiment")
            if (
                numbers.keys() >= set(SEVEN)
                and "Table 9" not in (configs_dir() / f"experiment/{name}.yaml").read_text()
            ):
                assert [float(cell) for cell in cells[2:]] == [numbers[key] for key in SEVEN], name
                seen.add(name)
        if header.startswith("protocol what M500") and name in group_options("eval"):
            assert [float(cell) for cell in cells[2:]] == [published(name, "eval")[key] for key in SEVEN], name
            seen.add(name)
        if name.startswith("table5_") and len(cells) == 8:
            assert [float(cell) for cell in cells[6:]] == list(published(name, "experiment").values()), name
            seen.add(name)
    assert len(seen) == 13 + 6 + 43


def test_estimates_of_reproduce_are_those_of_the_dry_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory, hours and disk within 10 %, on 8 A100: when the formulas change, the table has to."""
    for module in (hardware, step_time):
        monkeypatch.setattr(module, "gpus", list)
    rows = [cells for cells in table_rows() if len(cells) == 6 and cells[0].strip("`") in group_options("experiment")]
    assert len(rows) == 6
    for cells in rows:
        config = load_run_config([f"+experiment={cells[0].strip('`')}", "runtime=ray"])
        text = dry_run.describe(config)
        memory = re.search(r"^memory +([\d.]+) GiB on each of 8 GPUs", text, re.MULTILINE)
        steps = re.search(r"^ +([\d,]+) steps +([\d.]+) (days|hours) +([\d.]+) (days|hours)$", text, re.MULTILINE)
        disk = re.search(r"^disk +([\d.]+) TiB", text, re.MULTILINE)
        assert memory and steps and disk and "on 8 A100" in text
        hours = [float(steps[i]) * {"days": 24, "hours": 1}[steps[i + 1]] for i in (2, 4)]
        found = [float(memory[1]), *hours, float(disk[1])]
        assert [float(cell) for cell in cells[2:]] == pytest.approx(found, rel=0.1), cells[0]
        assert cells[1] == steps[1] and int(cells[1].replace(",", "")) == config.trainer.total_steps


def test_a_stale_command_would_be_noticed() -> None:
    with pytest.raises(UserError, match="did you mean 'pi1_r128'"):
        test_command("rlvr train +experiment=pi1_r12", True)
    with pytest.raises(UserError, match="unknown argument '--ckpt-dirs'"):
        test_command("rlvr eval --ckpt-dirs x", True)
    with pytest.raises(UserError, match="do not fill a step"):
        test_command("rlvr train data.problem=x data.answer=1", True)
