# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One sentence out of whatever a task failed with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.failures import failure_sentence
from hypothesis import given
from hypothesis import strategies as st

OUTPUTS = Path(__file__).parents[3] / "fixtures/tool_outputs"
INDEX: dict[str, dict[str, Any]] = yaml.safe_load((OUTPUTS / "index.yml").read_text())
NO_PYTHON = {
    "msg": "The module failed to execute correctly, you probably need to set the interpreter.\nSee stdout/stderr",
    "module_stderr": "/bin/sh: 1: /usr/bin/python9: not found\n",
    "module_stdout": "",
    "rc": 127,
}
OVER_SSH = {
    "msg": "The module failed to execute correctly, you probably need to set the interpreter.",
    "module_stderr": "Shared connection to 192.0.2.7 closed.\r\n",
    "module_stdout": "/bin/sh: 1: /usr/bin/python3: not found\r\n",
    "rc": 127,
}
TRACEBACK = {
    "msg": "MODULE FAILURE\nSee stdout/stderr for the exact error",
    "module_stderr": (
        'Traceback (most recent call last):\n  File "<stdin>", line 1, in <module>\n'
        "ansible.module_utils.x.DeepError: first\n\nDuring handling of the above exception, another:\n\n"
        "Traceback (most recent call last):\n  File \"<stdin>\", line 9, in <module>\nKeyError: 'board'\n"
    ),
    "rc": 1,
}


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (NO_PYTHON, "no Python at /usr/bin/python9: install"),
        (OVER_SSH, "no Python at /usr/bin/python3: install"),
        ({"msg": "bash: /opt/python3.6: No such file or directory"}, "no Python at /opt/python3.6"),
        (
            {
                "msg": "ansible-core requires a minimum of Python2 version 2.7 or Python3 version 3.6. "
                "Current version: 3.5.2 (default, Jan 26 2021)"
            },
            "Python 3.5.2 is older than the 3.6 that this ansible-core asks for: set ansible_python_interpreter to a newer one "
            "(on Ubuntu 16.04 to /usr/bin/python2.7, with ansible-core 2.16)",
        ),
        ({"msg": "Missing sudo password"}, "sudo on the board wants a password"),
        ({"msg": "x", "module_stdout": "sudo: a password is required\n"}, "sudo on the board wants a password"),
        ({"msg": "Incorrect sudo password"}, "refuses the password"),
        (
            {"module_stderr": "eve is not in the sudoers file.  This incident will be reported.\n"},
            "user eve may not use",
        ),
        ({"module_stderr": "Sorry, user eve is not allowed to execute '/bin/sh' as root on b1.\n"}, "user eve may not"),
        ({"module_stderr": "Sorry, user eve may not run sudo on b1.\n"}, "The user eve may not use sudo"),
        ({"module_stderr": "/bin/sh: 1: sudo: not found\n", "rc": 127}, "has no sudo"),
        (
            {
                "msg": "Failed to lock apt for exclusive operation: Failed to lock directory /var/lib/apt/lists/: "
                "E:Could not get lock /var/lib/apt/lists/lock. It is held by process 1234 (apt-get)"
            },
            "(process 1234, apt-get): let it finish",
        ),
        (
            {
                "msg": "'/usr/bin/apt-get -y install x' failed: E: Unable to acquire the dpkg frontend lock "
                "(/var/lib/dpkg/lock-frontend), is another process using it?"
            },
            "holds the lock of apt or dpkg on the board: let it finish",
        ),
        ({"msg": "x", "stderr": "dpkg: error: dpkg frontend lock is locked by another process"}, "holds the lock"),
        (
            {
                "msg": "x",
                "stderr": "g++: internal compiler error: Killed (program cc1plus)\nPlease submit a full bug report,\n",
            },
            "The memory of the board did not suffice: g++: internal compiler error: Killed (program cc1plus); stop what uses it",
        ),
        ({"msg": "OSError: [Errno 28] No space left on device: '/tmp/x'"}, "disk of the board is full"),
        ({"msg": "[Errno 30] Read-only file system: b'/usr/local'"}, "is read-only"),
        (
            {"unreachable": True, "msg": "Failed to connect to the host via ssh: Host key verification failed."},
            "host key of the board is unknown or has changed",
        ),
        (
            {"unreachable": True, "msg": "eve@192.0.2.7: Permission denied (publickey,password)."},
            "log in (publickey,password)",
        ),
        ({"msg": "Timeout (12s) waiting for privilege escalation prompt: "}, "within 12 seconds"),
        (TRACEBACK, "A module broke on the board: KeyError: 'board'; run again with -vvv"),
        ({"msg": "MODULE FAILURE"}, "without a result and without a word: log in there as the user"),
        ({"msg": "MODULE FAILURE", "module_stdout": "{}"}, "A module broke on the board: {}"),
    ],
)
def test_what_usually_goes_wrong_has_its_sentence(result: dict[str, Any], words: str) -> None:
    assert words in failure_sentence(result | {"failed": True})


