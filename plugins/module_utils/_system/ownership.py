# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find out to whom an interpreter belongs without starting it, and who else could put another program in its place."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import collections
import os
import pwd
import re
import stat

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import read_lines

# Where everything belongs to root, whoever owns the folder: root's programs, such as the one that runs this, start there.
_SYSTEM = "/usr/"
_CONFIGURATION = "pyvenv.cfg"
_HOME = re.compile(r"home\s*=\s*(\S.*?)\s*\Z")
_LIBRARY = re.compile(r"(?:python|pypy)[0-9]")
# As many as the kernel follows.
_MOST_LINKS = 40

# prefix: the folder of the interpreter; steps: the links that lead to it; configuration: of a virtual environment, and
# base: what leads from there to the interpreter that it was made with.
_Place = collections.namedtuple("_Place", "prefix steps configuration base")


def owner_of(folder):
    """Return the (user id, group id) that installs to a folder: root's below /usr, elsewhere those of the folder."""
    if _is_system(folder):
        return 0, 0
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    state = os.stat(folder)
    return state.st_uid, state.st_gid


def owner_of_interpreter(executable):
    """Return the (user id, group id) of the folder that the packages of an interpreter are installed to.

    Raise Refusal where another user than that one or root decides what is started: he would act as its owner.
    """
    place = _place_of(executable)
    sites = _site_packages(place.prefix) or [place.prefix]
    owners = dict(owner_of(site) for site in sites)
    if len(owners) > 1:
        raise Refusal(
            "The folders site-packages below {0} belong to different users: let all of {0} belong to one user.".format(
                place.prefix
            )
        )
    uid, gid = owners.popitem()
    # What his own links lead to is the choice of a user; whoever can change what root starts would become root.
    followed = sites + place.configuration + ([] if uid else place.base)
    for path in place.steps + [os.path.join(path, ".") for path in followed]:
        _check(executable, path, uid)
    return uid, gid


def user_name(uid):
    """Return the name of a user, or the number of one without a name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _is_system(path):
    return (path + "/").startswith(_SYSTEM)


def _place_of(executable):
    """Return where the interpreter that a path leads to finds its packages, by the rules of Python itself."""
    # A name without a folder is looked for as the child process will, and a relative path starts from /.
    path = os.path.join("/", executable) if "/" in executable else _on_path(executable)
    steps = _steps(path)
    for index, step in enumerate(steps):
        folder = os.path.dirname(step)
        for configuration in (os.path.join(folder, _CONFIGURATION), os.path.join(folder, "..", _CONFIGURATION)):
            if os.path.isfile(configuration):
                base = steps[index + 1 :] + _base(configuration)
                return _Place(os.path.dirname(folder), steps[: index + 1], [configuration], base)
    # Other interpreters, and the virtual environments of old releases of virtualenv, lie beside their packages.
    return _Place(os.path.dirname(os.path.dirname(steps[-1])), steps, [], [])


def _on_path(name):
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    found = (os.path.join("/", folder, name) for folder in folders)
    return next((path for path in found if os.access(path, os.X_OK)), os.path.join("/", name))


def _steps(path):
    """Return a path and those that it leads to, as long as they are links; Python follows no links of folders here."""
    steps = [path]
    while os.path.islink(steps[-1]) and len(steps) <= _MOST_LINKS:
        steps.append(os.path.join(os.path.dirname(steps[-1]), os.readlink(steps[-1])))
    return steps


def _base(configuration):
    """Return the folders that a virtual environment takes the rest of its Python from."""
    homes = [match.group(1) for match in map(_HOME.match, read_lines(configuration)) if match]
    return [path for home in homes for path in [home] + _site_packages(os.path.dirname(home))]


def _site_packages(prefix):
    """Return the folders site-packages below a prefix; [] where it does not matter to whom they belong."""
    library = os.path.join(prefix, "lib")
    if _is_system(prefix) or not os.path.isdir(library):
        return []
    names = sorted(os.listdir(library))
    paths = [os.path.join(library, name, "site-packages") for name in names if _LIBRARY.match(name)]
    return [path for path in paths if os.path.isdir(path)]


def _check(executable, path, uid):
    for place, state in _on_the_way(path):
        other = None if _is_system(place) else _other_writer(state, uid)
        if other:
            raise Refusal(
                "{0} is not started as {1}, because {2} can change {3}: let it belong to {1} and be writable by "
                "nobody else.".format(executable, user_name(uid), other, place)
            )


def _on_the_way(path):
    """Yield (path, state) of each folder, link and file on the way to where an absolute path leads, but for /.

    Where the path ends in a link, that is not followed.
    """
    place, ahead, links = "/", path.split("/"), 0
    while ahead:
        entry = os.path.normpath(os.path.join(place, ahead.pop(0)))
        try:
            state = os.lstat(entry)
        except EnvironmentError:
            return
        if entry != "/":
            yield entry, state
        if not stat.S_ISLNK(state.st_mode):
            place = entry
            continue
        links += 1
        if not ahead or links > _MOST_LINKS:
            return
        target = os.readlink(entry)
        place = "/" if target.startswith("/") else place
        ahead = target.split("/") + ahead


def _other_writer(state, uid):
    """Return who else can change a file, or put another one in its place; None where nobody can."""
    if state.st_uid not in (0, uid):
        return user_name(state.st_uid)
    # A user answers for the groups that he lets in: they often are his own.
    if uid != 0 or stat.S_ISLNK(state.st_mode):
        return None
    # In a folder like /tmp each file can be replaced by its owner alone.
    if stat.S_ISDIR(state.st_mode) and state.st_mode & stat.S_ISVTX:
        return None
    if state.st_mode & stat.S_IWOTH:
        return "every user"
    return "a group of users" if state.st_mode & stat.S_IWGRP and state.st_gid != 0 else None
