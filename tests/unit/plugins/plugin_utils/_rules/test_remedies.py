# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Placeholders in remedies: filled in, refused, and kept away from shells."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.remedies import (
    fill_command,
    fill_text,
    placeholder_fault,
)
from hypothesis import given
from hypothesis import strategies as st

VALUES: dict[str, Any] = {"host": "nano-1", "actual": ["/usr/a", "/usr/b"], "executable": "/usr/bin/python3"}


def test_values_are_filled_in() -> None:
    text = "Run {executable} on {host}: {actual}, {{braces}}"
    assert placeholder_fault(text) is None
    assert fill_text(text, VALUES) == "Run /usr/bin/python3 on nano-1: /usr/a, /usr/b, {braces}"
    assert fill_command("ssh {host} sudo rm {actual}", VALUES) == "ssh nano-1 sudo rm /usr/a /usr/b"


@pytest.mark.parametrize(("value", "words"), [(None, "null"), (False, "false"), ({"a": 1}, '{"a": 1}'), (5.5, "5.5")])
def test_other_values_are_written_as_json(value: Any, words: str) -> None:
    assert fill_text("{actual}", {"actual": value}) == words


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "on {board}",
            "has an unknown placeholder {board}: write {host}, {actual} or {executable}, and double every other brace",
        ),
        ("on {}", "has an unknown placeholder {}: "),
        ("on {0}", "has an unknown placeholder {0}: "),
        ("on {host.upper}", "has an unknown placeholder {host.upper}: "),
        ("on {actual[0]}", "has an unknown placeholder {actual[0]}: "),
        ("on {host!r}", "has an unknown placeholder {host}: "),
        ("on {host:>9}", "has an unknown placeholder {host}: "),
        ("on {host", "has a brace without its counterpart: double it, or write {host}, {actual} or {executable}"),
        ("on host}", "has a brace without its counterpart: "),
    ],
)
def test_what_is_no_placeholder_is_refused(text: str, fault: str) -> None:
    assert (placeholder_fault(text) or "").startswith(fault)


@pytest.mark.parametrize(
    "value",
    [
        "/tmp/a b",
        "$(reboot)",
        "a;b",
        "-rf",
        "~root",
        "x\ny",
        "",
        None,
        3,
        ["/usr/a", "`id`"],
        ["/usr/a", None],
        [["a"]],
        {"a": 1},
    ],
)
def test_a_command_with_more_than_plain_words_in_it_is_left_out(value: Any) -> None:
    assert fill_command("ssh {host} sudo rm {actual}", VALUES | {"actual": value}) is None
    assert fill_command("ssh {host} true", VALUES | {"actual": value}) == "ssh nano-1 true"


@given(st.text("{}ahost!:.[0]", max_size=12))
def test_whatever_is_not_refused_can_be_filled_in(text: str) -> None:
    if placeholder_fault(text) is None:
        fill_text(text, VALUES)
        assert fill_command(text, VALUES) is not None