def test_a_board_that_does_not_answer() -> None:
    message = "Failed to connect to the host via ssh: ssh: connect to host 127.0.0.1 port 1: No route to host"
    sentence = failure_sentence({"unreachable": True, "msg": message})
    assert sentence == "The board does not answer (No route to host): check its power, its network and ansible_host."


def test_words_that_newer_cores_put_before_are_left_out() -> None:
    older = {"unreachable": True, "msg": "Failed to connect to the host via ssh: no route"}
    newer = older | {"msg": f"Task failed: {older['msg']}"}
    assert failure_sentence(newer) == failure_sentence(older)


def test_other_failures_are_their_own_message_on_one_line() -> None:
    assert (
        failure_sentence({"msg": "No package matching\n  'x' is available"}) == "No package matching 'x' is available."
    )


def test_pips_permission_trouble_is_not_taken_for_ssh() -> None:
    message = "Could not install: Permission denied (os error 13)"
    assert failure_sentence({"msg": message}) == message + "."


def test_a_command_is_told_with_its_status_and_last_words() -> None:
    result = {"msg": "non-zero return code", "cmd": ["make", "-j4"], "rc": 2, "stderr": "one\nKilled (cc1plus)\n"}
    assert failure_sentence(result) == "make -j4 ended with exit status 2: Killed (cc1plus)."
    assert failure_sentence({"cmd": "false", "rc": 1}) == "false ended with exit status 1: it said nothing."


LOCKS = [name for name, output in INDEX.items() if "holder" in output]


@pytest.mark.parametrize("name", LOCKS)
def test_every_lock_of_dpkg_and_apt_is_told(name: str) -> None:
    output = (OUTPUTS / f"{name}.txt").read_text()
    holder = INDEX[name]["holder"]
    for result in (
        {"msg": "non-zero return code", "stderr": output},
        {"msg": f"'/usr/bin/apt-get -y' failed: {output}"},
    ):
        sentence = failure_sentence(result)
        assert sentence.startswith("Another process holds the lock of apt or dpkg on the board")
        assert holder in sentence


def test_who_may_not_take_the_lock_is_not_told_to_wait() -> None:
    said = failure_sentence(
        {"msg": f"'/usr/bin/apt-get -y install x' failed: {(OUTPUTS / 'apt-2.6-root.txt').read_text()}"}
    )
    assert said == (
        "/usr/bin/apt-get failed: E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)."
    )


def test_apt_is_told_by_what_dpkg_said_first() -> None:
    output = (OUTPUTS / "apt-2.6-postinst.txt").read_text()
    said = failure_sentence(
        {"msg": f"'/usr/bin/apt-get -y -o \"Dpkg::Options::=--force-confold\" install 'x'' failed: {output}"}
    )
    assert said.startswith("/usr/bin/apt-get failed: dpkg: error processing package post (--configure): installed post")


def test_what_a_module_of_ours_has_said_about_memory_stays() -> None:
    said = "The memory of b1 did not suffice (g++: internal compiler error: Killed (program cc1plus)): set x, then run again."
    assert failure_sentence({"msg": said}) == said


