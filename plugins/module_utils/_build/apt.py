# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Install packages of the distribution with apt-get itself, also where dpkg was interrupted before.

Ansible's own module needs python-apt for the Python that it runs under. Ubuntu 16.04 comes without that for Python 2, and
ansible-core 2.16 does not run under the Python 3 that has it.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re
import time

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.host import distribution
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import run_process
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import lock_sentence
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import PATH

_TIMEOUT = 3600
_PAUSE = 1
_clock = getattr(time, "monotonic", time.time)
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
_TELLING = re.compile(r"(?:E|Err:\d+|W): *(.*\S)")
_SUMMARY = re.compile(r"^(\d+) upgraded, (\d+) newly installed, (\d+) to remove", re.MULTILINE)


class Apt(object):
    """Packages of the distribution. lock_timeout: seconds to wait for another process in all."""

    def __init__(self, lock_timeout):
        self._deadline = _clock() + lock_timeout
        self._update_error = None

    def missing(self, names):
        """Those of the names that dpkg has not installed whole; also one that only apt understands."""
        native = self._run(["dpkg", "--print-architecture"])["stdout"].strip()
        there = set()
        for line in self._run(["dpkg-query", "--show", "--showformat", _STATUS] + names)["stdout"].splitlines():
            name, architecture, status = line.split("\t")
            if status.endswith(" ok installed"):
                there.add(name + ":" + architecture)
                if architecture in (native, "all"):
                    there.add(name)
        return [name for name in names if name not in there]

    def lacks_architecture(self, name):
        known = ["dpkg --print-architecture", "dpkg --print-foreign-architectures"]
        return name not in " ".join(self._run(command.split())["stdout"] for command in known).split()

    def would_change(self, names):
        """Whether an installation would change anything, as far as the package lists that are there can tell."""
        simulated = self._run(_APT_GET + ["--simulate", "--option=Debug::NoLocking=1", "install"] + names)
        return simulated["status"] != "ok" or _changes(simulated)

    def add_architecture(self, name):
        ended = self._wait(["dpkg", "--add-architecture", name])
        if ended["status"] != "ok":
            raise Failure("dpkg could not add the architecture {0} ({1}): repair dpkg.".format(name, _cause(ended)))
        self._update()

    def install(self, names):
        """Install the packages; whether anything was changed."""
        ended = self._wait(_APT_GET + ["install"] + names)
        # apt takes a package whose unpacking was interrupted for one that is there.
        if _INTERRUPTED.search(ended["stderr"]) or _stems(self._half_unpacked()) & _stems(names):
            self._mend()
            ended = self._wait(_APT_GET + ["install"] + names)
        if ended["status"] != "ok":
            # What the lists name can have left the archive since, and an image comes without any.
            self._update()
            ended = self._wait(_APT_GET + ["install"] + names)
        if ended["status"] != "ok":
            raise Failure(self._sentence(names, ended))
        # apt does not count what was only configured.
        return _changes(ended) or len(self.missing(names)) < len(names)

    def _update(self):
        """Update the package lists. Where only a part can be, that may be enough."""
        ended = self._wait(["apt-get", "update"])
        failed = ended["status"] != "ok" or "Failed to fetch" in ended["stderr"]
        self._update_error = _cause(ended) if failed else None

    def _mend(self):
        """Let dpkg end what it was interrupted in: apt refuses to work until then."""
        ended = self._wait(["dpkg"] + list(_FORCED) + ["--configure", "-a"])
        # What was being unpacked fails here and is installed again.
        if ended["status"] != "ok" and _INCONSISTENT not in ended["stderr"]:
            raise Failure("dpkg was interrupted and cannot go on ({0}): repair that package.".format(_cause(ended)))
        broken = self._half_unpacked()
        if not broken:
            return
        ended = self._wait(_APT_GET + ["--reinstall", "install"] + broken)
        if ended["status"] != "ok":
            raise Failure(self._sentence(broken, ended))

    def _half_unpacked(self):
        """Names of the packages that dpkg wants to be installed again."""
        states = self._run(["dpkg-query", "--show", "--showformat", "${Status}\\t${binary:Package}\\n"])["stdout"]
        rows = [line.split("\t") for line in states.splitlines()]
        return [name for status, name in rows if " reinstreq " in status]

    def _wait(self, command):
        """Run a command that wants a lock, again and again while another process has that."""
        while True:
            ended = self._run(command)
            held = lock_sentence(ended["stderr"]) if ended["status"] != "ok" else None
            if held is None:
                return ended
            if _clock() >= self._deadline:
                raise Failure(held)
            time.sleep(_PAUSE)

    @staticmethod
    def _run(command):
        environment = dict(os.environ, LC_ALL="C", DEBIAN_FRONTEND="noninteractive", PATH=PATH)
        return run_process(command, _TIMEOUT, environment)

    def _sentence(self, names, ended):
        wanted, cause = " ".join(names), _cause(ended)
        if ended["status"] == "not_found":
            return "The host has no apt-get, which would install {0}: install it with 'dpkg --install'.".format(wanted)
        if _NOT_ROOT.search(ended["stderr"]):
            return "Only root may install {0}: become root for it.".format(wanted)
        if not _OUT_OF_REACH.search(ended["stderr"] + ended["stdout"]):
            return "apt-get could not install {0} ({1}): repair what it says.".format(wanted, cause)
        told = distribution("/etc/os-release", "/usr/lib/os-release")["pretty_name"] or "its distribution"
        return (
            "The host lacks {0}, and its package archive does not give it ({1}): let the host reach the archive that "
            "/etc/apt/sources.list names, or copy the .deb files of {0} and of what it depends on, for {2}, to the host and "
            "install them there with 'dpkg --install'.".format(wanted, self._update_error or cause, told)
        )


def _stems(names):
    return set(name.partition(":")[0] for name in names)


def _changes(ended):
    numbers = _SUMMARY.search(ended["stdout"])
    return numbers is None or any(int(number) for number in numbers.groups())


def _cause(ended):
    """What a tool said first of what went wrong."""
    lines = [line.strip() for line in ended["stderr"].splitlines() if line.strip()]
    telling = [match.group(1) for match in map(_TELLING.match, lines) if match]
    errors = [line for line in lines if "error" in line]
    return (telling or errors or lines or [ended["cause"] or ended["status"]])[0].rstrip(".: ")
