# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide says of every JetPack what the plan for such a board says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.plan import make_plan
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.releases import _SERIES, release
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.failures import failure_sentence
from ansible_collections.jetfleet.protobuf.tests.support.boards import DESIRED, no_fault, slow_nano

GUIDE = (Path(__file__).parents[2] / "docs/docsite/rst/guide_boards.rst").read_text()
ROW = re.compile(r"   \* - (?P<jetpack>[\d. to]+)\n     - (?P<ubuntu>\d\d\.04)\n(?P<cells>(?:     - .*\n){3})")
ROWS = {
    row["ubuntu"]: [cell.removeprefix("     - ") for cell in row["cells"].splitlines()] for row in ROW.finditer(GUIDE)
}
# Of each Ubuntu: its Python, SOABI, glibc and pip.
TOOLS = {
    "16.04": ("3.5.2", "cpython-35m-aarch64-linux-gnu", "2.23", "8.1.1"),
    "18.04": ("3.6.9", "cpython-36m-aarch64-linux-gnu", "2.27", "9.0.1"),
    "20.04": ("3.8.10", "cpython-38-aarch64-linux-gnu", "2.31", "20.0.2"),
    "22.04": ("3.10.12", "cpython-310-aarch64-linux-gnu", "2.35", "22.0.2"),
    "24.04": ("3.12.3", "cpython-312-aarch64-linux-gnu", "2.39", "24.0"),
}


def releases() -> Iterator[str]:
    """Yield every release of protobuf that the collection knows, the oldest first."""
    for minor, (last, _soname) in _SERIES.items():
        for patch in range(last + 1):
            try:
                yield release(f"3.{minor}.{patch}").version
            except ValueError:
                continue  # 3.20.0 calls itself otherwise


def plan(ubuntu: str, version: str, wheel: str) -> Any:
    python, soabi, glibc, pip = TOOLS[ubuntu]
    facts = slow_nano()
    facts["python"] |= {"version": python, "soabi": soabi}
    facts["python"]["packages"]["pip"] = pip
    facts["board"] |= {"glibc": glibc, "distribution": facts["board"]["distribution"] | {"version_id": ubuntu}}
    return make_plan(facts, DESIRED | {"version": version, "wheel": wheel}, lambda _key: None, no_fault)


def accepted(ubuntu: str, wheel: str) -> list[str]:
    return [version for version in releases() if not plan(ubuntu, version, wheel)["refusals"]]


@pytest.mark.parametrize("ubuntu", TOOLS)
def test_the_table_says_what_the_plan_does(ubuntu: str) -> None:
    built, wheels = accepted(ubuntu, "build"), accepted(ubuntu, "pypi")
    known = list(releases())
    assert built == (known[known.index(built[0]) : known.index(built[-1]) + 1] if built else [])
    python, compiled, pypi = ROWS[ubuntu]
    assert python == ".".join(TOOLS[ubuntu][0].split(".")[:2])
    assert compiled == (f"{built[0]} to {built[-1]}" if built else "none")
    assert pypi == (", ".join(wheels) or "none")


@pytest.mark.parametrize(
    ("ubuntu", "wheel"), [("22.04", "build"), ("24.04", "build"), ("16.04", "pypi"), ("18.04", "pypi")]
)
def test_the_refusals_are_quoted_as_they_are(ubuntu: str, wheel: str) -> None:
    (sentence,) = plan(ubuntu, "3.6.0", wheel)["refusals"]
    assert f"    {sentence}\n" in GUIDE


def test_the_sentence_for_a_python_that_is_too_old_is_quoted_as_it_is() -> None:
    message = "ansible-core requires a minimum of Python version 3.8. Current version: 3.6.9 (default)"
    assert f"    {failure_sentence({'failed': True, 'msg': message})}\n" in GUIDE
