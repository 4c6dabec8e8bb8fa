# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links that are slow, break or hang: transfers are tried again within a bound, and nobody waits for a hung board."""

from __future__ import annotations

import functools
import http.server
import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import CPP, SMALL, Boards
from ansible_collections.jetfleet.protobuf.tests.support.flaky import FlakyLink

HOSTS = [f"fleet-{number:02}" for number in range(2, 5)]
LIMIT = ",".join(HOSTS)


@pytest.fixture(autouse=True)
def fresh(stocked: Boards) -> None:
    """Boards as pip leaves them, for every test."""
    stocked.renew(*HOSTS)


def through(fleet: Boards, host: str, link: FlakyLink, *arguments: str) -> tuple[str, str]:
    """Roll out to one board through a link."""
    # A connection of its own: one that is open already would not go through the link.
    way = (
        "-e",
        f"ansible_port={link.port}",
        "-e",
        '{"ansible_ssh_args": "-o ControlMaster=auto -o ControlPersist=5s"}',
    )
    run = fleet.play("jetfleet.protobuf.rollout", "--limit", host, *SMALL, *way, *arguments)
    return run.became(host), run.text


def test_a_slow_link_is_slow_and_works(stocked: Boards) -> None:
    link = FlakyLink(stocked.port(HOSTS[0]), delay=0.15)
    assert through(stocked, HOSTS[0], link)[0] == "changed"
    link.close()


def test_connections_that_are_reset_in_the_middle_are_made_again(stocked: Boards) -> None:
    """The wheel and the package are some megabytes: the first two connections end in the middle of them."""
    link = FlakyLink(stocked.port(HOSTS[0]), cut_after=1_000_000, cuts=2)
    assert through(stocked, HOSTS[0], link)[0] == "changed"
    assert link.connections > 2
    assert stocked.backend(HOSTS[0]) == CPP
    link.close()


def test_nobody_waits_for_a_board_that_hangs(stocked: Boards) -> None:
    """The board accepts connections and then says nothing, as a kernel does whose userland is stopped."""
    hung, *others = HOSTS
    stocked.podman("pause", stocked.container(hung))
    start = time.monotonic()
    bound = ("-e", "jetfleet_deadline=20")
    run = stocked.start("jetfleet.protobuf.rollout", "--limit", LIMIT, *SMALL, *bound)
    seen: dict[str, float] = {}
    while time.monotonic() - start < 120 and len(seen) < len(others):
        for host in others:
            if host not in seen and stocked.backend(host) == CPP:
                seen[host] = time.monotonic() - start
        time.sleep(0.5)
    output = run.communicate()[0]
    whole = time.monotonic() - start
    stocked.podman("unpause", stocked.container(hung))
    print(output)
    assert sorted(seen) == others
    assert max(seen.values()) < whole
    assert re.search(rf"^{hung} .* (failed|unreachable)$", output, re.MULTILINE)
    assert run.returncode != 0


class Mirror(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, with Range as any real web server, and can break off in the middle or flip a bit."""

    break_off = 0
    flip = False
    ranges: list[str] = []

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        content = bytearray(path.read_bytes())
        if Mirror.flip:
            content[len(content) // 2] ^= 1
        asked = re.match(r"bytes=(\d+)-$", self.headers.get("Range") or "")
        first = int(asked[1]) if asked else 0
        if asked:
            Mirror.ranges.append(asked[0])
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(content) - first))
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        rest = bytes(content[first:])
        if Mirror.break_off > 0:
            Mirror.break_off -= 1
            rest = rest[: len(rest) // 2]
        self.wfile.write(rest)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def mirror(stocked: Boards) -> Iterator[str]:
    """A web server on the controller that serves the store; its address as boards reach it."""
    handler = functools.partial(Mirror, directory=str(stocked.store))
    server = http.server.ThreadingHTTPServer(("0.0.0.0", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    gateway = stocked.root(HOSTS[0], "ip route 2>/dev/null | awk '/default/ {print $3}' || true") or gateway_of(stocked)
    Mirror.break_off, Mirror.flip, Mirror.ranges = 0, False, []
    yield f"http://{gateway}:{server.server_port}"
    server.shutdown()
    server.server_close()


def gateway_of(fleet: Boards) -> str:
    """Return the address of the controller in the network of the boards."""
    shown = json.loads(fleet.podman("inspect", fleet.container(HOSTS[0])))[0]["NetworkSettings"]
    gateways = [shown.get("Gateway")] + [network.get("Gateway") for network in shown.get("Networks", {}).values()]
    return str(next(gateway for gateway in gateways if gateway))


def from_mirror(url: str) -> tuple[str, ...]:
    """Return the variables that make boards download from a mirror."""
    return ("-e", "jetfleet_artefact_source=url", "-e", f"jetfleet_artefact_url={url}")


def test_boards_download_from_the_users_own_mirror_and_go_on_where_it_broke_off(stocked: Boards, mirror: str) -> None:
    Mirror.break_off = 2
    run = stocked.play("jetfleet.protobuf.rollout", "--limit", LIMIT, *SMALL, *from_mirror(mirror))
    assert {host: run.became(host) for host in HOSTS} == dict.fromkeys(HOSTS, "changed")
    assert len(Mirror.ranges) == 2


def test_one_flipped_bit_on_the_mirror_is_refused(stocked: Boards, mirror: str) -> None:
    Mirror.flip = True
    before = stocked.content(HOSTS[0], "/usr/local")
    run = stocked.play("jetfleet.protobuf.rollout", "--limit", HOSTS[0], *SMALL, *from_mirror(mirror))
    assert run.became(HOSTS[0]) == "failed"
    assert "SHA-256" in run.text
    assert stocked.content(HOSTS[0], "/usr/local") == before


def test_boards_download_from_the_builder(stocked: Boards) -> None:
    shown = json.loads(stocked.podman("inspect", stocked.container("fleet-01")))[0]["NetworkSettings"]
    addresses = [shown.get("IPAddress")] + [network["IPAddress"] for network in shown.get("Networks", {}).values()]
    address = next(address for address in addresses if address)
    way = ("-e", "jetfleet_artefact_source=builder", "-e", f"jetfleet_builder_address={address}")
    run = stocked.play("jetfleet.protobuf.rollout", "--limit", f"fleet-01,{LIMIT}", *SMALL, *way)
    assert {host: run.became(host) for host in HOSTS} == dict.fromkeys(HOSTS, "changed")
    assert stocked.root("fleet-01", "pgrep -fc '[a]rtefact_server|[h]ttp.server' || true") == "0"
