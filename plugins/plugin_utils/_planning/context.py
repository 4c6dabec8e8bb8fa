# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan follows from: the facts of a board, what is desired of it, and what both come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning import abi
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.pypi_wheels import Wheel, find_wheel
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.releases import Release, release
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.artefact import Manifest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import Facts
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.plan import Desired, Inputs


@dataclass(frozen=True)
class PlanContext:
    """One board; key is the ABI key that it has now, None where its interpreter does not run or a part is unknown."""

    facts: Facts
    desired: Desired
    release: Release
    pypi_wheel: Wheel | None
    provider: str
    inputs: Inputs
    digest: str
    key: str | None
    artefact: Manifest | None

    @property
    def is_usable(self) -> bool:
        """Return whether the interpreter runs."""
        return self.facts["python"]["status"] == "ok"

    @property
    def is_built(self) -> bool:
        """Return whether the wheel is compiled; PyPI's comes without a library."""
        return self.provider == "build"

    @property
    def soname(self) -> str:
        """Return the name that programs ask for the library by."""
        return f"libprotobuf.so.{self.release.soname_major}"

    @property
    def package_version(self) -> str:
        """Return the version of our Debian package."""
        return abi.package_version(self.release.version, self.digest)


def plan_context(facts: Facts, desired: Desired, find_artefact: Callable[[str], Manifest | None]) -> PlanContext:
    """Return the context; a ValueError says why the version is not supported."""
    wanted = release(desired["version"])
    wheel = _pypi_wheel(facts, wanted)
    provider = _provider(desired, wheel)
    inputs = abi.build_inputs(desired, provider)
    key = abi.abi_key(facts, inputs) if facts["python"]["status"] == "ok" else None
    return PlanContext(
        facts=facts,
        desired=desired,
        release=wanted,
        pypi_wheel=wheel,
        provider=provider,
        inputs=inputs,
        digest=abi.digest(inputs)[:8],
        key=key,
        artefact=find_artefact(key) if key else None,
    )


def _pypi_wheel(facts: Facts, wanted: Release) -> Wheel | None:
    """Return PyPI's wheel with C++ inside that this board can use, or None."""
    python = facts["python"]
    return find_wheel(
        wanted.python_version, abi.soabi_of(python), facts["board"]["glibc"], python["packages"].get("pip")
    )


def _provider(desired: Desired, pypi_wheel: Wheel | None) -> str:
    """Return `pypi` or `build`: what `auto` comes to on this board."""
    if desired["wheel"] != "auto":
        return desired["wheel"]
    # PyPI's wheels carry their own copy of the library: they cannot be linked to ours.
    return "pypi" if pypi_wheel and desired["linkage"] == "static" else "build"
