# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What rules compare a board with: the plan for it, named as the facts are."""

from __future__ import annotations

import re

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.abi import package_version
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.plan import make_plan
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import Facts, Installation
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.plan import Desired
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import Expectation, Limits

# protobuf-VERSION_PLATFORM_DIGEST; the platform has underscores of its own (x86_64).
_ABI_KEY = re.compile(r"protobuf-[^_]+_(.+)_[0-9a-f]+")


def expectation(facts: Facts, desired: Desired, limits: Limits) -> Expectation:
    """Return what is expected of the board; a ValueError says what is wrong with the facts or the desired state.

    desired is the option of that name of protobuf_plan. The artefact store is not read: what is expected does not depend
    on whether it has been built.
    """
    plan = make_plan(facts, desired, lambda _key: None, lambda _key: None)
    expected = plan["expected"]
    soname_major = expected["soname_major"]
    built = soname_major is not None
    return {
        "version": desired["version"],
        "python_version": expected["python_version"],
        "soname": f"libprotobuf.so.{soname_major}" if built else None,
        "package_version": package_version(desired["version"], plan["digest"]) if built else None,
        "linkage": expected["linkage"],
        "abi_key": plan["abi_key"],
        "platform": platform_of(plan["abi_key"]),
        "backend": "cpp",
        "pip_constraint": desired["pip_constraint"],
        "load_time_budget": limits["load_time_budget"],
        "graph_load_time_budget": limits["graph_load_time_budget"],
        "opencv_fail_on": limits["opencv_fail_on"],
        "graphs": limits["graphs"],
    }


def platform_of(abi_key: str | None) -> str | None:
    """Return the part of an ABI key that says what the board is; None where there is none."""
    match = _ABI_KEY.fullmatch(abi_key or "")
    return match[1] if match else None


def with_platform(installation: Installation) -> dict[str, object]:
    """Return the facts of an installation with the platform that it was made for."""
    return {**installation, "platform": platform_of(installation["abi_key"])}
