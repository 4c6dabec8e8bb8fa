# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module artefact_server: real downloads from real servers."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

RunModule = Callable[..., dict[str, Any]]
KEY = "protobuf-3.6.0_arm64_debian-11_glibc-2.31_cpython-39-aarch64-linux-gnu_1a2b3c4d"
DEB = "jetfleet-libprotobuf_3.6.0+jetfleet.1a2b3c4d_arm64.deb"
CONTENT = bytes(range(256)) * 1000


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "artefacts" / DEB, tmp_path / "wheel" / "a.whl"]
    for path in paths:
        path.parent.mkdir()
        path.write_bytes(CONTENT)
    (tmp_path / "wheel" / "secret.whl").write_bytes(b"secret")
    return paths


@pytest.fixture
def start(run_module: RunModule, home: Path, files: list[Path]) -> Iterator[RunModule]:
    started: list[dict[str, Any]] = []

    def run(**arguments: Any) -> dict[str, Any]:
        named = {"files": [str(path) for path in files], "abi_key": KEY, "address": "127.0.0.1"}
        started.append(run_module("artefact_server", **(named | arguments)))
        return started[-1]

    yield run
    for server in started:
        if server.get("token"):
            run_module("artefact_server", state="stopped", token=server["token"])


def get(server: dict[str, Any], path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server["port"], timeout=10)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.headers.items()), answer.read()
    finally:
        connection.close()


def address(server: dict[str, Any], name: str = DEB) -> str:
    return f"/{server['token']}/{KEY}/{name}"


def is_gone(server: dict[str, Any]) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", server["port"])) != 0


def failure(result: dict[str, Any]) -> str:
    assert result.get("failed"), result
    message: str = result["msg"]
    assert len(message.splitlines()) == 1
    assert ": " in message
    assert message.endswith(".")
    return message


def test_the_files_can_be_downloaded(start: RunModule) -> None:
    server = start()
    assert server["changed"]
    assert len(server["token"]) == 32
    for path in (address(server), address(server, "a.whl"), address(server, DEB.replace("+", "%2B"))):
        status, headers, content = get(server, path)
        assert (status, content) == (200, CONTENT)
        assert headers["Content-Length"] == str(len(CONTENT))
        assert headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=1000-", 1000, 255999),
        ("bytes=0-9", 0, 9),
        ("bytes=-5", 255995, 255999),
        ("bytes=255990-999999", 255990, 255999),
    ],
)
def test_a_range_resumes_a_download(start: RunModule, asked: str, first: int, last: int) -> None:
    status, headers, content = get(server := start(), address(server), Range=asked)
    assert status == 206
    assert headers["Content-Range"] == f"bytes {first}-{last}/{len(CONTENT)}"
    assert headers["Content-Length"] == str(last - first + 1)
    assert content == CONTENT[first : last + 1]


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes=x-", "bytes=0-"])
def test_a_range_that_says_nothing_gets_all(start: RunModule, asked: str) -> None:
    status, _headers, content = get(server := start(), address(server), Range=asked)
    assert (status, content) == (200, CONTENT)


def test_a_range_behind_the_end_is_refused(start: RunModule) -> None:
    status, headers, content = get(server := start(), address(server), Range="bytes=256000-")
    assert (status, content) == (416, b"")
    assert headers["Content-Range"] == "bytes */256000"


def test_the_head_comes_without_content(start: RunModule) -> None:
    server = start()
    with socket.create_connection(("127.0.0.1", server["port"]), timeout=5) as client:
        client.sendall(f"HEAD {address(server)} HTTP/1.0\r\n\r\n".encode())
        answer = b"".join(iter(lambda: client.recv(1 << 16), b""))
    assert b"Content-Length: 256000\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


def test_nothing_else_is_served(start: RunModule, files: list[Path]) -> None:
    server = start()
    token = server["token"]
    for path in (
        "/",
        f"/{token}",
        f"/{token}/{KEY}",
        f"/{token}/{KEY}/",
        f"/{token}/{KEY}/secret.whl",
        f"/{token}/{KEY}/../{KEY}/{DEB}",
        f"/{token}/{KEY}/%2e%2e/wheel/secret.whl",
        f"/{token}/{KEY[:-1]}e/{DEB}",
        f"/{'0' * 32}/{KEY}/{DEB}",
        str(files[0]),
    ):
        assert get(server, path)[0] == 404, path
    assert get(server, address(server), "PUT")[0] == 501
    assert get(server, address(server), "DELETE")[0] == 501


def test_a_file_that_is_gone_is_not_found(start: RunModule, files: list[Path]) -> None:
    server = start()
    files[0].unlink()
    assert get(server, address(server))[0] == 404
    assert get(server, address(server, "a.whl"))[0] == 200


def test_many_at_once_and_one_that_says_nothing(start: RunModule) -> None:
    server = start()
    with socket.create_connection(("127.0.0.1", server["port"]), timeout=5):
        clients = [http.client.HTTPConnection("127.0.0.1", server["port"], timeout=10) for _number in range(8)]
        for client in clients:
            client.request("GET", address(server))
        for client in clients:
            assert client.getresponse().read() == CONTENT
            client.close()


