# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fleet costs: provisioning 1, 3 and 12 container boards against the published recipe's steps on one of them.

The boards are containers of this machine's architecture. What is counted is the CPU time of the containers (compilers, sshd,
modules) and of Ansible on the controller; wall time means something on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ansible_collections.jetfleet.protobuf.tests.support.container_boards import Boards
from tabulate import tabulate

NAMES = [f"bench-{number:02}" for number in range(1, 13)]
ONE_WAVE = ("-e", '{"jetfleet_waves": ["100%"]}')
# The steps that compile, as the recipe gives them; the tests of make check are left out on both sides.
RECIPE = """
cd /home/jetson && mkdir -p recipe && cd recipe && tar -xf ../source.tar.gz --strip-components=1
test -f configure || ./autogen.sh
./configure
make -j$(nproc)
cd python && LD_LIBRARY_PATH=../src/.libs python3 setup.py build --cpp_implementation
"""
DEPENDENCIES = "autoconf automake libtool make g++ python3-dev zlib1g-dev"


def used(fleet: Boards) -> float:
    """Return the CPU seconds that the boards, Ansible and podman have used since the boards were made."""
    shown = fleet.podman("stats", "--no-stream", "--format={{.Name}} {{.CPUNano}}")
    boards = [line.split() for line in shown.splitlines() if line.startswith(fleet.container("bench-"))]
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(int(nano) for _name, nano in boards) / 1e9 + children.ru_utime + children.ru_stime


def cost(fleet: Boards, work: Callable[[], None]) -> tuple[float, float]:
    """Return CPU and wall seconds of some work."""
    start, wall = used(fleet), time.monotonic()
    work()
    return used(fleet) - start, time.monotonic() - wall


def by_hand(fleet: Boards, host: str, archive: Path) -> None:
    """Compile on one board as the recipe says."""
    fleet.podman("cp", archive, f"{fleet.container(host)}:/home/jetson/source.tar.gz")
    fleet.root(host, f"apt-get -qq update && apt-get -qqy install {DEPENDENCIES} >/dev/null 2>&1")
    fleet.root(host, f"({RECIPE}) >/home/jetson/recipe.log 2>&1")


def provision(fleet: Boards, hosts: list[str]) -> None:
    """Provision the boards; a failure ends the benchmark."""
    run = fleet.play("jetfleet.protobuf.provision", "--limit", ",".join(hosts), *ONE_WAVE)
    if run.status:
        sys.exit("A board could not be provisioned: look at the output above.")


def undo(fleet: Boards, hosts: list[str]) -> None:
    """Do to the boards what pip install -U does."""
    for host in hosts:
        fleet.root(host, "pip3 uninstall -qy protobuf 2>/dev/null")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "archive", type=Path, help="source archive that the boards build: see .jetfleet/source-3.21.12.json"
    )
    archive = parser.parse_args().archive.resolve()
    rows = []
    with tempfile.TemporaryDirectory() as stores:
        fleet = Boards(Path(stores) / "recipe", "benchmarks/boards/hosts.yml", "bench")
        fleet.make()
        recipe, wall = cost(fleet, lambda: by_hand(fleet, NAMES[0], archive))
        rows.append(("the recipe's build, by hand", 1, recipe, wall, 1.0))
        for count in (1, 3, 12):
            fleet.make()
            fleet.store = Path(stores) / str(count)
            cpu, wall = cost(fleet, lambda count=count: provision(fleet, NAMES[:count]))  # type: ignore[misc]
            rows.append(("provision, from an empty store", count, cpu, wall, cpu / (count * recipe)))
        cpu, wall = cost(fleet, lambda: provision(fleet, NAMES))
        rows.append(("the second run", 12, cpu, wall, cpu / (12 * recipe)))
        undo(fleet, NAMES[:1])
        cpu, wall = cost(fleet, lambda: provision(fleet, NAMES[:1]))
        rows.append(("restore after pip uninstall", 1, cpu, wall, cpu / recipe))
        fleet.destroy()
    headers = ("work", "boards", "CPU, s", "wall, s", "CPU / (boards x recipe)")
    print(tabulate(rows, headers, tablefmt="github", floatfmt=("", "", ".0f", ".0f", ".3f")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
