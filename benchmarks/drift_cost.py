# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a healthy fleet costs the controller: drift and provision beside ping, stock tasks and pyinfra, for 10 and 60 boards.

The 60 boards are 12 containers with five names each, every name with an SSH connection of its own. Counted is the CPU time of
the controller's processes (Ansible or pyinfra and their ssh), never that of the boards. Load time and OpenCV are left out,
because nothing else here reads them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ansible_collections.jetfleet.protobuf.tests.support.container_boards import ROOT, Boards
from tabulate import tabulate

NAMES = [f"bench-{number:02}" for number in range(1, 13)]
COUNTS = (10, 60)
SUBSET = {"jetfleet_gather_subset": ["!opencv", "!load_time"]}
HERE = Path(__file__).parent


def inventory_of(reached: dict[str, dict[str, Any]], count: int, place: Path) -> Path:
    """Write an inventory in which the boards have so many names."""
    hosts = {}
    for number in range(count):
        variables = dict(reached[NAMES[number % len(NAMES)]])
        # A connection of its own for each name.
        variables["ansible_control_path"] = f"{place}/s{count}-{number}"
        hosts[f"name-{number:03}"] = variables
    path = place / f"{count}.json"
    path.write_text(json.dumps({"boards": {"hosts": hosts, "vars": SUBSET | wanted()}}))
    return path


def wanted() -> dict[str, str]:
    """Return the variables that say what the boards should be, which is what create.yml has fetched the source of."""
    source = json.loads((ROOT / ".jetfleet/source-3.21.12.json").read_text())
    return {"libprotobuf_version": source["version"], "libprotobuf_source_sha256": source["sha256"]}


def cpu(command: list[str], environment: dict[str, str]) -> float:
    """Return the CPU seconds of a command and of its children; an error ends the benchmark."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(command, cwd=HERE, env=environment, check=False, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode:
        sys.exit(f"{' '.join(command)} ended with {run.returncode}:\n{run.stdout}\n{run.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def commands(inventory: Path, place: Path, pyinfra: Path | None) -> dict[str, list[str]]:
    """Return what is compared, ping first."""
    source = ["-i", str(inventory)]
    found = {
        "ansible -m ping": ["ansible", *source, "boards", "-m", "ansible.builtin.ping"],
        "drift": [
            "ansible-playbook",
            "jetfleet.protobuf.drift",
            *source,
            "-e",
            f"jetfleet_drift_report_directory={place}/drift",
        ],
        "provision, nothing to do": [
            "ansible-playbook",
            "jetfleet.protobuf.provision",
            *source,
            "-e",
            f"jetfleet_pending_file={place}/pending.retry",
        ],
        "stock tasks": ["ansible-playbook", "stock_facts.yml", *source],
    }
    if pyinfra:
        found["pyinfra"] = [str(pyinfra), str(place / "pyinfra_inventory.py"), "pyinfra_facts.py", "--yes"]
    return found


def pyinfra_inventory(fleet: Boards, reached: dict[str, dict[str, Any]], count: int, place: Path) -> None:
    """Write the same inventory for pyinfra, which has an SSH client of its own and looks up host keys by address."""
    keys = {host: fleet.known_hosts(host).read_text().split(maxsplit=1)[1] for host in NAMES}
    known = [f"[{reached[host]['ansible_host']}]:{reached[host]['ansible_port']} {key}" for host, key in keys.items()]
    (place / "known_hosts").write_text("".join(known))
    hosts = []
    for number in range(count):
        name = NAMES[number % len(NAMES)]
        variables = reached[name]
        hosts.append(
            (
                f"name-{number:03}",
                {
                    "ssh_hostname": variables["ansible_host"],
                    "ssh_port": variables["ansible_port"],
                    "ssh_user": variables["ansible_user"],
                    "ssh_key": variables["ansible_ssh_private_key_file"],
                    "ssh_known_hosts_file": str(place / "known_hosts"),
                    "ssh_strict_host_key_checking": "yes",
                },
            )
        )
    (place / "pyinfra_inventory.py").write_text(f"boards = {hosts!r}\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pyinfra", type=Path, help="the program pyinfra of an environment of its own")
    parser.add_argument("--store", type=Path, help="an artefact store that may have what the boards need")
    parser.add_argument("--runs", type=int, default=3, help="how often each is run; the cheapest counts")
    options = parser.parse_args()
    found: dict[str, dict[int, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        fleet = Boards(options.store or place / "store", "benchmarks/boards/hosts.yml", "bench")
        fleet.make()
        # A fleet is compliant on most days.
        small = ("-e", '{"jetfleet_waves": ["100%"], "jetfleet_load_time_values": 10000}')
        if fleet.play("jetfleet.protobuf.provision", "--limit", ",".join(NAMES), *small).status:
            sys.exit("A board could not be provisioned: look at the output above.")
        reached = {host: fleet.variables(host) for host in NAMES}
        environment = {**fleet.environment, "ANSIBLE_SSH_ARGS": "-o ControlMaster=auto -o ControlPersist=1s"}
        for count in COUNTS:
            inventory = inventory_of(reached, count, place)
            pyinfra_inventory(fleet, reached, count, place)
            compared = commands(inventory, place, options.pyinfra)
            # By turns, so that what else runs on the machine spoils them alike.
            for name in list(compared) * options.runs:
                used = cpu(compared[name], environment)
                print(f"{count} boards, {name}: {used:.2f} s", file=sys.stderr, flush=True)
                cheapest = found.setdefault(name, {})
                cheapest[count] = min(used, cheapest.get(count, used))
        fleet.destroy()
    few, many = COUNTS
    ping = found["ansible -m ping"]
    rows = [
        (
            name,
            used[few],
            used[many],
            used[many] / many * 1000,
            (used[many] - used[few]) / (many - few) * 1000,
            used[many] / ping[many],
        )
        for name, used in found.items()
    ]
    headers = ("what", f"{few} boards, CPU s", f"{many} boards, CPU s", "a board, ms", "one more board, ms", "x ping")
    print(tabulate(rows, headers, tablefmt="github", floatfmt=("", ".2f", ".2f", ".0f", ".0f", ".2f")))
    return 0


if __name__ == "__main__":
    os.environ.pop("COLUMNS", None)
    sys.exit(main())
