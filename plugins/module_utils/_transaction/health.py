# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find out from the facts whether a board is healthy after a transaction."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import PACKAGE

SUBSETS = ("module", "libraries", "packages", "installation")
_AGAIN = "build the artefact again"


def faults(facts, expected, budget, prefix="/usr/local"):
    """Return what is wrong, a sentence each. budget: seconds that a graph may take to load, 0 for any number."""
    found = []
    if expected.get("python_version"):
        found += _module_faults(facts["module"], expected)
        if budget > 0 and "load_time" in facts:
            found += _load_time_faults(facts["load_time"], budget)
    if expected.get("soname_major") is not None:
        found += _package_faults(facts["packages"].get(PACKAGE))
        found += _library_faults(facts, expected, prefix)
    return found


def _module_faults(module, expected):
    version = expected["python_version"]
    if module["status"] != "ok":
        return [module["error"] or "There is no protobuf module: {0}.".format(_AGAIN)]
    found = []
    if module["backend"] != "cpp":
        found.append("The backend of protobuf is {0} instead of cpp: {1}.".format(module["backend"], _AGAIN))
    if module["version"] != version:
        found.append(
            "The protobuf that is imported is {0} from {1} instead of {2}: remove that copy.".format(
                module["version"], module["file"], version
            )
        )
    linkage = expected.get("linkage")
    if linkage and module["linkage"] != linkage:
        found.append("The linkage of protobuf is {0} instead of {1}: {2}.".format(module["linkage"], linkage, _AGAIN))
    return found + _metadata_faults(module["metadata"], version)


def _metadata_faults(metadata, version):
    if metadata["version"] != version:
        return [
            "pip reports protobuf {0} instead of {1}: remove the metadata in {2}.".format(
                metadata["version"], version, metadata["location"]
            )
        ]
    damaged = metadata["missing_files"] + metadata["modified_files"]
    if damaged:
        return ["{0} differs from the file in the wheel: stop whatever else changes it.".format(damaged[0])]
    return []


def _package_faults(package):
    if package is None or package["status"] != "installed":
        status = package["status"] if package else "not installed"
        return ["The package {0} is {1}: look at the log of dpkg.".format(PACKAGE, status)]
    damaged = package["missing_files"] + package["modified_files"]
    if damaged:
        return [
            "{0} differs from the file in the package {1}: stop whatever else changes it.".format(damaged[0], PACKAGE)
        ]
    return []


def _library_faults(facts, expected, prefix):
    soname = "libprotobuf.so.{0}".format(expected["soname_major"])
    folder = prefix + "/lib/"
    ours = [item for item in facts["libraries"] if item["soname"] == soname and _is_below(item["path"], folder)]
    if not ours:
        return ["There is no {0}{1}: {2}.".format(folder, soname, _AGAIN)]
    if not any(item["in_linker_cache"] for item in ours):
        return ["{0}{1} is not in the linker cache: add {2} to /etc/ld.so.conf.d.".format(folder, soname, folder[:-1])]
    mapped = facts["module"]["mapped"]
    if expected.get("linkage") == "shared" and not any(item["real_path"] in mapped for item in ours):
        return [
            "The module loads {0} instead of {1}{2}: remove what comes before it.".format(
                ", ".join(mapped) or "no libprotobuf", folder, soname
            )
        ]
    return []


def _is_below(path, folder):
    # By name or by place: either can lead through links.
    real = os.path.realpath(os.path.dirname(path)) + "/"
    return path.startswith(folder) or real.startswith(os.path.realpath(folder) + "/")


def _load_time_faults(load_time, budget):
    # A busy board is no reason to go back.
    if load_time["status"] == "unproven":
        return []
    if load_time["status"] != "ok":
        return [load_time["error"]]
    median = load_time["seconds"]["median"]
    if median > budget:
        return ["A graph takes {0:.3g} s to load and may take {1:g} s: allow more time.".format(median, budget)]
    return []
