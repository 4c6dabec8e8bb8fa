# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read what is installed on a sys.path from its metadata; nothing is imported."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import base64
import codecs
import csv
import hashlib
import os
import re

from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.eggs import (
    list_directory,
    read_bytes,
    read_text,
)

# A name, extras of it, and a specifier that old metadata has in brackets; a condition may follow.
_REQUIREMENT = re.compile(r"([\w.-]+)\s*(?:\[[^]]*\])?\s*\(?([^()\[\];@]*)")
_METADATA_NAME = re.compile(r"^([^-]+)(?:-([^-]+))?(?:-.*)?\.(dist-info|egg-info)$")


def normalise(name):
    """Return the name of a distribution in its normal form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def distributions(sys_path):
    """Return every installed distribution in the order in which pip and Python find them.

    Each is a dict: name (normalised), version, location, metadata (path), installer (pip, setuptools, egg or unknown), build.
    """
    found = []
    for location in sys_path:
        if list_directory(os.path.join(location, "EGG-INFO")):
            found.append(_egg(location))
        for name in list_directory(location):
            match = _METADATA_NAME.match(name)
            if match:
                found.append(_installed(location, name, match))
    return found


def versions(found, names):
    """Return {name: version} as pip would show it, None for what is not installed."""
    result = dict.fromkeys(names)
    for distribution in reversed(found):
        if distribution["name"] in result:
            result[distribution["name"]] = distribution["version"]
    return result


def damaged_files(distribution):
    """Return (missing, modified) paths of an installed wheel, by the list and the checksums that pip keeps."""
    folder = distribution["metadata"]
    if not folder.endswith(".dist-info"):
        return [], []
    record = os.path.join(folder, "RECORD")
    files = recorded_files(record)
    if files is None:
        return ([record] if distribution["installer"] == "pip" else []), []
    missing, modified = [], []
    for path, noted in files:
        # Compiled files come and go, and the list cannot hold its own checksum.
        if path == record or path.endswith((".pyc", ".pyo")):
            continue
        content = read_bytes(path)
        if content is None:
            missing.append(path)
        elif noted.startswith("sha256=") and noted != _record_digest(content):
            modified.append(path)
    return missing, modified


def recorded_files(record):
    """Return [(path, checksum)] from the RECORD that pip keeps of an installation; None where it cannot be read."""
    content = read_bytes(record)
    if content is None:
        return None
    location = os.path.dirname(os.path.dirname(record))
    try:
        return [
            (os.path.normpath(os.path.join(location, row[0])), row[1] if len(row) > 1 else "")
            for row in csv.reader(_lines(content))
            if row and row[0]
        ]
    except csv.Error:
        return None


def installed_paths(distribution):
    """Return the set of the files that an installed distribution lists as its own; empty where it keeps no list."""
    folder = distribution["metadata"]
    listed = [path for path, dummy in recorded_files(os.path.join(folder, "RECORD")) or []]
    # Of setup.py that pip ran; the names are relative to the list itself.
    names = (read_text(os.path.join(folder, "installed-files.txt")) or "").splitlines()
    return set(listed + [os.path.normpath(os.path.join(folder, name)) for name in names])


def required_specifier(distribution, name):
    """Return the specifier ('<4,>=3.6.1') by which a distribution requires another one; None for any version or no requirement.

    Environment markers are ignored, and so are the requirements of extras.
    """
    for requirement in _requirements(distribution["metadata"]):
        match = _REQUIREMENT.match(requirement)
        if match and normalise(match.group(1)) == name:
            return re.sub(r"\s", "", match.group(2)) or None
    return None


def _lines(content):
    """Return the lines of a table; names can have any bytes, also some that end a line elsewhere."""
    if content.startswith(codecs.BOM_UTF8):
        content = content[len(codecs.BOM_UTF8) :]
    text = content if str is bytes else os.fsdecode(content)  # novm
    return [line + "\n" for line in text.replace("\0", "").replace("\r\n", "\n").split("\n")]


def _requirements(metadata):
    text = read_text(os.path.join(metadata, "METADATA"))
    if text is not None:
        headers = re.split(r"\r?\n\r?\n", text)[0]
        lines = re.findall(r"^Requires-Dist:[ \t]*(.*\S)", headers, re.MULTILINE)
        return [line for line in lines if not re.search(r";.*\bextra\b", line)]
    found, counts = [], True
    for line in (read_text(os.path.join(metadata, "requires.txt")) or "").splitlines():
        if line.startswith("["):
            # [extra:condition]; without an extra the condition alone.
            counts = line.startswith("[:")
        elif counts:
            found.append(line)
    return found


def _record_digest(content):
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode("ascii").rstrip("=")


def _egg(location):
    text = read_text(os.path.join(location, "EGG-INFO", "PKG-INFO"))
    name = os.path.basename(location).split("-")[0]
    return dict(
        name=normalise(_header(text, "Name") or name),
        version=_header(text, "Version"),
        location=location,
        metadata=os.path.join(location, "EGG-INFO"),
        installer="egg",
        build=None,
    )


def _installed(location, entry, match):
    name, version, kind = match.groups()
    path = os.path.join(location, entry)
    # An egg-info is a file where distutils made it and a directory where setuptools did.
    inside = os.path.join(path, "METADATA" if kind == "dist-info" else "PKG-INFO")
    text = read_text(path if os.path.isfile(path) else inside)
    return dict(
        name=normalise(name),
        version=_header(text, "Version") or version,
        location=location,
        metadata=path,
        installer=_installer(path, kind),
        build=_header(read_text(os.path.join(path, "WHEEL")), "Build"),
    )


def _installer(path, kind):
    if kind == "dist-info":
        return "pip" if (read_text(os.path.join(path, "INSTALLER")) or "").strip() == "pip" else "unknown"
    # pip writes this list when it runs an old setup.py; setup.py alone does not.
    return "pip" if os.path.exists(os.path.join(path, "installed-files.txt")) else "setuptools"


def _header(text, name):
    match = re.search(r"^{0}:[ \t]*(\S.*?)[ \t]*\r?$".format(name), text or "", re.MULTILINE)
    return match.group(1) if match else None
