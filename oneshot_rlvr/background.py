"""Work beside the caller's own, in a thread for which the process does not wait at its end."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def in_background(work: Callable[[], T], name: str) -> "Future[T]":
    """Starts `work` in a daemon thread of that name; the future raises what it raised."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001  raised again by `result`
            future.set_exception(error)

    Thread(target=run, name=name, daemon=True).start()
    return future
