# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A board whose every file may be changed: an interpreter of its own, the C++ protobuf, and small stand-ins with real libraries."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from ansible_collections.jetfleet.protobuf.tests.support.libraries import build_library, build_mir_chain
from ansible_collections.jetfleet.protobuf.tests.support.pythons import need_python

_LOAD = "import ctypes, os\nctypes.CDLL(os.path.join(os.path.dirname(__file__), {0!r}))\n"
_CV2 = """
import numpy
with open({journal!r}, "a") as stream:
    stream.write("cv2\\n")
__version__ = "4.1.1"
COLOR_BGR2GRAY = 6

def cvtColor(image, code):
    return numpy.Image(image.shape[:2])

def getBuildInformation():
    return "    Protobuf:                    build (3.5.1)"
"""
_NUMPY = """
uint8 = None

class Image:
    def __init__(self, shape):
        self.shape = shape

    def __setitem__(self, key, value):
        pass

    def min(self):
        return 200

    max = min

def zeros(shape, kind):
    return Image(shape)
"""
_TENSORFLOW = """
import contextlib
from tensorflow.core.framework import graph_pb2

def constant(value, name):
    pass

class Graph:
    as_default = contextlib.nullcontext

    def as_graph_def(self):
        return graph_pb2.GraphDef()
"""
_GRAPH_PB2 = """
class GraphDef:
    name = "check"

    @property
    def node(self):
        return [self]

    def SerializeToString(self):
        return b""

    @staticmethod
    def FromString(data):
        return GraphDef()
"""


class ProofBoard:
    """python: its interpreter; site: the folder of its packages; imports: how often cv2 has been imported."""

    def __init__(self, folder: Path, installations: Installations, extra: str = "") -> None:
        self.python, self.site = folder / "bin/python3.9", folder / "lib/python3.9/site-packages"
        self._journal = folder / "imports"
        self._make_interpreter(folder)
        self._journal.touch()
        protobuf = installations.site_packages(installations.virtualenv("3.9", "protobuf==3.20.3"))
        shutil.copytree(protobuf / "google", self.site / "google")
        build_mir_chain(self.site / "cv2", "cv2.abi3.so")
        build_library(self.site / "tensorflow/_pywrap.so")
        for name, source in (
            ("cv2/__init__.py", extra + _LOAD.format("cv2.abi3.so") + _CV2.format(journal=str(self._journal))),
            ("numpy/__init__.py", _NUMPY),
            ("tensorflow/__init__.py", _LOAD.format("_pywrap.so") + _TENSORFLOW),
            ("tensorflow/core/__init__.py", ""),
            ("tensorflow/core/framework/__init__.py", ""),
            ("tensorflow/core/framework/graph_pb2.py", _GRAPH_PB2),
        ):
            (self.site / name).parent.mkdir(parents=True, exist_ok=True)
            (self.site / name).write_text(source, encoding="utf-8")
        settle()

    def _make_interpreter(self, folder: Path) -> None:
        # A file of its own, not a link: it is changed, too.
        source = need_python("3.9").resolve()
        self.python.parent.mkdir(parents=True)
        shutil.copy2(source, self.python)
        (folder / "pyvenv.cfg").write_text(f"home = {source.parent}\n", encoding="utf-8")

    @property
    def imports(self) -> int:
        return len(self._journal.read_text(encoding="utf-8").splitlines())


def change_byte(path: Path) -> None:
    """Change the last byte of a file and nothing that a user could tell it by: size and mtime stay."""
    before = path.stat()
    with path.open("r+b") as stream:
        stream.seek(-1, os.SEEK_END)
        last = stream.read(1)[0]
        stream.seek(-1, os.SEEK_END)
        stream.write(bytes([last ^ 1]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def settle() -> None:
    """Wait until a file that was changed just now is older than what begins now."""
    time.sleep(1.01 - time.time() % 1)
