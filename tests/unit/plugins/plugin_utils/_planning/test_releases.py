# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which protobuf works with which Python: the table, against what upstream released and what compilers said."""

from __future__ import annotations

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.releases import (
    build_environment,
    extension_flags,
    major_minor,
    python_refusal,
    python_warning,
    release,
    setuptools_refusal,
)
from hypothesis import given
from hypothesis import strategies as st

# From the git tags v3.6.0 to v3.21.12, each with its -version-info or PROTOBUF_VERSION.
SONAMES = {
    "3.6.0": 16,
    "3.6.1": 17,
    "3.7.0": 18,
    "3.7.1": 18,
    "3.8.0": 19,
    "3.9.0": 20,
    "3.9.2": 20,
    "3.10.1": 21,
    "3.11.4": 22,
    "3.12.4": 23,
    "3.13.0": 24,
    "3.14.0": 25,
    "3.15.8": 26,
    "3.16.3": 27,
    "3.17.3": 28,
    "3.18.3": 29,
    "3.19.6": 30,
    "3.20.3": 31,
    "3.21.0": 32,
    "3.21.12": 32,
}


@pytest.mark.parametrize(("version", "major"), SONAMES.items())
def test_the_soname_belongs_to_the_version(version: str, major: int) -> None:
    assert release(version).soname_major == major


@pytest.mark.parametrize(
    ("version", "python_version"),
    [("3.6.0", "3.6.0"), ("3.20.3", "3.20.3"), ("3.21.0", "4.21.0"), ("3.21.12", "4.21.12")],
)
def test_the_python_module_has_its_own_version(version: str, python_version: str) -> None:
    assert release(version).python_version == python_version


@pytest.mark.parametrize(
    ("version", "remedy"),
    [
        ("3.5.1", "from 3.6.0 to 3.21.12"),
        ("3.22.0", "from 3.6.0 to 3.21.12"),
        ("4.21.12", "from 3.6.0 to 3.21.12"),
        ("3.6.2", "never released"),
        ("3.21.13", "never released"),
        ("3.06.0", "never released"),
        ("latest", "from 3.6.0 to 3.21.12"),
        ("3.6", "from 3.6.0 to 3.21.12"),
        ("3.6.1.3", "set the version to 3.6.1"),
        ("3.20.0", "choose 3.20.1"),
    ],
)
def test_what_is_no_release_is_refused_with_a_remedy(version: str, remedy: str) -> None:
    with pytest.raises(ValueError, match=remedy):
        release(version)


@pytest.mark.parametrize(
    ("version", "good"),
    [
        ("3.6.0", [(2, 7), (3, 5), (3, 6), (3, 9)]),
        ("3.10.1", [(2, 7), (3, 5), (3, 9)]),
        ("3.11.0", [(2, 7), (3, 5), (3, 10)]),
        ("3.17.3", [(2, 7), (3, 5), (3, 10)]),
        ("3.18.0", [(3, 5), (3, 10)]),
        ("3.19.6", [(3, 5), (3, 10)]),
        ("3.20.1", [(3, 7), (3, 10)]),
        ("3.21.12", [(3, 7), (3, 10)]),
    ],
)
def test_pythons_that_a_version_can_be_built_for(version: str, good: list[tuple[int, int]]) -> None:
    assert [python_refusal(release(version), python) for python in good] == [None] * len(good)


@pytest.mark.parametrize(
    ("version", "python", "cause", "remedy"),
    [
        ("3.6.0", (3, 10), "collections.MutableSequence", "choose protobuf 3.11.0, the oldest that works there"),
        ("3.10.1", (3, 10), "collections.MutableSequence", "choose protobuf 3.11.0"),
        ("3.6.0", (3, 11), "PyFrameObject", "up to Python 3.9"),
        ("3.21.12", (3, 11), "PyFrameObject", "up to Python 3.10"),
        ("3.21.12", (3, 13), "PyFrameObject", "up to Python 3.10"),
        ("3.18.0", (2, 7), "Python 2 was dropped", "choose protobuf 3.17.3, the newest"),
        ("3.20.1", (3, 6), "asks for Python 3.7", "choose protobuf 3.19.6, the newest"),
        ("3.21.12", (3, 5), "asks for Python 3.7", "choose protobuf 3.19.6"),
        ("3.6.0", (3, 4), "3.4", "2.7, or of 3.5 to 3.9"),
        ("3.12.4", (2, 6), "2.6", "2.7, or of 3.5 to 3.10"),
    ],
)
def test_other_pythons_are_refused_with_cause_and_remedy(
    version: str, python: tuple[int, int], cause: str, remedy: str
) -> None:
    sentence = python_refusal(release(version), python)
    assert sentence is not None
    assert f"{python[0]}.{python[1]}" in sentence
    assert cause in sentence
    assert remedy in sentence.partition(": ")[2]


@pytest.mark.parametrize(
    ("version", "python", "warned"),
    [
        ("3.11.0", (3, 10), True),
        ("3.19.2", (3, 10), True),
        ("3.19.3", (3, 10), False),
        ("3.19.2", (3, 9), False),
    ],
)
def test_the_fault_of_descriptor_databases_is_told(version: str, python: tuple[int, int], warned: bool) -> None:
    assert (python_warning(release(version), python) is not None) is warned


@pytest.mark.parametrize(
    ("version", "python", "flags"),
    [
        ("3.6.0", (3, 6), ["-std=c++11"]),
        ("3.6.0", (3, 7), ["-std=c++11", "-fpermissive"]),
        ("3.6.1", (3, 9), ["-std=c++11", "-fpermissive"]),
        ("3.7.0", (3, 9), []),
        ("3.21.12", (3, 10), []),
    ],
)
def test_flags_that_the_extension_needs(version: str, python: tuple[int, int], flags: list[str]) -> None:
    assert extension_flags(release(version), python) == flags


def test_only_3_6_needs_pythons_own_distutils() -> None:
    assert build_environment(release("3.6.1")) == {"SETUPTOOLS_USE_DISTUTILS": "stdlib"}
    assert build_environment(release("3.7.0")) == {}


@pytest.mark.parametrize(
    ("version", "setuptools", "refused"),
    [
        ("3.6.0", "82.0.0", False),
        ("3.7.0", "82.0.0", True),
        ("3.21.12", "84.0.0", True),
        ("3.21.12", "81.0.0", False),
        ("3.21.12", None, False),
    ],
)
def test_a_setuptools_without_pkg_resources_is_refused(version: str, setuptools: str | None, refused: bool) -> None:
    assert (setuptools_refusal(release(version), setuptools) is not None) is refused


def test_six_is_needed_up_to_3_17() -> None:
    assert release("3.17.3").needs_six
    assert not release("3.18.0").needs_six


@given(st.text(alphabet="0123456789.-rc ", max_size=12))
def test_any_version_text_is_a_release_or_one_sentence(text: str) -> None:
    try:
        assert release(text).version == text
    except ValueError as error:
        assert str(error).count("\n") == 0
        assert str(error).endswith(".")


@given(st.one_of(st.none(), st.text()))
def test_any_python_version_text_is_two_numbers_or_nothing(text: str | None) -> None:
    numbers = major_minor(text)
    assert numbers is None or (text or "").startswith(tuple("0123456789"))
