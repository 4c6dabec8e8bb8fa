# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ssh, sudo, shells and the kernel said has the sentence with its cause and a remedy that fits."""

from __future__ import annotations

import random
import re
import time

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.connection import connection_failure
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.connection_symptoms import HOST_KEY
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.failures import (
    failure_sentence,
    is_host_key_trouble,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.symptom import first_match, lines_of
from ansible_collections.jetfleet.protobuf.tests.support.failure_texts import SYMPTOMS, Text, all_texts, texts

ALL = {text.name: text for text in all_texts()}
CONNECTIONS = [text for name in ("openssh", "jump_hosts") for text in texts(name) if text.result.get("unreachable")]
PREFIX = "Failed to connect to the host via ssh: "
# Of ssh -vvv, and of OpenSSH 10.1 about older servers.
NOISE = """\
OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19 27 Jan 2026
debug1: Reading configuration data /etc/ssh/ssh_config
debug1: connect to address 192.0.2.7 port 22: Connection refused
debug1: Authentications that can continue: publickey,password
debug2: we did not send a packet, disable method
debug3: authmethod_lookup publickey Permission denied (publickey).
** WARNING: connection is not using a post-quantum key exchange algorithm.
** This session may be vulnerable to "store now, decrypt later" attacks.
""".splitlines()
# Remedies that send somebody to the board's place.
ERRAND = re.compile(r"its power|the board's power")


@pytest.mark.parametrize("name", ALL)
def test_every_text_has_its_sentence(name: str) -> None:
    text = ALL[name]
    assert failure_sentence(text.result) == text.sentence
    assert is_host_key_trouble(text.result) == (text.symptom in HOST_KEY and not text.jump_host)


def test_every_symptom_has_a_text() -> None:
    names = [symptom.name for symptom in SYMPTOMS]
    assert sorted(names) == sorted(set(names)) == sorted({text.symptom for text in ALL.values()})


@pytest.mark.parametrize("name", ALL)
def test_a_sentence_has_cause_and_remedy_on_one_line(name: str) -> None:
    sentence = ALL[name].sentence
    assert re.fullmatch(r"[^\n]{10,}: [^\n]{10,}[^.]\.", sentence)
    assert len(sentence) < 500
    assert bool(ERRAND.search(sentence)) == (ALL[name].symptom in ("no_answer", "lost", "relay_no_answer"))


def said(text: Text) -> str:
    return re.sub(
        r"^(?:Failed to connect to the host via ssh|Data could not be sent .* over ssh): ", "", text.result["msg"]
    )


@pytest.mark.parametrize("text", CONNECTIONS, ids=[text.name for text in CONNECTIONS])
def test_neither_noise_nor_the_way_of_ansible_changes_the_sentence(text: Text) -> None:
    chance = random.Random(text.name)
    lines = said(text).splitlines()
    for _number in range(20):
        lines.insert(chance.randrange(len(lines)), chance.choice(NOISE))
    for words in ("\n".join(lines), "\r\n".join(lines) + "\r\n", said(text)):
        assert failure_sentence({"unreachable": True, "msg": PREFIX + words}) == text.sentence
        assert failure_sentence({"unreachable": True, "msg": f"Task failed: {PREFIX}{words}"}) == text.sentence


def test_a_board_cannot_pass_for_one_with_another_host_key() -> None:
    """What the board shows before the login is not what ssh says at the end."""
    banner = "Host key verification failed.\nNo ED25519 host key\n"
    result = {"unreachable": True, "msg": f"{PREFIX}{banner}eve@192.0.2.7: Permission denied (publickey)."}
    assert not is_host_key_trouble(result)
    assert "does not let the user log in" in failure_sentence(result)


def test_what_is_not_known_is_quoted_without_an_errand() -> None:
    sentence = failure_sentence({"unreachable": True, "msg": f"{PREFIX}ssh: flux capacitor empty\r\n"})
    assert sentence == (
        "There is no connection to the board: ssh: flux capacitor empty; run ansible BOARD -m ping -vvvv to see where it ends."
    )


def test_an_ssh_that_says_nothing_has_a_sentence() -> None:
    for message in (PREFIX, PREFIX.strip(), f"{PREFIX}\r\n", ""):
        assert failure_sentence({"unreachable": True, "msg": message}) == (
            "There is no connection to the board; run ansible BOARD -m ping -vvvv to see where it ends."
        )


def test_a_program_on_the_board_that_uses_ssh_is_no_lost_connection() -> None:
    result = {"failed": True, "msg": "non-zero return code", "cmd": "git fetch", "rc": 128}
    sentence = failure_sentence(result | {"stderr": "git@192.0.2.9: Permission denied (publickey)."})
    assert sentence.startswith("git fetch ended with exit status 128: git@192.0.2.9: Permission denied (publickey)")


PIECES = (
    "a",
    "/",
    " ",
    "@",
    "\n",
    "a\n",
    "sudo: ",
    "python",
    "/python3",
    "no such identity: ",
    "sudoers\n",
    "{",
    "{who}",
    "Killed ",
    "é",
    "\x1b[0m",
)


@pytest.mark.parametrize("piece", PIECES)
def test_a_megabyte_of_anything_is_searched_at_once(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    started = time.process_time()
    first_match(SYMPTOMS, "\n".join(lines_of(text)))
    connection_failure(text, True)
    assert time.process_time() - started < 0.05


@pytest.mark.parametrize("piece", PIECES)
def test_what_a_text_brings_with_it_is_not_taken_for_a_template(piece: str) -> None:
    sentence = failure_sentence(
        {"unreachable": True, "msg": f"{PREFIX}ssh: connect to host {piece.strip()}x port 22: {piece}"}
    )
    assert len(sentence.splitlines()) == 1
    assert sentence.endswith(".")
