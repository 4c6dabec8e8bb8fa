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
import shutil
import tempfile
import zipfile

from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts import binaries
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.deb_file import NoUnpacker
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import (
    digest,
    fsync,
    is_file_name,
    read_json,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.lock import lock_file

_HIDDEN = ".staging-"
_LOCK = ".lock"
MANIFEST = "manifest.json"


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


def load_manifest(store, abi_key):
    """Return what the manifest of a key holds, whatever that is; None where it cannot be read."""
    return read_json(os.path.join(store, abi_key, MANIFEST))


def artefact_fault(store, abi_key):
    """Return what is wrong with a folder that was made for another key, None where it is right or not there."""
    manifest = load_manifest(store, abi_key)
    found = manifest.get("abi_key") if isinstance(manifest, dict) else abi_key
    if found == abi_key:
        return None
    return (
        "The artefact in {0} was made for {1} and not for {2}: delete that folder and run the playbook "
        "jetfleet.protobuf.build.".format(os.path.join(store, abi_key), found or "no ABI key", abi_key)
    )


def read_manifest(store, abi_key):
    """Return the manifest of a key; raise StoreError where there is none for it."""
    manifest = load_manifest(store, abi_key)
    if not _is_manifest(manifest):
        raise StoreError(
            "The artefact store {0} holds no readable manifest for {1}: run the playbook jetfleet.protobuf.build.".format(
                store, abi_key
            )
        )
    fault = artefact_fault(store, abi_key)
    if fault:
        raise StoreError(fault)
    return manifest


def _is_manifest(manifest):
    files = manifest.get("files") if isinstance(manifest, dict) else None
    if not files or not isinstance(files, dict):
        return False
    return all(
        is_file_name(name) and isinstance(entry, dict) and isinstance(entry.get("sha256"), str)
        for name, entry in files.items()
    )


def verify(store, abi_key, names=None):
    """Return the manifest of a key; raise StoreError unless its files, all or the named ones, are as they were stored."""
    folder = os.path.join(store, abi_key)
    manifest = read_manifest(store, abi_key)
    files = manifest["files"]
    for name in sorted(files if names is None else names):
        found, expected = digest("sha256", os.path.join(folder, name)), files[name]["sha256"]
        if found != expected:
            raise StoreError(
                "{0} has the SHA-256 {1} instead of {2}: delete {3} and run the playbook jetfleet.protobuf.build.".format(
                    os.path.join(folder, name), found or "of no file", expected, folder
                )
            )
    return manifest


def put(store, abi_key, files, manifest, write, signer=None):
    """Store files, and return (manifest, whether anything changed, whether other stored files were kept).

    A stored, intact artefact is kept: two controllers that built the same key end up with the
    artefact that was stored first. A damaged one is replaced. Raise StoreError or SigningError.
    files: dicts with path and sha256; write: False in check mode; signer: a Signer, or None.
    """
    check_files(files)
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
            wanted = dict((os.path.basename(entry["path"]), entry["sha256"].lower()) for entry in files)
            held = dict((name, entry["sha256"]) for name, entry in stored["files"].items())
            unsigned = signer is not None and not os.path.exists(_signature(store, abi_key, signer))
            if unsigned and write:
                _sign_in_place(store, abi_key, signer)
            return stored, unsigned, held != wanted
        if not write:
            return _describe(abi_key, files, manifest), True, False
        staging = tempfile.mkdtemp(prefix=_HIDDEN, dir=store)
        try:
            complete = _fill(staging, abi_key, files, manifest, signer)
            _move_into_place(staging, store, abi_key)
        finally:
            _remove_leftovers(store)
        return complete, True, False


def _intact(store, abi_key):
    try:
        return verify(store, abi_key)
    except StoreError:
        return None


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


def _signature(store, abi_key, signer):
    return os.path.join(store, abi_key, MANIFEST + signer.suffix)


def _sign_in_place(store, abi_key, signer):
    """Sign a copy of the manifest, and move only the complete signature into the folder."""
    staging = tempfile.mkdtemp(prefix=_HIDDEN, dir=store)
    try:
        copy = os.path.join(staging, MANIFEST)
        shutil.copyfile(os.path.join(store, abi_key, MANIFEST), copy)
        signer.sign(copy)
        os.chmod(copy + signer.suffix, 0o644)
        fsync(copy + signer.suffix)
        os.rename(copy + signer.suffix, _signature(store, abi_key, signer))
        fsync(os.path.join(store, abi_key))
    finally:
        _remove_leftovers(store)


def _fill(staging, abi_key, files, manifest, signer):
    """Copy the files, check the copies, write and sign the manifest, and flush everything to the disk."""
    copies = []
    for entry in files:
        copy = os.path.join(staging, os.path.basename(entry["path"]))
        try:
            shutil.copyfile(entry["path"], copy)
        except (IOError, OSError) as error:
            if error.errno not in (errno.ENOENT, errno.EACCES, errno.EISDIR):
                raise
        copies.append(dict(path=copy if os.path.exists(copy) else entry["path"], sha256=entry["sha256"]))
    complete = _describe(abi_key, copies, manifest)
    with io.open(os.path.join(staging, MANIFEST), "wb") as stream:
        stream.write(json.dumps(complete, indent=2, sort_keys=True).encode("ascii") + b"\n")
    if signer:
        signer.sign(os.path.join(staging, MANIFEST))
    for name in os.listdir(staging):
        os.chmod(os.path.join(staging, name), 0o644)
        fsync(os.path.join(staging, name))
    os.chmod(staging, 0o755)
    fsync(staging)
    return complete


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
        names = [name for name in wheel.namelist() if name.endswith(".so")]
        return dict((name, hashlib.sha256(wheel.read(name)).hexdigest()) for name in names)
