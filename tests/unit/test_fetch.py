"""Downloads against a server on this machine: hashes, atomic writes, offline, the hub's protocol."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from oneshot_rlvr.commands import data as data_command
from oneshot_rlvr.data import fetch as fetching
from oneshot_rlvr.data import registry
from oneshot_rlvr.data.registry import HubFile, Source
from oneshot_rlvr.errors import RunError, UserError

CONTENT = b'{"problem": "Q", "answer": "1"}\n' * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
COMMIT = "0123456789abcdef0123456789abcdef01234567"
HUB_PATH = f"/datasets/someone/set/resolve/{COMMIT}/data/x.jsonl"


class Handler(BaseHTTPRequestHandler):
    """`/good` and the hub path answer CONTENT, `/short` breaks off, one data set is gated; everything is counted."""

    seen: list[str]

    def log_message(self, format: str, *args: object) -> None:
        return

    def _head(self) -> bool:
        self.seen.append(f"{self.command} {self.path}")
        if self.path.startswith("/datasets/someone/gated"):
            self.send_response(401)
            self.send_header("X-Error-Code", "GatedRepo")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return False
        if self.path not in ("/good", "/short", HUB_PATH):
            self.send_error(404)
            return False
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.send_header("ETag", f'"{DIGEST}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        return True

    def do_HEAD(self) -> None:
        self._head()

    def do_GET(self) -> None:
        if self._head():
            self.wfile.write(CONTENT[:100] if self.path == "/short" else CONTENT)


@pytest.fixture
def server() -> Iterator[str]:
    Handler.seen = []
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RLVR_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RLVR_DATA_DIR", raising=False)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    return tmp_path / "cache"


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_good_file_is_stored_once(server: str, places: Path) -> None:
    source = Source("x", "sets/x.jsonl", "a set", DIGEST, len(CONTENT), url=f"{server}/good")
    steps: list[tuple[int, int]] = []
    path = fetching.fetch(source, progress=lambda done, total: steps.append((done, total)))
    assert path == places / "sets/x.jsonl" and path.read_bytes() == CONTENT
    assert steps[-1] == (len(CONTENT), len(CONTENT))
    assert fetching.fetch(source) == path
    assert Handler.seen == ["GET /good"]  # the second call did not ask again
    path.write_bytes(b"spoilt")
    assert fetching.verify(source) == ("changed", path)
    assert fetching.fetch(source).read_bytes() == CONTENT
    assert fetching.verify(source) == ("ok", path)


def test_a_wrong_or_broken_file_leaves_nothing_behind(server: str, places: Path) -> None:
    wrong = Source("x", "sets/x.jsonl", "a set", "0" * 64, url=f"{server}/good")
    with pytest.raises(RunError, match="is not the expected 0000000000000000"):
        fetching.fetch(wrong)
    with pytest.raises(RunError, match="broke off after 100 of 32000 bytes"):
        fetching.fetch(Source("x", "sets/x.jsonl", "a set", DIGEST, url=f"{server}/short"))
    with pytest.raises(RunError, match="answered 404"):
        fetching.fetch(Source("x", "sets/x.jsonl", "a set", DIGEST, url=f"{server}/none"))
    with pytest.raises(RunError, match="was not reached"):
        fetching.fetch(Source("x", "sets/x.jsonl", "a set", DIGEST, url="http://127.0.0.1:9/x"))
    assert files_in(places) == []


def test_a_source_without_hash_is_held_to_what_was_fetched_first(server: str, places: Path) -> None:
    source = Source("x", "sets/x.jsonl", "a set", url=f"{server}/good")
    path = fetching.fetch(source)
    assert fetching.recorded_hashes() == {"x": DIGEST}
    assert fetching.verify(source) == ("ok", path)
    path.write_bytes(b"spoilt")
    assert fetching.verify(source) == ("changed", path)


def test_offline_asks_nobody(server: str, places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UserError, match="x: HF_HUB_OFFLINE is set; unset it, or put the file at"):
        fetching.fetch(Source("x", "sets/x.jsonl", "a set", DIGEST, url=f"{server}/good"))
    hub = Source("y", "sets/y.jsonl", "a set", hub=HubFile("someone/set", COMMIT, "data/x.jsonl"))
    with pytest.raises(UserError, match=r"HF_HUB_OFFLINE is set and someone/set .* is not in the hub's cache"):
        fetching.fetch(hub, endpoint=server)
    assert Handler.seen == []


def test_a_hub_file(server: str, places: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants as constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)  # the library reads the environment once, when imported
    source = Source("y", "sets/y.jsonl", "a set", DIGEST, hub=HubFile("someone/set", COMMIT, "data/x.jsonl"))
    assert fetching.fetch(source, endpoint=server).read_bytes() == CONTENT
    assert f"GET {HUB_PATH}" in Handler.seen
    lost = Source("z", "sets/z.jsonl", "a set", hub=HubFile("someone/set", COMMIT, "data/none.jsonl"))
    with pytest.raises(RunError, match="z: hub data set someone/set"):
        fetching.fetch(lost, endpoint=server)
    gated = Source("g", "sets/g.csv", "a set", hub=HubFile("someone/gated", "main", "g.csv"))
    with pytest.raises(RunError, match=r"g: agree to the terms at .*/datasets/someone/gated, then"):
        fetching.fetch(gated, endpoint=server)


def test_the_command_fetches_verifies_and_lists(
    server: str, places: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = Source("x", "sets/x.jsonl", "a set", DIGEST, url=f"{server}/good", fetched_by_default=True)
    monkeypatch.setattr(registry, "_sources", lambda: [source])

    def rlvr_data(*words: str) -> tuple[int, str]:
        import argparse

        parser = argparse.ArgumentParser()
        data_command.configure(parser)
        code = data_command.run(parser.parse_args(list(words)))
        return code, capsys.readouterr().out

    assert rlvr_data("list")[1].count(" - ") >= 1
    with pytest.raises(UserError, match="get it with: rlvr data fetch x"):
        rlvr_data("verify", "x")
    assert rlvr_data("fetch") == (0, f"{places / 'sets/x.jsonl'}\n")
    assert rlvr_data("verify")[1].split() == ["ok", "x", str(places / "sets/x.jsonl")]
    (places / "sets/x.jsonl").write_bytes(b"spoilt")
    with pytest.raises(RunError, match="differs from the registered one: x"):
        rlvr_data("verify")
    with pytest.raises(UserError, match="no data set named xx; did you mean 'x'"):
        rlvr_data("fetch", "xx")
    with pytest.raises(UserError, match="did you mean 'fetch'"):
        rlvr_data("fecth")