# What get_url of ansible-core 2.16 and of 2.21 returns, which say the same but for the name of the file with the wrong sum.
NO_SOURCE: list[tuple[dict[str, Any], str]] = [
    (
        {
            "url": "http://127.0.0.1:8765/none.tar.gz",
            "msg": "Request failed",
            "response": "HTTP Error 404: File not found",
            "status_code": 404,
        },
        "http://127.0.0.1:8765/none.tar.gz cannot be downloaded (HTTP Error 404: File not found); set libprotobuf_source_url to an "
        "address that the controller reaches, or libprotobuf_source_archive to an archive there.",
    ),
    (
        {
            "url": "http://127.0.0.1:9/a.tar.gz",
            "msg": "Request failed: <urlopen error [Errno 111] Connection refused>",
        },
        "http://127.0.0.1:9/a.tar.gz cannot be downloaded (Connection refused); set libprotobuf_source_url to an "
        "address that the controller reaches, or libprotobuf_source_archive to an archive there.",
    ),
    (
        {
            "url": "http://mirror.invalid/a.tar.gz",
            "msg": "Request failed: <urlopen error [Errno -2] Name or service not known>",
        },
        "http://mirror.invalid/a.tar.gz cannot be downloaded (Name or service not known); set libprotobuf_source_url to an "
        "address that the controller reaches, or libprotobuf_source_archive to an archive there.",
    ),
    (
        {
            "url": "htp://mirror.invalid/a.tar.gz",
            "msg": "Request failed: <urlopen error unknown url type: htp>",
        },
        "htp://mirror.invalid/a.tar.gz cannot be downloaded (unknown url type: htp); set libprotobuf_source_url to an "
        "address that the controller reaches, or libprotobuf_source_archive to an archive there.",
    ),
    (
        {
            "url": "file:///nowhere%20else.tar.gz",
            "msg": "Request failed: <urlopen error [Errno 2] No such file or directory: '/nowhere else.tar.gz'>",
        },
        "The source archive /nowhere else.tar.gz cannot be read (No such file or directory: '/nowhere else.tar.gz'); put it there, or set "
        "libprotobuf_source_archive to where it is.",
    ),
    (
        {"url": "file:///srv", "msg": "Request failed: <urlopen error [Errno 21] Is a directory: '/srv'>"},
        "The source archive /srv cannot be read (Is a directory: '/srv'); put it there, or set libprotobuf_source_archive to where it is.",
    ),
    *(
        (
            {
                "url": "file:///srv/a.tar.gz",
                "msg": f"The checksum for {name} did not match {'0' * 64}; it was 73cb3858a687a8494ca3323053016282.",
            },
            f"The SHA-256 of /srv/a.tar.gz is 73cb3858a687a8494ca3323053016282 instead of {'0' * 64}; get the archive again, or set "
            "libprotobuf_source_sha256 if this is the archive that you trust.",
        )
        for name in (
            "/store/sources/a.tar.gz",
            "/root/.ansible/tmp/ansible-moduletmp-1796038643.96-imcei9gz/tmpt847zvt6",
        )
    ),
]


@pytest.mark.parametrize(("result", "sentence"), NO_SOURCE)
def test_why_there_is_no_source_archive(result: dict[str, Any], sentence: str) -> None:
    assert failure_sentence({"failed": True, "dest": "/store/sources/a.tar.gz", **result}) == sentence


def test_the_failed_item_of_a_loop_speaks() -> None:
    result = {"msg": "One or more items failed", "results": [{"failed": False}, {"failed": True, "msg": "No room"}]}
    assert failure_sentence(result) == "No room."


def test_the_item_of_a_loop_that_lost_the_board_speaks() -> None:
    lost = {"unreachable": True, "msg": "Failed to connect to the host via ssh: Host key verification failed."}
    result = {"unreachable": True, "msg": "All items completed", "results": [{"failed": False}, lost]}
    assert failure_sentence(result).startswith("The host key of the board is unknown or has changed: ")


def test_a_module_that_was_started_was_not_stopped_by_sudo() -> None:
    warning = "sudo: /etc/sudoers.d/x: unable to stat\nKilled\n"
    result = TRACEBACK | {"failed": True, "module_stderr": f"{warning}{TRACEBACK['module_stderr']}"}
    assert failure_sentence(result) == failure_sentence(TRACEBACK | {"failed": True})


def test_a_long_message_is_cut() -> None:
    assert len(failure_sentence({"msg": "x" * 5000})) < 520


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from(
            ["msg", "stderr", "stdout", "module_stderr", "cmd", "rc", "results", "unreachable", "url", "dest"]
        ),
        JUNK,
    )
)
def test_any_result_gives_exactly_one_line(result: dict[str, Any]) -> None:
    sentence = failure_sentence(result)
    assert len(sentence.splitlines()) == 1
    assert sentence.endswith(".")
