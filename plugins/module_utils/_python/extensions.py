# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The compiled parts of a protobuf module, read without loading them."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import os
import re
import tempfile

from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.eggs import read_bytes


def extension_facts(path, loader):
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
    # Python unpacks an extension out of a zipped egg before it loads it, and so do we.
    with tempfile.NamedTemporaryFile(prefix="jetfleet-", suffix=".so") as unpacked:
        unpacked.write(content)
        unpacked.flush()
        return loader.elf(unpacked.name), loader.missing(unpacked.name)


def linkage(extensions):
    """shared or static, as the C++ extension says it; None where there is no such extension."""
    for extension in extensions:
        if "/pyext/" in extension["path"] and extension["sha256"]:
            shared = any(re.match(r"libprotobuf\.so\.", soname) for soname in extension["needed"])
            return "shared" if shared else "static"
    return None
