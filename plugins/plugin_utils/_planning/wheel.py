# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the wheel of a board comes from, and what it is called."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts.binaries import MACHINES
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.abi import soabi_of
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.pypi_wheels import Wheel, find_wheel
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.releases import Release


def pypi_wheel(facts: dict[str, Any], wanted: Release) -> Wheel | None:
    """Return PyPI's wheel with C++ inside that this board can use, or None."""
    python = facts["python"]
    pip = (python.get("packages") or {}).get("pip")
    return find_wheel(wanted.python_version, soabi_of(python), facts["board"].get("glibc"), pip)


def wheel_provider(facts: dict[str, Any], desired: dict[str, Any], wanted: Release) -> str:
    """Return `pypi` or `build`: what the wish `auto` comes to on this board."""
    if desired["wheel"] != "auto":
        return str(desired["wheel"])
    # PyPI's wheels carry their own copy of the library: they cannot be linked to ours.
    if desired["linkage"] == "shared":
        return "build"
    return "pypi" if pypi_wheel(facts, wanted) else "build"


def wheel_result(
    facts: dict[str, Any], wanted: Release, provider: str, artefact: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Return name and sums of the wheel, with all that pip needs to fetch PyPI's."""
    if provider == "pypi":
        wheel = pypi_wheel(facts, wanted)
        if wheel is None:
            return None
        return {
            "name": wheel.name,
            "sha256": wheel.sha256,
            "requirement": f"protobuf=={wheel.version}",
            "pip_platforms": list(wheel.platforms),
            "pip_options": wheel.pip_options(),
        }
    stored = (artefact or {}).get("files", {})
    name = next((name for name in sorted(stored) if name.endswith(".whl")), None) or _built_name(facts, wanted)
    return {"name": name, "sha256": stored.get(name, {}).get("sha256")} if name else None


def _built_name(facts: dict[str, Any], wanted: Release) -> str | None:
    """Return what bdist_wheel calls a wheel for this board, None where the ABI is unknown."""
    machine = MACHINES.get(facts["board"].get("architecture") or "")
    match = re.match(r"cpython-(\d+)([a-z]*)", soabi_of(facts["python"]) or "")
    if match is None or machine is None:
        return None
    # Python 2.7 does not tell its ABI; Debian and Ubuntu build it with wide unicode (mu).
    abi = match[2] or ("mu" if match[1] == "27" else "")
    return f"protobuf-{wanted.python_version}-cp{match[1]}-cp{match[1]}{abi}-linux_{machine}.whl"
