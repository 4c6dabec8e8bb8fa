# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check everything that an installation uses, and find what it can change, before anything is changed."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import collections
import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts import binaries
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.interpreter import ask, interpreter_of
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import PACKAGE, owners
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.host import architecture, glibc
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.ownership import user_name
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import clock
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.debian_package import (
    check_package,
    installed_files,
    installed_package,
    package_content,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.staging import stage

# What a rollback must bring back of the module that is imported.
COMPARED = ("version", "backend", "file")

# interpreter: what it reports of itself; module: {name in COMPARED: value}; seconds: how long an import takes.
Board = collections.namedtuple("Board", "interpreter module seconds")


def check_adopted(prefix, paths):
    """Refuse files that are not those of a make install."""
    owned = owners(paths)
    for path in paths:
        if os.path.normpath(path) != path or not path.startswith(prefix + "/"):
            raise Refusal("{0} is not below {1}: adopt files of a make install only.".format(path, prefix))
        if owned[path]:
            raise Refusal("{0} belongs to the package {1}: gather the facts again.".format(path, owned[path]))


def look_at(executable, timeout):
    """Return a Board: what its interpreter reports of itself and of the protobuf that it imports, and how long that took."""
    began = clock()
    answer = ask(executable, timeout, interpreter=True, probe=True)
    interpreter = interpreter_of(answer)
    if interpreter is None:
        raise Refusal(answer["error"])
    probe = answer["result"].get("probe") or {}
    module = dict((name, probe.get(name)) for name in COMPARED)
    return Board(interpreter, module, clock() - began)


def check_copies(interpreter, options):
    """Refuse to remove copies whose removal would damage the interpreter, or take what somebody else put elsewhere."""
    purelib = interpreter["purelib"]
    sites = [os.path.realpath(site) for site in interpreter["site_packages"]]
    changed = [_folder_of_packages(location) for location in options["remove_copies"]]
    for folder in changed + [os.path.dirname(item["listed_in"]) for item in options["unlist_copies"]]:
        if os.path.realpath(folder) not in sites:
            raise Refusal(
                "{0} is not one of the folders that the interpreter has for packages: remove the protobuf there "
                "yourself.".format(folder)
            )
    for location in options["remove_copies"]:
        if os.path.realpath(location) == os.path.realpath(purelib):
            raise Refusal("{0} is where the module is installed to: do not remove it.".format(location))
    for location in [purelib] + options["remove_copies"]:
        if owners([os.path.join(location, "google", "protobuf", "__init__.py")]).popitem()[1]:
            raise Refusal("The protobuf in {0} belongs to a package: remove that package.".format(location))


def _folder_of_packages(location):
    return os.path.dirname(location) if location.endswith(".egg") else location


def check_links(site, paths):
    """Refuse links to folders on the way from a site-packages folder to what is replaced there: others may use these."""
    for path in sorted(paths):
        folder = os.path.dirname(path)
        while folder.startswith(site + "/"):
            check_no_link(folder)
            folder = os.path.dirname(folder)


def check_no_link(path):
    """Refuse a link in place of what is changed."""
    if os.path.islink(path):
        raise Refusal(
            "{0} is a link to {1}, which is not replaced through it: remove the link, then run again.".format(
                path, os.path.realpath(path)
            )
        )


def check_owners(site, paths, identity):
    """Refuse files that the user as whom they are replaced cannot replace, or give back to the one who owns them."""
    for path in sorted(paths):
        while path.startswith(site + "/"):
            uid = os.lstat(path).st_uid if os.path.lexists(path) else identity[0]
            if uid != identity[0]:
                raise Refusal(
                    "{0} belongs to {1} and not to {2}, to whom {3} belongs: give it to that user with chown, "
                    "then run again.".format(path, user_name(uid), user_name(identity[0]), site)
                )
            path = os.path.dirname(path)


def stage_files(options, folder, interpreter):
    """Return {package, wheel: path of our own copy} of the files that are to be installed, each of them verified."""
    files = {}
    for name in ("package", "wheel"):
        if options[name]:
            files[name] = stage(options[name], folder, options["download_timeout"], options["download_retries"])
    if "package" in files:
        check_package(files["package"], options["package"]["version"])
    if files:
        _check_binaries(files, interpreter)
    return files


def _check_binaries(files, interpreter):
    """Refuse what this board could not load, or what would make it parse in pure Python."""
    platform = binaries.make_platform(architecture(), glibc(), binaries.soabi_of(interpreter))
    if platform is None:
        raise Refusal(
            "The architecture, the glibc or the Python ABI of the board is unknown: run jetfleet.protobuf.protobuf_facts "
            "on it and repair what is null."
        )
    try:
        if "package" in files:
            binaries.check_package(files["package"], platform)
        if "wheel" in files:
            binaries.check_wheel(files["wheel"], platform)
    except binaries.Misfit as error:
        raise Refusal(
            "{0}: delete this artefact from the store and run the playbook jetfleet.protobuf.build.".format(error)
        )


def library_paths(layout, package, version):
    """Return (paths of libraries and headers that a package replaces, version of our package to go back to, or None).

    package: path of the package to install, None where the library stays; version: that of the package.
    """
    installed = installed_package()
    before = installed and installed["version"]
    if package is None:
        return set(), before
    paths = package_content(package)[0]
    # Without its file a package cannot be installed again, but what it holds can be put back.
    if before and before != version and not os.path.exists(layout.kept_package(before)):
        paths += installed_files()
        before = None
    owned = owners(paths)
    others = sorted(path for path in paths if owned[path] not in (None, PACKAGE))
    if others:
        raise Refusal(
            "{0} belongs to the package {1}, and {2} has it, too: remove {1}, then run again.".format(
                others[0], owned[others[0]], PACKAGE
            )
        )
    kept = (None, PACKAGE) if before is None else (None,)
    return set(path for path in paths if owned[path] in kept), before
