"""The lines and the live table that a sweep shows."""

from oneshot_rlvr.evaluation.progress import SweepProgress
from oneshot_rlvr.evaluation.runner import Progress


def test_plain_lines_come_at_intervals(capsys) -> None:
    view = SweepProgress(live=False, plain_seconds=0.0)
    view.row("step 20")
    view.update(Progress("math500", 120, 500, 100, 100, 71, 6000))
    view.update(Progress("aime24", 0, 240, 0, 0, 0, 0))
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("step 20: math500 120/500 0.710, aime24 0/240 - (") and last.endswith(" tokens/s)")
    quiet = SweepProgress(live=False, plain_seconds=60.0)
    quiet.row("step 20")
    quiet.update(Progress("math500", 120, 500, 100, 100, 71, 6000))
    assert capsys.readouterr().out == ""


def test_live_table_shows_accuracy_so_far() -> None:
    from rich.console import Console

    view = SweepProgress(live=True)
    view.row("step 20")
    view.update(Progress("math500", 120, 500, 100, 100, 71, 6000))
    view.close()
    console = Console(width=80, record=True, file=open("/dev/null", "w"))
    console.print(view._table())
    text = console.export_text()
    assert "step 20" in text and "120/500" in text and "0.710" in text and "100" in text