def test_it_is_stopped_and_leaves_nothing(start: RunModule, run_module: RunModule, home: Path) -> None:
    first, second = start(), start()
    assert first["token"] != second["token"]
    folder = home / ".cache/jetfleet-servers"
    assert folder.stat().st_mode & 0o7777 == 0o700
    assert {path.stat().st_mode & 0o7777 for path in folder.iterdir()} == {0o600}
    assert run_module("artefact_server", state="stopped", token=first["token"], _ansible_check_mode=True)["changed"]
    assert not is_gone(first)
    assert run_module("artefact_server", state="stopped", token=first["token"])["changed"]
    assert is_gone(first)
    assert not is_gone(second)
    assert not run_module("artefact_server", state="stopped", token=first["token"])["changed"]
    assert [path.name for path in folder.iterdir()] == [second["token"]]


def test_it_ends_with_its_lifetime(start: RunModule, home: Path) -> None:
    began = time.monotonic()
    server = start(lifetime=2)
    with socket.create_connection(("127.0.0.1", server["port"]), timeout=5):
        while not is_gone(server):
            assert time.monotonic() - began < 10
            time.sleep(0.05)
    assert time.monotonic() - began >= 1.9
    assert list((home / ".cache/jetfleet-servers").iterdir()) == []


def test_what_a_killed_server_left_is_removed_and_nobody_else_is_stopped(
    start: RunModule, run_module: RunModule, home: Path
) -> None:
    server = start()
    record = home / ".cache/jetfleet-servers" / server["token"]
    os.kill(int(record.read_text()), signal.SIGKILL)
    while not is_gone(server):
        time.sleep(0.02)
    with subprocess.Popen(["sleep", "60"]) as other:
        record.write_text(str(other.pid))
        assert not run_module("artefact_server", state="stopped", token=server["token"])["changed"]
        assert other.poll() is None
        other.kill()
    alive = start()
    assert [path.name for path in record.parent.iterdir()] == [alive["token"]]


def test_the_server_of_another_container_with_the_same_home_is_not_taken_for_ours(
    start: RunModule, run_module: RunModule, home: Path
) -> None:
    """Its process number is that of any process here."""
    server = start()
    record = home / ".cache/jetfleet-servers" / server["token"]
    running = record.read_text()
    with subprocess.Popen(["sleep", "60"]) as other:
        record.write_text(str(other.pid))
        assert not run_module("artefact_server", state="stopped", token=server["token"])["changed"]
        assert other.poll() is None
        other.kill()
    start()
    assert record.exists(), "and its record stays"
    record.write_text(running)


def test_who_started_it_does_not_wait_for_it(
    tmp_path: Path, home: Path, files: list[Path], run_module: RunModule
) -> None:
    """A connection stays open as long as anybody holds its pipes."""
    code = (
        "import sys; from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts.file_server import start; "
        f"print(start({[str(path) for path in files]!r}, {KEY!r}, '127.0.0.1', 0, 60)[1])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True)
    record = home / ".cache/jetfleet-servers" / ended.stdout.strip()
    process = Path("/proc") / record.read_text()
    assert os.getsid(int(record.read_text())) == int(record.read_text())
    assert (process / "cwd").readlink() == Path("/")
    opened = [os.readlink(descriptor) for descriptor in (process / "fd").iterdir()]
    assert sorted(name for name in opened if not name.startswith("socket:")) == sorted(
        ["/dev/null", "/dev/null", "/dev/null", str(record)]
    )
    assert run_module("artefact_server", state="stopped", token=ended.stdout.strip())["changed"]


def test_every_address_of_ipv6(start: RunModule) -> None:
    assert get(server := start(address="::"), address(server))[0] == 200


def test_check_mode_starts_nothing(start: RunModule, home: Path) -> None:
    result = start(_ansible_check_mode=True, port=8000)
    assert (result["changed"], result["port"], result["token"]) == (True, 8000, "")
    assert not home.exists()


def test_a_port_that_is_taken_is_one_sentence(start: RunModule) -> None:
    message = failure(start(port=start()["port"]))
    assert "The builder cannot listen on 127.0.0.1 port" in message


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"files": ["/nonexistent.deb"]}, "/nonexistent.deb is not a readable file: build it again."),
        ({"files": ["/"]}, "/ is not a readable file"),
        ({"files": []}, "There is no file to serve"),
        ({"lifetime": 0}, "lifetime is 0: give a number of seconds greater than 0."),
        ({"address": "192.0.2.1"}, "cannot listen on 192.0.2.1 port 0"),
        ({"port": 99999}, "cannot listen on 127.0.0.1 port 99999"),
        ({"state": "stopped", "token": "../../x"}, "is not a valid server token"),
    ],
)
def test_wrong_wishes_are_one_sentence(start: RunModule, arguments: dict[str, Any], words: str) -> None:
    assert words in failure(start(**arguments))


def test_two_files_of_one_name_are_refused(start: RunModule, files: list[Path], tmp_path: Path) -> None:
    twin = tmp_path / DEB
    twin.write_bytes(b"other")
    assert "Two of the files have the same name" in failure(start(files=[str(files[0]), str(twin)]))
