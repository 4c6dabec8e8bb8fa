# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which protobuf can be built for which Python, and what such a build needs.

Every limit below was read in upstream's source tree
(git tags v3.6.0 to v3.21.12 of protocolbuffers/protobuf) and tried: all files of
python/google/protobuf/pyext were compiled with gcc 12 against CPython's headers:
3.6.0 (2.7, 3.6, 3.9), 3.6.1.1, 3.6.1.2, 3.7.1, 3.10.1 (3.9), 3.11.4, 3.12.4, 3.15.8,
3.17.3, 3.19.2, 3.20.3, 3.21.12 (3.10), 3.17.3 (2.7), 3.19.6 (3.6), 3.20.3 and 3.21.12
(3.11); 3.11.4 was linked and imported on 3.10.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Minor release: (last patch release, major number of libprotobuf.so).
# Source: src/Makefile.am, `-version-info 16:0:0` (3.6.0), `17:0:0` (3.6.1) and
# PROTOBUF_VERSION from 3.7.0 on. Both 3.6 releases are listed in _soname_major.
_SERIES = {
    6: (1, 17),
    7: (1, 18),
    8: (0, 19),
    9: (2, 20),
    10: (1, 21),
    11: (4, 22),
    12: (4, 23),
    13: (0, 24),
    14: (0, 25),
    15: (8, 26),
    16: (3, 27),
    17: (3, 28),
    18: (3, 29),
    19: (6, 30),
    20: (3, 31),
    21: (12, 32),
}

# v3.20.0:configure.ac says AC_INIT([Protocol Buffers],[3.20.0-rc-2]) and
# python/google/protobuf/__init__.py says 3.20.0rc2: nothing of it can be verified.
_MISLABELLED = {"3.20.0": ("3.20.0-rc-2", "3.20.1")}

OLDEST, NEWEST = "3.6.0", "3.21.12"
_RANGE = f"choose a release from {OLDEST} to {NEWEST}"

# PyFrameObject became opaque: pyext/descriptor.cc, _CalledFromGeneratedFile.
# Fixed upstream by da973aff2a, first released in 22.0. Tried: 3.20.3 and 3.21.12
# give 7 errors in that file for Python 3.11.
_NEWEST_PYTHON = (3, 10)


@dataclass(frozen=True)
class Release:
    """What one protobuf release is and what its Python extension needs."""

    version: str
    numbers: tuple[int, int, int]
    # C++ 3.21.x is 4.21.x in Python: v3.21.0:python/google/protobuf/__init__.py.
    python_version: str
    soname_major: int
    # install_requires = ['six>=1.9'] in python/setup.py up to v3.17.3, [] from v3.18.0.
    needs_six: bool


def release(version: str) -> Release:
    """Return what is known about a release; a ValueError says why there is none."""
    match = re.fullmatch(r"3\.(\d{1,2})\.(\d{1,2})(\.\d+)?", version)
    if match is None or int(match[1]) not in _SERIES:
        raise ValueError(f"protobuf {version} is not supported: {_RANGE}.")
    minor, patch = int(match[1]), int(match[2])
    canonical = f"3.{minor}.{patch}"
    if match[3]:
        # v3.6.1.3 and its like: AC_INIT and __version__ say 3.6.1.
        raise ValueError(f"The source of protobuf {version} calls itself {canonical}: set the version to {canonical}.")
    last, major = _SERIES[minor]
    if version != canonical or patch > last:
        raise ValueError(f"protobuf {version} was never released: {_RANGE}.")
    if version in _MISLABELLED:
        label, better = _MISLABELLED[version]
        raise ValueError(f"The source of protobuf {version} calls itself {label}: choose {better} instead.")
    return Release(
        version=version,
        numbers=(3, minor, patch),
        python_version=f"4.21.{patch}" if minor == 21 else version,
        soname_major=16 if version == "3.6.0" else major,
        needs_six=minor < 18,
    )


def major_minor(version: str | None) -> tuple[int, int] | None:
    """Return the first two numbers of a version, or None when it is unreadable."""
    match = re.match(r"(\d+)\.(\d+)", version or "")
    return (int(match[1]), int(match[2])) if match else None


