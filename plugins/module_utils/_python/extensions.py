# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the compiled extensions of a protobuf module without loading them."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import os
import re
import tempfile

from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.eggs import read_bytes


def extension_facts(path, loader):
    """Return the facts path, sha256, needed, runpath and missing of an extension, which may lie in a zipped egg."""
    content = read_bytes(path)
    elf, missing = _loaded(path, content, loader)
    return dict(
        path=path,
        sha256=None if content is None else hashlib.sha256(content).hexdigest(),
        needed=elf["needed"] if elf else [],
        # The loader ignores an RPATH where there is a RUNPATH.
        runpath=(elf["runpath"] or elf["rpath"]) if elf else [],
        missing=missing,
    )


def _loaded(path, content, loader):
    if os.path.isfile(path) or content is None:
        return loader.elf(path), loader.missing(path)
    # As Python does before it loads one.
    with tempfile.NamedTemporaryFile(prefix="jetfleet-", suffix=".so") as unpacked:
        unpacked.write(content)
        unpacked.flush()
        return loader.elf(unpacked.name), loader.missing(unpacked.name)


def linkage(extensions):
    """Return shared or static for the C++ extension among the facts of extensions; None where there is none."""
    for extension in extensions:
        if "/pyext/" in extension["path"] and extension["sha256"]:
            shared = any(re.match(r"libprotobuf\.so\.", soname) for soname in extension["needed"])
            return "shared" if shared else "static"
    return None
