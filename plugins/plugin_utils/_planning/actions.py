# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to be changed on a board, in order, each with its reason."""

from __future__ import annotations

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import PACKAGE
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.abi import DISTRIBUTION_PREFIX
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.context import PlanContext
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.copies import copy_changes, module_is_hidden
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.artefact import Manifest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import Facts, Module, Python
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.plan import Action

# States of dpkg(1) that a package is left in when dpkg is interrupted.
_UNFINISHED = ("half-installed", "unpacked", "half-configured")


def plan_actions(context: PlanContext) -> list[Action]:
    """Return the ordered actions that bring the board to the desired state.

    Copies that would be imported instead are dealt with after the module is installed, so that there is one at any time.
    """
    facts, wanted = context.facts, context.release
    foreign = _foreign_reason(context)
    library = _library_reason(context) or foreign if context.is_built else None
    module = _module_reason(context) or foreign
    packages = _missing_packages(context, module is not None)
    installation = facts["installation"]
    actions: list[Action] = []
    if packages:
        reason = f"The distribution's {' and '.join(packages)} must be there for the protobuf module to be installed and to work."
        actions.append({"action": "install_packages", "reason": reason, "packages": packages})
    if installation["handmade"]:
        paths = installation["handmade"]
        reason = f"Files that were installed by hand and that no package owns are taken over: {first_of(paths)}."
        actions.append({"action": "adopt_files", "reason": reason, "paths": paths})
    if library:
        version = context.package_version
        actions.append({"action": "install_library", "reason": library, "package": PACKAGE, "version": version})
    elif context.is_built and not _library_in_cache(context):
        reason = f"The linker cache does not list {context.soname} in /usr/local/lib."
        actions.append({"action": "refresh_linker_cache", "reason": reason, "soname": context.soname})
    if module:
        actions.append({"action": "install_module", "reason": module, "version": wanted.python_version})
    actions.extend(copy_changes(facts))
    actions.extend(_constraint_change(context))
    if installation["interrupted"]:
        reason = "An earlier run was interrupted on this board and is finished."
        actions.append({"action": "finish_transaction", "reason": reason})
    return actions


def packages_of(actions: list[Action]) -> list[str]:
    """Return the distribution's packages that the actions install."""
    return [name for action in actions if action["action"] == "install_packages" for name in action["packages"]]


def _constraint_change(context: PlanContext) -> list[Action]:
    installation, version = context.facts["installation"], context.release.python_version
    held = installation["constraint"]
    if not context.desired["pip_constraint"]:
        reason = "pip is constrained to one version of protobuf and no longer needs to be."
        return [] if held is False else [{"action": "remove_constraint", "reason": reason}]
    if held and installation["python_version"] == version:
        return []
    return [
        {"action": "write_constraint", "reason": f"pip is not constrained to protobuf {version}.", "version": version}
    ]


def _foreign_reason(context: PlanContext) -> str | None:
    """Return why nothing that is there can be relied on, even if it looks right."""
    installation, key = context.facts["installation"], context.key
    if not installation["managed"]:
        return "Nothing on the board says that the collection installed it."
    # What is noted of another interpreter says nothing about this one.
    if installation["executable"] != context.facts["python"]["executable"] or installation["abi_key"] == key:
        return None
    return f"What is installed was built for {installation['abi_key']} and not for {key}."


def _library_reason(context: PlanContext) -> str | None:
    package, version = context.facts["packages"].get(PACKAGE), context.package_version
    if package is None or package["status"] != "installed":
        return f"The package {PACKAGE} {version} is not installed."
    if package["version"] != version:
        return f"The package {PACKAGE} is {package['version']} instead of {version}."
    if package["missing_files"]:
        return f"The package {PACKAGE} lacks {first_of(package['missing_files'])}."
    if package["modified_files"]:
        return f"The package {PACKAGE} is no longer as it was installed: {first_of(package['modified_files'])} differs."
    return _modes_reason(context.facts, of_module=False)


def _modes_reason(facts: Facts, *, of_module: bool) -> str | None:
    """Return which owner or mode is wrong: installing again also restores what others could have changed."""
    inside = f"{facts['python']['purelib']}/"
    wrong = [entry for entry in facts["installation"]["wrong_modes"] if entry["path"].startswith(inside) == of_module]
    if not wrong:
        return None
    described = [f"{entry['path']} ({entry['owner']}:{entry['group']}, {entry['mode']})" for entry in wrong]
    return f"Owner or mode is wrong: {first_of(described)}."


