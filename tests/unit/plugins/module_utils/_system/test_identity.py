# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work on files as another user, and no way back to root for what a user starts."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import identity
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.identity import acting_as

ROOT = os.getuid() == 0
# A user without an entry in passwd, and one with an entry; who is not root is both.
UNNAMED, UNNAMED_GROUP = (4321, 4321) if ROOT else (os.getuid(), os.getgid())
NAMED = pwd.getpwnam("nobody") if ROOT else pwd.getpwuid(os.getuid())
USERS = [(UNNAMED, UNNAMED_GROUP), (NAMED.pw_uid, NAMED.pw_gid)]


def status() -> dict[str, Any]:
    return {"uids": os.getresuid(), "gids": os.getresgid(), "groups": sorted(os.getgroups())}


def groups_of(uid: int, gid: int) -> list[int]:
    return sorted(os.getgrouplist(NAMED.pw_name, gid)) if uid == NAMED.pw_uid else [gid]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user reaches and may write to."""
    folder = Path(tempfile.mkdtemp(prefix="jetfleet-test-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize(("uid", "gid"), USERS)
def test_files_are_made_and_read_as_the_user(place: Path, uid: int, gid: int) -> None:
    secret, before = place / "secret", status()
    secret.write_text("root's")
    secret.chmod(0o600)
    with acting_as(uid, gid):
        (place / "made").touch()
        if ROOT:
            with pytest.raises(PermissionError):
                secret.read_text()
            assert sorted(os.getgroups()) == groups_of(uid, gid)
    assert ((place / "made").stat().st_uid, (place / "made").stat().st_gid) == (uid, gid)
    assert status() == before and secret.read_text() == "root's"


def test_an_exception_ends_it(place: Path) -> None:
    before = status()
    with pytest.raises(ZeroDivisionError), acting_as(*USERS[0]):
        raise ZeroDivisionError
    assert status() == before


def test_within_itself_and_back_to_root(place: Path) -> None:
    first = USERS[0]
    with acting_as(*first):
        inner = status()
        with acting_as(*first):
            assert status() == inner
        with acting_as(os.getuid(), os.getgid()):
            (place / "made").touch()
        assert status() == inner
    assert (place / "made").stat().st_uid == os.getuid()


def test_the_user_can_neither_signal_nor_trace_who_acts_as_him() -> None:
    if not ROOT:
        return
    attack = (
        "import ctypes, errno, json, os, sys\n"
        "os.setgroups([]); os.setgid(4321); os.setuid(4321)\n"
        "answers, parent, libc = [], os.getppid(), ctypes.CDLL(None, use_errno=True)\n"
        "try: os.kill(parent, 0)\n"
        "except OSError as error: answers.append(error.errno)\n"
        "answers.append(ctypes.get_errno() if libc.ptrace(16, parent, 0, 0) else 0)\n"
        "print(json.dumps(answers))\n"
    )
    # The attacker is started before, and answers while this process acts as him.
    command = [sys.executable, "-c", "import sys; sys.stdin.read()\n" + attack]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as attacker:
        assert attacker.stdin and attacker.stdout
        with acting_as(4321, 4321):
            attacker.stdin.close()
            answers = json.loads(attacker.stdout.read())
    assert answers == [1, 1]  # EPERM


@pytest.mark.parametrize(("uid", "gid"), USERS)
@pytest.mark.parametrize("acting", [False, True])
def test_a_child_becomes_the_user_for_good(uid: int, gid: int, acting: bool) -> None:
    ask = "import json, os; print(json.dumps([os.getresuid(), os.getresgid(), os.getgroups()]))"

    def start() -> Any:
        command = ["/usr/bin/python3", "-I", "-c", ask]
        return json.loads(subprocess.check_output(command, preexec_fn=lambda: identity.become(uid, gid), cwd="/"))

    if acting:
        with acting_as(uid, gid):
            uids, gids, groups = start()
    else:
        uids, gids, groups = start()
    assert (uids, gids) == ([uid] * 3, [gid] * 3)
    assert not ROOT or sorted(groups) == groups_of(uid, gid)


def test_environment_holds_nothing_of_root(monkeypatch: pytest.MonkeyPatch) -> None:
    if not ROOT:
        return
    for name in ("SUDO_USER", "PIP_INDEX_URL", "PYTHONSTARTUP", "PYTHONUSERBASE", "TMPDIR", "XDG_CACHE_HOME", "TOKEN"):
        monkeypatch.setenv(name, "/root/secret")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("PYTHONPATH", "/opt/lib")
    found = identity.environment_of(NAMED.pw_uid)
    assert {name: found.get(name) for name in ("HOME", "USER", "LOGNAME", "LC_ALL", "PYTHONPATH")} == {
        "HOME": NAMED.pw_dir,
        "USER": NAMED.pw_name,
        "LOGNAME": NAMED.pw_name,
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": "/opt/lib",
    }
    assert "/root/secret" not in found.values()
    assert identity.environment_of(UNNAMED)["HOME"] == "/"
    assert identity.environment_of(0) == dict(os.environ)


def test_a_folder_of_the_group_root_makes_nobody_a_member_of_it(place: Path) -> None:
    if not ROOT:
        return
    (place / "lib/python3.9/site-packages").mkdir(parents=True)
    place.chmod(0o755)
    site, python = place / "lib/python3.9/site-packages", str(place / "bin/python")
    os.chown(site, NAMED.pw_uid, 0)
    assert identity.interpreter_identity(python) == (NAMED.pw_uid, NAMED.pw_gid)
    os.chown(site, UNNAMED, 0)
    assert identity.interpreter_identity(python) == (UNNAMED, 65534)
    os.chown(site, UNNAMED, 77)
    assert identity.interpreter_identity(python) == (UNNAMED, 77)


def test_who_is_not_root_starts_everything_as_himself(place: Path) -> None:
    with acting_as(*USERS[0]):
        assert identity.interpreter_identity("/usr/bin/python3") == (os.geteuid(), os.getegid())
