# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A source archive with the outside of protobuf's: it configures, compiles, installs and makes a wheel in seconds."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

VERSION = "3.21.12"
OBJECTS = 12
# Where each compilation leaves a line, on the builder.
COMPILED = "/home/jetson/compiled"
# While this file is there, on the builder, the second half of the objects is not compiled.
HALVED = "/home/jetson/halved"
HALF = OBJECTS // 2

_CONFIGURE = '#!/bin/sh\nset -e\necho configured with "$@"\n'
_MAKEFILE = "all install-strip:\n\t$(MAKE) -C src $@\n"
_SOURCE_MAKEFILE = f"""\
names = $(shell seq 1 {OBJECTS})
libprotobuf_la_OBJECTS = $(names:%=%.lo)
libprotobuf_lite_la_OBJECTS = 1.lo

all: libprotobuf.la libprotobuf-lite.la

libprotobuf.la: $(libprotobuf_la_OBJECTS)
\tg++ -shared -o .libs/libprotobuf.so.32 $(libprotobuf_la_OBJECTS:%.lo=.libs/%.o)
\ttouch $@

libprotobuf-lite.la: 1.lo
\ttouch $@

%.lo: unit.cc
\twhile [ $* -gt {HALF} ] && [ -e {HALVED} ]; do sleep 0.1; done
\t: libtool --mode=compile $@; mkdir -p .libs && echo $@ >> {COMPILED} && sleep 1
\tg++ -fPIC -DUNIT=unit_$* -c -o .libs/$*.o unit.cc
\ttouch $@

install-strip: all
\tmkdir -p $(DESTDIR)/usr/local/lib
\tcp .libs/libprotobuf.so.32 $(DESTDIR)/usr/local/lib
"""
_SETUP = """\
import sys
from setuptools import Extension, setup
static = "--compile_static_extension" in sys.argv
for option in ("--cpp_implementation", "--compile_static_extension"):
    if option in sys.argv:
        sys.argv.remove(option)
setup(
    name="protobuf",
    version="4.21.12",
    packages=["google", "google.protobuf", "google.protobuf.pyext"],
    ext_modules=[
        Extension(
            "google.protobuf.pyext._message",
            ["google/protobuf/pyext/message.cc"],
            extra_objects=["../src/.libs/libprotobuf.a"] if static else [],
        )
    ],
)
"""
_MESSAGE = """\
#include <Python.h>
static PyModuleDef module = {PyModuleDef_HEAD_INIT, "_message", 0, -1, 0};
PyMODINIT_FUNC PyInit__message() { return PyModule_Create(&module); }
"""
_FILES = {
    "configure.ac": (f"AC_INIT([Protocol Buffers],[{VERSION}],[nobody@localhost],[protobuf])\n", 0o644),
    "configure": (_CONFIGURE, 0o755),
    "Makefile": (_MAKEFILE, 0o644),
    "src/Makefile": (_SOURCE_MAKEFILE, 0o644),
    "src/unit.cc": ("int UNIT() { return 1; }\n", 0o644),
    "python/setup.py": (_SETUP, 0o644),
    "python/google/__init__.py": ("", 0o644),
    "python/google/protobuf/__init__.py": ("", 0o644),
    "python/google/protobuf/pyext/__init__.py": ("", 0o644),
    "python/google/protobuf/pyext/message.cc": (_MESSAGE, 0o644),
}


def make_source(archive: Path) -> Path:
    """Write the archive."""
    with tarfile.open(archive, "w:gz") as opened:
        for name, (text, mode) in _FILES.items():
            member = tarfile.TarInfo(f"protobuf-{VERSION}/{name}")
            member.size, member.mode = len(text), mode
            opened.addfile(member, io.BytesIO(text.encode()))
    return archive
