# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The installation on a board as one transaction: the new as a whole, or exactly what was there before."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts import binaries
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation import permissions, pip_constraint
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.layout import PACKAGE
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.interpreter import (
    ask,
    told_interpreter,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import owners
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure, Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import (
    check_room,
    fsync,
    make_folder,
    read_json,
    remove,
    write_json,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.host import architecture, glibc
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction import commit, debian_package
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.cleanup import (
    remove_copy,
    remove_leftovers,
    remove_strangers,
    remove_unlisted_metadata,
    wheel_bytes,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.commit import distribution_packages
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.health import faults
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.lock import board_lock
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.pip import install_wheel
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.scope import (
    exact,
    module_scope,
    packaged,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.snapshot import (
    INTENT,
    scan,
    size,
    take,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.staging import check_names, stage


def changes(board, options):
    """Whether there is anything to do."""
    return _named_work(board, options) or board.interrupted()


def check(board, options):
    """Refuse what cannot be done, before anything is changed."""
    check_names([options[name] for name in ("package", "wheel") if options[name]])
    if options["wheel"] and not options["pip_install"]:
        raise Refusal("pip_install is missing: give the command that the plan returns.")
    state = board.read_state() or read_json(os.path.join(board.transaction, INTENT)) or {}
    other = state.get("executable", options["executable"])
    if other != options["executable"]:
        raise Refusal(
            "The protobuf of {0} is managed on this board and not that of {1}: remove it first.".format(
                other, options["executable"]
            )
        )
    pip_constraint.check_constraint(board, options["constraint"])
    _check_adopted(board, options["adopt_files"])


def present(board, options, gather):
    """Install what the options name. gather returns the facts. The result of the module, with failed."""
    check(board, options)
    if not changes(board, options):
        return result(gather(), changed=False)
    with board_lock(board, options["lock_timeout"]):
        check(board, options)
        try:
            return _present(board, options, gather)
        finally:
            commit.tidy(board)


def _present(board, options, gather):
    board.drop_temporary()
    interpreter = _interpreter(options)
    purelib = interpreter["purelib"]
    files = _stage(board, options, interpreter)
    if not os.path.lexists(board.transaction) and not _named_work(board, options):
        # A run was killed before it began to change anything, or after its end.
        return result(gather(), changed=True)
    if os.path.lexists(board.transaction):
        debian_package.await_dpkg(board, options["dpkg_lock_timeout"])
    scope, folders, before = _scope(board, options, files, purelib)
    _begin(board, options, files, purelib, scope, folders, before)
    try:
        _apply(board, options, files, purelib)
        facts = gather()
        found = faults(facts, options["expected"], options["load_time_budget"], board.prefix)
        if found:
            raise Failure(found[0])
        before, intent = board.read_state(), read_json(os.path.join(board.transaction, INTENT))
        noted = distribution_packages(before, intent["abi_key"], facts["packages"])
        commit.commit(board, dict(commit.merged(before, intent), distribution_packages=noted))
    # Whatever goes wrong now, a full disk too, must leave the board as it was.
    except Exception as error:
        return undo(board, options, gather, str(error) or type(error).__name__)
    return result(gather(), changed=True)


def undo(board, options, gather, reason):
    """Put the board back, and say in one sentence why and to what."""
    cause = reason.rstrip(".")
    try:
        commit.roll_back(board, options["dpkg_lock_timeout"])
        board.drop_temporary()
    except Exception as error:
        message = "{0}; the board could not be put back ({1}): its snapshot is kept, run again to try again."
        message = message.format(cause, str(error).rstrip("."))
        return dict(result(gather(), changed=True), failed=True, reason=reason, msg=message)
    facts = gather()
    module = facts["module"]
    now = "protobuf {0} (backend {1})".format(module["version"], module["backend"])
    if module["status"] != "ok":
        now = "having no protobuf" if module["status"] == "absent" else "a protobuf that cannot be imported"
    message = "{0}; the board was put back to {1}.".format(cause, now)
    return dict(result(facts, changed=False), failed=True, rolled_back=True, reason=reason, msg=message)


def result(facts, changed):
    return dict(changed=changed, failed=False, rolled_back=False, reason=None, ansible_facts=dict(jetfleet=facts))


def _named_work(board, options):
    named = ("package", "wheel", "remove_copies", "adopt_files", "refresh_linker_cache")
    return any(options[name] for name in named) or _constraint_differs(board, options)


def _constraint_differs(board, options):
    """Without a version it is only the library that is installed, and pip is left as it is."""
    version = options["expected"].get("python_version")
    return bool(version) and pip_constraint.constraint_differs(board, options["constraint"], version)


def _check_adopted(board, paths):
    owned = owners(paths)
    for path in paths:
        if os.path.normpath(path) != path or not path.startswith(board.prefix + "/"):
            raise Refusal("{0} is not below {1}: adopt files of a make install only.".format(path, board.prefix))
        if owned[path]:
            raise Refusal("{0} belongs to the package {1}: gather the facts again.".format(path, owned[path]))


def _interpreter(options):
    """What the managed interpreter tells about itself."""
    answer = ask(options["executable"], options["timeout"], survey=True, probe=False)
    interpreter = told_interpreter(answer)
    if interpreter is None:
        raise Refusal(answer["error"])
    purelib = interpreter["purelib"]
    for location in options["remove_copies"]:
        if os.path.realpath(location) == os.path.realpath(purelib):
            raise Refusal("{0} is where the module is installed to: do not remove it.".format(location))
        if owners([os.path.join(location, "google", "protobuf", "__init__.py")]).popitem()[1]:
            raise Refusal("The protobuf in {0} belongs to a package: remove that package.".format(location))
    return interpreter


def _stage(board, options, interpreter):
    """Our own copies of package and wheel, proven to be what they should be."""
    files = {}
    for name in ("package", "wheel"):
        if options[name]:
            files[name] = stage(options[name], board.incoming, options["download_timeout"], options["download_retries"])
    if "package" in files:
        debian_package.check_package(files["package"], options["package"]["version"])
    if files:
        _check_binaries(files, interpreter)
    return files


def _check_binaries(files, interpreter):
    """Refuse what this board could not load, or what would have it parse in pure Python."""
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


def _scope(board, options, files, purelib):
    """(all that can be touched, the folders it is in, the version of our package to go back to)"""
    scope = [exact("state", board.state)]
    locations = ([purelib] if "wheel" in files else []) + options["remove_copies"]
    for location in locations:
        scope += [item for item in module_scope(location) if item not in scope]
    if _constraint_differs(board, options):
        scope += [exact("constraint", path) for path in (board.constraints, os.path.realpath(board.pip_conf))]
    installed = debian_package.installed_package()
    before = installed and installed["version"]
    libraries = set(options["adopt_files"])
    # pip tries whether it may write above the folder that it writes to.
    folders = [os.path.dirname(location) for location in locations]
    if "package" in files:
        paths, inside, dummy = debian_package.package_content(files["package"])
        folders += [path for path in inside if (path + "/").startswith(board.prefix + "/")]
        # Without its file a package cannot be installed again, but what it holds can be put back.
        is_kept = before and (before == options["package"]["version"] or os.path.exists(board.kept_package(before)))
        if before and not is_kept:
            paths += debian_package.installed_files()
            before = None
        kept = (None, PACKAGE) if before is None else (None,)
        owned = owners(paths)
        libraries.update(path for path in paths if owned[path] in kept)
    return scope + [packaged("library", path) for path in sorted(libraries)], folders, before


def _begin(board, options, files, purelib, scope, folders, before):
    """Keep what is there; a snapshot of a run that was killed is what was there."""
    check_room_for(board, files, purelib, scope)
    intent = _intent(options, files, purelib)
    if os.path.lexists(board.transaction):
        known = commit.manifest_of(board.transaction)["scope"]
        if all(item in known for item in scope):
            debian_package.finish_linker(board, options["dpkg_lock_timeout"])
            earlier = read_json(os.path.join(board.transaction, INTENT))
            write_json(os.path.join(board.transaction, INTENT), commit.merged(earlier, intent), 0o600)
            return
        # The killed run was about other files: that one is undone first.
        commit.roll_back(board, options["dpkg_lock_timeout"])
        scope, folders, before = _scope(board, options, files, purelib)
    take(board.partial, board.transaction, scope, folders, dict(package=before), intent)


def check_room_for(board, files, purelib, scope):
    needed = size(scan(scope))
    if "wheel" in files:
        # pip keeps the old files until the new ones are there.
        needed += 2 * wheel_bytes(files["wheel"])
    if "package" in files:
        needed += debian_package.package_content(files["package"])[2]
    for path in (board.folder, purelib, board.prefix):
        check_room(path, needed)


def _intent(options, files, purelib):
    wheel, package = options["wheel"], options["package"]
    if wheel:
        wheel = dict(name=wheel["name"], sha256=wheel["sha256"], record=_record(wheel, purelib))
    return dict(
        abi_key=options["abi_key"],
        executable=options["executable"],
        python_version=options["expected"].get("python_version"),
        package=dict(name=PACKAGE, version=package["version"]) if package else None,
        wheel=wheel,
        adopted=bool(options["adopt_files"]),
        constraint=options["constraint"],
    )


def _record(wheel, purelib):
    """Where pip will list the files of a wheel."""
    return os.path.join(purelib, "-".join(wheel["name"].split("-")[:2]) + ".dist-info", "RECORD")


def _apply(board, options, files, purelib):
    if "package" in files:
        make_folder(board.packages, 0o700)
        kept = board.kept_package(options["package"]["version"])
        os.rename(files["package"], kept)
        fsync(board.packages)
    for path in options["adopt_files"]:
        remove(path)
    if "package" in files:
        debian_package.install_package(board, kept, options["dpkg_lock_timeout"])
        permissions.set_right(permissions.library_part(board.prefix, debian_package.installed_package()))
    if "wheel" in files:
        remove_unlisted_metadata(purelib)
        install_wheel(board, files["wheel"], options["pip_install"], purelib)
        remove_strangers(purelib, files["wheel"])
        permissions.set_right(permissions.module_part(_record(options["wheel"], purelib)))
    # Only now, so that there is a module at any time.
    for location in options["remove_copies"]:
        remove_copy(location)
    remove_leftovers(purelib)
    if options["refresh_linker_cache"]:
        debian_package.refresh_linker_cache(board)
    if _constraint_differs(board, options):
        pip_constraint.apply_constraint(board, options["constraint"], options["expected"]["python_version"])