def first_of(paths: list[str]) -> str:
    """Return the first of the paths, and how many more there are."""
    more = len(paths) - 1
    return f"{paths[0]} and {more} more" if more else paths[0]


def _library_in_cache(context: PlanContext) -> bool:
    return any(
        library["soname"] == context.soname
        and (library["package"] == PACKAGE or library["path"].startswith("/usr/local/lib/"))
        and library["in_linker_cache"]
        for library in context.facts["libraries"]
    )


def _module_reason(context: PlanContext) -> str | None:
    facts, version = context.facts, context.release.python_version
    changed = copy_changes(facts)
    if changed:
        return f"The protobuf module is installed again, because {changed[0]['location']} is found before it."
    if module_is_hidden(facts):
        # What the system has cannot be imported from here: only its files can be checked.
        purelib = facts["python"]["purelib"]
        here = [copy for copy in facts["module"]["copies"] if copy["location"] == purelib]
        if not any(copy["version"] == version for copy in here):
            return f"protobuf {version} is not in {purelib}."
        return _modes_reason(facts, of_module=True)
    return (
        _import_reason(context)
        or _metadata_reason(facts["module"], version)
        or _extension_reason(facts["module"], context.artefact)
        or _modes_reason(facts, of_module=True)
    )


def _import_reason(context: PlanContext) -> str | None:
    """Return what is wrong with the module that the interpreter imports."""
    module, executable = context.facts["module"], context.facts["python"]["executable"]
    version, linkage = context.release.python_version, context.desired["linkage"]
    # Nothing is installed again because the board had no memory to import it.
    if module["status"] == "unproven":
        return None
    if module["status"] == "absent":
        return f"{executable} has no protobuf module."
    if module["status"] != "ok":
        return f"The protobuf module of {executable} does not work ({module['status']})."
    if module["version"] != version:
        return f"The protobuf module is {module['version']} instead of {version}."
    if module["backend"] != "cpp":
        return f"The protobuf module parses with the {module['backend'] or 'unknown'} backend instead of cpp."
    if context.is_built and module["linkage"] not in (None, linkage):
        return f"The C++ extension is linked {module['linkage']} instead of {linkage}."
    return None


def _metadata_reason(module: Module, version: str) -> str | None:
    metadata = module["metadata"]
    if metadata["version"] != version:
        known = metadata["version"] or "not installed"
        return f"pip lists the protobuf module as {known} although {version} is imported."
    if metadata["missing_files"]:
        return f"The protobuf module is no longer as pip installed it: {first_of(metadata['missing_files'])} missing."
    if metadata["modified_files"]:
        return f"The protobuf module is no longer as pip installed it: {first_of(metadata['modified_files'])} changed."
    return None


def _extension_reason(module: Module, artefact: Manifest | None) -> str | None:
    stored = artefact.get("extensions") if artefact else None
    if not stored:
        return None
    for extension in module["extensions"]:
        if extension["sha256"] not in stored.values():
            return f"{extension['path']} is not the extension that the artefact store holds for this board."
    return None


def _missing_packages(context: PlanContext, module_wanted: bool) -> list[str]:
    """Return the distribution's packages that the module or its installation needs."""
    facts = context.facts
    python = facts["python"]
    stem = "python" if (python["version"] or "").startswith("2.") else "python3"
    names = [name for name, needed in (("six", context.release.needs_six), ("pip", module_wanted)) if needed]
    unfinished = _unfinished_packages(facts) if uses_distribution_packages(python) else set()
    return [f"{stem}-{name}" for name in names if _lacks(facts, name) or f"{stem}-{name}" in unfinished]


def _lacks(facts: Facts, name: str) -> bool:
    """Return whether a module is missing; root does not install with a pip in root's home."""
    if name == "pip" and "tools" in facts:
        return facts["tools"]["pip"]["status"] == "absent"
    return not facts["python"]["packages"].get(name)


def _unfinished_packages(facts: Facts) -> set[str]:
    """Return the packages that dpkg was interrupted in: their files can be there in part."""
    return {name for name, package in facts["packages"].items() if package["status"] in _UNFINISHED}


def uses_distribution_packages(python: Python) -> bool:
    """Return whether the interpreter imports what the distribution's packages install."""
    return python["prefix"] == DISTRIBUTION_PREFIX and not python["virtualenv"]
