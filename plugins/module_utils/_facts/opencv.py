# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find out how OpenCV uses protobuf on this host, and whether both work in one process."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.capacity import IMPORTS
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.opencv_imports import import_in_every_order
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.opencv_verdict import judge
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import import_opencv
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts.runner import child_source, run_child

# Messages of the C++ runtime, which a static copy retains even when it is stripped and its symbols are hidden.
RUNTIME_STRINGS = (b"This program requires version ", b"File already exists in database: ")
BLOCK = 1 << 20
# NumPy's OpenBLAS sets memory aside for a thread on each core as soon as it is imported; an import test needs none.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def opencv_facts(executable, timeout, loader, owners, capacity):
    """Return the facts `opencv`; timeout: seconds for each child process; capacity: what the board can be asked for."""
    source = child_source(import_opencv)

    def run(order):
        return run_child(executable, source, {"order": list(order)}, timeout, _ONE_THREAD, capacity.reserve)

    listed = run(())
    seen = listed["result"] or {"executable": executable, "bindings": [], "protobuf": False, "tensorflow": False}
    names = _names(seen)
    shortage = capacity.shortage("the import", sum(IMPORTS[name] for name in names)) if seen["bindings"] else None
    outcomes = import_in_every_order(run, names) if seen["bindings"] and not shortage else []
    imported = next((outcome["child"] for outcome in outcomes if outcome["child"].get("binaries")), {})

    backends = [outcome["child"].get("backend") for outcome in outcomes]
    bindings = _bindings(seen["bindings"], imported)
    files = [binding["file"] for binding in bindings]
    libraries = _libraries(loader, _machine(loader, seen["executable"]), files)
    facts = {
        "found": bool(files or libraries),
        "version": imported.get("version") or next((binding["version"] for binding in bindings), None),
        "bindings": bindings,
        "libraries": libraries,
        "links": _links(loader, files + libraries),
        "embedded": [path for path in files + libraries if _has_static_copy(loader, path)],
        "build_information": imported.get("build_information"),
        "import_test": {
            "backend": next((name for name in backends if name), None),
            "orders": [_published(outcome) for outcome in outcomes],
        },
        "files": _by_folder(outcomes),
    }
    packages = owners(_paths_to_own(facts["links"]))
    for link in facts["links"]:
        link["package"] = packages.get(link["library"])
    # The verdict is for what `import cv2` loads; without a cv2, for the libraries that C++ programs load.
    mapped = [os.path.realpath(path) for path in imported.get("binaries", [])]
    active = [path for path in files if os.path.realpath(path) in mapped] or files[:1] or libraries
    active = active + [path for binary in active for path in _opencv_below(loader, binary)]
    facts["verdict"], facts["reason"] = judge(facts, outcomes, active, packages, listed["error"] or shortage)
    return facts


def _by_folder(outcomes):
    """Return {folder: names} of the shared objects that the processes have loaded."""
    found = {}
    for path in sorted({path for outcome in outcomes for path in outcome["child"].get("files", [])}):
        found.setdefault(os.path.dirname(path), []).append(os.path.basename(path))
    return found


def _names(seen):
    return ["cv2"] + [name for name in ("protobuf", "tensorflow") if seen[name]]


def _bindings(found, imported):
    """Return the bindings on the search path and those that the import mapped: cv2's own loader may look elsewhere."""
    known = [os.path.realpath(binding["file"]) for binding in found]
    others = [path for path in imported.get("binaries", []) if os.path.realpath(path) not in known]
    bindings = found + [{"file": path, "version": None} for path in others]
    mapped = [os.path.realpath(path) for path in imported.get("binaries", [])]
    for binding in bindings:
        if os.path.realpath(binding["file"]) in mapped:
            binding["version"] = binding["version"] or imported["version"]
    return bindings


def _machine(loader, executable):
    elf = loader.elf(os.path.realpath(executable)) or loader.elf(os.path.realpath("/bin/sh"))
    return elf["machine"] if elf else None


def _opencv_below(loader, binary):
    chains = loader.chains(binary, lambda path: os.path.basename(path).startswith("libopencv_"))
    return [chain[-1] for chain in chains if os.path.isabs(chain[-1])]


def _libraries(loader, machine, bindings):
    found = loader.matching("libopencv_*.so*", machine)
    # A custom build may reach its libraries by RPATH only.
    known = {os.path.realpath(path) for path in found}
    below = {os.path.realpath(path): path for binding in bindings for path in _opencv_below(loader, binding)}
    return found + sorted(below[real_path] for real_path in set(below) - known)


def _is_libprotobuf(path):
    return os.path.basename(path).startswith("libprotobuf")


def _links(loader, binaries):
    chains = [chain for binary in binaries for chain in loader.chains(binary, _is_libprotobuf)]
    return [{"binary": chain[0], "via": chain[1:-1], "library": chain[-1], "package": None} for chain in chains]


def _paths_to_own(links):
    """Return the linked libraries and the binaries that need them directly."""
    paths = {path for link in links for path in ([link["binary"]] + link["via"])[-1:] + [link["library"]]}
    return sorted(path for path in paths if os.path.isabs(path))


def _has_static_copy(loader, path):
    name = os.path.basename(path)
    # Only the module dnn uses protobuf. It is in libopencv_dnn, in the single library libopencv_world, or in cv2 itself.
    if name.startswith("libopencv_") and "dnn" not in name and "world" not in name:
        return False
    elf = loader.elf(path)
    if not elf or any(_is_libprotobuf(soname) for soname in elf["needed"]):
        return False
    return _contains(path, RUNTIME_STRINGS)


def _contains(path, strings):
    """Search a file block by block: OpenCV as one library has 100 MB, and a Nano has little memory."""
    overlap = max(map(len, strings)) - 1
    try:
        with open(path, "rb") as stream:
            tail = b""
            for block in iter(lambda: stream.read(BLOCK), b""):
                if any(string in tail + block for string in strings):
                    return True
                tail = block[-overlap:]
    except EnvironmentError:
        pass  # an unreadable file cannot be loaded either
    return False


def _published(outcome):
    return {name: outcome[name] for name in ("order", "status", "exit_code", "signal", "mapped", "works", "error")}
