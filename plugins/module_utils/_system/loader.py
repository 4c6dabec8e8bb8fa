# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answer like the dynamic loader where it would find a library.

Nothing is executed but ``ldconfig -p``: ``ldd`` would run the file's own start-up code.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import collections
import fnmatch
import os
import re
import subprocess

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.elf import native, read_elf

TRIPLETS = {
    "i386": "i386-linux-gnu",
    "arm": "arm-linux-gnueabihf",
    "x86_64": "x86_64-linux-gnu",
    "aarch64": "aarch64-linux-gnu",
}

_CACHE_LINE = re.compile(r"^\s+(\S+) \(.*\) => (/.*)$")


def _read_cache():
    environment = dict(os.environ, LC_ALL="C")
    for command in ("/sbin/ldconfig", "/usr/sbin/ldconfig", "ldconfig"):
        try:
            process = subprocess.Popen([command, "-p"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        except EnvironmentError:
            continue
        lines = native(process.communicate()[0]).splitlines()
        return [match.groups() for match in map(_CACHE_LINE.match, lines) if match]
    return []


class Loader:
    """Finds libraries as ld.so does for a process without LD_LIBRARY_PATH and LD_PRELOAD."""

    def __init__(self):
        self.cache = _read_cache()
        self._by_soname = collections.defaultdict(list)
        for soname, path in self.cache:
            self._by_soname[soname].append(path)
        self._read = {}

    def elf(self, path):
        """``read_elf`` that reads each file once."""
        if path not in self._read:
            self._read[path] = read_elf(path)
        return self._read[path]

    @staticmethod
    def default_directories(machine):
        triplet = TRIPLETS.get(machine)
        multiarch = ["/lib/" + triplet, "/usr/lib/" + triplet] if triplet else []
        return multiarch + ["/lib64", "/usr/lib64", "/lib", "/usr/lib"]

    def resolve(self, soname, origin_path, machine, inherited=()):
        """The file that ``soname`` means for ``origin_path``, or None.

        ``inherited``: directories of the RPATHs of the libraries that led to ``origin_path``.
        """
        if "/" in soname:
            candidates = [_expand(soname, origin_path)]
        else:
            origin = self.elf(origin_path) or {"runpath": [], "rpath": []}
            # ld.so ignores every RPATH where there is a RUNPATH.
            own = [_expand(entry, origin_path) for entry in origin["runpath"] or origin["rpath"]]
            before = own if origin["runpath"] else own + list(inherited)
            candidates = [os.path.join(directory, soname) for directory in before]
            candidates += self._by_soname.get(soname, [])
            candidates += [os.path.join(directory, soname) for directory in self.default_directories(machine)]
        for path in candidates:
            found = self.elf(path)
            # A library of another architecture is passed over, as ld.so does.
            if found and found["machine"] == machine:
                return path
        return None

    def matching(self, pattern, machine):
        """Every library by whose own SONAME the loader would find it, as sorted paths (`libopencv_*.so*`)."""
        paths = {path for soname, path in self.cache if fnmatch.fnmatchcase(soname, pattern)}
        for directory in self.default_directories(machine):
            names = os.listdir(directory) if os.path.isdir(directory) else []
            paths.update(os.path.join(directory, name) for name in fnmatch.filter(names, pattern))
        found, seen = [], set()
        for path in sorted(paths):
            library = self.elf(path)
            real_path = os.path.realpath(path)
            if not library or library["machine"] != machine or real_path in seen:
                continue
            # Development links (libx.so) are names for the linker only.
            if library["soname"] in (None, os.path.basename(path)):
                seen.add(real_path)
                found.append(path)
        return found

    def walk(self, path):
        """(chain, soname missing at its end or None) of every library that loading ``path`` loads, breadth first.

        Breadth first is also ld.so's order, so a soname that is loaded already is not looked for again.
        """
        root = self.elf(path)
        if not root:
            return
        loaded = {root["soname"], os.path.realpath(path)}
        queue = collections.deque([([path], ())])
        while queue:
            chain, inherited = queue.popleft()
            yield chain, None
            library = self.elf(chain[-1])
            # An RPATH, unlike a RUNPATH, also serves the libraries below.
            passed_on = tuple(_expand(entry, chain[-1]) for entry in library["rpath"]) + inherited
            for soname in library["needed"]:
                if soname in loaded:
                    continue
                target = self.resolve(soname, chain[-1], root["machine"], inherited)
                if target is None:
                    yield chain, soname
                elif os.path.realpath(target) not in loaded:
                    queue.append((chain + [target], passed_on))
                    loaded |= {os.path.realpath(target), self.elf(target)["soname"]}
                loaded.add(soname)

    def chains(self, path, is_target, limit=100):
        """[path, ..., target] to each library that ``is_target`` accepts, shortest first.

        A target that the loader does not find ends its chain as a bare soname.
        """
        found = []
        for chain, missing in self.walk(path):
            if missing is None and len(chain) > 1 and is_target(chain[-1]):
                found.append(chain)
            elif missing is not None and is_target(missing):
                found.append(chain + [missing])
            if len(found) == limit:
                break
        return sorted(found, key=len)

    def missing(self, path):
        """The sonames that ``path`` needs, directly or not, and the loader does not find."""
        return [soname for dummy, soname in self.walk(path) if soname is not None]


def _expand(entry, origin_path):
    # ld.so takes the directory that the library was opened by: it does not follow a link to the real file.
    origin = os.path.dirname(os.path.abspath(origin_path))
    return entry.replace("${ORIGIN}", origin).replace("$ORIGIN", origin)
