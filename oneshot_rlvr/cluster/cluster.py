"""Ray: join or start a cluster, reserve room, start workers, wait for them with a deadline, leave nothing behind."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayActorError, RayError
from ray.util.placement_group import PlacementGroup, placement_group, remove_placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

from oneshot_rlvr.config.schema import RuntimeConfig
from oneshot_rlvr.errors import RunError, UserError, WorkerLost, worker_failed
from oneshot_rlvr.isolation import keeper

# Set before a worker's first import: read by OpenMP and torch when they are loaded. Threads that wait by spinning take
# the processor from whatever else runs on it.
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "GOMP_SPINCOUNT": "0", "TOKENIZERS_PARALLELISM": "false"}
CPU_OBJECT_STORE = 1 << 30  # bytes, of a cluster started here without GPUs; pages are taken when they are used
POLL_SECONDS = 0.5
KNOCK_SECONDS = 10.0
ROOM_SECONDS = 60.0  # for others to leave the processors and GPUs that are needed
GRACE_SECONDS = 3.0  # after the first failure: the others' fates tell which worker was the cause
# How long Ray waits for its server to be up, and for a worker process: both in seconds.
PATIENCE = ("RAY_gcs_server_port_wait_time_s", "RAY_worker_register_timeout_seconds")
HASTE_SECONDS = 15.0  # a start that fails sooner does not fail for want of time
DAEMONS = ("gcs_server", "raylet")  # of Ray, without which nothing goes on
# What a worker reports when another one left it alone in a collective operation.
SECONDHAND = ("gloo", "nccl", "connection closed by peer", "connection reset", "distbackend", "timed out waiting")


@dataclass(slots=True, eq=False)
class Worker:
    """One actor. `name` is what messages call it (`policy worker 1`)."""

    name: str
    handle: Any
    where: str = "starting"  # process and node
    log: str = ""  # its log file, or the glob of Ray's, on its node


@dataclass(slots=True)
class Cluster:
    """The Ray cluster of a run. Everything started through it ends with `close`."""

    runtime: RuntimeConfig
    poll: Callable[[], None] | None = None  # called while waiting where giving up is safe; raises to give up
    heard: Callable[[], None] | None = None  # called with every result: the run is alive
    logs: Path | None = None  # folder for a log file of each worker
    environment: Mapping[str, str] = field(default_factory=dict)  # of the workers, beside ENVIRONMENT
    _started: bool = False
    _keeper: "subprocess.Popen[bytes] | None" = None
    _broken: bool = False  # Ray itself: it cannot be asked to end anything
    _session: str = ""  # Ray's folder, of a cluster started here
    _lost: bool = False  # a worker was: what Ray has written may tell more
    _workers: list[Worker] = field(default_factory=list)
    _groups: list[PlacementGroup] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not ray.is_initialized():
            with _own_signals():
                self._connect()
            self._started = True

    def _connect(self) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        os.environ.setdefault("RAY_worker_niceness", "0")  # Ray's 15 lets anything else on the machine go first
        quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": True}
        address = self.runtime.ray_address
        if address is not None:
            try:
                _knock(address)
                ray.init(address=address, **quiet)
            except (ConnectionError, ValueError, RuntimeError, OSError) as error:
                reason = str(error).strip().split("\n")[0][:200]
                raise UserError(f"runtime.ray_address={address}: no Ray cluster answers there: {reason}") from error
            return
        from oneshot_rlvr.config.hardware import gpus, num_cores

        needed = self.runtime.policy_workers + self.runtime.rollout_workers + 1
        for name in PATIENCE:
            os.environ.setdefault(name, f"{self.runtime.start_seconds:.0f}")
        self._start(  # "local": without an address it would join whatever cluster this machine happens to run
            address="local", num_cpus=max(num_cores(), needed), include_dashboard=False,
            object_store_memory=None if gpus() else CPU_OBJECT_STORE, **quiet,
        )  # fmt: skip
        self._session = ray._private.worker._global_node.get_session_dir_path()  # type: ignore[union-attr]

    def _start(self, **settings: Any) -> None:
        """A Ray of this process. A start that took Ray's whole patience, of which half a minute cannot be changed, is
        tried again until runtime.start_seconds have passed; one that failed sooner would fail again."""
        end = time.monotonic() + self.runtime.start_seconds
        while True:
            self._keeper, begun = keeper.start(), time.monotonic()
            try:
                ray.init(**settings)
                return
            except Exception as error:
                ray.shutdown()  # whatever has started
                self.close()
                if self.heard is not None:
                    self.heard()
                if not _says_ray_did_not_start(error):
                    raise
                reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
                if time.monotonic() - begun < HASTE_SECONDS:
                    raise RunError(f"Ray did not start: {reason}") from error
                if time.monotonic() > end:
                    raise RunError(
                        f"Ray was not up within runtime.start_seconds={self.runtime.start_seconds:g} ({reason}); the "
                        "machine may be too busy: give it more time, or fewer processors to share"
                    ) from error

    @property
    def num_gpus(self) -> int:
        """GPUs of all nodes together."""
        return int(ray.cluster_resources().get("GPU", 0))

    def reserve(self, bundles: list[dict[str, float]], strategy: str = "PACK") -> PlacementGroup:
        """Room for workers, one bundle each; UserError if the cluster does not have it."""
        group = placement_group(bundles, strategy=strategy)
        self._groups.append(group)
        total = {key: sum(bundle.get(key, 0) for bundle in bundles) for key in ("GPU", "CPU")}
        have = {key: ray.cluster_resources().get(key, 0) for key in total}
        fits = all(have[key] >= total[key] for key in total)  # then it may be free in a moment
        patience = self.runtime.start_seconds if self._started else min(ROOM_SECONDS, self.runtime.timeout_seconds)
        if not group.wait(patience if fits else 1.0):
            free = {key: ray.available_resources().get(key, 0) for key in total}
            wanted, there, left = (
                ", ".join(f"{value:g} {key}" for key, value in counts.items()) for counts in (total, have, free)
            )
            raise UserError(
                f"the Ray cluster has no room for the workers: they need {wanted}; it has {there}, of which {left} "
                "are free; lower runtime.policy_workers or runtime.rollout_workers"
            )
        return group

    def launch(
        self, kind: type, names: list[str], arguments: list[tuple[Any, ...]], room: PlacementGroup,
        bundles: list[int], takes: Mapping[str, float],
    ) -> list[Worker]:  # fmt: skip
        """One actor of class `kind` for each name, in the bundles given; they are up when `settle` says so."""
        remote = ray.remote(kind)
        launched = []
        for name, given, bundle in zip(names, arguments, bundles, strict=True):
            handle = remote.options(
                num_cpus=takes.get("CPU", 0), num_gpus=takes.get("GPU", 0), max_restarts=0,
                scheduling_strategy=PlacementGroupSchedulingStrategy(room, placement_group_bundle_index=bundle),
                runtime_env={"env_vars": {**ENVIRONMENT, **self.environment}},
            ).remote(*given)  # fmt: skip
            if self.logs is not None:
                handle.log_to.remote(str(self.logs / f"{name.replace(' ', '_')}.log"), name)
            launched.append(Worker(name, handle))
        self._workers += launched
        return launched

    def settle(self, workers: list[Worker]) -> None:
        """Waits until these are up."""
        for worker, (pid, node, log) in zip(workers, self.call("start", workers, "where"), strict=True):
            worker.where, worker.log = f"process {pid} on {node}", log

    def call(
        self, phase: str, workers: list[Worker], method: str, *arguments: Any, each: list[Any] | None = None,
        may_stop: bool = False, watch: Sequence[Worker] = (),
    ) -> list[Any]:  # fmt: skip
        """`method` on every worker at once; results in their order. `each` gives every worker its first argument."""
        first = [()] * len(workers) if each is None else [(given,) for given in each]
        calls = [(w, getattr(w.handle, method).remote(*own, *arguments)) for w, own in zip(workers, first, strict=True)]
        return self.wait(phase, calls, may_stop=may_stop, watch=watch)

    def wait(
        self, phase: str, calls: list[tuple[Worker, Any]], on_result: Callable[[int, Any], None] | None = None,
        may_stop: bool = False, watch: Sequence[Worker] = (),
    ) -> list[Any]:  # fmt: skip
        """Results in order, `on_result(index, result)` as each arrives; WorkerLost names the worker that failed.

        A call may be a stream: then `on_result` gets each of its items, and its own result is None.

        `watch` are others that the calls depend on: it is also one of these if it dies or reports trouble.
        """
        watched = _Watch(watch)
        places = {ref: i for i, (_, ref) in enumerate(calls)}
        everyone = [*(worker for worker, _ in calls), *watch]
        results: dict[int, Any] = {}
        failures: dict[int, Exception] = {}  # of the calls, and behind them of those watched
        waiting = list(places)
        deadline = time.monotonic() + self.runtime.timeout_seconds + (GRACE_SECONDS if len(calls) > 1 else 0)
        while waiting and time.monotonic() < deadline:
            self._refuse_dead_daemons(phase)
            before = len(failures)
            for ref in ray.wait(waiting, num_returns=1, timeout=POLL_SECONDS)[0]:
                call: Any = ref
                place, streams = places[ref], isinstance(ref, ray.ObjectRefGenerator)
                try:
                    result = ray.get(next(call) if streams else call)
                except StopIteration:  # all of a stream has come
                    results[place] = None
                    waiting.remove(ref)
                    continue
                except RayError as error:
                    failures[place] = error
                    waiting.remove(ref)
                    continue
                if not streams:
                    results[place] = result
                    waiting.remove(ref)
                if self.heard is not None:
                    self.heard()
                if streams and not failures:  # what still comes is alive
                    deadline = max(deadline, time.monotonic() + self.runtime.timeout_seconds)
                if on_result is not None:
                    on_result(place, result)
            failures.update({len(calls) + n: error for n, error in watched.troubles()})
            if failures and not before:
                deadline = min(deadline, time.monotonic() + GRACE_SECONDS)
            if may_stop and not failures and self.poll is not None:
                self.poll()
        if len(results) < len(calls):
            self._lost = True
            raise self._verdict(phase, everyone, [places[ref] for ref in waiting], failures)
        return [results[i] for i in range(len(calls))]

    def _verdict(
        self, phase: str, workers: list[Worker], silent: list[int], failures: Mapping[int, Exception]
    ) -> Exception:
        """Finds the worker to blame: one that died, one with an error of its own, one that hangs; in this order."""
        dead = [i for i in sorted(failures) if isinstance(failures[i], RayActorError)]
        own = [i for i in sorted(failures) if i not in dead and not _secondhand(failures[i])]
        for i in own:
            cause = _cause(failures[i])
            if isinstance(cause, WorkerLost):  # of another worker, of which the driver may know more
                if not dead:
                    return cause
            elif isinstance(cause, (RunError, UserError)):  # said for the user already: no other run would differ
                return cause
        if dead:
            i = dead[0]
            return WorkerLost(f"{_title(workers[i])} died in {phase}: {_text(failures[i])}{_log(workers[i])}")
        if own:
            i = own[0]
            line = f"{_title(workers[i])} failed in {phase}: {_text(failures[i])}{_log(workers[i])}"
            return worker_failed(line, _text(failures[i]))
        if silent:
            limit = self.runtime.timeout_seconds
            heard = f" (while {_title(workers[min(failures)])}: {_text(failures[min(failures)])})" if failures else ""
            return WorkerLost(
                f"{_title(workers[silent[0]])} has not answered in {phase} within runtime.timeout_seconds={limit:g}"
                f"{heard}{_log(workers[silent[0]])}"
            )
        i = min(failures)
        return WorkerLost(f"{_title(workers[i])} failed in {phase}: {_text(failures[i])}{_log(workers[i])}")

    def _refuse_dead_daemons(self, phase: str) -> None:
        """WorkerLost if a process of a Ray started here has ended: without it no worker would ever be heard again."""
        if self._keeper is None:  # Ray was running before, or tells otherwise
            return
        node: Any = ray._private.worker._global_node  # type: ignore[union-attr]
        for kind, process in node.dead_processes():
            if kind not in DAEMONS:
                continue
            code = process.returncode
            how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
            self._broken = self._lost = True
            raise WorkerLost(f"Ray's {kind} (process {process.pid}) ended with {how} in {phase}; its log: "
                             f"{node.get_logs_dir_path()}/{kind}.out")  # fmt: skip

    def close(self) -> None:
        """Ends the workers, give the room back, stop Ray if it was started or joined here."""
        if self._broken and self._keeper is not None:
            self._keeper.communicate()
        if ray.is_initialized():
            for worker in self._workers if not self._broken else ():
                ray.kill(worker.handle, no_restart=True)
            for group in self._groups if not self._broken else ():
                remove_placement_group(group)
            if self._started:
                with _own_signals():
                    ray.shutdown()
        self._workers, self._groups = [], []
        if self._keeper is not None:
            self._keeper.communicate()  # it ends what Ray has left over
            self._keeper = None
        if self._session and not self._lost and not self._broken:
            shutil.rmtree(self._session, ignore_errors=True)


def nodes_of(room: PlacementGroup) -> list[str]:
    """The node of each bundle."""
    found = ray.util.placement_group_table(room)["bundles_to_node_id"]
    return [found[bundle] for bundle in sorted(found)]


class _Watch:
    """Workers that others are talking with: one ping under way to each. One that is at work answers later."""

    def __init__(self, workers: Sequence[Worker]) -> None:
        self._workers = workers
        self._pings: dict[Any, int] = {worker.handle.ping.remote(): n for n, worker in enumerate(workers)}

    def troubles(self) -> Iterator[tuple[int, Exception]]:
        """(place, error) of each that has died, or has failed in a call of another worker's."""
        answered = ray.wait(list(self._pings), num_returns=len(self._pings), timeout=0)[0] if self._pings else []
        for ping in answered:
            place = self._pings.pop(ping)
            try:
                trouble = ray.get(ping)
            except RayError as error:
                yield place, error
                continue
            if trouble is None:
                self._pings[self._workers[place].handle.ping.remote()] = place
            else:
                yield place, RuntimeError(trouble)


