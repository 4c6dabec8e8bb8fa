# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to be changed on a board, in order, each with its reason."""

from __future__ import annotations

from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.releases import Release

PACKAGE = "jetfleet-libprotobuf"
# Installers whose copies pip can take away again; a copy that nobody owns is reported only.
_REMOVABLE = ("pip", "egg", "setuptools")
# States of dpkg(1) that a package is left in when dpkg is interrupted.
_UNFINISHED = ("half-installed", "unpacked", "half-configured")

Action = dict[str, Any]


def package_version(wanted: Release, short_digest: str) -> str:
    """Return the version of our Debian package."""
    return f"{wanted.version}+jetfleet.{short_digest}"


def removable_copies(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the copies that could be imported instead of the one that pip installs as root."""
    purelib = facts["python"].get("purelib")
    return [
        copy
        for copy in facts["module"]["copies"]
        if copy["scope"] != "user" and copy["installer"] in _REMOVABLE and copy["location"] != purelib
    ]


def module_is_hidden(facts: dict[str, Any]) -> bool:
    """Return whether what was imported is a copy in somebody's home, which is nobody's to touch."""
    return any(copy["active"] and copy["scope"] == "user" for copy in facts["module"]["copies"])


def plan_actions(
    facts: dict[str, Any],
    desired: dict[str, Any],
    wanted: Release,
    provider: str,
    short_digest: str,
    key: str | None,
    artefact: dict[str, Any] | None,
) -> list[Action]:
    """Return the ordered actions that make the board what it should be; key is the ABI key of the board now.

    Copies that could be imported instead go after the module is there, so that there is one at
    any time. pip takes one of them away with every installation, and may take the right one.
    """
    strange = _strange_reason(facts, key)
    library = _library_reason(facts, wanted, short_digest) or strange if provider == "build" else None
    module = _module_reason(facts, desired, wanted, provider, artefact) or strange
    packages = _missing_packages(facts, wanted, module is not None)
    actions: list[Action] = []
    if packages:
        reason = f"The distribution's {' and '.join(packages)} must be there for the protobuf module to be installed and to work."
        actions.append({"action": "install_packages", "reason": reason, "packages": packages})
    installation = facts["installation"]
    if installation["handmade"]:
        actions.append(_adoption(installation["handmade"]))
    if library:
        version = package_version(wanted, short_digest)
        actions.append({"action": "install_library", "reason": library, "package": PACKAGE, "version": version})
    elif provider == "build" and not _library_in_cache(facts, wanted):
        soname = f"libprotobuf.so.{wanted.soname_major}"
        reason = f"The linker cache does not know {soname} in /usr/local/lib."
        actions.append({"action": "refresh_linker_cache", "reason": reason, "soname": soname})
    if module:
        actions.append({"action": "install_module", "reason": module, "version": wanted.python_version})
    actions.extend(_removal(copy) for copy in removable_copies(facts))
    actions.extend(_constraint_change(installation, desired, wanted))
    if installation["interrupted"]:
        reason = "An earlier run was interrupted on this board and is brought to its end."
        actions.append({"action": "finish_transaction", "reason": reason})
    return actions


def _adoption(paths: list[str]) -> Action:
    reason = f"What was put there by hand and no package owns is taken over: {first_of(paths)}."
    return {"action": "adopt_files", "reason": reason, "paths": paths}


def _constraint_change(installation: dict[str, Any], desired: dict[str, Any], wanted: Release) -> list[Action]:
    held = installation["constraint"]
    if not desired["pip_constraint"]:
        reason = "pip is held to one version of protobuf and need not be any more."
        return [] if held is False else [{"action": "remove_constraint", "reason": reason}]
    if held and installation["python_version"] == wanted.python_version:
        return []
    reason = f"pip is not held to protobuf {wanted.python_version}."
    return [{"action": "write_constraint", "reason": reason, "version": wanted.python_version}]


def _removal(copy: dict[str, Any]) -> Action:
    reason = (
        f"The copy of protobuf {copy['version']} in {copy['location']} can be imported instead of the installed one."
    )
    details = {name: copy[name] for name in ("location", "version", "installer", "file")}
    return {"action": "remove_copy", "reason": reason, **details}


def _strange_reason(facts: dict[str, Any], key: str | None) -> str | None:
    """Return why nothing that is there can be relied on, however right it looks."""
    installation = facts["installation"]
    if not installation["managed"]:
        return "Nothing on the board says that the collection installed it."
    # What is noted of another interpreter says nothing about this one.
    if installation["executable"] != facts["python"]["executable"] or installation["abi_key"] == key:
        return None
    return f"What is installed was built for {installation['abi_key']} and not for {key}."


def _library_reason(facts: dict[str, Any], wanted: Release, short_digest: str) -> str | None:
    package = facts["packages"].get(PACKAGE)
    version = package_version(wanted, short_digest)
    if package is None or package["status"] != "installed":
        return f"The package {PACKAGE} {version} is not installed."
    if package["version"] != version:
        return f"The package {PACKAGE} is {package['version']} instead of {version}."
    if package["missing_files"]:
        return f"The package {PACKAGE} lacks {first_of(package['missing_files'])}."
    if package["modified_files"]:
        return f"The package {PACKAGE} is no longer as it was installed: {first_of(package['modified_files'])} differs."
    return _modes_reason(facts, of_module=False)


def _modes_reason(facts: dict[str, Any], *, of_module: bool) -> str | None:
    """Return what is wrong with owners and modes: to install again also puts back what others could have changed."""
    inside = f"{facts['python'].get('purelib')}/"
    wrong = [entry for entry in facts["installation"]["wrong_modes"] if entry["path"].startswith(inside) == of_module]
    if not wrong:
        return None
    described = [f"{entry['path']} ({entry['owner']}:{entry['group']}, {entry['mode']})" for entry in wrong]
    return f"Owner or mode is wrong: {first_of(described)}."


def first_of(paths: list[str]) -> str:
    """Return the first of the paths, and how many more there are."""
    more = len(paths) - 1
    return f"{paths[0]} and {more} more" if more else paths[0]


def _library_in_cache(facts: dict[str, Any], wanted: Release) -> bool:
    return any(
        library["soname"] == f"libprotobuf.so.{wanted.soname_major}"
        and library["path"].startswith("/usr/local/lib/")
        and library["in_linker_cache"]
        for library in facts["libraries"]
    )


def _module_reason(
    facts: dict[str, Any], desired: dict[str, Any], wanted: Release, provider: str, artefact: dict[str, Any] | None
) -> str | None:
    module, executable = facts["module"], facts["python"]["executable"]
    version = wanted.python_version
    removable = removable_copies(facts)
    if removable:
        return f"The protobuf module is installed afresh, because {removable[0]['location']} is taken away."
    if module_is_hidden(facts):
        # What the system has cannot be imported from here: its files are all there is to go by.
        purelib = facts["python"].get("purelib")
        here = [copy for copy in module["copies"] if copy["location"] == purelib]
        if not any(copy["version"] == version for copy in here):
            return f"protobuf {version} is not in {purelib}."
        return _modes_reason(facts, of_module=True)
    if module["status"] == "absent":
        return f"{executable} has no protobuf module."
    if module["status"] != "ok":
        return f"The protobuf module of {executable} does not work ({module['status']})."
    if module["version"] != version:
        return f"The protobuf module is {module['version']} instead of {version}."
    if module["backend"] != "cpp":
        return f"The protobuf module parses with the {module['backend'] or 'unknown'} backend instead of cpp."
    if provider == "build" and module["linkage"] not in (None, desired["linkage"]):
        return f"The C++ extension is linked {module['linkage']} instead of {desired['linkage']}."
    metadata = module["metadata"] or {}
    known = metadata.get("version")
    if known != version:
        return f"pip knows the protobuf module as {known or 'not installed'} although {version} is imported."
    if metadata["missing_files"]:
        return f"The protobuf module is no longer as pip installed it: {first_of(metadata['missing_files'])} missing."
    if metadata["modified_files"]:
        return f"The protobuf module is no longer as pip installed it: {first_of(metadata['modified_files'])} changed."
    return _extension_reason(module, artefact) or _modes_reason(facts, of_module=True)


def _extension_reason(module: dict[str, Any], artefact: dict[str, Any] | None) -> str | None:
    stored = (artefact or {}).get("extensions") or {}
    if not stored:
        return None
    for extension in module["extensions"]:
        if extension["sha256"] not in stored.values():
            return f"{extension['path']} is not the extension that the artefact store holds for this board."
    return None


def _missing_packages(facts: dict[str, Any], wanted: Release, module_wanted: bool) -> list[str]:
    """Return the distribution's packages that the module or its installation needs."""
    python = facts["python"]
    stem = "python" if (python.get("version") or "").startswith("2.") else "python3"
    names = [name for name, needed in (("six", wanted.needs_six), ("pip", module_wanted)) if needed]
    unfinished = _unfinished_packages(facts) if uses_distribution_packages(python) else set()
    return [f"{stem}-{name}" for name in names if _lacks(facts, name) or f"{stem}-{name}" in unfinished]


def _lacks(facts: dict[str, Any], name: str) -> bool:
    """Return whether a module is not there; a pip in root's home is none that root installs with."""
    if name == "pip" and "tools" in facts:
        return bool(facts["tools"]["pip"]["status"] == "absent")
    return not facts["python"]["packages"].get(name)


def _unfinished_packages(facts: dict[str, Any]) -> set[str]:
    """Return what dpkg was interrupted in: its files can be there in part."""
    return {name for name, package in facts["packages"].items() if package["status"] in _UNFINISHED}


def uses_distribution_packages(python: dict[str, Any]) -> bool:
    """Return whether the interpreter imports what the distribution's packages install."""
    return python.get("prefix") == "/usr" and not python.get("virtualenv")
