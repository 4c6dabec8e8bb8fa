# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Take snapshots of files, and restore them exactly.

A snapshot is a folder with content.tar and manifest.json. It gets its name when all of it is on the disk.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import shutil
import stat
import tarfile

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import (
    digest,
    fsync,
    make_folder,
    read_json,
    remove,
    write_json,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.scope import belongs, tops

_ARCHIVE = "content.tar"
_MANIFEST = "manifest.json"
INTENT = "intent.json"
# What must be the same again; the time of change is put back, but a backup of the disk may round it.
_COMPARED = ("type", "sha256", "mode", "uid", "gid", "link")


def scan(scope):
    """Return {path: type, mode, uid, gid, mtime, sha256 of a file, link of a symbolic link} of everything in the scope."""
    entries = {}
    for top in tops(scope):
        entries[top] = _entry(top)
        if entries[top]["type"] == "folder":
            for folder, folders, files in os.walk(top):
                for name in folders + files:
                    path = os.path.join(folder, name)
                    entries[path] = _entry(path)
    return entries


def size(entries):
    """Return the bytes that a snapshot of the entries takes."""
    return sum(os.path.getsize(path) + 1024 for path, entry in entries.items() if entry["type"] == "file")


def take(partial, final, scope, folders, before, intent):
    """Write a snapshot of the scope, and of the folders themselves without what is in them.

    before: the version of our package to go back to; intent: what the transaction is for.
    """
    remove(partial)
    make_folder(partial, 0o700)
    entries = scan(scope)
    _write_archive(os.path.join(partial, _ARCHIVE), entries)
    manifest = dict(schema=1, scope=scope, entries=entries, parents=_parents(scope, folders), before=before)
    write_json(os.path.join(partial, INTENT), intent, 0o600)
    # Writing a file whole brings the names in its folder to the disk, too.
    write_json(os.path.join(partial, _MANIFEST), manifest, 0o600)
    os.rename(partial, final)
    fsync(os.path.dirname(final))


def manifest_of(folder):
    """Return the manifest of a snapshot; a Failure where it cannot be read."""
    manifest = read_json(os.path.join(folder, _MANIFEST))
    if manifest is None:
        raise Failure("The snapshot {0} cannot be read: repair the board's disk.".format(folder))
    return manifest


def restore(folder, scope=None):
    """Restore everything in the scope (None: the whole snapshot), and verify it."""
    manifest = manifest_of(folder)
    if scope is None:
        scope = manifest["scope"]
    wanted = dict((path, entry) for path, entry in manifest["entries"].items() if belongs(path, scope))
    found = scan(scope)
    for path in sorted(found, reverse=True):
        if path not in wanted or wanted[path]["type"] != found[path]["type"] or _differs(wanted[path], found[path]):
            _clear(path, wanted.get(path, {}).get("type") == found[path]["type"] == "folder")
    # dpkg removes a folder with the last file in it.
    for path in sorted(path for path, entry in manifest["parents"].items() if entry and not os.path.isdir(path)):
        os.makedirs(path)
        _set_attributes(path, manifest["parents"][path])
    with tarfile.open(os.path.join(folder, _ARCHIVE), encoding="utf-8") as archive:
        members = dict((to_os(member.name), member) for member in archive.getmembers())
        for path in sorted(wanted):
            _put_back(path, wanted[path], archive, members)
    for path in sorted(wanted, reverse=True):
        _set_attributes(path, wanted[path])
    others = set(item[1] for item in manifest["scope"] if item not in scope)
    _restore_parents(manifest["parents"], others)
    _verify(wanted, scan(scope))


def _entry(path):
    state = os.lstat(path)
    result = dict(
        mode=stat.S_IMODE(state.st_mode),
        uid=state.st_uid,
        gid=state.st_gid,
        # Python 2 has no time in whole nanoseconds.
        mtime=getattr(state, "st_mtime_ns", int(state.st_mtime * 1000000) * 1000),
    )
    if stat.S_ISLNK(state.st_mode):
        return dict(result, type="link", link=os.readlink(path))
    if stat.S_ISDIR(state.st_mode):
        return dict(result, type="folder")
    if not stat.S_ISREG(state.st_mode):
        raise Failure("{0} is neither a file nor a folder nor a link: remove it, then run again.".format(path))
    return dict(result, type="file", sha256=digest("sha256", path))


def _differs(wanted, found):
    return any(wanted.get(name) != found.get(name) for name in _COMPARED)


def _write_archive(path, entries):
    with open(path, "wb") as stream:
        os.fchmod(stream.fileno(), 0o600)
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8") as archive:
            for name in sorted(entries):
                archive.add(name, recursive=False)
        stream.flush()
        os.fsync(stream.fileno())


def _parents(scope, folders):
    """Return the entries of the folders of the scope and of other folders; None for one that does not exist yet."""
    parents = {}
    for folder in set(item[1] for item in scope) | set(folders):
        while not os.path.isdir(folder):
            parents[folder] = None
            folder = os.path.dirname(folder)
        parents.setdefault(folder, _entry(os.path.realpath(folder)))
    return parents


def _clear(path, stays):
    """Remove a path; a folder that stays one gets its attributes back later."""
    if not stays:
        remove(path)


def _put_back(path, entry, archive, members):
    if os.path.lexists(path):
        return
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        os.makedirs(folder, 0o755)
    if entry["type"] == "folder":
        os.mkdir(path, 0o700)
    elif entry["type"] == "link":
        os.symlink(entry["link"], path)
    else:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            shutil.copyfileobj(archive.extractfile(members[path.lstrip("/")]), stream)
            stream.flush()
            os.fsync(descriptor)


def _set_attributes(path, entry):
    now = os.lstat(path)
    if (now.st_uid, now.st_gid) != (entry["uid"], entry["gid"]):
        os.lchown(path, entry["uid"], entry["gid"])
    if entry["type"] != "link":
        os.chmod(path, entry["mode"])
    _set_time(path, entry["mtime"])


def _set_time(path, mtime):
    try:
        os.utime(path, ns=(mtime, mtime), follow_symlinks=False)  # novm
    except TypeError:  # Python 2, which cannot set the time of a link
        if not os.path.islink(path):
            os.utime(path, (mtime / 1e9, mtime / 1e9))


def _restore_parents(parents, others):
    for path in sorted(parents, reverse=True):
        if parents[path] is None:
            if os.path.isdir(path) and not os.listdir(path):
                os.rmdir(path)
        elif path not in others:
            _set_time(path, parents[path]["mtime"])


def _verify(wanted, found):
    for path in sorted(set(wanted) | set(found)):
        if path not in found:
            raise Failure("{0} could not be restored: repair the board's disk, then run again.".format(path))
        if path not in wanted or _differs(wanted[path], found[path]):
            raise Failure(
                "{0} could not be restored exactly: stop whatever else changes it, then run again.".format(path)
            )
