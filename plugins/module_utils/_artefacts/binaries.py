# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check that a platform can load the binaries in a wheel or a package, by machine, glibc and Python ABI."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import collections
import contextlib
import os
import re
import shutil
import struct
import tempfile
import zipfile

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import deb_file
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.elf import MAGIC, native, read_platform
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import shown

# {dpkg's name of an architecture: the kernel's name, which Python and wheels use}
MACHINES = {"arm64": "aarch64", "amd64": "x86_64"}
# protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_cpython-36m-aarch64-linux-gnu_1a2b3c4d
_KEY = re.compile(r"protobuf-[^_]+_([^_]+)_[^_]+_glibc-([^_]+)_(.+)_[0-9a-f]{8}\Z")
_SOABI = re.compile(r"cpython-(\d)(\d+)([a-z]*)(-|\Z)")
_EXTENSION = "google/protobuf/pyext/_message"
_MAX_TEXT = 1 << 16
_IN_MEMORY = 1 << 24
# The table at the end of a zip file has a record of this size behind it, with its marks and those of its large form.
_END, _END_MARK, _LARGE_END, _LARGE_END_MARK = 22, b"PK\5\6", 20, b"PK\6\7"
_MAX_TABLE = 1 << 22

# glibc: a tuple of numbers.
Platform = collections.namedtuple("Platform", "architecture machine glibc soabi")


class Misfit(Exception):
    """The file does not suit the platform. str() is the cause in one clause; the caller adds the remedy."""


def platform_of_key(abi_key):
    """Return the Platform in an ABI key, None where it is not a key."""
    match = _KEY.match(abi_key)
    return make_platform(*match.groups()) if match else None


def make_platform(architecture, glibc, soabi):
    """Return a Platform, None where a part is unknown."""
    numbers = re.match(r"\d+(\.\d+)+\Z", glibc or "")
    if architecture not in MACHINES or not numbers or not _SOABI.match(soabi or ""):
        return None
    return Platform(architecture, MACHINES[architecture], tuple(map(int, glibc.split("."))), soabi)


def soabi_of(interpreter):
    """Return the ABI tag of an interpreter; Python 2.7 has none, so one is invented for the ABI key."""
    numbers = (interpreter["version"] or "").split(".")
    return interpreter["soabi"] or ("cpython-27" if numbers[:2] == ["2", "7"] else None)


def check_wheel(path, platform):
    """Raise Misfit unless a wheel suits a Platform by name, metadata and every binary, and has the C++ extension."""
    name = os.path.basename(path)
    tag = "-".join(name[: -len(".whl")].split("-")[-3:])
    _check_tags("{0} is named".format(name), [tag], platform)
    try:
        _check_table(path)
        with zipfile.ZipFile(path) as archive:
            _check_size(archive)
            _check_tags("{0} says in its metadata that it is".format(name), _metadata_tags(archive), platform)
            found = _check_binaries(name, _wheel_files(archive), platform, _suffixes(platform))
    except Misfit:
        raise
    # Which exception a damaged file raises depends on the Python.
    except Exception as error:
        raise Misfit("{0} is not a wheel ({1})".format(name, shown(error)))
    wanted = [_EXTENSION + suffix for suffix in _suffixes(platform)]
    if not set(wanted) & set(found):
        raise Misfit("{0} lacks the C++ extension {1}".format(name, wanted[0]))


def check_package(path, platform):
    """Raise Misfit unless a Debian package suits a Platform by architecture and every binary, and has binaries."""
    name = os.path.basename(path)
    try:
        architecture = _architecture(path)
        if architecture != platform.architecture:
            wrong = "{0} is for the architecture {1} instead of {2}"
            raise Misfit(wrong.format(name, shown(architecture), platform.architecture))
        found = _check_binaries(name, deb_file.files(path, "data"), platform, [])
    except (Misfit, deb_file.NoUnpacker):
        raise
    # Which exception a damaged file raises depends on the Python.
    except Exception as error:
        raise Misfit("{0} is not a Debian package ({1})".format(name, shown(error)))
    if not found:
        raise Misfit("{0} holds no library".format(name))


def _check_binaries(name, files, platform, suffixes):
    """Return the names of the binaries. Where suffixes are given, each name has to end in one of them."""
    found = []
    with contextlib.closing(files):
        for inside, stream in files:
            start = stream.read(len(MAGIC))
            if start == MAGIC:
                # Real ones stay in memory. A few bytes of an archive can be more than a host has.
                with tempfile.SpooledTemporaryFile(_IN_MEMORY) as copy:
                    copy.write(start)
                    shutil.copyfileobj(stream, copy)
                    _check_binary(name, inside, copy, platform, suffixes)
                found.append(inside)
            elif suffixes and inside.endswith(".so"):
                raise Misfit("{0} holds {1}, which is not an ELF file".format(name, shown(inside)))
    return found


