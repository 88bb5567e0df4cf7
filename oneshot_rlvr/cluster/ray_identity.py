"""Facts that every worker process tells about itself, and the file that takes its output."""

import os
import sys
import time

import ray

from oneshot_rlvr.models.memory import peak_memory_gb


class Identity:
    """Base of the worker classes."""

    trouble: str | None = None  # what went wrong in a call that another worker made
    log: str | None = None  # file that takes this process's output; None: Ray's own

    def ping(self) -> str | None:
        """-> `trouble`; no answer while at work."""
        return self.trouble

    def log_to(self, path: str, name: str) -> None:
        """Output of this process and its children goes behind what is in `path`, if that can be written."""
        try:
            with open(path, "ab", buffering=0) as file:
                file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {name}, process {os.getpid()}\n".encode())
                for stream in (sys.stdout, sys.stderr):
                    stream.flush()
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
        except OSError:
            return
        self.log = path

    def where(self) -> tuple[int, str, str]:
        """-> process id, address of the node and the beginning of Ray's name for it, log file or files there."""
        context = ray.get_runtime_context()
        session = ray._private.worker._global_node.get_session_dir_path()  # type: ignore[union-attr]
        log = self.log or f"{session}/logs/worker-{context.get_worker_id()}*"
        return os.getpid(), f"{ray.util.get_node_ip_address()}/{context.get_node_id()[:6]}", log

    def peak_memory_gb(self) -> float:
        return peak_memory_gb()
