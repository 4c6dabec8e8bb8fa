# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of all unit tests."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from ansible_collections.jetfleet.protobuf.tests.support.processor_group import own_share
from hypothesis import HealthCheck, settings

# How long an example takes says something about what else the machine does.
settings.register_profile("any time", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any time")


@pytest.fixture(scope="session", autouse=True)
def share_of_the_processors() -> Iterator[None]:
    """Let guests of this machine get on, whatever else runs on it."""
    with own_share():
        yield


RunModule = Callable[..., dict[str, Any]]


@contextlib.contextmanager
def module_arguments(arguments: dict[str, Any], patch: pytest.MonkeyPatch) -> Any:
    """Give a module its arguments, as the ansible-core at hand wants it."""
    if importlib.util.find_spec("ansible.module_utils.testing"):
        testing = importlib.import_module("ansible.module_utils.testing")
        with testing.patch_module_args(arguments):
            yield
    else:
        patch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode())
        yield


@pytest.fixture
def run_module(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> RunModule:
    """Run main() of a module of the collection and return the result that it prints."""

    def run(name: str, **arguments: Any) -> dict[str, Any]:
        module = importlib.import_module(f"ansible_collections.jetfleet.protobuf.plugins.modules.{name}")
        capfd.readouterr()
        # Ansible collects warnings for the life of a process, which is a module's everywhere but here.
        monkeypatch.setattr("ansible.module_utils.common.warnings._global_warnings", [])
        with module_arguments(arguments, monkeypatch), pytest.raises(SystemExit):
            module.main()
        result: dict[str, Any] = json.loads(capfd.readouterr().out)
        return result

    return run


@pytest.fixture
def fixtures() -> Path:
    """Return the directory of the recorded files."""
    return Path(__file__).parent / "fixtures"


@pytest.fixture(scope="session")
def installations(tmp_path_factory: pytest.TempPathFactory) -> Installations:
    """Return the maker of real installations of protobuf; all tests share what it has made."""
    base = tmp_path_factory.getbasetemp()
    # Each process of pytest-xdist has a folder of its own there; the installations are for all of them.
    root = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "installations"
    root.mkdir(exist_ok=True)
    return Installations(root, tmp_path_factory.mktemp("home"))