def _title(worker: Worker) -> str:
    return f"{worker.name} ({worker.where})"


def _log(worker: Worker) -> str:
    return f"; its log: {worker.log}" if worker.log else ""


def _cause(error: Exception) -> BaseException:
    """The worker's own exception, without Ray's wrapping."""
    return getattr(error, "cause", None) or error


def _secondhand(error: Exception) -> bool:
    cause = _cause(error)
    text = str(cause if isinstance(cause, RunError) else error).lower()  # without the names of files in a traceback
    return any(word in text for word in SECONDHAND)


def _text(error: Exception) -> str:
    """One line of the error itself: type and message of what was raised in the worker, or how its process ended."""
    cause = _cause(error)
    if cause is not error:
        return f"{type(cause).__name__}: {' '.join(str(cause).split())[:300]}"
    lines = [line.split(" Some common causes")[0].strip() for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if "exit" in line.lower() or "killed" in line.lower() or "memory" in line.lower()]
    return " ".join((told or lines or [type(error).__name__])[0].split())[:300]


def _says_ray_did_not_start(error: Exception) -> bool:
    """Ray gives up its start with a bare Exception among others; a mistake of ours in calling it is none of these."""
    return type(error) is Exception or isinstance(error, (RuntimeError, OSError, RayError))


def _knock(address: str) -> None:
    """OSError if nobody listens at host:port: Ray would try again for many minutes."""
    host, colon, port = address.rpartition(":")
    if colon and port.isdecimal() and "/" not in host:
        with socket.create_connection((host.strip("[]"), int(port)), KNOCK_SECONDS):
            pass


@contextmanager
def _own_signals() -> Iterator[None]:
    """Ray puts a SIGTERM handler of its own in place; what stood there stays."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:
                signal.signal(number, handler)
