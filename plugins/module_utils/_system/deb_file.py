# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the files of a Debian package without unpacking it to the disk, on controllers without dpkg too."""

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

# Bounds for hostile or damaged packages; that of protobuf stays far below.
MAX_BYTES = 1 << 28
MAX_FILES = 20000
_MAX_PARTS = 16
_MAX_DICTIONARY = 1 << 27
_BLOCK = 1 << 16


class NoUnpacker(Exception):
    """One sentence that names cause and remedy; nothing is wrong with the package."""


def files(path, part):
    """Yield (name, file object) of each file in a part, control or data; each has to be read before the next is asked for.

    What is raised for a damaged package depends on the Python, and is not NoUnpacker.
    """
    with _tar(path, part) as stream:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for number, member in enumerate(archive):
                if number == MAX_FILES:
                    raise ValueError("it holds more than {0} files".format(MAX_FILES))
                # What is not in the archive cannot count against the bound; dpkg itself refuses such a file.
                if member.issparse():
                    raise ValueError("it holds a sparse file")
                if member.isreg():
                    yield member.name.lstrip("."), archive.extractfile(member)
        # tarfile stops at the end mark of tar: what is damaged behind it has to be noticed, too.
        while stream.read(_BLOCK):
            pass


@contextlib.contextmanager
def _tar(path, part):
    """The tar archive in a package, unpacked."""
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
    """dpkg-deb, which writes the tar archive to its standard output; None where there is none."""
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
    """The size of a part of an ar archive, which is read up to there."""
    if LZMADecompressor is None:
        raise NoUnpacker("There is neither dpkg-deb nor Python's module lzma to look into packages with: install dpkg.")
    if package.read(8) != b"!<arch>\n":
        raise ValueError("it is no ar archive")
    for _part in range(_MAX_PARTS):
        header = package.read(60)
        name, size = header[:16].rstrip(b" /").decode("ascii"), header[48:58].strip()
        if not size.isdigit():
            break
        if name == part + ".tar.xz":
            return int(size)
        if name.startswith(part + ".tar"):
            raise ValueError("{0} is not packed with xz".format(name))
        # Parts begin at even places.
        package.seek(int(size) + int(size) % 2, os.SEEK_CUR)
    raise ValueError("it holds no {0}.tar.xz".format(part))


class _Unpacked:
    """Reads the next bytes of a file, unpacked with xz; never more than are asked for, whatever they unpack to."""

    def __init__(self, stream, size):
        self._stream, self._left = stream, size
        self._decompressor = LZMADecompressor(memlimit=_MAX_DICTIONARY)

    def read(self, size):
        data = b""
        while not data and not self._decompressor.eof:
            data = self._decompressor.decompress(self._packed(), size)
        return data

    def _packed(self):
        """What the decompressor is to be given next: nothing while it has enough."""
        packed = self._stream.read(min(self._left, _BLOCK) * self._decompressor.needs_input)
        self._left -= len(packed)
        if self._decompressor.needs_input and not packed:
            raise ValueError("it is truncated")
        return packed


class _Bounded:
    """Reads another stream up to a bound: a few bytes can unpack to more than a host can hold."""

    def __init__(self, stream):
        self._stream, self._left = stream, MAX_BYTES

    def read(self, size):
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise ValueError("it unpacks to more than {0} MB".format(MAX_BYTES >> 20))
        return data
