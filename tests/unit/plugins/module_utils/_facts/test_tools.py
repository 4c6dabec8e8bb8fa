# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether pip runs is found out by running it, under the interpreter that it would install for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.tools import _missing, tools_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.interpreter import ask
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import owners
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.memory import RESERVE
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations, snapshot

NEWEST = "3.13"


def pip_of(python: Path | str) -> dict[str, Any]:
    answer = ask(str(python), 60, interpreter=True, probe=False)
    facts: dict[str, Any] = tools_facts(str(python), 60, answer, owners, RESERVE)["pip"]
    return facts


def with_pip_of(installations: Installations, version: str, owner: str) -> Path:
    """Return an interpreter that another one's pip was copied to."""
    python = installations.new_virtualenv(version)
    for path in installations.base_packages(owner).glob("pip*"):
        (installations.site_packages(python) / path.name).symlink_to(path)
    return python


def test_a_pip_that_runs(installations: Installations) -> None:
    python = installations.virtualenv_with_pip("3.6")
    before = snapshot(python.parent.parent)
    found = pip_of(python)
    assert (found["status"], found["error"], found["package"]) == ("ok", None, None)
    assert found["location"] == str(installations.site_packages(python))
    assert found["version"].split(".") > ["1"]
    assert snapshot(python.parent.parent) == before


def test_a_pip_that_is_too_new_for_its_python(installations: Installations) -> None:
    python = with_pip_of(installations, "3.6", NEWEST)
    found = pip_of(python)
    assert (found["status"], found["location"]) == ("failed", str(installations.site_packages(python)))
    assert found["error"].startswith("SyntaxError: ")
    (metadata,) = installations.base_packages(NEWEST).glob("pip-*.dist-info")
    assert metadata.name == f"pip-{found['version']}.dist-info"


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        (None, "failed", ": No module named pip.__main__; 'pip' is a package and cannot be directly executed"),
        ("import nothing_here", "failed", "ModuleNotFoundError: No module named 'nothing_here'"),
        ("raise SystemExit(3)", "failed", ""),
        ("import os; os.abort()", "crashed", ""),
        ("while True: pass", "timed_out", ""),
    ],
)
def test_a_pip_that_is_broken(installations: Installations, code: str | None, status: str, said: str) -> None:
    python = installations.new_virtualenv("3.6")
    package = installations.site_packages(python) / "pip"
    package.mkdir()
    if code:
        (package / "__main__.py").write_text(code)
    answer = ask(str(python), 60, interpreter=True, probe=False)
    found = tools_facts(str(python), 1, answer, owners, RESERVE)["pip"]
    assert found["status"] == status
    assert (found["error"] or "").endswith(said)
    assert bool(found["error"]) == bool(said)


def test_a_pip_in_the_home_of_the_user_is_none(installations: Installations, monkeypatch: pytest.MonkeyPatch) -> None:
    python = installations.new_virtualenv("3.6")
    monkeypatch.setenv("PYTHONPATH", str(installations.base_packages("3.6")))
    found = pip_of(python)
    assert found["status"] == "absent"


def test_without_an_interpreter_nothing_is_tried() -> None:
    found = pip_of("/opt/nothing/bin/python3")
    assert set(found.values()) == {"not_probed", None}


def test_programs_that_are_not_there(tmp_path: Path) -> None:
    assert _missing("/nothing:" + str(tmp_path)) == ["apt-get", "dpkg", "dpkg-deb", "dpkg-query", "ldconfig"]
    (tmp_path / "ldconfig").touch(0o755)
    (tmp_path / "apt-get").touch(0o644)
    assert "ldconfig" not in _missing("/nothing:" + str(tmp_path))
    assert "apt-get" in _missing(str(tmp_path))
