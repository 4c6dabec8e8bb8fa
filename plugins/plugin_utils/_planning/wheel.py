# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wheel of a board: what it is called, and what pip needs to fetch it."""

from __future__ import annotations

import re

from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts.binaries import MACHINES
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.abi import soabi_of
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.context import PlanContext
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.plan import WheelResult


def wheel_result(context: PlanContext) -> WheelResult | None:
    """Return name and SHA-256 of the wheel, with all that pip needs to fetch PyPI's."""
    if not context.is_built:
        wheel = context.pypi_wheel
        if wheel is None:
            return None
        return {
            "name": wheel.name,
            "sha256": wheel.sha256,
            "requirement": f"protobuf=={wheel.version}",
            "pip_options": wheel.pip_options(),
        }
    stored = context.artefact["files"] if context.artefact else {}
    name = next((name for name in sorted(stored) if name.endswith(".whl")), None)
    if name:
        return {"name": name, "sha256": stored[name]["sha256"]}
    name = _built_name(context)
    return {"name": name, "sha256": None} if name else None


def _built_name(context: PlanContext) -> str | None:
    """Return what bdist_wheel calls a wheel for this board, None where the ABI is unknown."""
    machine = MACHINES.get(context.facts["board"]["architecture"] or "")
    match = re.match(r"cpython-(\d+)([a-z]*)", soabi_of(context.facts["python"]) or "")
    if match is None or machine is None:
        return None
    # Python 2.7 does not name its ABI; Debian and Ubuntu build it with wide unicode (mu).
    abi = match[2] or ("mu" if match[1] == "27" else "")
    return f"protobuf-{context.release.python_version}-cp{match[1]}-cp{match[1]}{abi}-linux_{machine}.whl"
