# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a file is the source archive of one release of protobuf."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import posixpath
import re
import tarfile
import zlib

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import digest

try:
    from lzma import LZMAError  # novm
except ImportError:  # Python 2.7, whose tarfile reads no xz either
    LZMAError = zlib.error

# The first lines of configure.ac are all that is read of it.
_HEAD = 65536
_VERSION = re.compile(r"AC_INIT\(\s*\[Protocol Buffers\]\s*,\s*\[([^\]]+)\]")


class SourceError(Exception):
    """One sentence that names cause and remedy."""


def inspect_source(path, version, sha256):
    """{root, has_configure, has_googletest, bytes} of an archive that is what it should be."""
    _check_file(path, sha256)
    try:
        with tarfile.open(path) as archive:
            return _inspect_members(path, archive, version)
    except (tarfile.TarError, EOFError, IOError, OSError, ValueError, zlib.error, LZMAError) as error:
        # tarfile tells what each way of reading said, a line each: the first line is enough.
        detail = str(error).partition("\n")[0].rstrip(".: ")
        raise SourceError(
            "{0} cannot be read as a tar archive packed with gzip, bzip2 or xz ({1}): get the archive of protobuf {2} "
            "again.".format(path, detail, version)
        )


def _check_file(path, sha256):
    if not os.path.exists(path):
        raise SourceError(
            "The source archive {0} does not exist: put it there, or set libprotobuf_source_archive to where it is.".format(
                path
            )
        )
    if not os.path.isfile(path):
        raise SourceError("{0} is no regular file: set libprotobuf_source_archive to a tar archive.".format(path))
    if not os.access(path, os.R_OK):
        raise SourceError("{0} cannot be read: make it readable for the user who runs Ansible.".format(path))
    found = digest("sha256", path)
    if found != sha256.lower():
        raise SourceError(
            "The SHA-256 of {0} is {1} instead of {2}: get the archive again, or set libprotobuf_source_sha256 if this is "
            "the archive that you trust.".format(path, found, sha256.lower())
        )


def _inspect_members(path, archive, version):
    names = set()
    roots = set()
    configure_ac = None
    for member in archive:
        name = posixpath.normpath(member.name)
        _check_member(path, member, name)
        names.add(name)
        roots.add(name.split("/")[0])
        if name.count("/") == 1 and name.endswith("/configure.ac") and member.isfile():
            configure_ac = archive.extractfile(member).read(_HEAD).decode("utf-8", "replace")
    # tarfile stops at the end mark of tar; gzip's own checksum comes after it.
    while archive.fileobj.read(1 << 20):
        pass
    if len(roots) != 1:
        raise SourceError(
            "{0} holds {1} folders at its top instead of one: use a release archive of protobuf.".format(
                path, len(roots)
            )
        )
    root = roots.pop()
    found = source_version(configure_ac)
    if found is None:
        raise SourceError(
            "{0} holds no {1}/configure.ac of Protocol Buffers: use protobuf-all-{2}.tar.gz or the archive of the tag "
            "v{2}.".format(path, root, version)
        )
    if found != version:
        raise SourceError(
            "{0} is the source of protobuf {1} and not of {2}: set libprotobuf_version to {1}, or use the archive of "
            "{2}.".format(path, found, version)
        )
    return dict(
        root=root,
        has_configure=root + "/configure" in names,
        has_googletest=any(name.startswith(root + "/third_party/googletest/") for name in names),
        bytes=os.path.getsize(path),
    )


def source_version(configure_ac):
    """The version that a configure.ac names, None without one."""
    match = _VERSION.search(configure_ac or "")
    return match.group(1).strip() if match else None


def _check_member(path, member, name):
    """Nothing may end up, or point, outside the folder that the archive is unpacked into."""
    if _leads_out(name):
        raise SourceError(
            "{0} holds {1}, which leads out of its folder: do not use this archive.".format(path, member.name)
        )
    if not (member.isfile() or member.isdir() or member.issym() or member.islnk()):
        raise SourceError("{0} holds the device {1}: do not use this archive.".format(path, member.name))
    if member.issym() or member.islnk():
        base = posixpath.dirname(name) if member.issym() else ""
        target = posixpath.normpath(posixpath.join(base, member.linkname))
        if _leads_out(target) or target.split("/")[0] != name.split("/")[0]:
            raise SourceError(
                "{0} holds the link {1} to {2}, which leads out of its folder: do not use this archive.".format(
                    path, member.name, member.linkname
                )
            )


def _leads_out(name):
    return name.startswith("/") or name == ".." or name.startswith("../")
