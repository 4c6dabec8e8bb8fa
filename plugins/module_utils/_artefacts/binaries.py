# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check that a platform can load the binaries in a wheel or a package, by machine, glibc and Python ABI."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import collections
import contextlib
import io
import os
import re
import zipfile

from ansible.module_utils.common.text.converters import to_native
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import deb_file
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.elf import MAGIC, native, read_platform

# {dpkg's name of an architecture: the kernel's name, which Python and wheels use}
MACHINES = {"arm64": "aarch64", "amd64": "x86_64"}
# protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_cpython-36m-aarch64-linux-gnu_1a2b3c4d
_KEY = re.compile(r"protobuf-[^_]+_([^_]+)_[^_]+_glibc-([^_]+)_(.+)_[0-9a-f]{8}\Z")
_SOABI = re.compile(r"cpython-(\d)(\d+)([a-z]*)(-|\Z)")
_EXTENSION = "google/protobuf/pyext/_message"
_MAX_TEXT = 1 << 16

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
        with zipfile.ZipFile(path) as archive:
            _check_size(archive)
            _check_tags("{0} says in its metadata that it is".format(name), _metadata_tags(archive), platform)
            found = _check_binaries(name, _wheel_files(archive), platform, _suffixes(platform))
    except Misfit:
        raise
    # Which exception a damaged file raises depends on the Python.
    except Exception as error:
        raise Misfit("{0} is not a wheel ({1})".format(name, _shown(error)))
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
            raise Misfit(wrong.format(name, _shown(architecture), platform.architecture))
        found = _check_binaries(name, deb_file.files(path, "data"), platform, [])
    except (Misfit, deb_file.NoUnpacker):
        raise
    # Which exception a damaged file raises depends on the Python.
    except Exception as error:
        raise Misfit("{0} is not a Debian package ({1})".format(name, _shown(error)))
    if not found:
        raise Misfit("{0} holds no library".format(name))


def _check_binaries(name, files, platform, suffixes):
    """Return the names of the binaries. Where suffixes are given, each name has to end in one of them."""
    found = []
    with contextlib.closing(files):
        for inside, stream in files:
            content = stream.read(len(MAGIC))
            if content == MAGIC:
                _check_binary(name, inside, content + stream.read(), platform, suffixes)
                found.append(inside)
            elif suffixes and inside.endswith(".so"):
                raise Misfit("{0} holds {1}, which is not an ELF file".format(name, _shown(inside)))
    return found


def _check_binary(name, inside, content, platform, suffixes):
    elf = read_platform(io.BytesIO(content))
    if elf is None:
        raise Misfit("{0} holds {1}, which is a damaged ELF file".format(name, _shown(inside)))
    stem, dot, suffix = os.path.basename(inside).partition(".")
    right_name = not suffixes or dot + suffix in suffixes
    if right_name and elf["machine"] == platform.machine and (elf["glibc"] or ()) <= platform.glibc:
        return
    needed = "glibc {0} or newer".format(_numbers(elf["glibc"])) if elf["glibc"] else "any glibc"
    found = "{0} for {1} and {2}".format(_shown(inside), elf["machine"], needed)
    wanted = "{0} for {1} and glibc {2}".format(
        _shown(stem) + suffixes[0] if suffixes else "one", platform.machine, _numbers(platform.glibc)
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
        raise Misfit("{0} for {1} instead of {2}".format(subject, _shown((wrong or [""])[0]) or "nothing", wanted))


def _metadata_tags(archive):
    names = [name for name in archive.namelist() if re.match(r"[^/]+\.dist-info/WHEEL\Z", name)]
    with archive.open(names[0]) as stream:
        return re.findall(r"(?m)^Tag:\s*(\S+)", native(stream.read(_MAX_TEXT)))


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


def _shown(text):
    """Return text from a file in a form that fits into one line of a sentence."""
    return str(re.sub(r"[^ -~]+", "?", to_native(text)))[:200].rstrip(". ")
