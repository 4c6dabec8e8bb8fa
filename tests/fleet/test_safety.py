# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs on one board, files that others could write, sums, keys and platforms."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.artefacts import MACHINE, NUMBERS, repack
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import CPP, SMALL, Boards

HOST = "fleet-06"
FOLDERS = ("/usr/local", "/var/lib/jetfleet", "/home/jetson")
LOCK = "import fcntl, time; f = open('/var/lib/jetfleet/lock', 'w'); fcntl.flock(f, fcntl.LOCK_EX); time.sleep(600)"


def rollout(fleet: Boards, *arguments: str) -> tuple[str, str]:
    """Roll out to one board; return what became of it, and the output on one line."""
    run = fleet.play("jetfleet.protobuf.rollout", "--limit", HOST, *SMALL, *arguments)
    return run.became(HOST), run.text


@pytest.fixture(scope="module")
def slow(stocked: Boards) -> Boards:
    """One board as pip leaves it."""
    stocked.renew(HOST)
    return stocked


@pytest.fixture
def copied(slow: Boards, artefact: Path, tmp_path: Path) -> Iterator[Path]:
    """The stored artefact in a store for one test alone, which may spoil it; the board must stay as it is."""
    folder = tmp_path / artefact.name
    shutil.copytree(artefact, folder)
    good, slow.store = slow.store, tmp_path
    before = slow.content(HOST, *FOLDERS)
    yield folder
    slow.store = good
    assert without_folders(slow.content(HOST, *FOLDERS)) == without_folders(before)


def without_folders(content: str) -> list[str]:
    """Leave out the folders that Ansible, and the first file that is sent, make once in the home of the user."""
    ours = ("/.ansible", "/home/jetson/.cache d ")
    return [line for line in content.splitlines() if not any(name in line for name in ours)]


@pytest.mark.parametrize("name", ["*.whl", "*.deb"])
def test_one_flipped_bit_in_the_store_is_refused(slow: Boards, copied: Path, name: str) -> None:
    (file,) = copied.glob(name)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    became, text = rollout(slow)
    assert became == "failed"
    assert f"{file.name} has the SHA-256" in text


(OTHER,) = set(NUMBERS) - {MACHINE}


def crossed(folder: Path) -> None:
    """Make of the wheel what a cross build makes of it that has the settings of the builder's own Python."""
    for extension in folder.rglob("*.so"):
        content = bytearray(extension.read_bytes())
        struct.pack_into("<H", content, 18, NUMBERS[OTHER])
        extension.with_name(extension.name.replace(MACHINE, OTHER)).write_bytes(content)
        extension.unlink()


def without_extension(folder: Path) -> None:
    """Leave the pure Python module alone in the wheel."""
    for extension in folder.rglob("*.so"):
        extension.unlink()


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (crossed, f"-{OTHER}-linux-gnu.so for {OTHER} and "),
        (
            without_extension,
            f"lacks the C++ extension google/protobuf/pyext/_message.cpython-39-{MACHINE}-linux-gnu.so",
        ),
    ],
)
def test_a_wheel_whose_binaries_are_of_no_use_on_the_board_is_refused_by_it(
    slow: Boards, copied: Path, change: Callable[[Path], None], cause: str
) -> None:
    """It was stored before there was a check, and its sum is right."""
    repack(copied, change)
    became, text = rollout(slow)
    assert became == "failed"
    assert cause in text
    assert "delete this artefact from the store and run the playbook jetfleet.protobuf.build." in text


def test_an_artefact_of_another_platform_is_refused_and_both_are_named(slow: Boards, copied: Path) -> None:
    manifest = json.loads((copied / "manifest.json").read_text())
    manifest["abi_key"] = copied.name.replace("debian-11", "ubuntu-18.04")
    (copied / "manifest.json").write_text(json.dumps(manifest))
    became, text = rollout(slow)
    assert became == "refused"
    assert manifest["abi_key"] in text
    assert copied.name in text


