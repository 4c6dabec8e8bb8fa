# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Install and purge our Debian package with dpkg itself, and refresh the linker cache."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import (
    PACKAGE,
    clock,
    file_list,
    listed_files,
    packages,
    run_locking_tool,
    run_tool,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure, Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import read_lines, write_whole
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import telling_line

_TIMEOUT = 900
# The package whose trigger refreshes the linker cache, in Debian as in Ubuntu.
_LINKER = "libc-bin"


def check_package(path, version):
    """Refuse a file that is not our package of this version."""
    fields = run_tool(["dpkg-deb", "--show", "--showformat", "${Package} ${Version}", path], _TIMEOUT)
    if fields["status"] != "ok":
        raise Refusal("{0} is not a Debian package: build it again.".format(os.path.basename(path)))
    if fields["stdout"].strip() != "{0} {1}".format(PACKAGE, version):
        raise Refusal(
            "{0} is the package {1} instead of {2} {3}: build it again.".format(
                os.path.basename(path), fields["stdout"].strip(), PACKAGE, version
            )
        )


def package_content(path):
    """Return (paths of files and links, paths of folders, bytes) of what a package contains."""
    paths, folders, total = [], [], 0
    for line in run_tool(["dpkg-deb", "--contents", path], _TIMEOUT)["stdout"].splitlines():
        mode, dummy, size, dummy2, dummy3, name = line.split(None, 5)
        name = name.split(" -> ")[0][len(".") :].rstrip("/")
        (folders if mode.startswith("d") else paths).append(name)
        total += int(size) if size.isdigit() else 0
    return paths, folders, total


def installed_package():
    """Return what dpkg knows of our package, None where it knows nothing."""
    return packages([PACKAGE]).get(PACKAGE)


def installed_files():
    """Return the files and links of our package that exist."""
    paths = run_tool(["dpkg-query", "--listfiles", PACKAGE], _TIMEOUT)["stdout"].splitlines()
    return [path for path in paths if os.path.islink(path) or os.path.isfile(path)]


def is_whole(package, kept):
    """Return whether an installed package, of which kept is the file, is complete, in dpkg's list of its files, too."""
    if package["status"] != "installed" or package["missing_files"] or package["modified_files"]:
        return False
    listed = listed_files(PACKAGE, package["architecture"])
    return all(path in listed for path in package_content(kept)[0])


class Dpkg:
    """Runs dpkg and ldconfig of a board. lock_timeout: seconds to wait for another process that uses dpkg."""

    def __init__(self, layout, lock_timeout):
        self._command = layout.dpkg
        self._ldconfig = layout.ldconfig
        self._lock_timeout = lock_timeout

    def install(self, path):
        """Install a package, also over one that is broken or newer."""
        self.finish_linker()
        self._run(["--install", path])

    def purge(self, kept):
        """Remove our package and its configuration, but none of the kept files, which have the names of its own."""
        self.finish_linker()
        _forget(kept)
        # dpkg can have been killed while it unpacked, and then demands a reinstallation.
        self._run(["--purge", "--force-remove-reinstreq", PACKAGE])

    def refresh_linker_cache(self):
        ended = run_tool(self._ldconfig, _TIMEOUT)
        if ended["status"] != "ok":
            raise Failure("ldconfig could not refresh the linker cache ({0}): repair it.".format(_reason(ended)))

    def wait(self):
        """Wait for a dpkg that outlived a killed run: only its end shows what it leaves."""
        # It takes the lock, reads no selection from an empty standard input and changes nothing.
        self._run(["--set-selections"])

    def finish_linker(self):
        """Let dpkg finish what it was killed in: until its trigger has succeeded, it does not refresh the linker cache."""
        package = packages([_LINKER]).get(_LINKER)
        if package and package["status"] in ("half-configured", "triggers-pending"):
            self._run(["--configure", _LINKER])

    def _run(self, arguments):
        ended = run_locking_tool(self._command + arguments, _TIMEOUT, clock() + self._lock_timeout)
        if ended["status"] != "ok":
            raise Failure("dpkg {0} failed ({1}): repair dpkg.".format(arguments[0], _reason(ended)))


def _forget(kept):
    """Take files, and folders that are links, out of dpkg's list of our package, so that it does not remove them.

    dpkg removes a link to a folder even if that is not empty: a board whose /usr/local is on another disk would lose it.
    """
    listed = file_list(PACKAGE)
    if listed is None:
        return
    lines = [
        path for path in read_lines(listed) if path not in kept and not (os.path.islink(path) and os.path.isdir(path))
    ]
    write_whole(listed, "".join(path + "\n" for path in lines).encode("utf-8"), 0o644)


def _reason(ended):
    return telling_line(ended["stderr"], ended["cause"] or ended["status"])
