# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One sentence out of a failed result, with the cause and the remedy.

The texts matched here are those of sh, sudo, ssh, apt, dpkg
and pip, and of ansible-core 2.15 to 2.16 where no other source is named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import (
    both_ends,
    lock_sentence,
    telling_line,
    trouble,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import one_line

# The last one is what ansible-core's paramiko_ssh says.
_HOST_KEY = (
    r"Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|host key .{0,200} not (?:known|found)"
    r"|host key mismatch for"
)
# A way to log in.
_WAY = r"(?:publickey|password|keyboard-interactive|hostbased|gssapi-[a-z-]{1,20})"
_FLAGS = re.IGNORECASE | re.DOTALL
# In this order: what a board cannot do at all comes before what a module says about it. Every pattern takes a time that grows with
# the text, not with its square: what begins with a repetition begins where a word does.
_KNOWN: tuple[tuple[str, str], ...] = (
    (
        _HOST_KEY,
        "The host key of the board is unknown or has changed: check the board, then put its key into the known_hosts "
        "file of the inventory.",
    ),
    (
        rf"Permission denied \((?P<how>{_WAY}(?:,{_WAY})*)\)",
        "The board does not let the user log in ({how}): put the controller's public key into its authorized_keys, or set ansible_user.",
    ),
    (
        r"(?<![^\s:'\"(])(?P<python>/[^\s:'\"(]*python[\d.]*)['\"]?: (?:not found|No such file or directory)",
        "The board has no Python at {python}: install python3 there, or set ansible_python_interpreter to one that is there.",
    ),
    (
        r"ansible-core requires a minimum of Python.{0,40}version (?P<least>[\d.]+)\. Current version: (?P<found>[\d.]+)",
        "The board's Python {found} is older than the {least} that this ansible-core asks for: set "
        "ansible_python_interpreter to a newer one (on Ubuntu 16.04 to /usr/bin/python2.7, with ansible-core 2.16), or use "
        "an older ansible-core.",
    ),
    (
        r"sudo: a password is required|Missing sudo password|Missing become password|sudo: a terminal is required",
        "sudo on the board wants a password: run with --ask-become-pass, or allow the user to use sudo without one.",
    ),
    (
        r"Incorrect sudo password|Incorrect become password|incorrect password attempt",
        "sudo on the board refuses the password: check what --ask-become-pass or ansible_become_password was given.",
    ),
    (
        r"(?<!\S)(?P<user>\S+) is not in the sudoers file|user (?P<user2>\S+) is not allowed to execute|(?<!\S)(?P<user3>\S+) may not run sudo",
        "The user {user} may not use sudo on the board: add that user to the group sudo, or set ansible_user to one who may.",
    ),
    (
        r"sudo: (?:command )?not found|sudo: No such file or directory|'sudo': No such file",
        "The board has no sudo: install it as root, or set ansible_become_method.",
    ),
    (
        r"Read-only file system|\[Errno 30\]",
        "A file system of the board is read-only: check its disk, mount it read-write, then run again.",
    ),
    (
        r"Timeout \((?P<seconds>\d+)s\) waiting for privilege escalation prompt",
        "sudo on the board did not answer within {seconds} seconds: check its name resolution, or raise the timeout.",
    ),
)
# What Ansible's module apt says: the command as it was, and all that apt has said.
_APT = re.compile(r"'(?P<command>\S*/apt-get) .*?' failed: (?P<said>.*)", re.DOTALL)
# What Ansible's module get_url says, in 2.16 and in 2.21.
_MISMATCH = re.compile(r"did not match (?P<wanted>[0-9a-f]+); it was (?P<found>[0-9a-f]+)")
_TRACEBACK = re.compile(r"Traceback \(most recent call last\)")
_LONGEST = 500
_LONGEST_VALUE = 100
# Characters at the start and at the end of what a tool has said that are searched.
_SEARCHED = (2 * 1024, 6 * 1024)


def failure_sentence(result: Mapping[str, Any]) -> str:
    """Return one sentence that can be displayed, whatever the result holds."""
    return one_line(_sentence(result))


def _sentence(result: Mapping[str, Any]) -> str:
    failed = _failed_item(result)
    texts = _texts(failed)
    if {"url", "dest"} <= failed.keys():
        return _download(_text(failed["url"]), texts[0], _text(failed.get("response")))
    everything = "\n".join(texts)
    for pattern, sentence in _KNOWN:
        match = re.search(pattern, everything, _FLAGS)
        if match:
            return sentence.format(**_values(match))
    lacking = lock_sentence(everything) or _lacking(texts)
    if lacking:
        return lacking
    if failed.get("unreachable"):
        return _one_sentence(f"The board does not answer: {texts[0]}", "check its power, its network and ansible_host")
    crashed = [text for text in texts[1:3] if _TRACEBACK.search(text)]
    if crashed or "MODULE FAILURE" in texts[0]:
        reason = telling_line("\n".join(texts[1:3]), "it gave no result")
        return _one_sentence(f"A module broke on the board: {reason}", "run again with -vvv and report it")
    return _plain(failed, texts)


def is_host_key_trouble(result: Mapping[str, Any]) -> bool:
    """Return whether the controller turned away from the board because its host key is unknown or has changed."""
    return re.search(_HOST_KEY, "\n".join(_texts(_failed_item(result))), _FLAGS) is not None


def _texts(failed: Mapping[str, Any]) -> list[str]:
    names = ("module_stderr", "module_stdout", "stderr", "stdout", "exception")
    # ansible-core 2.19 and newer put these words before what a connection says.
    message = _text(failed.get("msg")).removeprefix("Task failed: ")
    return [message, *(_text(failed.get(name)) for name in names)]


def _download(url: str, message: str, response: str) -> str:
    """Return why ansible.builtin.get_url got no source archive."""
    local = url.startswith("file://")
    place = unquote(url.removeprefix("file://")) if local else url
    mismatch = _MISMATCH.search(message)
    if mismatch:
        cause = f"The SHA-256 of {place} is {mismatch['found']} instead of {mismatch['wanted']}"
        return _one_sentence(
            cause, "get the archive again, or set libprotobuf_source_sha256 if this is the archive that you trust"
        )
    detail = response or re.sub(r"^Request failed: |<\w+ error (?:\[Errno -?\d+\] )?|>$", "", message)
    if local:
        return _one_sentence(
            f"The source archive {place} cannot be read ({detail})",
            "put it there, or set libprotobuf_source_archive to where it is",
        )
    return _one_sentence(
        f"{place} cannot be downloaded ({detail})",
        "set libprotobuf_source_url to an address that the controller reaches, or libprotobuf_source_archive to an archive there",
    )


def _failed_item(result: Mapping[str, Any]) -> Mapping[str, Any]:
    items = result.get("results")
    if isinstance(items, list):
        return next((item for item in items if isinstance(item, Mapping) and item.get("failed")), result)
    return result


def _text(value: Any) -> str:
    try:
        text = "" if value is None else str(value)
    except (RecursionError, ValueError):  # lists that are too deep, numbers that are too long
        return ""
    ends: str = both_ends(text, *_SEARCHED)
    return ends


def _values(match: re.Match[str]) -> dict[str, str]:
    values = {name: value[:_LONGEST_VALUE] for name, value in match.groupdict().items() if value}
    user = values.get("user") or values.get("user2") or values.get("user3") or ""
    values["user"] = user.strip("'\",")
    return values


def _lacking(texts: list[str]) -> str | None:
    """Return what the board lacks, where that is all that is wrong."""
    if trouble("\n".join(texts)) == "disk":
        return "The disk of the board is full: make room there, then run again."
    # Not in the message: modules of the collection have said there already what to do.
    said = "\n".join(texts[1:])
    if trouble(said) == "memory":
        cause = f"The memory of the board did not suffice: {telling_line(said)}"
        return _one_sentence(cause, "stop what uses it or add swap space, then run again")
    return None


def _plain(failed: Mapping[str, Any], texts: list[str]) -> str:
    message = texts[0]
    apt = _APT.match(message)
    if apt:
        message = f"{apt['command']} failed: {telling_line(apt['said'])}"
    if message in ("", "non-zero return code", "All items completed", "One or more items failed"):
        command = failed.get("cmd")
        name = " ".join(map(_text, command[:_LONGEST])) if isinstance(command, list) else _text(command) or "A command"
        status = _text(failed.get("rc")) or "unknown"
        message = f"{name} ended with exit status {status}: {telling_line(texts[3].strip() or texts[4])}"
    return _one_sentence(message)


def _one_sentence(text: str, remedy: str = "") -> str:
    """Return the text on one line, with one full stop, and not longer than can be read."""
    line = " ".join(text.split()).rstrip(".: ")
    if len(line) > _LONGEST:
        line = line[:_LONGEST].rstrip() + " ..."
    return f"{line or 'The task failed without saying why'}{'; ' + remedy if remedy else ''}."
