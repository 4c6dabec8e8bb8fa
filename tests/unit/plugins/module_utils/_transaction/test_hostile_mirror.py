# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mirrors that send too much, too little, too slowly, packed, or what is no HTTP: a sentence, and a bounded file."""

from __future__ import annotations

import gzip
import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction import download
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.staging import stage
from ansible_collections.jetfleet.protobuf.tests.support.board_code import importable, run_board_code
from ansible_collections.jetfleet.protobuf.tests.support.fuzzing import fuzz
from hypothesis import example, given
from hypothesis import strategies as st

# Python's own client leaves sockets to the garbage collector after some broken answers.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
CONTENT = bytes(range(256)) * 512
SIZE = len(CONTENT)
Served = Iterator[bytes]


class Mirror:
    """Sends to each connection what the test wants, whatever is asked for."""

    def __init__(self) -> None:
        self.answer: Callable[[], Served] = lambda: iter(())
        self.requests: list[bytes] = []
        self.sent = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/x.whl"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            with connection:
                try:
                    self.requests.append(connection.recv(65536))
                    for part in self.answer():
                        connection.sendall(part)
                        self.sent += len(part)
                except OSError:
                    pass

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    made = Mirror()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_PAUSE", 0)


def fetch(mirror: Mirror, folder: Path, timeout: float = 20, retries: int = 1, **changes: Any) -> bytes:
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    entry = {"name": "x.whl", "version": "1", "sha256": sha256, "bytes": SIZE, "url": mirror.url} | changes
    path = folder / "incoming" / "x.whl"
    try:
        assert stage(entry, str(path.parent), timeout, retries) == str(path)
        return path.read_bytes()
    finally:
        assert not path.exists() or path.stat().st_size <= SIZE


def refusal(mirror: Mirror, folder: Path, **changes: Any) -> str:
    with pytest.raises(Refusal) as refused:
        fetch(mirror, folder, **changes)
    message = str(refused.value)
    assert message.isprintable() and len(message) < 500
    assert ": " in message and message.endswith(".")
    return message


