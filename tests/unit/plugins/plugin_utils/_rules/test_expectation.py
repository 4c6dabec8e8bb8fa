# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is expected of a board follows from the plan for it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.expectation import platform_of, with_platform
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import (
    ABI_KEY,
    DIGEST,
    MODEL,
    PLATFORM,
    compliant_board,
    matching_expected,
)


def test_what_is_expected_of_a_board_that_is_built_for() -> None:
    assert matching_expected() == {
        "version": "3.21.12",
        "python_version": "4.21.12",
        "soname": "libprotobuf.so.32",
        "package_version": f"3.21.12+jetfleet.{DIGEST}",
        "linkage": "static",
        "abi_key": ABI_KEY,
        "platform": PLATFORM,
        "backend": "cpp",
        "load_time_budget": 5,
        "graph_load_time_budget": 30,
        "graphs": [MODEL],
        "pip_constraint": True,
        "opencv_fail_on": ["conflict"],
    }


def test_pypis_wheel_comes_without_a_library() -> None:
    expected = matching_expected(version="3.20.3")
    assert expected["python_version"] == "3.20.3"
    assert [expected[name] for name in ("soname", "package_version", "linkage")] == [None, None, None]


def test_a_board_without_python_has_no_key() -> None:
    facts = compliant_board()
    facts["python"] |= {"status": "not_found", "version": None, "soabi": None}
    expected = matching_expected(facts)
    assert (expected["abi_key"], expected["platform"]) == (None, None)


@pytest.mark.parametrize(
    ("key", "platform"),
    [
        (ABI_KEY, "amd64_debian-11_glibc-2.31_cpython-39-x86_64-linux-gnu"),
        (
            "protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_cpython-36m-aarch64-linux-gnu_1a2b3c4d",
            "arm64_ubuntu-18.04_glibc-2.27_cpython-36m-aarch64-linux-gnu",
        ),
        (None, None),
        ("", None),
        ("something", None),
        ("protobuf-3.6.0_1a2b3c4d", None),
    ],
)
def test_the_platform_is_what_a_key_says_of_the_board(key: str | None, platform: str | None) -> None:
    assert platform_of(key) == platform
    installation: Any = {"abi_key": key, "managed": True}
    assert with_platform(installation) == installation | {"platform": platform}


@pytest.mark.parametrize("sha256", ["", "1234", "g" * 64, "a" * 65])
def test_a_sum_that_is_none_is_refused(sha256: str) -> None:
    with pytest.raises(ValueError, match=f"is {sha256 or 'empty'}, which is not a SHA-256: set it to"):
        matching_expected(source_sha256=sha256)


def test_a_version_that_is_not_supported_is_refused() -> None:
    with pytest.raises(ValueError, match=r"protobuf 3\.5\.0 is not supported: choose"):
        matching_expected(version="3.5.0")
