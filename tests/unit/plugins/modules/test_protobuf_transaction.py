# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module: its options, check mode, and files that come from a mirror with a bad link."""

from __future__ import annotations

import functools
import hashlib
import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.layout import Layout
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction import download, staging
from ansible_collections.jetfleet.protobuf.plugins.modules import protobuf_transaction

CONTENT = bytes(range(256)) * 4096
PRESENT: dict[str, Any] = {"abi_key": "key", "expected": {"python_version": "3.6.0"}, "gather_subset": ["installation"]}
RunModule = Callable[..., dict[str, Any]]


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    found = Layout(folder=str(tmp_path / "jetfleet"), pip_conf=str(tmp_path / "pip.conf"))
    monkeypatch.setattr(protobuf_transaction, "Layout", lambda: found)
    return found


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "state is present but all of the following are missing: abi_key, expected"),
        (PRESENT | {"timeout": 0}, "timeout is 0: give a number greater than 0."),
        (PRESENT | {"restart_seconds": -1}, "restart_seconds is -1: give 0 or a greater number."),
        (PRESENT | {"lock_timeout": -1}, "lock_timeout is -1: give 0 or a greater number."),
        (PRESENT | {"wheel": {"name": "x"}}, "missing required arguments: sha256, version found in wheel"),
        (PRESENT | {"adopt_files": ["/etc/passwd"]}, "/etc/passwd is not below /usr/local: adopt files"),
    ],
)
def test_bad_options(run_module: RunModule, layout: Layout, arguments: dict[str, Any], message: str) -> None:
    result = run_module("protobuf_transaction", **arguments)
    assert result["failed"] and result["msg"].startswith(message)
    assert not Path(layout.folder).exists()


@pytest.mark.parametrize(
    ("arguments", "changed"),
    [
        (PRESENT, False),
        (PRESENT | {"refresh_linker_cache": True}, True),
        (PRESENT | {"constraint": True}, True),
        ({"state": "absent"}, False),
    ],
)
def test_check_mode(run_module: RunModule, layout: Layout, arguments: dict[str, Any], changed: bool) -> None:
    result = run_module("protobuf_transaction", _ansible_check_mode=True, **arguments)
    assert (result["changed"], result["rolled_back"], result["reason"]) == (changed, False, None)
    assert result["ansible_facts"]["jetfleet"]["installation"]["managed"] is False
    assert not Path(layout.folder).exists() and not Path(layout.pip_conf).exists()


def test_documentation_names_every_option() -> None:
    def documented(options: dict[str, Any]) -> dict[str, Any]:
        return {
            name: (option["type"], option.get("default"), documented(option.get("suboptions", option.get("options"))))
            for name, option in (options or {}).items()
        }

    documentation = yaml.safe_load(protobuf_transaction.DOCUMENTATION)["options"]
    assert documented(documentation) == documented(protobuf_transaction.argument_spec())


class Mirror(http.server.BaseHTTPRequestHandler):
    """Ends each of the first connections after a part of the file."""

    cuts = 0
    asked: list[str | None] = []
    status = 200

    def do_GET(self) -> None:
        self.asked.append(self.headers.get("Range"))
        start = int((self.headers.get("Range") or "bytes=0-")[len("bytes=") : -1])
        self.send_response(self.status if self.status != 200 else 206 if start else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        part = len(CONTENT) // 3 if len(self.asked) <= self.cuts else len(CONTENT)
        self.wfile.write(CONTENT[start : start + part])

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def mirror() -> Iterator[Callable[..., tuple[str, list[str | None]]]]:
    servers = []

    def start(cuts: int, status: int = 200) -> tuple[str, list[str | None]]:
        asked: list[str | None] = []
        handler = type("Handler", (Mirror,), {"cuts": cuts, "asked": asked, "status": status})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}/x.whl", asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def entry(url: str) -> dict[str, Any]:
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    return {"name": "x.whl", "version": "1", "sha256": sha256, "bytes": len(CONTENT), "url": url}


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.setattr(download, "_PAUSE", 0)
    return functools.partial(staging.stage, folder=str(tmp_path / "incoming"))


def test_broken_connections_are_resumed(mirror: Any, stage: Any) -> None:
    url, asked = mirror(cuts=2)
    path = Path(stage(entry(url), timeout=20, retries=3))
    assert path.read_bytes() == CONTENT
    third = len(CONTENT) // 3
    assert asked == [None, f"bytes={third}-", f"bytes={2 * third}-"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_retries_are_bounded(mirror: Any, stage: Any) -> None:
    url, asked = mirror(cuts=9)
    with pytest.raises(Refusal, match=r"x\.whl cannot be fetched \(.*\): repair the mirror\."):
        stage(entry(url), timeout=20, retries=1)
    assert len(asked) == 2


@pytest.mark.parametrize(("status", "times"), [(404, 1), (503, 3)])
def test_only_what_may_pass_is_asked_for_again(mirror: Any, stage: Any, status: int, times: int) -> None:
    url, asked = mirror(cuts=0, status=status)
    with pytest.raises(Refusal, match=f"HTTP {status}"):
        stage(entry(url), timeout=20, retries=2)
    assert len(asked) == times


def test_mirror_that_hangs_is_left_in_time(stage: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/x.whl"
        with pytest.raises(Refusal, match=r"could not be fetched within 1 s: repair the link or allow more time\."):
            stage(entry(url), timeout=1, retries=9)


def test_file_of_a_mirror_is_proven(mirror: Any, stage: Any, tmp_path: Path) -> None:
    url, _asked = mirror(cuts=0)
    with pytest.raises(Refusal, match="instead of 0{64}: copy it to the mirror again"):
        stage(entry(url) | {"sha256": "0" * 64}, timeout=20, retries=0)
    assert not list((tmp_path / "incoming").iterdir())


def test_what_was_sent_is_gone_when_it_is_copied(stage: Any, tmp_path: Path) -> None:
    known = entry("")
    sent = tmp_path / ".cache/jetfleet" / known["sha256"] / "x.whl"
    sent.parent.mkdir(parents=True)
    sent.write_bytes(CONTENT)
    stage(known | {"path": str(sent)}, timeout=1, retries=0)
    assert [path.name for path in (tmp_path / ".cache").iterdir()] == []
    sent.parent.mkdir(parents=True)
    sent.symlink_to("/etc/passwd")
    with pytest.raises(Refusal, match="cannot be read"):
        stage(known | {"path": str(sent)}, timeout=1, retries=0)
