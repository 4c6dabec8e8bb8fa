# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the headers and the pkg-config files of protobuf that C++ programs are compiled with."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import read_text
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.loader import TRIPLETS

# The default search path of gcc in Debian and Ubuntu; {0} is the multiarch triplet.
_INCLUDE = ("/usr/local/include/{0}", "/usr/local/include", "/usr/include/{0}", "/usr/include")
# That of pkg-config in Debian and Ubuntu (pkg-config --variable pc_path pkg-config).
_PKG_CONFIG = (
    "/usr/local/lib/{0}/pkgconfig",
    "/usr/local/lib/pkgconfig",
    "/usr/local/share/pkgconfig",
    "/usr/lib/{0}/pkgconfig",
    "/usr/lib/pkgconfig",
    "/usr/share/pkgconfig",
)
# The header that all others include, and that defines the version.
_HEADER = "google/protobuf/stubs/common.h"


def development_facts(root="/"):
    """Return the facts `development`: all copies that the tools find, in the order of their search."""
    headers, descriptions = _found(root, _INCLUDE, _HEADER), _found(root, _PKG_CONFIG, "protobuf.pc")
    return dict(
        headers=[dict(path=path, version=_header_version(path)) for path in headers],
        pkg_config=[dict(path=path, version=pkg_config_version(path)) for path in descriptions],
    )


def pkg_config_version(path):
    """Return the version in a pkg-config file, None where it cannot be read."""
    match = re.search(r"^Version: *(\S+)", read_text(path) or "", re.MULTILINE)
    return match.group(1) if match else None


def _found(root, directories, name):
    triplet = TRIPLETS.get(os.uname()[4])
    places = [directory.format(triplet) for directory in directories if triplet or "{0}" not in directory]
    paths = [os.path.join(root, place.lstrip("/"), name) for place in places]
    return [path for path in paths if os.path.isfile(path)]


def _header_version(path):
    """Return the version that a header defines (3021012 is 3.21.12), None where it defines none."""
    match = re.search(r"^#define GOOGLE_PROTOBUF_VERSION (\d+)", read_text(path) or "", re.MULTILINE)
    if not match:
        return None
    number = int(match.group(1))
    return "{0}.{1}.{2}".format(number // 1000000, number // 1000 % 1000, number % 1000)
