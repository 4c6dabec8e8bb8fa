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
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.debian_package import (
    check_package,
    installed_files,
    installed_package,
    package_content,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.scope import exact, module_scope, packaged
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.staging import stage

# scope: all paths; folders: those whose own attributes can change; package: the version of our package to go back to.
Affected = collections.namedtuple("Affected", "scope folders package")


def check_adopted(prefix, paths):
    """Refuse files that are not those of a make install."""
    owned = owners(paths)
    for path in paths:
        if os.path.normpath(path) != path or not path.startswith(prefix + "/"):
            raise Refusal("{0} is not below {1}: adopt files of a make install only.".format(path, prefix))
        if owned[path]:
            raise Refusal("{0} belongs to the package {1}: gather the facts again.".format(path, owned[path]))


def managed_interpreter(options):
    """Return what the interpreter reports of itself; refuse copies whose removal would damage it."""
    answer = ask(options["executable"], options["timeout"], interpreter=True, probe=False)
    interpreter = interpreter_of(answer)
    if interpreter is None:
        raise Refusal(answer["error"])
    purelib = interpreter["purelib"]
    for location in options["remove_copies"]:
        if os.path.realpath(location) == os.path.realpath(purelib):
            raise Refusal("{0} is where the module is installed to: do not remove it.".format(location))
        if owners([os.path.join(location, "google", "protobuf", "__init__.py")]).popitem()[1]:
            raise Refusal("The protobuf in {0} belongs to a package: remove that package.".format(location))
    return interpreter


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


def affected_paths(installation):
    """Return what an installation, whose files are there already, can change."""
    layout, options = installation.layout, installation.options
    locations = ([installation.purelib] if "wheel" in installation.files else []) + options["remove_copies"]
    scope = [exact("state", layout.state)]
    for location in locations:
        scope += [item for item in module_scope(location) if item not in scope]
    if installation.changes_constraint():
        scope += [exact("constraint", path) for path in (layout.constraints, os.path.realpath(layout.pip_conf))]
    libraries, folders, package = _libraries(installation)
    libraries.update(options["adopt_files"])
    # pip tries whether it may write above the folder that it writes to.
    folders += [os.path.dirname(location) for location in locations]
    return Affected(scope + [packaged("library", path) for path in sorted(libraries)], folders, package)


def _libraries(installation):
    """Return (paths of libraries, folders that they are in, version of our package to go back to)."""
    layout, installed = installation.layout, installed_package()
    before = installed and installed["version"]
    if "package" not in installation.files:
        return set(), [], before
    paths, folders, dummy = package_content(installation.files["package"])
    # Without its file a package cannot be installed again, but what it holds can be put back.
    is_new = before == installation.options["package"]["version"]
    if before and not is_new and not os.path.exists(layout.kept_package(before)):
        paths += installed_files()
        before = None
    kept = (None, PACKAGE) if before is None else (None,)
    owned = owners(paths)
    libraries = set(path for path in paths if owned[path] in kept)
    return libraries, [path for path in folders if (path + "/").startswith(layout.prefix + "/")], before