def python_refusal(wanted: Release, python: tuple[int, int]) -> str | None:
    """Return why the C++ extension cannot be built for that Python, and the remedy."""
    subject = f"The C++ extension of protobuf {wanted.version} cannot be built for Python {python[0]}.{python[1]}"
    if python > _NEWEST_PYTHON:
        return (
            f"{subject}, because PyFrameObject is opaque since Python 3.11 and no release up to {NEWEST} supports that: "
            f"choose an interpreter up to Python {_newest_python(wanted)}."
        )
    if python == (3, 10) and wanted.numbers < (3, 11, 0):
        # v3.6.0 to v3.10.1: pyext/message.cc registers its containers with
        # PyImport_ImportModule("collections"); v3.11.0 imports "collections.abc".
        return (
            f"{subject}, because it needs collections.MutableSequence, which Python 3.10 no longer has: "
            "choose protobuf 3.11.0, the oldest that works there, or newer."
        )
    if python < (2, 7) or (3, 0) <= python < (3, 5):
        return f"{subject}: choose an interpreter of Python 2.7, or of 3.5 to {_newest_python(wanted)}."
    if python < (3, 0) and wanted.numbers >= (3, 18, 0):
        # CHANGES.txt of v3.18.0: "Removed Python 2.x support."
        return f"{subject}, because Python 2 was dropped in 3.18.0: choose protobuf 3.17.3, the newest that works there, or older."
    if (3, 0) <= python < (3, 7) and wanted.numbers >= (3, 20, 0):
        # python_requires='>=3.7' in setup.py from v3.20.0 on, '>=3.5' in v3.18.1 to v3.19.6.
        return f"{subject}, because 3.20.0 asks for Python 3.7: choose protobuf 3.19.6, the newest that works there, or older."
    return None


def _newest_python(wanted: Release) -> str:
    return "3.9" if wanted.numbers < (3, 11, 0) else "3.10"


def python_warning(wanted: Release, python: tuple[int, int]) -> str | None:
    """Return a fault of an extension that can be built all the same."""
    if python != (3, 10) or not (3, 11, 0) <= wanted.numbers < (3, 19, 3):
        return None
    # pyext/descriptor_database.cc builds arguments with "s#" and PY_SSIZE_T_CLEAN is
    # defined from v3.19.3 on only (922a7ec189). Tried with 3.19.2: the pool raises KeyError.
    return (
        f"protobuf {wanted.version} on Python 3.10 cannot look anything up in a DescriptorPool made from a "
        "DescriptorDatabase (PY_SSIZE_T_CLEAN is not defined): choose 3.19.3 or newer where that is needed."
    )


def extension_flags(wanted: Release, python: tuple[int, int]) -> list[str]:
    """Return the compiler flags that the extension needs beyond the user's own."""
    flags = []
    if wanted.numbers < (3, 7, 0):
        # gcc before 6 (Ubuntu 16.04) defaults to gnu++98; setup.py adds the flag itself
        # from v3.7.0 on. It does no harm with a newer gcc, so the version need not be checked.
        flags.append("-std=c++11")
        if python >= (3, 7):
            # PyUnicode_AsUTF8AndSize returns const char* since Python 3.7. The const_casts
            # came with v3.6.1.2, which was released as source tag only.
            flags.append("-fpermissive")
    return flags


def build_environment(wanted: Release) -> dict[str, str]:
    """Return the variables that `setup.py` of this release has to be run with."""
    if wanted.numbers >= (3, 7, 0):
        return {}
    # v3.6.x:python/setup.py imports build_py_2to3, which setuptools 60 took out of its
    # own distutils; Python's distutils (up to 3.11) has it. Tried with 59 to 82 on 3.9.
    return {"SETUPTOOLS_USE_DISTUTILS": "stdlib"}


def setuptools_refusal(wanted: Release, setuptools: str | None) -> str | None:
    """Return why this setuptools cannot build the release, and the remedy."""
    match = re.match(r"\d+", setuptools or "")
    # setup.py of v3.7.0 and newer imports pkg_resources, which setuptools 82 no longer has.
    if match is None or int(match[0]) < 82 or wanted.numbers < (3, 7, 0):
        return None
    return f"setuptools {setuptools} has no pkg_resources, which setup.py of protobuf {wanted.version} imports: install setuptools 81 or older."