def test_an_unsigned_artefact_and_one_of_a_wrong_key_are_refused(slow: Boards, copied: Path, tmp_path: Path) -> None:
    for name in ("right", "wrong"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
    public = " ".join((tmp_path / "right.pub").read_text().split()[:2])
    (tmp_path / "signers").write_text(f"builder {public}\n")
    ask = ("-e", f"jetfleet_allowed_signers={tmp_path}/signers")
    became, text = rollout(slow, *ask)
    assert (became, "is not signed" in text) == ("refused", True)
    sign = ["ssh-keygen", "-q", "-Y", "sign", "-n", "jetfleet-artefact", "-f", str(tmp_path / "wrong")]
    subprocess.run([*sign, str(copied / "manifest.json")], check=True, capture_output=True)
    assert rollout(slow, *ask)[0] == "refused"


def test_a_second_run_waits_and_then_refuses_and_a_killed_holder_leaves_no_lock(slow: Boards) -> None:
    assert rollout(slow)[0] == "changed"
    slow.root(HOST, "rm /usr/local/lib/libprotobuf.so.32*")
    holder = [str(slow.podman("container", "inspect", "--format={{.Id}}", slow.container(HOST)))]
    podman = ["molecule/shared/podman.sh", "exec", *holder, "python3", "-c", LOCK]
    with subprocess.Popen(podman) as held:
        slow.wait_for_process(HOST, "[j]etfleet/lock")
        became, text = rollout(slow, "-e", "python_protobuf_lock_timeout=3")
        assert became == "failed"
        assert "Another run is changing this board" in text
        slow.root(HOST, "pkill -9 -f '[j]etfleet/lock'", check=False)
        held.send_signal(signal.SIGKILL)
    assert rollout(slow)[0] == "changed"
    assert slow.backend(HOST) == CPP


def test_nothing_of_ours_can_be_written_by_others_and_nothing_is_in_tmp(slow: Boards) -> None:
    places = "/var/lib/jetfleet $(dpkg-query -L jetfleet-libprotobuf | grep /usr/local/) /usr/local/lib/python3.9/dist-packages"
    assert slow.root(HOST, f"find {places} -perm /022 ! -type l -newer /etc/hostname ! -path '*/dist-packages'") == ""
    assert slow.root(HOST, "find /tmp /var/tmp -mindepth 1") == ""
    assert slow.root(HOST, "find /home/jetson/.cache -mindepth 1 2>/dev/null || true") == ""


def test_links_that_a_hostile_user_puts_in_the_way_are_not_followed(slow: Boards) -> None:
    slow.root(HOST, "useradd --create-home mallory; rm /usr/local/lib/libprotobuf.so.32*; touch /root/precious")
    names = "jetfleet jetfleet.lock ansible ansible-tmp pip pip-unpack protobuf"
    slow.root(
        HOST,
        f'for n in {names}; do su mallory -c "ln -s /root/precious /tmp/$n; ln -s /root/precious /var/tmp/$n"; done',
    )
    assert rollout(slow)[0] == "changed"
    assert slow.root(HOST, "stat --format=%s /root/precious; find /tmp /var/tmp -type l | wc -l").split() == ["0", "14"]
    slow.root(HOST, "find /tmp /var/tmp -type l -delete")


@pytest.mark.parametrize("executable", ["ssh", "lingering"])
def test_another_machine_at_the_address_of_a_board_is_not_talked_to(
    slow: Boards, lingering_ssh: Path, executable: str
) -> None:
    """What answers has the host key of another board. No connection may be shared, as that would skip the check."""
    other = "fleet-05"
    before = [(slow.sessions(host), slow.content(host, *FOLDERS)) for host in (HOST, other)]
    alone = {
        "ansible_port": slow.port(other),
        "ansible_ssh_args": "-o ControlMaster=no -o ControlPath=none",
        "ansible_ssh_executable": str(lingering_ssh) if executable == "lingering" else executable,
    }
    became, text = rollout(slow, "-e", json.dumps(alone))
    assert became == "unreachable"
    assert re.search(r"The host key of the board (?:is unknown or )?has changed: check", text), text
    assert [(slow.sessions(host), slow.content(host, *FOLDERS)) for host in (HOST, other)] == before


def test_no_secret_is_shown_however_verbose_a_run_is(slow: Boards, tmp_path: Path) -> None:
    """The password of sudo and the private key that signs."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "signing"], check=True)
    key_lines = (tmp_path / "signing").read_text().splitlines()[1:-1]
    password = "canary-in-the-shaft"
    slow.root(HOST, f"echo jetson:{password} | chpasswd; sed --in-place=.kept s/NOPASSWD:// /etc/sudoers.d/jetson")
    slow.root(HOST, "rm /usr/local/lib/libprotobuf.so.32*")
    own = tmp_path / "own.json"
    signing = {"jetfleet_signing_key": str(tmp_path / "signing"), "jetfleet_builders": HOST}
    own.write_text(json.dumps({"ansible_become_password": password, **signing}))
    run = slow.play("jetfleet.protobuf.provision", "--limit", HOST, *SMALL, "-e", f"@{own}", "-vvvv")
    slow.root(HOST, "mv /etc/sudoers.d/jetson.kept /etc/sudoers.d/jetson")
    assert (run.status, run.became(HOST)) == (0, "changed")
    assert "ESTABLISH SSH CONNECTION" in run.output
    assert [secret for secret in (password, *key_lines) if secret in run.output] == []
    assert slow.root(HOST, f"grep --recursive --files-with-matches {password} /var /home /tmp || true") == ""


def test_a_password_in_the_address_of_a_mirror_is_refused(slow: Boards) -> None:
    before = slow.sessions(HOST)
    mirror = ("-e", "jetfleet_artefact_source=url", "-e", "jetfleet_artefact_url=https://reader:canary@mirror.invalid/")
    run = slow.play("jetfleet.protobuf.rollout", "--limit", HOST, *SMALL, *mirror, "-vvv")
    assert run.status != 0
    assert f"In jetfleet_artefact_url of {HOST}, the address has a user name or password in it" in run.text
    assert "canary" not in run.output
    assert slow.sessions(HOST) == before


def test_a_board_without_room_is_refused_before_anything_is_changed(stocked: Boards) -> None:
    """/usr/local/lib is a disk of its own there, too small for the wheel."""
    before = stocked.content("fleet-full", *FOLDERS)
    run = stocked.play("jetfleet.protobuf.rollout", "--limit", "fleet-full", *SMALL)
    assert run.became("fleet-full") == "failed"
    assert "MB are needed: free some space, then run again." in run.text
    kept = [line for line in stocked.content("fleet-full", *FOLDERS).splitlines() if "/home/jetson/" not in line]
    assert kept == [line for line in before.splitlines() if "/home/jetson/" not in line]


def test_a_killed_controller_leaves_no_lock_in_the_store(slow: Boards) -> None:
    run = slow.start("jetfleet.protobuf.provision", "--limit", HOST, *SMALL)
    time.sleep(3)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    assert slow.play("jetfleet.protobuf.provision", "--limit", HOST, *SMALL).status == 0
