# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask dpkg which package owns a file, which packages are installed, and which of their files are missing or changed."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import fnmatch
import glob
import os
import re
import time

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import digest, read_lines
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import PATH, run_process
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import lock_sentence

# The package that this collection builds.
PACKAGE = "jetfleet-libprotobuf"
PATTERNS = (
    "libprotobuf*",
    "libprotoc*",
    "protobuf-compiler",
    "python3-protobuf",
    "python-protobuf",
    "python3-pip",
    "python-pip",
    "python3-six",
    "python-six",
    PACKAGE,
)
# Only of what an application is linked to is every byte compared.
VERIFIED = ("libprotobuf*", PACKAGE)
# Minimal images make dpkg exclude these paths, so their absence is not damage.
_EXCLUDED = ("/usr/share/doc/", "/usr/share/man/", "/usr/share/locale/", "/usr/share/lintian/")
_TIMEOUT = 60
# No command line may be longer than 2 MB, and a path can have 4 KB.
_MOST_PATHS = 400
_PAUSE = 1
# The links of one state of dpkg's database: reading it takes a second on a small board.
_LINKED = {}
clock = getattr(time, "monotonic", time.time)
_FORMAT = "${Package}\\t${Version}\\t${Architecture}\\t${Status}\\n"


def dpkg_architecture():
    """Return the architecture of the userland (arm64), None without dpkg."""
    return _run(["dpkg", "--print-architecture"]).strip() or None


def owners(paths):
    """Return {path: package or None}; dpkg can know a file by another path, where links lead to its folder."""
    result = _owners(dict((path, [path]) for path in paths))
    unknown = [path for path in paths if result[path] is None]
    result.update(_owners(dict((path, _aliases(path)) for path in unknown)))
    return result


def _owners(names):
    """Return {path: package or None} for {path: its names}."""
    wanted = sorted(set(name for aliases in names.values() for name in aliases))
    found = {}
    for start in range(0, len(wanted), _MOST_PATHS):
        patterns = [_literal(path) for path in wanted[start : start + _MOST_PATHS]]
        for line in _run(["dpkg-query", "-S"] + patterns).splitlines():
            packages_of_path, separator, path = line.partition(": /")
            if separator and not packages_of_path.startswith(("diversion by ", "local diversion ")):
                found["/" + path] = packages_of_path.split(",")[0].split(":")[0]
    result = {}
    for path, aliases in names.items():
        result[path] = next((found[alias] for alias in aliases if alias in found), None)
    return result


def packages(patterns):
    """Return {name: dict} of the packages that match patterns.

    Each has version, architecture, status, missing_files and modified_files (paths). A package of a foreign architecture
    is named name:architecture.
    """
    native = dpkg_architecture()
    result = {}
    for line in _run(["dpkg-query", "-W", "-f", _FORMAT] + list(patterns)).splitlines():
        name, version, architecture, status = line.split("\t")
        # A name that dpkg knows only from the relations of other packages has no version.
        if not version:
            continue
        key = name if architecture in (native, "all") else name + ":" + architecture
        missing, modified = _verify(name, architecture) if status.endswith(" installed") else ([], [])
        result[key] = dict(
            version=version,
            architecture=architecture,
            status=status.split(" ")[-1],
            missing_files=missing,
            modified_files=modified,
        )
    return result


def listed_files(name, architecture):
    """Return the paths of the files, links and folders of an installed package."""
    return _control_file(name, architecture, "list")


def package_version(name):
    """Return the version of an installed package, or None."""
    return _run(["dpkg-query", "-W", "-f", "${Version}", name]).strip() or None


def run_tool(command, timeout):
    """Run a tool of apt or dpkg as root, in English and without questions; return how it ended."""
    environment = dict(os.environ, LC_ALL="C", DEBIAN_FRONTEND="noninteractive", PATH=PATH)
    return run_process(command, timeout, environment)


def run_locking_tool(command, timeout, deadline):
    """Run a tool that needs a lock, again and again while another process holds that; a Failure after the deadline."""
    while True:
        ended = run_tool(command, timeout)
        held = lock_sentence(ended["stderr"]) if ended["status"] != "ok" else None
        if held is None:
            return ended
        if clock() >= deadline:
            raise Failure(held)
        time.sleep(_PAUSE)


def _run(command):
    # dpkg-query's exit code only shows that some name is unknown; without dpkg the output is empty.
    return run_process(command, _TIMEOUT, dict(os.environ, LC_ALL="C"))["stdout"]


def _info_folder():
    return os.path.join(os.environ.get("DPKG_ADMINDIR", "/var/lib/dpkg"), "info")


def _literal(path):
    return re.sub(r"([\\*?\[])", r"\\\1", path)


def _aliases(path):
    """Return the other paths that a file has as far as dpkg knows the links to its folders."""
    directory, name = os.path.split(path)
    real = os.path.join(os.path.realpath(directory), name)
    aliases = [real]
    for link, target in _linked_folders():
        if real.startswith(target.rstrip("/") + "/"):
            aliases.append(link + real[len(target.rstrip("/")) :])
    return [alias for alias in aliases if alias != path]


def _linked_folders():
    """Return (path, what it leads to) of the folders of the root and of protobuf's packages that are links on this host."""
    folder = _info_folder()
    try:
        changed = os.stat(folder).st_mtime
    except EnvironmentError:
        return []
    key = (folder, changed)
    if key not in _LINKED:
        _LINKED.clear()
        _LINKED[key] = _find_links(folder)
    return _LINKED[key]


def _find_links(folder):
    # Since /usr was merged, the folders of the root are links. To read the lists of all packages takes seconds on a board.
    names = set(os.path.join("/", name).encode("utf-8") for name in os.listdir("/"))
    for path in glob.glob(os.path.join(folder, "*proto*.list")):
        try:
            with open(path, "rb") as stream:
                names.update(line.rpartition(b"/")[0] for line in stream.read().splitlines())
        except EnvironmentError:
            pass  # another process removes that package
    links = [to_os(name.decode("utf-8", "replace")) for name in names if os.path.islink(name)]
    return [(link, os.path.realpath(link)) for link in sorted(links)]


def _verify(name, architecture):
    """Return (missing, modified) paths of an installed package."""
    listed = listed_files(name, architecture)
    missing = [path for path in listed if not os.path.lexists(path) and not path.startswith(_EXCLUDED)]
    modified = []
    if any(fnmatch.fnmatch(name, pattern) for pattern in VERIFIED):
        for line in _control_file(name, architecture, "md5sums"):
            expected, dummy, relative = line.partition("  ")
            found = digest("md5", "/" + relative)
            if found not in (None, expected):
                modified.append("/" + relative)
    return missing, modified


def file_list(name):
    """Return the path of dpkg's list of the files of an installed package of this architecture, None where there is none."""
    found = _control_paths(name, dpkg_architecture(), "list")
    return next((path for path in found if os.path.exists(path)), None)


def _control_file(name, architecture, kind):
    for path in _control_paths(name, architecture, kind):
        lines = read_lines(path)
        if lines:
            return [line for line in lines if line]
    return []


def _control_paths(name, architecture, kind):
    folder = _info_folder()
    return [os.path.join(folder, "{0}.{1}".format(stem, kind)) for stem in (name + ":" + str(architecture), name)]
