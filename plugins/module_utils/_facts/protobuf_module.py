# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the protobuf module that an interpreter really imports, and every copy that it could import instead."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.copies import find_copies, find_extensions
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.distributions import (
    damaged_files,
    distributions,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.extensions import extension_facts, linkage
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.interpreter import ask, interpreter_of
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.namespace import obstacle
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.runner import BACKEND_VARIABLES, no_memory
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import lacks_memory, telling_line


def module_facts(executable, timeout, answer, loader, owners, reserve):
    """Return the facts `module`.

    answer: of ask(), with a probe without the backend variables; timeout: seconds and reserve: MB of memory left to others for a second one with them.
    """
    facts = _empty_facts()
    interpreter = interpreter_of(answer)
    if interpreter is None:
        return dict(facts, status="not_probed", error=answer["error"])
    probe = answer["result"].get("probe") or {}
    copies = find_copies(interpreter, probe, owners)
    facts.update((name, probe.get(name)) for name in ("file", "backend", "message_class", "claimed_backend"))
    facts.update(copies=copies, mapped=probe.get("mapped") or [])
    reachable = [copy for copy in copies if copy["location"] in interpreter["sys_path"]]
    used = next((copy for copy in copies if copy["active"]), None)
    # A crash does not show which copy was imported: Python tries the first one.
    suspect = used or (reachable[0] if reachable else None)
    if suspect:
        facts["extensions"] = [extension_facts(path, loader) for path in find_extensions(suspect["location"])]
        facts["linkage"] = linkage(facts["extensions"])
    facts["version"] = probe.get("version") or (used["version"] if used else None)
    facts["status"], facts["error"] = _status(executable, answer, suspect, owners)
    facts["metadata"] = _metadata(distributions(interpreter["sys_path"]), owners)
    _probe_with_own_environment(facts, executable, timeout, reserve)
    return facts


def _empty_facts():
    names = ("version", "backend", "claimed_backend", "requested_backend", "requested_error", "message_class", "file")
    facts = dict.fromkeys(names)
    facts.update(extensions=[], mapped=[], linkage=None, copies=[], metadata=_no_metadata())
    return facts


def _no_metadata():
    return dict(version=None, location=None, installer=None, build=None, missing_files=[], modified_files=[])


def _status(executable, answer, suspect, owners):
    """Return (status, error) of the import; the error names the copy."""
    probe = answer["result"].get("probe") or {}
    if answer["status"] == "ok" and not probe.get("error"):
        return "ok", None
    if suspect is None and probe.get("error"):
        return "absent", None
    place = suspect["location"] if suspect else "an unknown place"
    cause = probe.get("error") or "it ended {0}".format(executable)
    if answer["status"] == "unproven" or lacks_memory(cause):
        return "unproven", no_memory(
            "Protobuf in {0}".format(place), probe.get("error") or telling_line(answer["stderr"])
        )
    if answer["status"] in ("crashed", "timed_out"):
        return answer["status"], "Importing protobuf from {0} failed: {1}".format(place, answer["error"])
    found = obstacle(interpreter_of(answer), probe, suspect["location"], owners) if suspect else None
    if found:
        sentence = "Protobuf in {0} cannot be imported ({1}), because {2} is imported as google: {3}."
        return "import_error", sentence.format(place, cause, *found)
    return "import_error", "Protobuf in {0} cannot be imported ({1}): install it again.".format(place, cause)


def _metadata(found, owners):
    item = next((item for item in found if item["name"] == "protobuf"), None)
    if item is None:
        return _no_metadata()
    missing, modified = damaged_files(item)
    # dpkg lists the files inside an egg-info or dist-info folder; distutils writes an egg-info file.
    inside = [os.path.join(item["metadata"], name) for name in ("METADATA", "PKG-INFO")]
    owned = owners([item["metadata"]] + inside)
    return dict(
        version=item["version"],
        location=item["location"],
        installer="apt" if any(owned.values()) else item["installer"],
        build=item["build"],
        missing_files=missing,
        modified_files=modified,
    )


def _probe_with_own_environment(facts, executable, timeout, reserve):
    """Add how the import ends with the variables of Ansible's own process, which can lie and can break it."""
    own = dict((name, os.environ[name]) for name in BACKEND_VARIABLES if name in os.environ)
    if not own:
        return
    facts["requested_backend"] = own.get(BACKEND_VARIABLES[0])
    answer = ask(executable, timeout, interpreter=False, probe=True, environment=own, reserve=reserve)
    probe = (answer["result"] or {}).get("probe") or {}
    facts["claimed_backend"] = probe.get("claimed_backend")
    cause = probe.get("error") or answer["error"]
    if cause and facts["status"] == "ok":
        setting = " ".join("{0}={1}".format(name, own[name]) for name in sorted(own))
        facts["requested_error"] = "With {0} protobuf cannot be imported ({1}): unset it.".format(setting, cause)
