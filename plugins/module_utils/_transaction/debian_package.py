# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Install and purge our Debian package with dpkg itself, and refresh the linker cache."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import time

from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.layout import PACKAGE
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import packages
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure, Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import PATH, run_process
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import lock_sentence, telling_line

_TIMEOUT = 900
_PAUSE = 1
# The package whose trigger refreshes the linker cache, in Debian as in Ubuntu.
_LINKER = "libc-bin"
_clock = getattr(time, "monotonic", time.time)


def check_package(path, version):
    """Refuse what is not our package of this version."""
    fields = _run(["dpkg-deb", "--show", "--showformat", "${Package} ${Version}", path])
    if fields["status"] != "ok":
        raise Refusal("{0} is no Debian package: build it again.".format(os.path.basename(path)))
    if fields["stdout"].strip() != "{0} {1}".format(PACKAGE, version):
        raise Refusal(
            "{0} is the package {1} instead of {2} {3}: build it again.".format(
                os.path.basename(path), fields["stdout"].strip(), PACKAGE, version
            )
        )


def package_content(path):
    """(paths of files and links, paths of folders, bytes) that a package holds."""
    paths, folders, total = [], [], 0
    for line in _run(["dpkg-deb", "--contents", path])["stdout"].splitlines():
        mode, dummy, size, dummy2, dummy3, name = line.split(None, 5)
        name = name.split(" -> ")[0][len(".") :].rstrip("/")
        (folders if mode.startswith("d") else paths).append(name)
        total += int(size) if size.isdigit() else 0
    return paths, folders, total


def installed_package():
    """What dpkg knows of our package, None where it knows nothing."""
    return packages([PACKAGE]).get(PACKAGE)


def installed_files():
    """The files and links of our package that are there."""
    paths = _run(["dpkg-query", "--listfiles", PACKAGE])["stdout"].splitlines()
    return [path for path in paths if os.path.islink(path) or os.path.isfile(path)]


def is_whole(package):
    return package["status"] == "installed" and not package["missing_files"] and not package["modified_files"]


def install_package(board, path, lock_timeout):
    """Install a package, also over one that is broken or newer."""
    _dpkg(board, ["--install", path], lock_timeout)


def purge_package(board, lock_timeout):
    # dpkg can have been killed while it unpacked, and then demands a reinstallation.
    _dpkg(board, ["--purge", "--force-remove-reinstreq", PACKAGE], lock_timeout)


def refresh_linker_cache(board):
    ended = _run(board.ldconfig)
    if ended["status"] != "ok":
        raise Failure("ldconfig could not refresh the linker cache ({0}): repair it.".format(_reason(ended)))


def await_dpkg(board, lock_timeout):
    """Wait for a dpkg that outlived a killed run: only its end shows what it leaves."""
    # It takes the lock, reads no selection from an empty standard input and changes nothing.
    _run_dpkg(board, ["--set-selections"], lock_timeout)


def finish_linker(board, lock_timeout):
    """Let dpkg end what it was killed in: while its trigger has not ended well, it refreshes the linker cache no more."""
    package = packages([_LINKER]).get(_LINKER)
    if package and package["status"] in ("half-configured", "triggers-pending"):
        _run_dpkg(board, ["--configure", _LINKER], lock_timeout)


def _dpkg(board, arguments, lock_timeout):
    finish_linker(board, lock_timeout)
    _run_dpkg(board, arguments, lock_timeout)


def _run_dpkg(board, arguments, lock_timeout):
    deadline = _clock() + lock_timeout
    while True:
        ended = _run(board.dpkg + arguments)
        if ended["status"] == "ok":
            return
        held = lock_sentence(ended["stderr"])
        if not held:
            raise Failure("dpkg {0} failed ({1}): repair dpkg.".format(arguments[0], _reason(ended)))
        if _clock() >= deadline:
            raise Failure(held)
        time.sleep(_PAUSE)


def _run(command):
    environment = dict(os.environ, LC_ALL="C", DEBIAN_FRONTEND="noninteractive", PATH=PATH)
    return run_process(command, _TIMEOUT, environment)


def _reason(ended):
    return telling_line(ended["stderr"], ended["cause"] or ended["status"])
