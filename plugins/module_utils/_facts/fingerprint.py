# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reduce what a proof depends on to a fingerprint: as long as it is the same, the proof holds.

Of every file count its path, device, inode, size, mtime and ctime; of the few that decide also their content, because a
card that wears out changes bytes and no times. What could be loaded instead of these files counts by the names in the
folders that are searched.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import fnmatch
import hashlib
import os
import stat
import time

from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.copies import find_extensions
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.eggs import list_directory
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.interpreter import interpreter_of
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import digest, read_text
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.identity import (
    environment_of,
    interpreter_identity,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.loader import Loader

# Raise it when proofs are made in another way: those of the release before do not count any more.
PROOF = 1
# What pure Python and the extensions of protobuf consist of, and what releases before 3.19 need beside it.
PROTOBUF = ("google/protobuf", "google/_upb", "six.py")
# What the imports together with OpenCV load beside it.
OPENCV = ("cv2", "numpy", "tensorflow", "tensorflow_core")
# Files whose content counts, unless they are so large that reading them takes longer than all the rest.
_DECIDING = ("cv2*", "libprotobuf*", "_message*.so", "_api_implementation*.so")
_LARGEST = 16 << 20
# More than TensorFlow has. Whoever owns an interpreter decides what is in its folders.
_MOST_FILES = 40000
_LOADER_FILES = ("/etc/ld.so.cache", "/etc/ld.so.preload")
# What decides by being there, in the folders of the loader and in that in which a child process begins.
_LIBRARIES = ("libprotobuf*", "libopencv_*", "cv2*")
# Files that Python runs before any other.
_RUN_AT_START = ("*.pth", "*.egg-link", "sitecustomize.py", "usercustomize.py")
# Variables that decide what a process loads and how it computes. Those that choose protobuf's backend are removed from it.
_VARIABLES = (
    "LD_*",
    "GLIBC_TUNABLES",
    "MALLOC_*",
    "PYTHON*",
    "OPENBLAS_*",
    "OPENCV_*",
    "OMP_*",
    "MKL_*",
    "TF_*",
    "CUDA_*",
)


class TooManyFiles(Exception):
    """There are more files than can be looked at."""


class Surroundings(object):
    """What all proofs of one look depend on; answer: of ask(), with a probe."""

    def __init__(self, executable, answer):
        self._executable = executable
        self._interpreter = interpreter_of(answer)
        self._probe = (answer["result"] or {}).get("probe") or {}
        self._read = {}

    def fingerprint(self, packages, options, files):
        """Return the fingerprint of a proof, None where the board cannot say what it depends on.

        packages: (PROTOBUF and what else is imported); options: (name, value) of each; files: the paths of what else is loaded.
        """
        if self._interpreter is None:
            return None
        try:
            parts = [self._once("", self._common)] + [self._once(name, self._package) for name in packages]
        except (Refusal, TooManyFiles):
            return None
        return _digest([PROOF, parts, sorted(options), [file_state(path) for path in sorted(files)]])

    def _once(self, name, read):
        if name not in self._read:
            self._read[name] = read(name)
        return self._read[name]

    def _common(self, dummy):
        uid = interpreter_identity(self._executable)[0]
        loaded = list(_LOADER_FILES) + [self._executable] + (self._probe.get("mapped") or [])
        return [
            board_identity(),
            uid,
            _variables(environment_of(uid)),
            sorted(self._interpreter.items()),
            self._probe.get("backend"),
            [file_state(path) for path in loaded + self._extensions()],
            [_names(folder) for folder in self._interpreter["sys_path"]],
            [_matching(folder, _LIBRARIES) for folder in self._library_folders()],
            # No folder of the search path shows where a finder of its own leads to.
            tree_state(os.path.dirname(self._probe.get("file") or "")),
        ]

    @staticmethod
    def _library_folders():
        return Loader.default_directories(os.uname()[4]) + ["/usr/local/lib", "/"]

    def _folders(self):
        # A child process begins in /, which is on its search path, too.
        return self._interpreter["sys_path"] + ["/"]

    def _extensions(self):
        return [path for folder in self._interpreter["sys_path"] for path in find_extensions(folder)]

    def _package(self, name):
        return [tree_state(os.path.join(folder, name)) for folder in self._folders()]


def board_identity():
    """Return what tells a board from any other one, also from one with a copy of its disk; a restart does not change it."""
    paths = ("/etc/machine-id", "/var/lib/dbus/machine-id", "/proc/device-tree/serial-number")
    system = os.uname()
    return [read_text(path) for path in paths] + [system[1], system[2], system[4]]


def tree_state(path):
    """Return the state of a file, or of all files below a folder but of those that Python itself makes there."""
    if not os.path.isdir(path):
        return file_state(path)
    top = os.path.realpath(path)
    found = []
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        linked = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        found.extend(_state(os.path.join(folder, name)) for name in sorted(names) + linked)
        if len(found) > _MOST_FILES:
            raise TooManyFiles(path)
    return [path, top, found]


def file_state(path):
    """Return what shows that a file is the same: its state, and its content where that decides."""
    state = _state(path)
    decides = any(fnmatch.fnmatchcase(os.path.basename(path), pattern) for pattern in _DECIDING)
    if decides and os.path.isfile(path) and os.path.getsize(path) <= _LARGEST:
        state.append(digest("sha256", path))
    return state


def may_have_changed(paths, began):
    """Return whether one of the files changed between a time of the board's clock and now.

    File systems can round to seconds. Times in the future are those of all files while the clock of a board is not set yet.
    """
    now = time.time()
    for path in paths:
        try:
            changed = os.stat(path).st_ctime
        except EnvironmentError:
            continue  # its state says that it does not exist
        if int(began) <= changed <= now:
            return True
    return False


def _digest(value):
    # Every part is made of lists, whose order does not depend on the Python, and of what repr() shows as it is.
    return hashlib.sha256(repr(value).encode("utf-8", "backslashreplace")).hexdigest()


def _state(path):
    """Return path, device, inode, size, mtime and ctime of what lies at a path, and of what a link there leads to."""
    try:
        found = os.lstat(path)
        if not stat.S_ISLNK(found.st_mode):
            return [path] + _numbers(found)
        return [path, os.path.realpath(path)] + _numbers(found) + _numbers(os.stat(path))
    except EnvironmentError:
        return [path]


def _numbers(found):
    # Python 2 rounds to 100 ns or so.
    times = [getattr(found, name + "_ns", None) or repr(getattr(found, name)) for name in ("st_mtime", "st_ctime")]
    return [found.st_dev, found.st_ino, found.st_size] + times


def _names(folder):
    """Return the names in a folder of the search path, which may be a zip file, and the state of what Python runs there."""
    if not os.path.isdir(folder):
        return file_state(folder)
    names = [name for name in list_directory(folder) if name != "__pycache__"]
    return [folder, names, [_state(path) for path in _matching(folder, _RUN_AT_START)]]


def _matching(folder, patterns):
    names = list_directory(folder) if os.path.isdir(folder) else []
    found = set(name for pattern in patterns for name in fnmatch.filter(names, pattern))
    return [os.path.join(folder, name) for name in sorted(found)]


def _variables(environment):
    found = set(name for pattern in _VARIABLES for name in fnmatch.filter(environment, pattern))
    return [(name, environment[name]) for name in sorted(found)]
