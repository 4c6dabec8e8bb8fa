# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PyPI's wheels: the pinned table and who may use which."""

from __future__ import annotations

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.pypi_wheels import WHEELS, find_wheel


def found(version: str, soabi: str | None, glibc: str | None = "2.31", pip: str | None = "20.0.2") -> str | None:
    wheel = find_wheel(version, soabi, glibc, pip)
    return wheel.name if wheel else None


def test_the_table_is_whole() -> None:
    """Each version for each of its Pythons on both machines; 3.17's aarch64 wheels are unusable and left out."""
    kinds = {(wheel.version, wheel.python, wheel.soabi.split("-", 2)[2]) for wheel in WHEELS}
    pythons = {"3.17.3": 3, "3.18.3": 3, "3.19.6": 4, "3.20.3": 4}
    assert len(kinds) == len(WHEELS) == sum(pythons.values()) * 2 - 3
    assert not [wheel.name for wheel in WHEELS if wheel.version == "3.17.3" and "aarch64" in wheel.soabi]
    assert {len(wheel.sha256) for wheel in WHEELS} == {64}
    assert len({wheel.sha256 for wheel in WHEELS}) == len(WHEELS)


def test_a_jetpack_5_board_gets_the_recorded_wheel() -> None:
    """The SHA-256 is recorded independently in the project's facts."""
    wheel = find_wheel("3.20.3", "cpython-38-aarch64-linux-gnu", "2.31", "20.0.2")
    assert wheel is not None
    assert wheel.name == "protobuf-3.20.3-cp38-cp38-manylinux2014_aarch64.whl"
    assert wheel.sha256 == "f4c42102bc82a51108e449cbb32b19b180022941c727bac0cfd50170341f16ee"
    assert (wheel.glibc, wheel.pip) == ((2, 17), (19, 3))


@pytest.mark.parametrize(
    ("version", "soabi", "glibc", "pip"),
    [
        ("3.6.0", "cpython-36m-aarch64-linux-gnu", "2.27", "9.0.1"),
        ("3.20.3", "cpython-36m-aarch64-linux-gnu", "2.27", "21.0"),
        ("3.20.3", "cpython-38-arm-linux-gnueabihf", "2.31", "20.0.2"),
        ("3.20.3", "cpython-38-aarch64-linux-gnu", "2.16", "20.0.2"),
        ("3.20.3", "cpython-38-aarch64-linux-gnu", None, "20.0.2"),
        ("3.20.3", "cpython-38-aarch64-linux-gnu", "2.31", "9.0.1"),
        ("3.17.3", "cpython-38-aarch64-linux-gnu", "2.31", "20.0.2"),
        ("3.20.3", None, "2.31", "20.0.2"),
    ],
)
def test_a_board_that_cannot_use_a_wheel_gets_none(
    version: str, soabi: str | None, glibc: str | None, pip: str | None
) -> None:
    assert found(version, soabi, glibc, pip) is None


def test_glibc_is_compared_by_number() -> None:
    assert found("3.20.3", "cpython-310-aarch64-linux-gnu", glibc="2.9") is None
    assert found("3.20.3", "cpython-310-aarch64-linux-gnu", glibc="2.35") is not None


def test_an_old_pip_takes_a_wheel_by_the_older_of_its_two_tags() -> None:
    assert found("3.20.3", "cpython-39-x86_64-linux-gnu", pip="18.1") is not None
    assert found("3.20.3", "cpython-310-x86_64-linux-gnu", pip="18.1") is None


def test_a_board_without_pip_gets_the_distributions() -> None:
    assert found("3.20.3", "cpython-38-aarch64-linux-gnu", pip=None) is not None


def test_pip_is_told_all_platform_tags_of_a_wheel() -> None:
    wheel = find_wheel("3.20.3", "cpython-310-x86_64-linux-gnu", "2.35", None)
    assert wheel is not None
    options = wheel.pip_options()
    assert options[options.index("--python-version") + 1] == "3.10"
    assert options[options.index("--abi") + 1] == "cp310"
    assert options.count("--platform") == 2
    assert "--require-hashes" in options
