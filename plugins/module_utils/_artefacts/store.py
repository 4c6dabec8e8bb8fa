# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The artefact store: one folder an ABI key, put in place whole or not at all.

A folder is written under a hidden name, every file and the folder itself are brought to
the disk, and only then it gets its name. One lock keeps two runs apart; the kernel lets
go of it when its holder dies, so whatever hidden folder the next run finds is a leftover.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import contextlib
import errno
import fcntl
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
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import digest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os

# Names of folders and files come from boards: nothing may lead out of the store.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~!-]*\Z")
_HIDDEN = ".staging-"
_LOCK = ".lock"
MANIFEST = "manifest.json"


class StoreError(Exception):
    """One sentence that names cause and remedy."""


def check_key(abi_key):
    """Refuse what cannot be the name of a folder in the store."""
    if not _NAME.match(abi_key) or binaries.platform_of_key(abi_key) is None:
        raise StoreError("{0!r} is no ABI key: use the abi_key that protobuf_plan returns.".format(abi_key))


def check_files(files):
    """Refuse what cannot be the names of files in one folder of the store."""
    names = [os.path.basename(entry["path"]) for entry in files]
    for name in names:
        if not _NAME.match(name) or not name.endswith((".deb", ".whl")):
            raise StoreError("{0} is neither a .deb nor a .whl: store packages and wheels only.".format(name))
        if names.count(name) > 1:
            raise StoreError("Two of the files are called {0}: give each its own name.".format(name))
    if not names:
        raise StoreError("There is no file to store: name at least one package or wheel.")


def read_manifest(store, abi_key):
    """The manifest of a key, None where there is none that can be read."""
    try:
        with io.open(os.path.join(store, abi_key, MANIFEST), encoding="utf-8") as stream:
            manifest = to_os(json.load(stream))
    except (IOError, OSError, ValueError):
        return None
    return manifest if _is_manifest(manifest) else None


def _is_manifest(manifest):
    files = manifest.get("files") if isinstance(manifest, dict) else None
    if not files or not isinstance(files, dict):
        return False
    return all(isinstance(entry, dict) and "sha256" in entry for entry in files.values())


def verify(store, abi_key):
    """The manifest of a key whose files are all as they were stored."""
    folder = os.path.join(store, abi_key)
    manifest = read_manifest(store, abi_key)
    if manifest is None:
        raise StoreError(
            "The artefact store {0} holds no readable manifest for {1}: run the playbook jetfleet.protobuf.build.".format(
                store, abi_key
            )
        )
    if manifest.get("abi_key") != abi_key:
        raise StoreError(
            "The artefact in {0} was made for {1} and not for {2}: delete that folder and run the playbook "
            "jetfleet.protobuf.build.".format(folder, manifest.get("abi_key") or "no ABI key", abi_key)
        )
    for name, entry in sorted(manifest["files"].items()):
        found = digest("sha256", os.path.join(folder, name)) if _NAME.match(name) else None
        if found != entry["sha256"]:
            raise StoreError(
                "{0} has the SHA-256 {1} instead of {2}: delete {3} and run the playbook jetfleet.protobuf.build.".format(
                    os.path.join(folder, name), found or "of no file", entry["sha256"], folder
                )
            )
    return manifest


def put(store, abi_key, files, manifest, write, signer=None):
    """(manifest, changed, kept): the key's manifest, whether something is new, whether other files were kept.

    What is stored and intact stays: two controllers that built the same key end up with the
    artefact that was there first. What is stored and broken is replaced.
    """
    check_files(files)
    if signer:
        signer.check()
    if write:
        _make_store(store)
    with _lock(store) if write else _no_lock():
        if write:
            # Whoever wrote these was killed: a living run would hold the lock.
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
    """The manifest as it would be: also proves that the files can be stored."""
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
    """Refuse what the boards of this key could not load, or what would have them parse in pure Python."""
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
    """Sign a copy of the manifest, and move nothing but the whole signature into the folder."""
    staging = tempfile.mkdtemp(prefix=_HIDDEN, dir=store)
    try:
        copy = os.path.join(staging, MANIFEST)
        shutil.copyfile(os.path.join(store, abi_key, MANIFEST), copy)
        signer.sign(copy)
        os.chmod(copy + signer.suffix, 0o644)
        _fsync(copy + signer.suffix)
        os.rename(copy + signer.suffix, _signature(store, abi_key, signer))
        _fsync(os.path.join(store, abi_key))
    finally:
        _remove_leftovers(store)


def _fill(staging, abi_key, files, manifest, signer):
    """Copy the files, check the copies, write and sign the manifest, and bring all of it to the disk."""
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
        _fsync(os.path.join(staging, name))
    os.chmod(staging, 0o755)
    _fsync(staging)
    return complete


def _move_into_place(staging, store, abi_key):
    final = os.path.join(store, abi_key)
    if os.path.lexists(final):
        # A folder cannot be renamed onto a full one. A run killed here leaves no folder, which is
        # the same as a missing artefact, and a leftover.
        broken = tempfile.mkdtemp(prefix=_HIDDEN, dir=store)
        os.rename(final, os.path.join(broken, "replaced"))
    os.rename(staging, final)
    _fsync(store)


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
    descriptor = os.open(os.path.join(store, _LOCK), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _no_lock():
    yield


def _fsync(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _extensions(path):
    """{member: SHA-256} of the compiled parts of a wheel, which pip puts on boards byte for byte."""
    if not path.endswith(".whl"):
        return {}
    with zipfile.ZipFile(path) as wheel:
        names = [name for name in wheel.namelist() if name.endswith(".so")]
        return dict((name, hashlib.sha256(wheel.read(name)).hexdigest()) for name in names)
