# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Python packages of the controller: which are missing, and how to install them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.util import find_spec

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.words import any_of

# What the playbooks need beside ansible-core. Each of them asks for all, so that there is one thing to install, once.
PACKAGES = ("jmespath", "junitparser", "packaging", "tabulate")


def missing_packages(names: Iterable[str] = PACKAGES) -> list[str]:
    """Return those of the packages that the Python of ansible-playbook does not find."""
    return [name for name in names if find_spec(name) is None]


def packages_sentence(missing: list[str]) -> str:
    """Return what is missing, with the command that installs all of it."""
    noun = "package" if len(missing) == 1 else "packages"
    install = f"'{sys.executable} -m pip install {' '.join(missing)}'"
    pip = f"'{sys.executable} -m ensurepip' (it has no pip either), then " if missing_packages(["pip"]) else ""
    return f"The controller's Python {sys.executable} lacks the {noun} {any_of(missing, 'and')}: run {pip}{install}."


def pip_sentence() -> str | None:
    """Return why the controller cannot download a wheel from PyPI, None where it can."""
    if not missing_packages(["pip"]):
        return None
    return (
        f"PyPI's wheel is downloaded with pip, which the controller's Python {sys.executable} lacks: "
        f"run '{sys.executable} -m ensurepip', or install its distribution's package python3-pip."
    )
