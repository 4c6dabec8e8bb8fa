# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Misspelt variables of roles."""

from __future__ import annotations

from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.unknown_variables import unknown_variables
from hypothesis import given
from hypothesis import strategies as st

SPECS: dict[str, Any] = {
    "argument_specs": {"main": {"options": {"libprotobuf_version": {}, "libprotobuf_cxxflags": {}}}, "other": {}}
}


def test_a_misspelt_name_is_told_with_the_right_one() -> None:
    names = ["libprotobuf_verson", "libprotobuf_version", "python_protobuf_wheel", "__libprotobuf_x", "libprotobufs"]
    assert unknown_variables(names, SPECS, "libprotobuf") == [
        "libprotobuf_verson is no variable of the role libprotobuf: did you mean libprotobuf_version."
    ]


def test_a_name_like_none_is_told_with_all() -> None:
    (sentence,) = unknown_variables(["libprotobuf_colour"], SPECS, "libprotobuf_")
    assert sentence.endswith(": it has libprotobuf_cxxflags, libprotobuf_version.")


def test_specs_without_their_outermost_key_and_without_options() -> None:
    assert unknown_variables(["r_x"], {"main": {}}, "r") == ["r_x is no variable of the role r: it has none."]


@given(st.lists(st.text()), st.text())
def test_known_names_are_never_complained_about(names: list[str], prefix: str) -> None:
    specs = {"main": {"options": dict.fromkeys(names)}}
    assert unknown_variables(names, specs, prefix) == []