def _check_binary(name, inside, stream, platform, suffixes):
    elf = read_platform(stream)
    if elf is None:
        raise Misfit("{0} holds {1}, which is a damaged ELF file".format(name, shown(inside)))
    stem, dot, suffix = os.path.basename(inside).partition(".")
    right_name = not suffixes or dot + suffix in suffixes
    if right_name and elf["machine"] == platform.machine and (elf["glibc"] or ()) <= platform.glibc:
        return
    needed = "glibc {0} or newer".format(_numbers(elf["glibc"])) if elf["glibc"] else "any glibc"
    found = "{0} for {1} and {2}".format(shown(inside), elf["machine"], needed)
    wanted = "{0} for {1} and glibc {2}".format(
        shown(stem) + suffixes[0] if suffixes else "one", platform.machine, _numbers(platform.glibc)
    )
    raise Misfit("{0} holds {1}, but {2} is needed".format(name, found, wanted))


def _numbers(version):
    return ".".join(map(str, version))


def _suffixes(platform):
    """Return the suffixes of extensions; Python 2.7 has no ABI tag, and Debian's build of it has a tag for the machine."""
    if platform.soabi == "cpython-27":
        return [".so", ".{0}-linux-gnu.so".format(platform.machine)]
    return [".{0}.so".format(platform.soabi)]


def _check_tags(subject, tags, platform):
    """Raise Misfit unless tags of a wheel (Python, ABI, machine) suit the platform; each part can be several with dots between."""
    major, minor, flags = _SOABI.match(platform.soabi).groups()[:3]
    python = "cp" + major + minor
    # The invented tag of Python 2.7 does not show how wide its unicode is; pip checks that.
    abis = ["cp27mu", "cp27m"] if platform.soabi == "cpython-27" else [python + flags]
    parts = (re.escape(python), "|".join(abis), "(?:linux|manylinux[0-9_]*)_" + platform.machine)
    fitting = re.compile("-".join(r"(?:{0})(?:\.(?:{0}))*".format(part) for part in parts) + r"\Z")
    wrong = [tag for tag in tags if not fitting.match(tag)]
    if wrong or not tags:
        wanted = "{0}-{1}-linux_{2}".format(python, abis[0], platform.machine)
        raise Misfit("{0} for {1} instead of {2}".format(subject, shown((wrong or [""])[0]) or "nothing", wanted))


def _metadata_tags(archive):
    names = [name for name in archive.namelist() if re.match(r"[^/]+\.dist-info/WHEEL\Z", name)]
    with archive.open(names[0]) as stream:
        return re.findall(r"(?m)^Tag:\s*(\S+)", native(stream.read(_MAX_TEXT)))


def _check_table(path):
    """Bound the number of files and the bytes of their names, all of which zipfile reads at once."""
    with open(path, "rb") as stream:
        stream.seek(0, os.SEEK_END)
        stream.seek(max(0, stream.tell() - _LARGE_END - _END))
        end = stream.read()
    mark, number, size, comment = struct.unpack("<4s6xHI4xH", end[-_END:]) if len(end) >= _END else (b"", 0, 0, 0)
    # zipfile would look for the record elsewhere then.
    if mark != _END_MARK or comment:
        raise ValueError("it is not a zip file")
    if end.startswith(_LARGE_END_MARK) or number > deb_file.MAX_FILES or size > _MAX_TABLE:
        raise ValueError("it holds more than {0} files, or too long names".format(deb_file.MAX_FILES))


def _check_size(archive):
    """Bound the size of all files; zipfile reads no more of a file than the archive declares."""
    if sum(item.file_size for item in archive.infolist()) > deb_file.MAX_BYTES:
        raise ValueError("it unpacks to more than {0} MB".format(deb_file.MAX_BYTES >> 20))


def _wheel_files(archive):
    for item in archive.infolist():
        with archive.open(item) as stream:
            yield item.filename, stream


def _architecture(path):
    with contextlib.closing(deb_file.files(path, "control")) as files:
        for name, stream in files:
            if os.path.basename(name) == "control":
                match = re.search(r"(?im)^Architecture:\s*(\S+)", native(stream.read(_MAX_TEXT)))
                return match.group(1) if match else "nothing"
    raise ValueError("it has no control file")
