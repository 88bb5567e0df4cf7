"""Writing a checkpoint beside what the run does meanwhile."""

import time
from collections.abc import Callable

from oneshot_rlvr.background import in_background


class Writing:
    """The writing of one step's checkpoint, under way in a thread of its own."""

    def __init__(self, step: int, write: Callable[[], object]) -> None:
        self.step = step

        def timed() -> float:
            start = time.perf_counter()
            write()
            return time.perf_counter() - start

        self._seconds = in_background(timed, f"checkpoint {step}")

    def result(self) -> float:
        """Waits until it is done; -> seconds that it took. Raises what it raised."""
        return self._seconds.result()