def head(*lines: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode("latin-1")


NO_ANSWERS = [
    head("Content-Length: many"),
    head("Content-Length: -5"),
    head("Content-Length: 5, 6"),
    head("Content-Length: " + "9" * 5000),
    head("Transfer-Encoding: chunked") + b"many\r\n",
    head("Transfer-Encoding: chunked") + b"-5\r\n",
    head("Transfer-Encoding: chunked") + b"f" * 70000,
    head("Location: http://[", status="302 Found"),
    head("Location: file:///etc/shadow", status="302 Found"),
    head("Location: http://\xff\xfe..//", status="302 Found"),
    head("Location: http://127.0.0.1:99999/", status="302 Found"),
    head("Location: /x.whl", status="302 Found"),
    head(status="206 Partial Content"),
    head(status="204 No Content"),
    head(status="999 \x1b[2J" + "x" * 3000),
    head(*[f"X-{number}: x" for number in range(500)]),
    head("X: " + "x" * 70000),
    b"HTTP/9.9 200 OK\r\n\r\n",
    b"SSH-2.0-OpenSSH_7.6\r\n",
    b"\x00\xff\x1b[31m" * 1000,
    b"\r\n",
    b"",
]


def endless(*lines: str) -> Callable[[], Served]:
    def answer() -> Served:
        yield head(*lines)
        while True:
            yield bytes(1 << 16)

    return answer


def test_a_body_without_an_end_is_left_at_the_size_of_the_artefact(mirror: Mirror, tmp_path: Path) -> None:
    mirror.answer = endless("Content-Type: application/octet-stream")
    assert "has the SHA-256" in refusal(mirror, tmp_path)
    # What the sockets of both sides hold is sent, and read by nobody.
    assert mirror.sent < SIZE + (16 << 20)


@pytest.mark.parametrize("length", [SIZE - 1, SIZE + 1, 0, 1 << 62])
def test_another_length_is_refused_before_anything_is_read(mirror: Mirror, tmp_path: Path, length: int) -> None:
    mirror.answer = lambda: iter([head(f"Content-Length: {length}"), CONTENT])
    expected = f"cannot be fetched (the file there has {length} bytes instead of {SIZE}): "
    assert expected in refusal(mirror, tmp_path)
    assert len(mirror.requests) == 1, "the file will not have changed a second later"


def test_a_packed_body_is_not_unpacked(mirror: Mirror, tmp_path: Path) -> None:
    """A megabyte becomes a gigabyte so: nothing but the artefact itself is read."""
    packed = gzip.compress(CONTENT)
    mirror.answer = lambda: iter([head("Content-Encoding: gzip", f"Content-Length: {len(packed)}"), packed])
    assert "it comes in the encoding gzip): have the mirror send files as they are" in refusal(mirror, tmp_path)
    assert b"gzip" not in mirror.requests[0]


@pytest.mark.parametrize("answer", NO_ANSWERS)
def test_what_is_no_answer_is_one_sentence(mirror: Mirror, tmp_path: Path, answer: bytes) -> None:
    mirror.answer = lambda: iter([answer])
    refusal(mirror, tmp_path)
    assert not list((tmp_path / "incoming").glob("*")) or (tmp_path / "incoming/x.whl").stat().st_size <= SIZE


OLD = """
import sys
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction import download, staging
download._PAUSE = 0
entry = dict(name="x.whl", version="1", sha256=sys.argv[1], bytes=int(sys.argv[2]), url=sys.argv[3])
for _answer in range(int(sys.argv[5])):
    try:
        print(staging.stage(entry, sys.argv[4], 20, 0))
    except Refusal as error:
        print(error)
"""


@pytest.mark.parametrize("version", ["2.7", "3.6"])
def test_old_pythons_raise_other_exceptions(mirror: Mirror, tmp_path: Path, version: str) -> None:
    answers = iter(NO_ANSWERS)
    mirror.answer = lambda: iter([next(answers, head(f"Content-Length: {SIZE}") + CONTENT)])
    arguments = [hashlib.sha256(CONTENT).hexdigest(), str(SIZE), mirror.url, str(tmp_path / "incoming")]
    root = importable(tmp_path)
    told = run_board_code(root, version, "C", OLD, *arguments, str(len(NO_ANSWERS) + 1)).splitlines()
    assert len(told) == len(NO_ANSWERS) + 1 and all(line.isprintable() for line in told)
    assert (tmp_path / "incoming/x.whl").read_bytes() == CONTENT


@pytest.mark.parametrize("answer", [b"", head("Content-Length: 131072"), b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_one_byte_after_the_other_does_not_prolong_the_time(mirror: Mirror, tmp_path: Path, answer: bytes) -> None:
    def slow() -> Served:
        yield answer
        while True:
            time.sleep(0.1)
            yield answer if b"100" in answer else b"x"

    mirror.answer = slow
    begun = time.monotonic()
    assert "could not be fetched within 1 s" in refusal(mirror, tmp_path, timeout=1, retries=9)
    assert time.monotonic() - begun < 3


def test_a_part_from_another_place_is_not_appended(mirror: Mirror, tmp_path: Path) -> None:
    half = SIZE // 2

    def answer() -> Served:
        if len(mirror.requests) == 1:
            return iter([head(f"Content-Length: {SIZE}"), CONTENT[:half]])
        if len(mirror.requests) == 2:
            part = head(f"Content-Range: bytes 0-{half - 1}/{SIZE}", status="206 Partial Content")
            return iter([part, CONTENT[:half]])
        return iter([head(f"Content-Length: {SIZE}"), CONTENT])

    mirror.answer = answer
    assert fetch(mirror, tmp_path, retries=3) == CONTENT
    assert [b"Range: bytes=" in request for request in mirror.requests] == [False, True, False]


def test_a_download_without_a_size_is_refused_before_anybody_is_asked(mirror: Mirror, tmp_path: Path) -> None:
    assert refusal(mirror, tmp_path, bytes=None) == (
        "x.whl has a url and no bytes: give the size that the manifest of the artefact has."
    )
    assert mirror.requests == []


def test_a_disk_that_is_too_small_is_noticed_before_anybody_is_asked(mirror: Mirror, tmp_path: Path) -> None:
    assert "MB are needed: free some space" in refusal(mirror, tmp_path, bytes=1 << 60)
    assert mirror.requests == []


HEADERS = st.sampled_from(
    ["Content-Length", "Content-Range", "Content-Encoding", "Transfer-Encoding", "Location", "Set-Cookie", "Connection"]
)
VALUES = st.one_of(
    st.sampled_from(
        ["gzip", "chunked", "close", f"bytes 5-9/{SIZE}", str(SIZE), f"{SIZE}, {SIZE}", "0", "-1", "/x.whl"]
    ),
    st.integers().map(str),
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40),
)
STATUSES = st.sampled_from(["200", "200 OK", "206 x", "301 x", "304 x", "401 x", "416 x", "503 x", "1e3", "", "-200 x"])
BODIES = st.one_of(
    st.just(CONTENT),
    st.binary(max_size=300),
    st.integers(0, 2 * SIZE).map(lambda size: (CONTENT * 2)[:size]),
    st.binary(max_size=50).map(lambda body: b"5\r\n" + body),
)
ANSWERS = st.one_of(
    st.binary(max_size=300),
    st.builds(
        lambda status, headers, body: head(*[f"{name}: {value}" for name, value in headers], status=status) + body,
        STATUSES,
        st.lists(st.tuples(HEADERS, VALUES), max_size=4),
        BODIES,
    ),
)


@pytest.mark.fuzz
@fuzz(30)
@given(answers=st.lists(ANSWERS, min_size=1, max_size=3))
@example(answers=[head() + CONTENT])
def test_any_reply_ends_in_the_artefact_or_in_a_sentence(tmp_path: Path, answers: list[bytes]) -> None:
    mirror = Mirror()
    left = list(answers)
    mirror.answer = lambda: iter([left.pop(0) if left else answers[-1]])
    try:
        assert fetch(mirror, tmp_path, retries=2) == CONTENT
    except Refusal:
        left = list(answers)
        refusal(mirror, tmp_path, retries=2)
    finally:
        mirror.close()
