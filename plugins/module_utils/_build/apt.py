# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Install packages of the distribution with apt-get itself, also after dpkg was interrupted.

Ansible's own module needs python-apt for the Python that it runs under. Ubuntu 16.04 has none for Python 2, and
ansible-core 2.16 does not run under the Python 3 that has one.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import clock, run_locking_tool, run_tool
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.host import distribution
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import telling_line

# Seconds for one run of apt-get or dpkg.
_TIMEOUT = 3600
_FORCED = ("--force-confdef", "--force-confold")
_APT_GET = ["apt-get", "--yes", "--no-install-recommends"] + ["--option=Dpkg::Options::=" + name for name in _FORCED]
_STATUS = "${Package}\\t${Architecture}\\t${Status}\\n"
_NOT_ROOT = re.compile(r"are you root\?|Permission denied|requires superuser privilege")
_INTERRUPTED = re.compile(r"dpkg was interrupted|very bad inconsistent state")
_INCONSISTENT = "very bad inconsistent state"
_OUT_OF_REACH = re.compile(
    r"Unable to locate package|[Nn]o installation candidate|Failed to fetch|Unable to fetch|Could not (?:resolve|connect)"
    r"|Temporary failure resolving|but it is not (?:installable|going to be installed)"
)

_SUMMARY = re.compile(r"^(\d+) upgraded, (\d+) newly installed, (\d+) to remove", re.MULTILINE)


class Apt(object):
    """Installs packages of the distribution. lock_timeout: seconds to wait for other processes in all."""

    def __init__(self, lock_timeout):
        self._deadline = clock() + lock_timeout
        self._update_error = None

    def missing(self, names):
        """Return the names of packages that are not completely installed, and names that only apt understands."""
        native = self._run(["dpkg", "--print-architecture"])["stdout"].strip()
        installed = set()
        for line in self._run(["dpkg-query", "--show", "--showformat", _STATUS] + names)["stdout"].splitlines():
            name, architecture, status = line.split("\t")
            if status.endswith(" ok installed"):
                installed.add(name + ":" + architecture)
                if architecture in (native, "all"):
                    installed.add(name)
        return [name for name in names if name not in installed]

    def lacks_architecture(self, name):
        """Return whether dpkg would refuse packages of an architecture."""
        known = ["dpkg --print-architecture", "dpkg --print-foreign-architectures"]
        return name not in " ".join(self._run(command.split())["stdout"] for command in known).split()

    def would_change(self, names):
        """Return whether installing the packages would change anything, according to the current package lists."""
        simulated = self._run(_APT_GET + ["--simulate", "--option=Debug::NoLocking=1", "install"] + names)
        return simulated["status"] != "ok" or _changes(simulated)

    def add_architecture(self, name):
        """Make dpkg accept packages of an architecture, and update the package lists; raise Failure."""
        ended = self._wait(["dpkg", "--add-architecture", name])
        if ended["status"] != "ok":
            raise Failure("dpkg could not add the architecture {0} ({1}): repair dpkg.".format(name, _cause(ended)))
        self._update()

    def install(self, names):
        """Install the packages, and return whether anything was changed; raise Failure."""
        ended = self._wait(_APT_GET + ["install"] + names)
        # apt takes a package whose unpacking was interrupted for an installed one.
        if _INTERRUPTED.search(ended["stderr"]) or _stems(self._half_unpacked()) & _stems(names):
            self._mend()
            ended = self._wait(_APT_GET + ["install"] + names)
        if ended["status"] != "ok":
            # A listed version may have left the archive since, and a fresh image has no lists at all.
            self._update()
            ended = self._wait(_APT_GET + ["install"] + names)
        if ended["status"] != "ok":
            raise Failure(self._sentence(names, ended))
        # apt does not count what was only configured.
        return _changes(ended) or len(self.missing(names)) < len(names)

    def _update(self):
        """Update the package lists, and keep the cause of a failure: a partial update may be enough."""
        ended = self._wait(["apt-get", "update"])
        failed = ended["status"] != "ok" or "Failed to fetch" in ended["stderr"]
        self._update_error = _cause(ended) if failed else None

    def _mend(self):
        """Let dpkg finish what was interrupted: apt refuses to work until then."""
        ended = self._wait(["dpkg"] + list(_FORCED) + ["--configure", "-a"])
        # A package whose unpacking was interrupted fails here and is installed again.
        if ended["status"] != "ok" and _INCONSISTENT not in ended["stderr"]:
            raise Failure("dpkg was interrupted and cannot go on ({0}): repair that package.".format(_cause(ended)))
        broken = self._half_unpacked()
        if not broken:
            return
        ended = self._wait(_APT_GET + ["--reinstall", "install"] + broken)
        if ended["status"] != "ok":
            raise Failure(self._sentence(broken, ended))

    def _half_unpacked(self):
        """Return the names of the packages that dpkg requires to be installed again."""
        states = self._run(["dpkg-query", "--show", "--showformat", "${Status}\\t${binary:Package}\\n"])["stdout"]
        rows = [line.split("\t") for line in states.splitlines()]
        return [name for status, name in rows if " reinstreq " in status]

    def _wait(self, command):
        return run_locking_tool(command, _TIMEOUT, self._deadline)

    @staticmethod
    def _run(command):
        return run_tool(command, _TIMEOUT)

    def _sentence(self, names, ended):
        wanted, cause = " ".join(names), _cause(ended)
        if ended["status"] == "not_found":
            return "The host has no apt-get, which would install {0}: install it with 'dpkg --install'.".format(wanted)
        if _NOT_ROOT.search(ended["stderr"]):
            return "Only root can install {0}: run this as root.".format(wanted)
        if not _OUT_OF_REACH.search(ended["stderr"] + ended["stdout"]):
            return "apt-get could not install {0} ({1}): fix the cause it reports.".format(wanted, cause)
        release = distribution("/etc/os-release", "/usr/lib/os-release")["pretty_name"] or "its distribution"
        return (
            "The host lacks {0}, and its package archive does not provide it ({1}): make the archive that "
            "/etc/apt/sources.list names reachable, or copy the .deb files of {0} and its dependencies, for {2}, to the host "
            "and install them there with 'dpkg --install'.".format(wanted, self._update_error or cause, release)
        )


def _stems(names):
    return set(name.partition(":")[0] for name in names)


def _changes(ended):
    numbers = _SUMMARY.search(ended["stdout"])
    return numbers is None or any(int(number) for number in numbers.groups())


def _cause(ended):
    return telling_line(ended["stderr"], ended["cause"] or ended["status"])
