# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the files of a Debian package without unpacking it to the disk, even on controllers without dpkg."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import contextlib
import errno
import os
import subprocess
import tarfile

try:
    from lzma import LZMADecompressor  # novm
except ImportError:  # Python 2.7, and builds without liblzma
    LZMADecompressor = None

# Bounds for hostile or damaged packages; a package of protobuf stays far below.
MAX_BYTES = 1 << 28
MAX_FILES = 20000
_MAX_PARTS = 16
_MAX_DICTIONARY = 1 << 27
_BLOCK = 1 << 16


class NoUnpacker(Exception):
    """This host cannot unpack packages: one sentence with cause and remedy."""


def files(path, part):
    """Yield (name, file object) of each file in a part, control or data; read each before taking the next.

    Raise NoUnpacker where the host lacks a tool. Which other exception a damaged package raises depends on the Python.
    """
    with _tar(path, part) as stream:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for number, member in enumerate(archive):
                if number == MAX_FILES:
                    raise ValueError("it holds more than {0} files".format(MAX_FILES))
                # The holes of a sparse file are not in the archive and escape the bound; dpkg itself refuses such a file.
                if member.issparse():
                    raise ValueError("it holds a sparse file")
                if member.isreg():
                    yield member.name.lstrip("."), archive.extractfile(member)
        # tarfile stops at the end mark of tar: damage after it has to be noticed, too.
        while stream.read(_BLOCK):
            pass


@contextlib.contextmanager
def _tar(path, part):
    """Provide the uncompressed tar archive of a part as a file object."""
    process = _dpkg_deb(path, part)
    if process is None:
        with open(path, "rb") as package:
            yield _Bounded(_Unpacked(package, _find(package, part)))
        return
    try:
        yield _Bounded(process.stdout)
        if process.wait():
            raise ValueError("dpkg-deb cannot unpack it")
    finally:
        if process.poll() is None:
            process.kill()
        process.stdout.close()
        process.wait()


def _dpkg_deb(path, part):
    """Start dpkg-deb, which writes the tar archive to its standard output; return None where it is not installed."""
    option = {"control": "--ctrl-tarfile", "data": "--fsys-tarfile"}[part]
    with open(os.devnull, "r+b") as devnull:
        try:
            return subprocess.Popen(
                ["dpkg-deb", option, path], stdin=devnull, stdout=subprocess.PIPE, stderr=devnull, close_fds=True
            )
        except EnvironmentError as error:
            if error.errno not in (errno.ENOENT, errno.EACCES):
                raise
            return None


def _find(package, part):
    """Read an ar archive up to the start of a part, and return the size of the part in bytes."""
    if LZMADecompressor is None:
        raise NoUnpacker("Packages cannot be read without dpkg-deb or Python's module lzma: install dpkg.")
    if package.read(8) != b"!<arch>\n":
        raise ValueError("it is not an ar archive")
    for _part in range(_MAX_PARTS):
        header = package.read(60)
        name, size = header[:16].rstrip(b" /").decode("ascii"), header[48:58].strip()
        if not size.isdigit():
            break
        if name == part + ".tar.xz":
            return int(size)
        if name.startswith(part + ".tar"):
            raise ValueError("{0} is not packed with xz".format(name))
        # Parts begin at even offsets.
        package.seek(int(size) + int(size) % 2, os.SEEK_CUR)
    raise ValueError("it has no {0}.tar.xz".format(part))


class _Unpacked:
    """Reads and decompresses the next bytes of an xz file; never returns more than requested, however much they unpack to."""

    def __init__(self, stream, size):
        self._stream, self._left = stream, size
        self._decompressor = LZMADecompressor(memlimit=_MAX_DICTIONARY)

    def read(self, size):
        data = b""
        while not data and not self._decompressor.eof:
            data = self._decompressor.decompress(self._packed(), size)
        return data

    def _packed(self):
        """Return the compressed bytes that the decompressor needs next, none while it has enough."""
        packed = self._stream.read(min(self._left, _BLOCK) * self._decompressor.needs_input)
        self._left -= len(packed)
        if self._decompressor.needs_input and not packed:
            raise ValueError("it is truncated")
        return packed


class _Bounded:
    """Reads another stream up to MAX_BYTES: a few bytes can unpack to more than a host can hold."""

    def __init__(self, stream):
        self._stream, self._left = stream, MAX_BYTES

    def read(self, size):
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise ValueError("it unpacks to more than {0} MB".format(MAX_BYTES >> 20))
        return data
