# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether what a wheel or a package holds can be loaded on a platform: by machine, glibc and Python ABI."""

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

# dpkg's name of an architecture: the kernel's name, which Python and wheels use.
MACHINES = {"arm64": "aarch64", "amd64": "x86_64"}
# protobuf-3.6.0_arm64_ubuntu-18.04_glibc-2.27_cpython-36m-aarch64-linux-gnu_1a2b3c4d
_KEY = re.compile(r"protobuf-[^_]+_([^_]+)_[^_]+_glibc-([^_]+)_(.+)_[0-9a-f]{8}\Z")
_SOABI = re.compile(r"cpython-(\d)(\d+)([a-z]*)(-|\Z)")
_EXTENSION = "google/protobuf/pyext/_message"
_MAX_TEXT = 1 << 16

# glibc is a tuple of numbers.
Platform = collections.namedtuple("Platform", "architecture machine glibc soabi")


class Misfit(Exception):
    """The cause in one clause: what to do about it depends on who finds it."""


def platform_of_key(abi_key):
    """What an ABI key says of the platform, None where it is no key."""
    match = _KEY.match(abi_key)
    return make_platform(*match.groups()) if match else None


def make_platform(architecture, glibc, soabi):
    """A platform, None where a part is unknown."""
    numbers = re.match(r"\d+(\.\d+)+\Z", glibc or "")
    if architecture not in MACHINES or not numbers or not _SOABI.match(soabi or ""):
        return None
    return Platform(architecture, MACHINES[architecture], tuple(map(int, glibc.split("."))), soabi)


def soabi_of(interpreter):
    """The name of an interpreter's ABI; Python 2.7 has none, so the ABI key has one that is made."""
    numbers = (interpreter["version"] or "").split(".")
    return interpreter["soabi"] or ("cpython-27" if numbers[:2] == ["2", "7"] else None)


def check_wheel(path, platform):
    """Raise Misfit unless a wheel is for the platform, by name, by metadata and by every binary, and has the C++ extension."""
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
    # What is raised for a damaged file depends on the Python.
    except Exception as error:
        raise Misfit("{0} is no wheel ({1})".format(name, _shown(error)))
    wanted = [_EXTENSION + suffix for suffix in _suffixes(platform)]
    if not set(wanted) & set(found):
        raise Misfit("{0} lacks the C++ extension {1}".format(name, wanted[0]))


def check_package(path, platform):
    """Raise Misfit unless a Debian package is for the platform, by its architecture and by every binary, and has binaries."""
    name = os.path.basename(path)
    try:
        architecture = _architecture(path)
        if architecture != platform.architecture:
            wrong = "{0} is for the architecture {1} instead of {2}"
            raise Misfit(wrong.format(name, _shown(architecture), platform.architecture))
        found = _check_binaries(name, deb_file.files(path, "data"), platform, [])
    except (Misfit, deb_file.NoUnpacker):
        raise
    # What is raised for a damaged file depends on the Python.
    except Exception as error:
        raise Misfit("{0} is no Debian package ({1})".format(name, _shown(error)))
    if not found:
        raise Misfit("{0} holds no library".format(name))


def _check_binaries(name, files, platform, suffixes):
    """The names of the binaries. Where there are suffixes, each has to end in one of them."""
    found = []
    with contextlib.closing(files):
        for inside, stream in files:
            content = stream.read(len(MAGIC))
            if content == MAGIC:
                _check_binary(name, inside, content + stream.read(), platform, suffixes)
                found.append(inside)
            elif suffixes and inside.endswith(".so"):
                raise Misfit("{0} holds {1}, which is no ELF file".format(name, _shown(inside)))
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
    is_there = "{0} for {1} and {2}".format(_shown(inside), elf["machine"], needed)
    wanted = "{0} for {1} and glibc {2}".format(
        _shown(stem) + suffixes[0] if suffixes else "one", platform.machine, _numbers(platform.glibc)
    )
    raise Misfit("{0} holds {1}, but {2} is needed".format(name, is_there, wanted))


def _numbers(version):
    return ".".join(map(str, version))


def _suffixes(platform):
    """What the names of extensions end in; Python 2.7 has no tag for its ABI, and Debian's has one for the machine."""
    if platform.soabi == "cpython-27":
        return [".so", ".{0}-linux-gnu.so".format(platform.machine)]
    return [".{0}.so".format(platform.soabi)]


def _check_tags(subject, tags, platform):
    """Wheels are for a Python, an ABI and a machine. Each part of a tag can be several, with dots between."""
    major, minor, flags = _SOABI.match(platform.soabi).groups()[:3]
    python = "cp" + major + minor
    # Python 2.7 does not tell how wide its unicode is; pip knows.
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
    """zipfile reads no more of a file than the archive says it has."""
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
    """Text out of a file, fit for one line of a sentence."""
    return str(re.sub(r"[^ -~]+", "?", to_native(text)))[:200].rstrip(". ")
