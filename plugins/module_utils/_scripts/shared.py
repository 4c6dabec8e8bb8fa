# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What child scripts share: how they answer, and how they find out which protobuf they use."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import os
import sys

MARKER = "JETFLEET-RESULT "
_BACKENDS = (
    ("upb", "google._upb"),
    ("cpp", "google.protobuf.pyext"),
    ("python", "google.protobuf.internal.python_message"),
)
# Before 3.0 one metaclass served both backends; the module that methods come from still differs.
_METHODS = ("MergeFromString", "SerializeToString")


def report(result):
    # The line starts afresh even after a library that printed without a line end.
    sys.stdout.write("\n" + MARKER + json.dumps(result) + "\n")
    sys.stdout.flush()


def backend_of(message_class):
    """Return the backend that parses, None for an unknown one; no environment variable can make a class lie."""
    kinds = message_class.__mro__ + type(message_class).__mro__
    kinds += tuple(getattr(message_class, name, None) for name in _METHODS)
    modules = [getattr(kind, "__module__", None) or "" for kind in kinds]
    for backend, prefix in _BACKENDS:
        if any(module.startswith(prefix) for module in modules):
            return backend
    return None


def mapped_files(prefix):
    """Return the shared objects in this process whose names start with prefix."""
    try:
        with open("/proc/self/maps", "rb") as stream:
            lines = stream.read().decode("utf-8", "replace").splitlines()
    except EnvironmentError:
        return []
    paths = set(line.split(None, 5)[5] for line in lines if len(line.split(None, 5)) == 6)
    return sorted(path for path in paths if os.path.basename(path).startswith(prefix) and ".so" in path)
