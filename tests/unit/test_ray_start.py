"""A Ray that is slow to start is waited for; one that cannot start, or is never up, ends in a line."""

from collections.abc import Iterator
from typing import Any

import pytest

from oneshot_rlvr.config.schema import RuntimeConfig
from oneshot_rlvr.errors import RunError

ray = pytest.importorskip("ray")
from oneshot_rlvr.cluster import cluster  # noqa: E402
from oneshot_rlvr.cluster.cluster import Cluster  # noqa: E402

GIVEN_UP = Exception("The current node timed out during startup. This could happen\n  because of load.")


class Start:
    """Stands in for ray.init and the clock: each attempt takes so many seconds and ends with this error, or well."""

    def __init__(self, attempts: list[tuple[float, Exception | None]]) -> None:
        self.attempts, self.now, self.made, self.ended = iter(attempts), 0.0, 0, 0

    def init(self, **_: Any) -> None:
        self.made += 1
        seconds, error = next(self.attempts)
        self.now += seconds
        if error is not None:
            raise error


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def planned(*attempts: tuple[float, Exception | None]) -> Start:
        found = Start(list(attempts))
        monkeypatch.setattr(cluster.ray, "init", found.init)
        monkeypatch.setattr(cluster.time, "monotonic", lambda: found.now)
        monkeypatch.setattr(cluster.keeper, "start", lambda: None)
        return found

    monkeypatch.setattr(cluster.ray, "is_initialized", lambda: False)
    monkeypatch.setattr(cluster.ray, "shutdown", lambda: None)
    yield planned


def begin(limit: float = 100.0) -> None:
    cluster = Cluster.__new__(Cluster)
    cluster.runtime, cluster.heard, cluster._keeper = RuntimeConfig(start_seconds=limit), None, None
    cluster._broken, cluster._session, cluster._started = False, "", False
    cluster._start(address="local")


def test_a_slow_start_is_tried_again(start: Any) -> None:
    plan = start((31.0, GIVEN_UP), (31.0, RuntimeError("no port file")), (4.0, None))
    begin()
    assert plan.made == 3


def test_a_ray_that_is_never_up_is_one_line(start: Any) -> None:
    plan = start(*[(31.0, GIVEN_UP)] * 9)
    with pytest.raises(RunError) as ended:
        begin()
    assert plan.made == 4  # 124 of 100 seconds: what was begun within the limit is waited for
    assert str(ended.value) == (
        "Ray was not up within runtime.start_seconds=100 (Exception: The current node timed out during startup. This "
        "could happen because of load.); the machine may be too busy: give it more time, or fewer processors to share"
    )


def test_a_start_that_fails_at_once_is_not_tried_again(start: Any) -> None:
    plan = start((0.2, OSError(28, "No space left on device")))
    with pytest.raises(RunError, match=r"^Ray did not start: OSError: \[Errno 28\] No space left on device$"):
        begin()
    assert plan.made == 1


def test_a_mistake_in_the_call_is_no_slow_start(start: Any) -> None:
    start((31.0, TypeError("unexpected keyword")))
    with pytest.raises(TypeError, match="unexpected keyword"):
        begin()
