# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was undone is put back by the same command, from the store: just that, in one call, without compiling."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import CPP, SMALL, Boards

# What somebody did to each board, and the one action that puts it right.
DAMAGES = {
    "fleet-07": ("pip3 install -q --no-index --no-deps --force-reinstall /root/{wheel}", "install_module"),
    "fleet-08": ("pip3 uninstall -qy protobuf", "install_module"),
    "fleet-09": ("rm /usr/local/lib/libprotobuf.so.32*", "install_library"),
    "fleet-10": (
        "mv /etc/ld.so.conf.d/libc.conf /root/; ldconfig; mv /root/libc.conf /etc/ld.so.conf.d/",
        "refresh_linker_cache",
    ),
    "fleet-11": ("dpkg --purge jetfleet-libprotobuf", "install_library"),
    "fleet-12": ("echo >> /usr/local/lib/python3.9/dist-packages/google/protobuf/message.py", "install_module"),
}
LIMIT = ",".join(DAMAGES)


@pytest.fixture(scope="module")
def provisioned(stocked: Boards, pure_wheel: Path) -> Boards:
    """Fresh boards, made what they should be."""
    stocked.renew(*DAMAGES)
    for host in DAMAGES:
        stocked.send(host, pure_wheel)
    assert stocked.play("jetfleet.protobuf.rollout", "--limit", LIMIT, *SMALL).status == 0
    return stocked


def test_each_damage_is_put_right_by_the_action_for_it(provisioned: Boards, pure_wheel: Path) -> None:
    for host, (damage, _action) in DAMAGES.items():
        provisioned.root(host, f"({damage.format(wheel=pure_wheel.name)}) >/root/damage.log 2>&1")
    check = provisioned.play("jetfleet.protobuf.survey", "--limit", LIMIT, *SMALL)
    shown = check.output.partition("will change")[2].partition("PLAY RECAP")[0]
    rows = [line.split("  ") for line in shown.splitlines() if re.match(r"fleet-\d+ ", line)]
    planned = {row[0].strip(): row[-1].strip() for row in rows}
    start = time.monotonic()
    run = provisioned.play("jetfleet.protobuf.provision", "--limit", LIMIT, *SMALL)
    print(f"restored {len(DAMAGES)} boards in {time.monotonic() - start:.1f} s")
    assert run.status == 0
    assert {host: run.became(host) for host in DAMAGES} == dict.fromkeys(DAMAGES, "changed")
    assert "Make the library" not in run.output
    assert {host: provisioned.backend(host) for host in DAMAGES} == dict.fromkeys(DAMAGES, CPP)
    for host in DAMAGES:
        assert (
            provisioned.root(
                host, "dpkg --verify jetfleet-libprotobuf; ldconfig -p | grep -c 'libprotobuf.so.32 .*local'"
            )
            == "1"
        )
    assert planned == {host: action.replace("_", " ") for host, (_damage, action) in DAMAGES.items()}


def test_a_restore_is_one_call_and_one_run_of_pip_beyond_the_survey(provisioned: Boards, pure_wheel: Path) -> None:
    """The board itself counts: root's runs of pip by a wrapper around its module (the survey runs it as the user, and
    installs nothing), calls by sudo's log."""
    host = "fleet-07"
    counter = "/usr/lib/python3/dist-packages/pip/__main__.py"
    provisioned.root(
        host,
        f"cp {counter} /root/pip_main; "
        f'sed -i \'/^import sys/a os.getuid() or open("/root/pips", "a").write("x")\' {counter}',
    )
    provisioned.root(
        host, f"pip3 install -q --no-index --no-deps --force-reinstall /root/{pure_wheel.name} 2>/dev/null"
    )
    provisioned.root(host, "rm -f /root/pips; : > /var/log/auth.log; : > /root/sudos")
    provisioned.root(host, "echo 'Defaults logfile=/root/sudos' > /etc/sudoers.d/counter")
    run = provisioned.play("jetfleet.protobuf.provision", "--limit", host, *SMALL)
    calls = provisioned.root(host, "grep -c 'COMMAND=' /root/sudos")
    pips = provisioned.root(host, "cat /root/pips")
    provisioned.root(host, f"rm /etc/sudoers.d/counter; cp /root/pip_main {counter}")
    assert run.status == 0
    assert (calls, pips) == ("1", "x")


def test_a_constraint_keeps_pip_from_undoing_it(provisioned: Boards, pure_wheel: Path) -> None:
    host, hold = "fleet-08", ("-e", "python_protobuf_pip_constraint=true")
    provisioned.root(host, "printf '[global]\n# of the owner\ntimeout = 60\n' > /etc/pip.conf")
    assert provisioned.play("jetfleet.protobuf.rollout", "--limit", host, *SMALL, *hold).status == 0
    provisioned.root(host, "mkdir -p /root/index; cp /root/*.whl /root/index/")
    upgrade = "cd /; pip3 install -q -U --no-index --find-links /root/index protobuf"
    provisioned.root(host, f"{upgrade} 2>/root/upgrade.log || true")
    assert provisioned.backend(host) == CPP
    again = provisioned.play("jetfleet.protobuf.rollout", "--limit", host, *SMALL, *hold)
    assert again.became(host) == "unchanged"
    off = provisioned.play("jetfleet.protobuf.rollout", "--limit", host, *SMALL)
    assert off.became(host) == "changed"
    assert provisioned.root(host, "cat /etc/pip.conf") == "[global]\n# of the owner\ntimeout = 60"
