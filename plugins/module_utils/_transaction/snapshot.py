# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Take snapshots of files, and restore them exactly.

A snapshot is a folder with content.tar and manifest.json. It gets its name when all of it is on the disk.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re
import shutil
import stat
import tarfile

from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.layout import INTENT, MANIFEST
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import (
    digest,
    fsync,
    make_folder,
    read_json,
    remove,
    write_json,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.identity import (
    acting_as,
    folder_identity,
    own_identity,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.scope import (
    CACHE,
    NEW,
    belongs,
    existing,
    paths_of,
    source_of,
)

_ARCHIVE = "content.tar"
# What must be the same again; the time of change is put back, but a backup of the disk may round it.
_COMPARED = ("type", "sha256", "mode", "uid", "gid", "link")

# Folders whose owner and mode an installation sets right.
_OWN_FOLDER = re.compile(r"/google/(?:protobuf|_upb)(?:/|\Z)")


def scan(paths):
    """Return {path: type, mode, uid, gid, mtime, sha256 of a file, link of a symbolic link} of everything they stand for."""
    entries = {}
    for top in existing(paths):
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


def take(partial, final, scope, sites, identity, before, intent, made=()):
    """Write a snapshot of the scope, and of the folders of its paths without what is in them.

    sites: the folders on sys.path that the module is in; identity: what its interpreter is started as; before: what was
    there; intent: what the transaction is for; made: folders that were made for it and count as not there.
    """
    remove(partial)
    make_folder(partial, 0o700)
    with open(os.path.join(partial, _ARCHIVE), "wb") as stream:
        os.fchmod(stream.fileno(), 0o600)
        entries = _archive(stream, scope, sites, identity)
    manifest = dict(
        schema=1,
        scope=scope,
        sites=sites,
        identity=identity,
        entries=entries,
        parents=_parents(scope, made),
        before=before,
    )
    write_json(os.path.join(partial, INTENT), intent, 0o600)
    # Writing a file whole brings the names in its folder to the disk, too.
    write_json(os.path.join(partial, MANIFEST), manifest, 0o600)
    os.rename(partial, final)
    fsync(os.path.dirname(final))


def manifest_of(folder):
    """Return the manifest of a snapshot; a Failure where it cannot be read."""
    manifest = read_json(os.path.join(folder, MANIFEST))
    if manifest is None:
        raise Failure("The snapshot {0} cannot be read: repair the board's disk.".format(folder))
    return manifest


def entries_of(folder, paths):
    """Return the entries of a snapshot that the paths stand for."""
    return dict((path, entry) for path, entry in manifest_of(folder)["entries"].items() if belongs(path, paths))


def differing(wanted, found):
    """Return the paths that are not as they are wanted, also those that are not wanted at all."""
    return sorted(
        path
        for path in set(wanted) | set(found)
        if path not in found or path not in wanted or _differs(wanted[path], found[path])
    )


def restore(folder, paths, owner=None):
    """Restore what the paths stand for at its place, as a user, each file in one step, and verify it."""
    manifest, wanted = manifest_of(folder), entries_of(folder, paths)
    with acting_as(*(owner or own_identity())):
        found = scan(paths)
        changed = differing(wanted, found)
        for path in sorted(changed, reverse=True):
            if path in found and wanted.get(path, {}).get("type") != found[path]["type"]:
                remove(path)
        # dpkg removes a folder with the last file in it.
        restore_folders(manifest, paths)
    extract(folder, dict((path, path) for path in changed if path in wanted), owner)
    restore_attributes(folder, paths, owner)


def extract(folder, targets, owner=None):
    """Write what a snapshot holds of paths to others, {path: target}, as a user: (uid, gid)."""
    entries = manifest_of(folder)["entries"]
    with tarfile.open(os.path.join(folder, _ARCHIVE), encoding="utf-8") as archive:
        members = dict((to_os(member.name), member) for member in archive.getmembers())
        with acting_as(*(owner or own_identity())):
            for path in sorted(targets):
                member = members[path.lstrip("/")]
                _write(targets[path], entries[path], lambda member=member: archive.extractfile(member))


def text_in(folder, path):
    """Return the content of a file in a snapshot, every byte as one character."""
    with tarfile.open(os.path.join(folder, _ARCHIVE), encoding="utf-8") as archive:
        members = [member for member in archive.getmembers() if to_os(member.name) == path.lstrip("/")]
        return archive.extractfile(members[0]).read().decode("latin-1")


def restore_attributes(folder, paths, owner=None):
    """Give what was restored its owner, mode and time, as a user, and verify all of it."""
    manifest, wanted = manifest_of(folder), entries_of(folder, paths)
    with acting_as(*(owner or own_identity())):
        for path in sorted(path for path in wanted if wanted[path]["type"] == "folder"):
            if not os.path.lexists(path):
                os.makedirs(path, 0o755)
        for path in sorted(wanted, reverse=True):
            if os.path.lexists(path):
                _set_attributes(path, wanted[path])
        restore_folders(manifest, paths)
        _verify(wanted, scan(paths))


def restore_folders(manifest, paths):
    """Restore the folders that the paths lie in: make those that are gone, remove those that are new and empty."""
    folders = set(_existing_or_new(paths, manifest["parents"]))
    gone = [path for path in sorted(folders) if manifest["parents"][path] and not os.path.isdir(path)]
    for path in gone:
        os.makedirs(path)
    for path in sorted(folders, reverse=True):
        entry = manifest["parents"][path]
        if entry and (path in gone or _OWN_FOLDER.search(path)):
            _set_attributes(path, entry)
        elif entry:
            _set_time(os.path.realpath(path), entry["mtime"])
        elif os.path.isdir(path) and not os.listdir(path):
            os.rmdir(path)


def _verify(wanted, found):
    for path in differing(wanted, found):
        if source_of(path) in wanted or os.path.basename(path) == CACHE:
            # An import can have written byte code again, which Python compares with its source.
            continue
        if path not in found:
            raise Failure("{0} could not be restored: repair the board's disk, then run again.".format(path))
        raise Failure("{0} could not be restored exactly: stop whatever else changes it, then run again.".format(path))


def _existing_or_new(paths, parents):
    """Return the folders of the paths, with those above them that were not there."""
    for folder in set(os.path.dirname(path) for path in paths):
        while folder in parents:
            yield folder
            if parents[folder]:
                break
            folder = os.path.dirname(folder)


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


def _archive(stream, scope, sites, identity):
    """Write what a scope holds to an archive and return its entries; the module's files are read as their owner."""
    module = paths_of(scope, ("module", "path_file"))
    others = set(path for dummy, path in scope) - module
    entries = {}
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8") as archive:
        for paths, owner in ((module, folder_identity(sites[0], identity) if sites else None), (others, None)):
            with acting_as(*(owner or own_identity())):
                # What has the name of a new file of ours is not to come back: restoring uses that name.
                found = dict(item for item in scan(paths).items() if not item[0].endswith(NEW))
                for name in sorted(found):
                    archive.add(name, recursive=False)
            entries.update(found)
    stream.flush()
    os.fsync(stream.fileno())
    return entries


def _parents(scope, made):
    """Return the entries of the folders of the scope; None for one that does not exist yet."""
    parents = {}
    for folder in set(os.path.dirname(path) for dummy, path in scope):
        while folder in made or not os.path.isdir(folder):
            parents[folder] = None
            folder = os.path.dirname(folder)
        parents.setdefault(folder, _entry(os.path.realpath(folder)))
    return parents


def _write(target, entry, opened):
    """Write a file or a link at once under its name, or make a folder."""
    folder = os.path.dirname(target)
    if not os.path.isdir(folder):
        os.makedirs(folder, 0o755)
    if entry["type"] == "folder":
        if not os.path.isdir(target):
            os.mkdir(target, 0o700)
        return
    new = target + ".dpkg-new"
    remove(new)
    if entry["type"] == "link":
        os.symlink(entry["link"], new)
        _set_attributes(new, entry)
    else:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            shutil.copyfileobj(opened(), stream)
            # Before the time is set: an import compares it with that in the byte code.
            stream.flush()
            _set_attributes(new, entry)
            os.fsync(descriptor)
    os.rename(new, target)


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
