# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep artefacts in a store: one folder for each ABI key, complete or not there at all.

A folder is written under a hidden name, every file and the folder itself are flushed to
the disk, and only then it gets its name. One lock keeps two runs apart; the kernel releases
it when its holder dies, so any hidden folder that the next run finds is a leftover.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import contextlib
import errno
import hashlib
import io
import json
import os
import re
import shutil
import tempfile
import zipfile

from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts import binaries
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.deb_file import NoUnpacker
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import shown
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import (
    digest,
    fsync,
    is_file_name,
    open_regular,
    read_bounded,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.lock import lock_file
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os

_HIDDEN = ".staging-"
_LOCK = ".lock"
MANIFEST = "manifest.json"
LOG = "build.log"
# Ours has a few kilobytes.
_MAX_MANIFEST = 1 << 20
_BLOCK = 1 << 20
# That of protobuf has less than one megabyte.
_MAX_LOG = 1 << 23
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


class StoreError(ValueError):
    """One sentence that names cause and remedy."""


def check_key(abi_key):
    """Refuse what cannot be the name of a folder in the store."""
    if not is_file_name(abi_key) or binaries.platform_of_key(abi_key) is None:
        raise StoreError("{0!r} is not an ABI key: use the abi_key that protobuf_plan returns.".format(abi_key))


def check_files(files):
    """Raise StoreError unless files, as dicts with path, can be stored in one folder."""
    names = [os.path.basename(entry["path"]) for entry in files]
    for name in names:
        if not is_file_name(name) or not name.endswith((".deb", ".whl")):
            raise StoreError("{0} is neither a .deb nor a .whl: store packages and wheels only.".format(name))
        if names.count(name) > 1:
            raise StoreError("Two of the files are called {0}: give each its own name.".format(name))
    if not names:
        raise StoreError("There is no file to store: name at least one package or wheel.")


class StoredArtefact(object):
    """What the store holds for a key. Names, sums and signature are those of the bytes of its manifest, which are read once."""

    def __init__(self, store, abi_key):
        self.store, self.abi_key = store, abi_key
        self.folder = os.path.join(store, abi_key)
        # None where there are none that can be read.
        self.content = read_bounded(os.path.join(self.folder, MANIFEST), _MAX_MANIFEST)
        self.manifest = parse_manifest(self.content or b"")

    def is_complete(self):
        """Return whether all files are there, by their size only: a survey of many boards must be cheap."""
        if self.manifest is None:
            return False
        try:
            return all(
                os.path.getsize(os.path.join(self.folder, name)) == entry["bytes"]
                for name, entry in self.manifest["files"].items()
            )
        except EnvironmentError:
            return False

    def fault(self):
        """Return what is wrong with a folder that was made for another key, None where it is right or not there."""
        found = self.manifest.get("abi_key") if self.manifest else self.abi_key
        if found == self.abi_key:
            return None
        return (
            "The artefact in {0} was made for {1} and not for {2}: delete that folder and run the playbook "
            "jetfleet.protobuf.build.".format(self.folder, shown(found or "") or "no ABI key", self.abi_key)
        )

    def check(self):
        """Return the manifest; raise StoreError where there is none for this key."""
        if self.manifest is None:
            raise StoreError(
                "The artefact store {0} holds no readable manifest for {1}: run the playbook jetfleet.protobuf.build.".format(
                    self.store, self.abi_key
                )
            )
        if self.fault():
            raise StoreError(self.fault())
        return self.manifest

    def verify(self, names=None):
        """Return the manifest; raise StoreError unless its files, all or the named ones, are as they were stored."""
        files = self.check()["files"]
        for name in sorted(files if names is None else names):
            found, expected = digest("sha256", os.path.join(self.folder, name)), files[name]["sha256"]
            if found != expected:
                raise StoreError(
                    "{0} has the SHA-256 {1} instead of {2}: delete {3} and run the playbook jetfleet.protobuf.build.".format(
                        os.path.join(self.folder, name), found or "of no file", expected, self.folder
                    )
                )
        return self.manifest


def parse_manifest(content):
    """Return the manifest in these bytes, None where they are none."""
    try:
        found = to_os(json.loads(content.decode("utf-8"), parse_constant=_no_constant))
    # RuntimeError: nested deeper than Python can follow.
    except (ValueError, RuntimeError):
        return None
    return found if isinstance(found, dict) and _is_manifest(found) else None


def _no_constant(name):
    raise ValueError("{0} is not JSON".format(name))


def _is_manifest(found):
    files, extensions = found.get("files"), found.get("extensions", {})
    if not files or not isinstance(files, dict) or not isinstance(extensions, dict):
        return False
    return (
        all(is_file_name(name) and _is_entry(entry) for name, entry in files.items())
        and all(isinstance(value, str) for value in extensions.values())
        and all(isinstance(found.get(name, ""), str) for name in ("abi_key", "builder"))
    )


def _is_entry(entry):
    if not isinstance(entry, dict):
        return False
    sha256, size = entry.get("sha256"), entry.get("bytes")
    return isinstance(sha256, str) and bool(_SHA256.match(sha256)) and type(size) is int and size >= 0


def put(store, abi_key, files, manifest, write, signer=None, log=None):
    """Store files, and return (manifest, whether anything changed, whether other stored files were kept).

    A stored, intact artefact is kept: two controllers that built the same key end up with the
    artefact that was stored first. A damaged one is replaced. Raise StoreError or SigningError.
    files: dicts with path and sha256; write: False in check mode; signer: a Signer, or None; log: path of the log of the build, or None.
    """
    check_files(files)
    log = _read_end(log) if log else None
    if log is not None:
        manifest = dict(manifest, log=dict(name=LOG, sha256=hashlib.sha256(log).hexdigest(), bytes=len(log)))
    if signer:
        signer.check()
    if write:
        _make_store(store)
    with _lock(store) if write else _no_lock():
        if write:
            # The run that wrote these was killed: otherwise it would hold the lock.
            _remove_leftovers(store)
        stored = _intact(store, abi_key)
        if stored is not None:
            return _keep(stored, files, manifest, write, signer)
        if not write:
            return _describe(abi_key, files, manifest), True, False
        staging = tempfile.mkdtemp(prefix=_HIDDEN, dir=store)
        try:
            complete = _fill(staging, abi_key, files, manifest, signer, log)
            _move_into_place(staging, store, abi_key)
        finally:
            _remove_leftovers(store)
        return complete, True, False


def _read_end(path):
    """Return the end of a log, which whoever built has written, or None where it cannot be read."""
    try:
        with open_regular(path) as stream:
            stream.seek(max(0, os.fstat(stream.fileno()).st_size - _MAX_LOG))
            return stream.read(_MAX_LOG)
    except EnvironmentError:
        return None


def _intact(store, abi_key):
    artefact = StoredArtefact(store, abi_key)
    try:
        artefact.verify()
    except StoreError:
        return None
    return artefact


def _keep(stored, files, manifest, write, signer):
    """Return what put() returns where an intact artefact is stored, which is signed if it is what would be stored now."""
    wanted = dict((os.path.basename(entry["path"]), entry["sha256"].lower()) for entry in files)
    kept = wanted != dict((name, entry["sha256"]) for name, entry in stored.manifest["files"].items())
    if signer is None or os.path.exists(os.path.join(stored.folder, MANIFEST + signer.suffix)):
        return stored.manifest, False, kept
    # Whoever else may write to the store may have put it there: our signature is for what we have made.
    if stored.manifest != _describe(stored.abi_key, files, manifest):
        return stored.manifest, False, True
    if write:
        _sign_in_place(stored, signer)
    return stored.manifest, True, False


def _describe(abi_key, files, manifest):
    """Return the manifest that the files would get; raise StoreError where they cannot be stored."""
    entries, extensions = {}, {}
    for entry in files:
        found = digest("sha256", entry["path"])
        _check_sum(entry, found)
        _check_binaries(entry["path"], abi_key)
        name = os.path.basename(entry["path"])
        entries[name] = dict(sha256=found, bytes=os.path.getsize(entry["path"]))
        extensions.update(_extensions(entry["path"]))
    return dict(manifest, abi_key=abi_key, files=entries, extensions=extensions)


def _check_sum(entry, found):
    if found is None:
        raise StoreError("{0} does not exist or cannot be read: fetch it from its builder again.".format(entry["path"]))
    if found != entry["sha256"].lower():
        raise StoreError(
            "{0} has the SHA-256 {1} instead of {2}: fetch it from its builder again.".format(
                entry["path"], found, entry["sha256"].lower()
            )
        )


def _check_binaries(path, abi_key):
    """Raise StoreError for a file that boards of this key could not load, or would parse with in pure Python."""
    check = binaries.check_wheel if path.endswith(".whl") else binaries.check_package
    try:
        check(path, binaries.platform_of_key(abi_key))
    except NoUnpacker as error:
        raise StoreError(str(error))
    except binaries.Misfit as error:
        raise StoreError(
            "{0}: delete its build folder on the builder and run the playbook jetfleet.protobuf.build.".format(error)
        )


def _sign_in_place(stored, signer):
    """Sign the manifest, and move only the complete signature into the folder."""
    signature = signer.sign(stored.content)
    staging = tempfile.mkdtemp(prefix=_HIDDEN, dir=stored.store)
    try:
        path = os.path.join(staging, MANIFEST + signer.suffix)
        _write(path, signature)
        fsync(path)
        os.rename(path, os.path.join(stored.folder, MANIFEST + signer.suffix))
        fsync(stored.folder)
    finally:
        _remove_leftovers(stored.store)


def _fill(staging, abi_key, files, manifest, signer, log):
    """Copy the files, check the copies, write and sign the manifest, and flush everything to the disk."""
    copies = []
    for entry in files:
        copy = os.path.join(staging, os.path.basename(entry["path"]))
        try:
            shutil.copyfile(entry["path"], copy)
            os.chmod(copy, 0o644)
        except (IOError, OSError) as error:
            if error.errno not in (errno.ENOENT, errno.EACCES, errno.EISDIR):
                raise
        copies.append(dict(path=copy if os.path.exists(copy) else entry["path"], sha256=entry["sha256"]))
    complete = _describe(abi_key, copies, manifest)
    if log is not None:
        _write(os.path.join(staging, LOG), log)
    content = json.dumps(complete, indent=2, sort_keys=True).encode("ascii") + b"\n"
    _write(os.path.join(staging, MANIFEST), content)
    if signer:
        _write(os.path.join(staging, MANIFEST + signer.suffix), signer.sign(content))
    for name in os.listdir(staging):
        fsync(os.path.join(staging, name))
    os.chmod(staging, 0o755)
    fsync(staging)
    return complete


def _write(path, content):
    with io.open(path, "wb") as stream:
        stream.write(content)
    os.chmod(path, 0o644)


def _move_into_place(staging, store, abi_key):
    final = os.path.join(store, abi_key)
    if os.path.lexists(final):
        # A folder cannot be renamed to one that is not empty. A run that is killed here leaves a leftover
        # and no folder, which is a missing artefact.
        broken = tempfile.mkdtemp(prefix=_HIDDEN, dir=store)
        os.rename(final, os.path.join(broken, "replaced"))
    os.rename(staging, final)
    fsync(store)


def _remove_leftovers(store):
    for name in os.listdir(store):
        if name.startswith(_HIDDEN):
            shutil.rmtree(os.path.join(store, name))


def _make_store(store):
    try:
        os.makedirs(store, 0o755)
    except OSError:
        if not os.path.isdir(store):
            raise


@contextlib.contextmanager
def _lock(store):
    descriptor = lock_file(os.path.join(store, _LOCK), 0o644, wait=True)
    try:
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _no_lock():
    yield


def _extensions(path):
    """Return {member: SHA-256} of the extensions in a wheel, which pip installs byte for byte; {} for a package."""
    if not path.endswith(".whl"):
        return {}
    with zipfile.ZipFile(path) as wheel:
        return dict((name, _digest_in(wheel, name)) for name in wheel.namelist() if name.endswith(".so"))


def _digest_in(wheel, name):
    result = hashlib.sha256()
    with wheel.open(name) as stream:
        for block in iter(lambda: stream.read(_BLOCK), b""):
            result.update(block)
    return result.hexdigest()
