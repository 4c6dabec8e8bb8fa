# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why there is no connection to a board, and whether the board or a host on the way to it is to blame."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.connection_symptoms import (
    CONNECTION,
    HOST_KEY,
    RELAY_OTHER,
    RELAY_SSH,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.symptom import first_match, lines_of

# What Ansible puts before the words of ssh and paramiko.
_PREFIX = re.compile(
    r"Failed to connect to the host via \w+: ?|Data could not be sent to remote host \"[^\"]*\"\. Make sure this host can be reached over ssh: ?"
    r"|Failed to authenticate: ?"
)
_ANSIBLE = re.compile(
    r"Unable to execute ssh command line|to use the 'ssh' connection type with passwords|Using a SSH password instead of a key"
    r"|paramiko is not installed|(?:paramiko: )?The authenticity of host '|host key mismatch for |Invalid/incorrect |Cannot write to ControlPath"
    r"|Data could not be sent because of"
)
# Of ssh with -v, and of OpenSSH 10.1 and newer about servers that are older.
_NOISE = re.compile(
    r"debug\d: |OpenSSH_\S+ .*, |\*\* |Warning: Permanently added |Pseudo-terminal will not be allocated"
)
# How an ssh ends when the program ends that it has started in place of a connection: to 8.8 with the first, since then with an address that is none
# or with both.
_LOST = re.compile(r"(?:kex|ssh)_exchange_identification: ")
_LATE = "Connection timed out during banner exchange"
_NO_ADDRESS = re.compile(r"(?:banner exchange: )?Connection (?:closed by|reset by|to) UNKNOWN port 65535")
# What that program can have said last; all else can be the board's banner.
_LAST = re.compile(
    r"ssh: |Host key verification failed|(?:[^\s@]+@\S+: )?Permission denied \(|Unable to negotiate with |channel \d+: |stdio forwarding failed"
    r"|Connection (?:closed by|reset by|to) |Received disconnect from |Disconnected from |(?:kex|ssh)_exchange_identification: "
    r"|(?:Ncat|nc|netcat|socat|corkscrew|(?:\S*/)?\w*sh): "
)
_WARNING = re.compile(r"Warning: Identity file |\S+ line \d+: (?:Unsupported|Deprecated) ")
_END = re.compile(r"(?:Connection (?:closed|reset)|Disconnected from) ")
_HOST = re.compile(
    r"^(?:ssh: Could not resolve hostname |ssh: connect to host |Unable to negotiate with |(?:No )?.*[Hh]ost key (?:is known )?for |[^\s@]+@"
    r"|Connection (?:closed|reset) by |Connection to |Received disconnect from )(?P<host>[^\s@]+?):?(?:\s|$)",
    re.MULTILINE,
)

_BOARD = {
    "who": "the board",
    "Who": "The board",
    "address": "ansible_host",
    "login": "ansible_user",
    "key": "ansible_ssh_private_key_file",
    "known_hosts": "the known_hosts file of the inventory",
}
# ProxyJump passes none of the options for the board on.
_JUMP_HOST = {
    "address": "ProxyJump or ProxyCommand",
    "login": "its user in ProxyJump or ProxyCommand",
    "key": "IdentityFile for it in ~/.ssh/config",
    "known_hosts": "~/.ssh/known_hosts, or into the file that ProxyCommand names",
}


class Connection(NamedTuple):
    """The symptom of a connection that failed, and its sentence."""

    symptom: str
    sentence: str
    on_the_way: bool

    @property
    def is_host_key(self) -> bool:
        """Return whether the controller turned away from the board because of the board's own host key."""
        return self.symptom in HOST_KEY and not self.on_the_way


def connection_failure(message: str, unreachable: bool) -> Connection | None:
    """Return what kept Ansible from the board; None where its message is about something else."""
    prefix = _PREFIX.match(message)
    if not (unreachable or prefix or _ANSIBLE.match(message)):
        return None
    lines = [line for line in lines_of(message[prefix.end() :] if prefix else message) if not _NOISE.match(line)]
    way = _said_on_the_way(lines)
    return _at_the_board(lines) if way is None else _on_the_way(way)


def words(message: str) -> str:
    """Return what was said about the connection, without Ansible's words."""
    return _PREFIX.sub("", message, count=1)


def _said_on_the_way(lines: Sequence[str]) -> Sequence[str] | None:
    """Return what a ProxyCommand said, or the ssh to a jump host; None where the board itself was reached, or there is neither."""
    for number, line in enumerate(lines):
        before, after = lines[:number], lines[number + 1 :]
        if (_LOST.match(line) or line == _LATE) and after and _NO_ADDRESS.match(after[0]):
            return before
        if _NO_ADDRESS.match(line) and (not before or any(_LAST.match(word) for word in before)):
            return before
        # An old ssh has not said much itself before.
        if _LOST.match(line) and not after and any(not _WARNING.match(word) for word in before):
            return before
    return None


def _at_the_board(lines: Sequence[str]) -> Connection | None:
    found = first_match(CONNECTION, "\n".join(lines))
    if not found:
        return None
    symptom, match = found
    return Connection(symptom.name, symptom.sentence(match, {**_BOARD, "said": _last_words(lines)}), False)


def _on_the_way(lines: Sequence[str]) -> Connection | None:
    # Of several jump hosts, each has lost the one before it.
    text = "\n".join([line for line in lines if not _LOST.match(line)] or lines)
    host = _HOST.search(text)
    name = f"jump host {host['host']}" if host else "jump host"
    known = {**_JUMP_HOST, "who": f"the {name}", "Who": f"The {name}", "said": _last_words(lines)}
    found = first_match((*RELAY_SSH, *CONNECTION, *RELAY_OTHER), text)
    if not found:
        return None
    symptom, match = found
    return Connection(symptom.name, symptom.sentence(match, known), True)


def _last_words(lines: Sequence[str]) -> str:
    """Return what was said before the connection ended."""
    before = [line for line in lines if not _END.match(line)] or lines
    return before[-1] if before else ""
