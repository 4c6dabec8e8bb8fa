# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One sentence out of a failed result, with the cause and the remedy.

What ssh, sudo, su, shells, Python and the kernel say is in the symptoms beside this file. The texts matched here are those of apt, and of
ansible-core 2.15 to 2.16 where no other source is named.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import (
    both_ends,
    lock_sentence,
    telling_line,
    trouble,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.become_symptoms import BECOME, BECOME_LAST
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.board_symptoms import BOARD, ENDED
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.connection import connection_failure, words
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.symptom import Symptom, first_match, lines_of
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import one_line

# What Ansible's module apt says: the command as it was, and all that apt has said.
_APT = re.compile(r"'(?P<command>\S*/apt-get) .*?' failed: (?P<said>.*)", re.DOTALL)
# What Ansible's module get_url says, in 2.16 and in 2.21.
_MISMATCH = re.compile(r"did not match (?P<wanted>[0-9a-f]+); it was (?P<found>[0-9a-f]+)")
_TRACEBACK = re.compile(r"Traceback \(most recent call last\)")
# What Ansible says where a module gave no result, to 2.18 and since 2.19.
_NO_RESULT = re.compile(rf"MODULE FAILURE|Module result deserialization failed|{_TRACEBACK.pattern}")
# What ssh says at the end of every command that had a terminal.
_CLOSED = re.compile(r"(?:Shared connection|Connection) to \S+ closed\.?$")
# Where a text leaves it open.
_UNSAID = {"method": "sudo", "user": "that Ansible is to become", "reason": "the reason was not told"}
_LONGEST = 500
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
    connection = connection_failure(texts[0], bool(failed.get("unreachable")))
    if connection:
        return connection.sentence
    everything = "\n".join(texts)
    found = _known((*BECOME, *BOARD), everything) or lock_sentence(everything) or _lacking(texts)
    if found:
        return found
    if failed.get("unreachable"):
        remedy = "run ansible BOARD -m ping -vvvv to see where it ends"
        return _one_sentence(f"There is no connection to the board: {words(texts[0])}", remedy)
    if any(_NO_RESULT.search(text) for text in texts[:3]):
        return _no_result(failed, texts)
    return _plain(failed, texts)


def is_host_key_trouble(result: Mapping[str, Any]) -> bool:
    """Return whether the controller turned away from the board because its host key is unknown or has changed."""
    failed = _failed_item(result)
    connection = connection_failure(_texts(failed)[0], bool(failed.get("unreachable")))
    return connection is not None and connection.is_host_key


def _known(symptoms: Iterable[Symptom], text: str) -> str | None:
    found = first_match(symptoms, "\n".join(lines_of(text)))
    return found[0].sentence(found[1], _UNSAID) if found else None


def _no_result(failed: Mapping[str, Any], texts: list[str]) -> str:
    """Return why a module ended before it gave its result."""
    said = "\n".join(line for line in lines_of("\n".join(texts[1:3])) if not _CLOSED.match(line))
    # With a traceback, Python ran.
    known = _known((*BECOME_LAST, *ENDED), said or _signal(failed.get("rc")))
    if known and not _TRACEBACK.search(said):
        return known
    reason = telling_line(said or texts[0], "it gave no result")
    return _one_sentence(f"A module broke on the board: {reason}", "run again with -vvv and report it")


def _signal(status: Any) -> str:
    """Return the words of a shell for the signal that ended a program; nothing where its exit status shows none."""
    return signal.strsignal(status - 128) or "" if isinstance(status, int) and 128 < status < 128 + signal.NSIG else ""


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
        ended = (
            item for item in items if isinstance(item, Mapping) and (item.get("failed") or item.get("unreachable"))
        )
        return next(ended, result)
    return result


def _text(value: Any) -> str:
    try:
        text = "" if value is None else str(value)
    except (RecursionError, ValueError):  # lists that are too deep, numbers that are too long
        return ""
    ends: str = both_ends(text, *_SEARCHED)
    return ends


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
