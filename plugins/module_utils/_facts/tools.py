# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check whether the tools that an installation needs run on this host."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re

from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.distributions import distributions
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.interpreter import interpreter_of
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.pip_environment import pip_environment
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.guest import guest_limits
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.identity import interpreter_identity
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import PATH, run_process
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.scratch import scratch_directory
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import telling_line

_PROGRAMS = ("apt-get", "dpkg", "dpkg-deb", "dpkg-query", "ldconfig")
_ABSENT = re.compile(r"No module named '?pip'?$")


def tools_facts(executable, timeout, answer, owners, reserve):
    """Return the facts `tools`; answer: of ask() about the interpreter; timeout: seconds and reserve: MB for pip."""
    return dict(pip=_pip(executable, timeout, interpreter_of(answer), owners, reserve), missing=_missing(PATH))


def _missing(path):
    folders = path.split(":")
    return [name for name in _PROGRAMS if not any(os.access(os.path.join(folder, name), os.X_OK) for folder in folders)]


def _pip(executable, timeout, interpreter, owners, reserve):
    """Return the facts of pip: asking `pip install` for its help imports all that it needs."""
    if interpreter is None:
        return dict(status="not_probed", error=None, version=None, location=None, package=None)
    ended = _run_pip(executable, timeout, reserve)
    cause = telling_line(ended["stderr"], ended["cause"])
    status = "absent" if _ABSENT.search(cause or "") else ended["status"]
    # Root installs without its own copies (-s).
    shared = [entry for entry in interpreter["sys_path"] if entry != interpreter["user_site"]]
    found = next((item for item in distributions(shared) if item["name"] == "pip"), None)
    return dict(
        status=status,
        error=None if status == "ok" else cause,
        version=found and found["version"],
        location=found and found["location"],
        package=found and _package(found, owners),
    )


def _run_pip(executable, timeout, reserve):
    identity = interpreter_identity(executable)
    command = [executable, "-s", "-m", "pip", "--disable-pip-version-check", "install", "--help"]
    with scratch_directory(identity) as scratch:
        environment = dict(pip_environment(scratch, identity[0]), PYTHONDONTWRITEBYTECODE="1")
        return run_process(command, timeout, environment, identity, guest=guest_limits(reserve))


def _package(found, owners):
    inside = [os.path.join(found["metadata"], name) for name in ("METADATA", "PKG-INFO")]
    return next((package for package in owners(inside + [found["metadata"]]).values() if package), None)
