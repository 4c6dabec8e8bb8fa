# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The digest of the inputs and the ABI key."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.abi import abi_key, build_inputs, digest
from ansible_collections.jetfleet.protobuf.tests.support.boards import DESIRED, SHA256, slow_nano
from hypothesis import given
from hypothesis import strategies as st

INPUTS = build_inputs(DESIRED, "build")


def test_the_digest_is_the_sha256_of_canonical_json() -> None:
    text = (
        '{"cxxflags":"-O2 -DNDEBUG","linkage":"static","recipe":1,'
        f'"source_sha256":"{SHA256}","version":"3.6.0","wheel":"build"}}'
    )
    assert digest(INPUTS) == hashlib.sha256(text.encode()).hexdigest()


def test_the_key_names_everything_that_an_artefact_depends_on() -> None:
    expected = f"protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_cpython-36m-aarch64-linux-gnu_{digest(INPUTS)[:8]}"
    assert abi_key(slow_nano(), INPUTS) == expected


@pytest.mark.parametrize(
    ("option", "value"),
    [("version", "3.6.1"), ("source_sha256", "0" * 64), ("linkage", "shared"), ("cxxflags", "-O3")],
)
def test_every_input_changes_the_digest(option: str, value: str) -> None:
    assert digest(build_inputs(DESIRED | {option: value}, "build")) != digest(INPUTS)


def test_the_provider_of_the_wheel_changes_the_digest() -> None:
    assert digest(build_inputs(DESIRED, "pypi")) != digest(INPUTS)


def test_what_means_the_same_has_the_same_digest() -> None:
    same = DESIRED | {"cxxflags": " -O2   -DNDEBUG\n", "source_sha256": SHA256.upper()}
    assert digest(build_inputs(same, "build")) == digest(INPUTS)


@pytest.mark.parametrize("wanted", ["auto", "build"])
def test_what_auto_came_to_counts_and_not_the_word(wanted: str) -> None:
    assert digest(build_inputs(DESIRED | {"wheel": wanted}, "build")) == digest(INPUTS)


@pytest.mark.parametrize("name", ["architecture", "glibc"])
def test_an_unknown_part_means_no_key(name: str) -> None:
    facts = slow_nano()
    facts["board"][name] = None
    assert abi_key(facts, INPUTS) is None


def test_a_distribution_without_a_version_is_known_by_its_code_name() -> None:
    facts = slow_nano()
    facts["board"]["distribution"] |= {"id": "debian", "version_id": None, "codename": "trixie"}
    assert "_debian-trixie_" in str(abi_key(facts, INPUTS))


def test_python_2_gets_an_abi_name() -> None:
    facts = slow_nano()
    facts["python"] |= {"version": "2.7.12", "soabi": None}
    assert "_cpython-27_" in str(abi_key(facts, INPUTS))


@pytest.mark.parametrize("evil", ["../../etc", "a/b", ".hidden", "", "a\nb", "a_b"])
def test_a_board_cannot_lead_out_of_the_store(evil: str) -> None:
    facts = slow_nano()
    facts["board"]["distribution"] |= {"id": evil, "codename": None}
    assert abi_key(facts, INPUTS) is None


@given(st.text(), st.text(), st.text())
def test_any_key_is_one_plain_file_name(identifier: str, glibc: str, soabi: str) -> None:
    facts: Any = slow_nano()
    facts["board"]["distribution"]["id"] = identifier
    facts["board"]["glibc"] = glibc
    facts["python"]["soabi"] = soabi
    key = abi_key(facts, INPUTS)
    assert key is None or re.fullmatch(r"protobuf-[A-Za-z0-9._+~-]+", key)
