# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find libraries as the dynamic loader does.

Only ``ldconfig -p`` is executed: ``ldd`` would run the start-up code of the file.
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
        """Return read_elf() of a path, reading each file only once."""
        if path not in self._read:
            self._read[path] = read_elf(path)
        return self._read[path]

    @staticmethod
    def default_directories(machine):
        """Return the directories that the loader searches without any configuration."""
        triplet = TRIPLETS.get(machine)
        multiarch = ["/lib/" + triplet, "/usr/lib/" + triplet] if triplet else []
        return multiarch + ["/lib64", "/usr/lib64", "/lib", "/usr/lib"]

    def resolve(self, soname, origin_path, machine, inherited=()):
        """Return the file that the loader finds for a soname that origin_path needs, or None.

        inherited: directories from the RPATHs of the libraries that led to origin_path.
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
            # Like ld.so, skip a library of another architecture.
            if found and found["machine"] == machine:
                return path
        return None

    def matching(self, pattern, machine):
        """Return the sorted paths of the libraries whose file name is their SONAME and matches (`libopencv_*.so*`)."""
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
            # Development links (libx.so) are only for the linker.
            if library["soname"] in (None, os.path.basename(path)):
                seen.add(real_path)
                found.append(path)
        return found

    def walk(self, path):
        """Yield (chain of paths, soname missing at its end or None) for every library that loading a path loads.

        The order is ld.so's, breadth first, so a soname that has already been loaded is not searched again.
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
            # An RPATH, unlike a RUNPATH, also applies to the dependencies of a library.
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
        """Return [path, ..., target] for each library that is_target(name) accepts, shortest first.

        A target that the loader does not find is a bare soname at the end of its chain.
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
        """Return the sonames that a path needs, directly or not, and that the loader does not find."""
        return [soname for dummy, soname in self.walk(path) if soname is not None]


def _expand(entry, origin_path):
    # ld.so uses the directory of the path by which the library was opened, and does not resolve links.
    origin = os.path.dirname(os.path.abspath(origin_path))
    return entry.replace("${ORIGIN}", origin).replace("$ORIGIN", origin)
