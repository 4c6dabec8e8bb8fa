# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a board says, a sentence about it costs little: the time grows with the text, and from some size on not at all.

No test here has a limit in seconds: how fast a machine is does not matter to whether a time grows with the square of the text.
benchmarks/board_text.py has the seconds.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import (
    both_ends,
    crashed_libraries,
    lock_sentence,
    telling_line,
    trouble,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results import failures
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.failures import (
    failure_sentence,
    is_host_key_trouble,
)
from ansible_collections.jetfleet.protobuf.tests.support.hostile_text import PARTS
from hypothesis import given, settings
from hypothesis import strategies as st

# Small enough to be looked at as a whole. Four times as much takes 4 times as long, or 16 times where the time is quadratic.
SMALL, LARGE = 3 * 1024, 12 * 1024
MOST = 9
# What no clock measures well.
LEAST = 0.004
READERS: list[Callable[[str], object]] = [
    lambda text: failure_sentence({"failed": True, "msg": text}),
    lambda text: failure_sentence(
        {"failed": True, "msg": "MODULE FAILURE", "module_stderr": text, "module_stdout": text}
    ),
    lambda text: failure_sentence(
        {"failed": True, "msg": "Request failed", "url": text, "dest": "/x", "response": text}
    ),
    lambda text: is_host_key_trouble({"unreachable": True, "msg": text}),
    telling_line,
    trouble,
    lock_sentence,
    crashed_libraries,
]


def seconds(read: Callable[[str], object], text: str) -> float:
    """Return the least CPU time of a few calls."""
    spent = []
    for _call in range(2):
        begun = time.process_time()
        read(text)
        spent.append(time.process_time() - begun)
    return min(spent)


def filled(start: str, part: str, end: str, size: int) -> str:
    return start + part * (size // len(part)) + end


@pytest.mark.parametrize("part", PARTS)
def test_the_time_grows_with_the_text_and_not_with_its_square(part: str) -> None:
    for read in READERS:
        small, large = (seconds(read, filled("", part, "!", size)) for size in (SMALL, LARGE))
        assert large < max(MOST * small, LEAST)


@settings(max_examples=20)
@given(
    st.sampled_from(PARTS), st.lists(st.sampled_from(PARTS), min_size=1, max_size=3).map("".join), st.text(max_size=3)
)
def test_the_same_for_what_is_made_of_the_words_of_the_patterns(start: str, part: str, end: str) -> None:
    for read in READERS:
        small, large = (seconds(read, filled(start, part, end, size)) for size in (SMALL, LARGE))
        assert large < max(MOST * small, LEAST)


@pytest.mark.parametrize("text", ["gssapi" * 200, "gssapi-" * 200, "publickey," * 200, "password" * 200])
def test_ways_to_log_in_are_read_in_one_way(text: str) -> None:
    """gssapi[a-z-]* repeated matches gssapigssapi in two ways, and in a thousand billion ways what is six lines long."""
    assert failure_sentence({"unreachable": True, "msg": f"Permission denied ({text}!"})


@pytest.mark.parametrize("part", PARTS)
def test_of_a_long_text_the_ends_are_searched(part: str) -> None:
    long = part * (10**6 // len(part))
    searched = both_ends(long)
    assert len(searched) <= 128 * 1024 + 1
    assert telling_line(searched) == telling_line(long)
    assert failure_sentence({"msg": both_ends(long, *failures._SEARCHED)}) == failure_sentence({"msg": long})
    assert len(failure_sentence({"msg": long})) < 1000


@pytest.mark.parametrize("around", ["x" * 10**6, "word " * 10**5, "line\n" * 10**5])
def test_causes_are_found_at_both_ends_of_a_long_text(around: str) -> None:
    cause = "\nsudo: a password is required\n"
    for text in (cause + around, around + cause):
        assert failure_sentence({"msg": "x", "module_stderr": text}).startswith("sudo on the board wants a password")


@given(st.text(min_size=1), st.integers(1, 20), st.integers(1, 20))
def test_a_cut_leaves_whole_lines(text: str, head: int, tail: int) -> None:
    shown = both_ends(text, head, tail)
    assert shown == text if len(text) <= head + tail else len(shown) <= head + tail + 1
    assert len(both_ends(text.encode(), head, tail)) <= max(len(text), head + tail + 1) * 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/bin/sh: 1: /usr/bin/python9: not found", "no Python at /usr/bin/python9:"),
        ("env: '/usr/bin/python9': No such file or directory", "no Python at /usr/bin/python9:"),
        ("(/usr/bin/python9: not found)", "no Python at /usr/bin/python9:"),
        ("eve is not in the sudoers file", "The user eve may"),
        ("[sudo] \neve is not in the sudoers file", "The user eve may"),
        (
            "Permission denied (publickey,gssapi-keyex,gssapi-with-mic,password).",
            "(publickey,gssapi-keyex,gssapi-with-mic,password)",
        ),
    ],
)
def test_what_is_meant_is_still_told(text: str, words: str) -> None:
    assert words in failure_sentence({"msg": text})


@pytest.mark.parametrize("pattern", ["/x{100000}python", "u{100000} is not in the sudoers file"])
def test_a_value_out_of_a_text_is_cut(pattern: str) -> None:
    text = re.sub(r"(\w)\{(\d+)\}", lambda match: match[1] * 8000, pattern) + ": not found"
    assert len(failure_sentence({"msg": text})) < 700


def deep(levels: int) -> Any:
    value: Any = "x"
    for _level in range(levels):
        value = [value]
    return value


HUGE = {
    "deep": deep(5000),
    "number": 10**5000,
    "text": "x" * 10**6,
    "texts": ["x" * 10**6] * 10,
    "many": list(range(10**5)),
}


@pytest.mark.parametrize("kind", HUGE)
@pytest.mark.parametrize("name", ["msg", "cmd", "stderr", "url", "response", "rc"])
def test_any_size_and_depth_gives_one_sentence(name: str, kind: str) -> None:
    for others in ({}, {"dest": "/x", "url": "http://x"}):
        sentence = failure_sentence({"msg": "non-zero return code", **others, name: HUGE[kind]})
        assert len(sentence) < 1000
        assert len(sentence.splitlines()) == 1


@pytest.mark.fuzz
@given(
    st.dictionaries(st.sampled_from(["msg", "stderr", "module_stderr", "cmd", "url", "dest"]), st.text(st.characters()))
)
def test_no_text_of_a_board_reaches_a_terminal_as_it_is(result: dict[str, Any]) -> None:
    assert failure_sentence(result).isprintable()


@pytest.mark.parametrize("mark", ["\x1b]0;owned\x07", "\x00", "\x9b31m", "\u202e", "\u2066", "\u200f", "\x7f"])
def test_marks_that_a_terminal_obeys_are_shown_as_such(mark: str) -> None:
    for result in (
        {"msg": f"a{mark}b"},
        {"msg": f"/opt/{mark}/python: not found"},
        {"cmd": [f"x{mark}"], "stderr": mark},
    ):
        sentence = failure_sentence({"failed": True, **result})
        assert sentence.isprintable()
        assert "\N{REPLACEMENT CHARACTER}" in sentence or "status unknown" in sentence
