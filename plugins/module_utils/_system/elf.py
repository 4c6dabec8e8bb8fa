# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the platform and the dependencies of an ELF file from its headers and its dynamic section."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import collections
import os
import re
import struct
import sys

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os

_MACHINES = {3: "i386", 8: "mips", 21: "ppc64", 22: "s390", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv"}

# Source: elf(5), and glibc's elf.h.
PT_LOAD, PT_DYNAMIC = 1, 2
DT_NULL, DT_NEEDED, DT_STRTAB, DT_SONAME, DT_RPATH, DT_RUNPATH = 0, 1, 5, 14, 15, 29
DT_VERNEED = 0x6FFFFFFE

# Bounds for hostile or damaged files; real libraries stay far below.
MAX_PROGRAM_HEADERS = 1024
MAX_DYNAMIC_BYTES = 1 << 18
MAX_STRING = 4096
MAX_LIBRARIES = 1024
MAX_VERSIONS = 4096

MAGIC = b"\x7fELF"
_SYMBOL_VERSION = re.compile(r"GLIBC_(\d{1,4}(?:\.\d{1,4}){1,3})\Z")
# Packed relocations are not a symbol: the version that they need has a name instead, which glibc has since 2.36.
_NAMED_VERSIONS = {"GLIBC_ABI_DT_RELR": (2, 36)}

_Headers = collections.namedtuple("_Headers", "order bits machine loads entries")


def native(data):
    """Return bytes of a file or a command as a str of this Python."""
    return to_os(data.decode("utf-8", "replace")) if sys.version_info[0] >= 3 else data


class _Reader:
    """Bounded reads at absolute offsets; a short read is a malformed file."""

    def __init__(self, stream):
        self.stream = stream

    def bytes(self, offset, size):
        self.stream.seek(offset)
        data = self.stream.read(size)
        if len(data) != size:
            raise ValueError("truncated")
        return data

    def unpack(self, layout, offset):
        return struct.unpack(layout, self.bytes(offset, struct.calcsize(layout)))

    def string(self, offset):
        self.stream.seek(offset)
        data = self.stream.read(MAX_STRING)
        return native(data[: data.index(b"\0")])


def _headers(reader):
    ident = reader.bytes(0, 16)
    bits = {1: 32, 2: 64}[ord(ident[4:5])]
    order = {1: "<", 2: ">"}[ord(ident[5:6])]
    if ident[:4] != MAGIC:
        raise ValueError("not an ELF file")
    word = "Q" if bits == 64 else "I"
    # type, machine, version, entry, offset of the program headers, sections, flags, size, size of one, number
    header = reader.unpack(order + "HHI" + word * 3 + "IHHH", 16)
    kind, machine, phoff, phentsize, phnum = header[0], header[1], header[4], header[8], header[9]
    if kind not in (2, 3) or phnum > MAX_PROGRAM_HEADERS:
        raise ValueError("neither a shared object nor an executable")
    loads, dynamic = [], None
    for index in range(phnum):
        segment, offset, address, size = _program_header(reader, order, bits, phoff + index * phentsize)
        if segment == PT_LOAD:
            loads.append((address, offset, size))
        elif segment == PT_DYNAMIC:
            dynamic = (offset, size)
    name = _MACHINES.get(machine, "machine-{0}".format(machine))
    return _Headers(order, bits, name, loads, _dynamic(reader, order + word * 2, dynamic))


def _needs(reader):
    headers = _headers(reader)
    names = _strings(reader, headers)
    return {
        "soname": (names[DT_SONAME] or [None])[0],
        "needed": names[DT_NEEDED],
        "runpath": _directories(names[DT_RUNPATH]),
        "rpath": _directories(names[DT_RPATH]),
        "machine": headers.machine,
        "bits": headers.bits,
    }


def _platform(reader):
    headers = _headers(reader)
    name = ("" if headers.bits == 64 else "32-bit ") + ("" if headers.order == "<" else "big-endian ")
    return {"machine": name + headers.machine, "glibc": max([()] + _glibc_versions(reader, headers)) or None}


def _program_header(reader, order, bits, position):
    if bits == 64:
        # type, flags, offset, address, physical address, size in the file
        header = reader.unpack(order + "IIQQQQ", position)
        return header[0], header[2], header[3], header[5]
    # type, offset, address, physical address, size in the file
    header = reader.unpack(order + "IIIII", position)
    return header[0], header[1], header[2], header[4]


def _dynamic(reader, layout, segment):
    if segment is None:
        return []
    offset, size = segment
    step = struct.calcsize(layout)
    data = reader.bytes(offset, min(size, MAX_DYNAMIC_BYTES))
    entries = []
    for position in range(0, len(data) - step + 1, step):
        entry = struct.unpack_from(layout, data, position)
        if entry[0] == DT_NULL:
            break
        entries.append(entry)
    return entries


def _strings(reader, headers):
    """Return {tag: [strings]} of the dynamic entries that refer to the string table."""
    names = {DT_NEEDED: [], DT_SONAME: [], DT_RPATH: [], DT_RUNPATH: []}
    wanted = [entry for entry in headers.entries if entry[0] in names]
    if wanted:
        start = _offset(headers, DT_STRTAB)
        for tag, value in wanted:
            names[tag].append(reader.string(start + value))
    return names


def _offset(headers, tag):
    """Return the position of a table in the file: its address is looked up in the segments."""
    table = dict(headers.entries)[tag]
    for address, offset, size in headers.loads:
        if address <= table < address + size:
            return table - address + offset
    raise ValueError("table outside the file")


def _glibc_versions(reader, headers):
    """Return the versions of glibc's symbols that the file needs, as tuples of numbers."""
    if DT_VERNEED not in dict(headers.entries):
        return []
    strings = _offset(headers, DT_STRTAB)
    names = [reader.string(strings + name) for name in _needed_versions(reader, headers)]
    return [version for version in map(_glibc_version, names) if version]


def _needed_versions(reader, headers):
    """Return the offsets of the names of all needed versions in the string table."""
    names, position, following = [], _offset(headers, DT_VERNEED), 0
    for _library in range(MAX_LIBRARIES):
        position += following
        # version, number of symbol versions, library, offset of the first symbol version, offset of the next library
        count, dummy, symbol, following = reader.unpack(headers.order + "HHIII", position)[1:]
        if len(names) + count > MAX_VERSIONS:
            break
        symbol += position
        for _symbol in range(count):
            # hash, flags, index, name, offset of the next symbol version
            name, step = reader.unpack(headers.order + "IHHII", symbol)[3:]
            names.append(name)
            symbol += step
        if not following:
            return names
    raise ValueError("too many versions")


def _glibc_version(name):
    match = _SYMBOL_VERSION.match(name)
    return tuple(map(int, match.group(1).split("."))) if match else _NAMED_VERSIONS.get(name)


def _directories(values):
    return [entry for value in values for entry in value.split(":") if entry]


def read_elf(path):
    """Return soname, needed, runpath, rpath, machine and bits of a file; None unless it is an intact library or executable."""
    try:
        # A FIFO or a device would block or never end.
        if not os.path.isfile(path):
            return None
        with open(path, "rb") as stream:
            return _intact(_needs, stream)
    except EnvironmentError:
        return None


def read_platform(stream):
    """Return {machine, glibc} of a file object; None unless it is an intact library or executable.

    machine: as ``uname -m`` names it; glibc: the highest version of its symbols that is needed, as a tuple of numbers,
    None where none is needed.
    """
    return _intact(_platform, stream)


def _intact(parse, stream):
    try:
        return parse(_Reader(stream))
    except (EnvironmentError, KeyError, OverflowError, TypeError, ValueError, struct.error):
        return None
