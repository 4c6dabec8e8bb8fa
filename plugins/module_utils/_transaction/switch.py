# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replace the package google.protobuf so that every import, at any instant, gets all of the old one or all of the new one.

An import opens one file after the other, so exchanging the folder in one step is not enough: an import that has begun
would go on with files of the other version. It is __init__.py that decides, as it comes first. For a while it is replaced
by one that names the staged copy of the new package as the place of all other files. Imports that began before have the
old files at their place until a pause is over. Then the new files replace the old ones, which no import reads any more,
and in the end the new __init__.py comes to its place.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import os
import shutil

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import fsync, list_folder, remove
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.scope import NEW, source_of

PACKAGE = "google/protobuf"
# What Python reads at the start of a process: it names what must be there first.
_POINTERS = (".pth", ".egg-link")
# A file system without hard links, or with another one below a link.
_NO_LINK = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOSYS, errno.EOPNOTSUPP)
# A process that imports it can live for long, and then import more when the staged copy is gone: that is beside it.
_REDIRECTION = """\
# In place while jetfleet.protobuf replaces the files beside this one.
import os
import sys
_decode = getattr(os, "fsdecode", str)
_staged, _beside, _google = [_decode(path) for path in ({staged}, {beside}, {google})]
__path__ = [_staged, _beside]
with open(os.path.join(_staged, "__init__.py"), "rb") as _stream:
    exec(compile(_stream.read(), __file__, "exec"))
__path__ = [_staged, _beside]
if {upb!r}:
    sys.modules["google"].__path__ = [_google] + list(sys.modules["google"].__path__)
for _name in {packages!r}:
    try:
        _package = __import__(__name__ + "." + _name, fromlist=["__path__"])
        _package.__path__ = list(_package.__path__) + [os.path.join(_beside, _name)]
    except Exception:
        pass  # who imports it sees why
"""


def switch(site, staged, placements, unwanted, wait):
    """Put files into place and remove others, in an order in which what can be imported can be imported all the time.

    site: the folder on sys.path; staged: the folder in which the new package lies as it shall lie in site;
    placements: {target: source}; unwanted: files; wait: a function that returns when imports that have begun are over.
    """
    package = os.path.join(site, PACKAGE)
    init = os.path.join(package, "__init__.py")
    unwanted = set(unwanted) - set(placements)
    inside = set(path for path in placements if path.startswith(package + "/"))
    for target in _ordered(set(placements) - inside):
        if not os.path.lexists(target):
            _place(placements[target], target)
    if os.path.lexists(init) and init in placements:
        _redirect(init, os.path.join(staged, "google"))
    elif init in unwanted:
        remove(init)
    if unwanted or os.path.lexists(init):
        wait()
    if init in placements and not os.path.lexists(package):
        _place_folder(os.path.join(staged, PACKAGE), package, dict((path, placements[path]) for path in inside))
    # Byte code comes after __init__.py, as an import would replace it by that of the redirection.
    last = set(target for target in placements if target == init or source_of(target) == init)
    for target in _ordered(set(placements) - last):
        _place(placements[target], target)
    for path in sorted(unwanted):
        _remove(path)
    for target in sorted(last, key=lambda target: (target != init, target)):
        _place(placements[target], target)
    _prune(site, unwanted)


def _place_folder(staged, package, placements):
    """Give the package its files in one step, where there is no folder yet.

    A folder without its __init__.py would hide a copy that a finder of pip install --editable finds.
    """
    whole = staged + NEW
    remove(whole)
    for target in sorted(placements):
        _place(placements[target], whole + target[len(package) :])
    if not os.path.isdir(os.path.dirname(package)):
        os.makedirs(os.path.dirname(package), 0o755)
    try:
        os.rename(whole, package)
    except EnvironmentError as error:
        if error.errno != errno.EXDEV:
            raise
    fsync(os.path.dirname(package))


def _ordered(paths):
    return sorted(paths, key=lambda path: (path.endswith(_POINTERS), path))


def _redirect(init, google):
    package = os.path.join(google, "protobuf")
    names = [name for name in list_folder(package) if os.path.isfile(os.path.join(package, name, "__init__.py"))]
    text = _REDIRECTION.format(
        staged=_literal(package),
        beside=_literal(os.path.dirname(init)),
        google=_literal(google),
        upb=os.path.isdir(os.path.join(google, "_upb")),
        packages=names,
    )
    new = init + NEW
    remove(new)
    with open(new, "wb") as stream:
        stream.write(text.encode("ascii"))
        stream.flush()
        os.fchmod(stream.fileno(), 0o644)
        os.fsync(stream.fileno())
    # Byte code of another file with this name must not count as that of this one: Python compares the times.
    os.utime(new, (1, 1))
    os.rename(new, init)
    fsync(os.path.dirname(init))


def _literal(path):
    """Return the bytes of a path as every Python reads them: its locale decides which text they stand for."""
    text = repr(path if str is bytes else os.fsencode(path))  # novm
    return text if text.startswith("b") else "b" + text


def _place(source, target):
    """Let a name refer to a staged file, which keeps its own name."""
    if _is_same(source, target):
        return
    folder = os.path.dirname(target)
    if not os.path.isdir(folder):
        os.makedirs(folder, 0o755)
    if os.path.isdir(target) and not os.path.islink(target):
        shutil.rmtree(target)
    new = target + NEW
    remove(new)
    try:
        _link(source, new)
    except EnvironmentError as error:
        if error.errno not in _NO_LINK:
            raise
        shutil.copy2(source, new)
        fsync(new)
    os.rename(new, target)


def _remove(path):
    """Remove a file or a link. A folder was empty when it was found: by now it can hold what came to its place."""
    if os.path.islink(path) or not os.path.isdir(path):
        remove(path)
    elif not os.listdir(path):
        os.rmdir(path)


def _is_same(source, target):
    """Return whether both are names of one file: renaming one to the other would do nothing."""
    states = [os.lstat(path) for path in (source, target) if os.path.lexists(path)]
    return len(set((state.st_dev, state.st_ino) for state in states)) == 1 < len(states)


def _link(source, new):
    if os.path.islink(source):
        os.symlink(os.readlink(source), new)
    else:
        os.link(source, new)


def _prune(site, paths):
    """Remove the folders below site that became empty."""
    for folder in sorted(set(os.path.dirname(path) for path in paths), reverse=True):
        while folder.startswith(site + "/") and os.path.isdir(folder) and not os.listdir(folder):
            os.rmdir(folder)
            folder = os.path.dirname(folder)
