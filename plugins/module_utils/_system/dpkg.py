# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask dpkg which package owns a file, which packages are installed, and which of their files are missing or changed."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import fnmatch
import glob
import os
import time

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import digest, read_lines
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import PATH, clock, run_process
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
_PAUSE = 1
# Packages, links and lists of files of one state of dpkg's database: reading it takes a second on a small board.
_LINKED = {}
_LISTS = {}
_PACKAGES = {}
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
    packages_of = dict((name, _lists_with(name)) for aliases in names.values() for name in aliases)
    result = {}
    for path, aliases in names.items():
        result[path] = next((found for found in map(packages_of.get, aliases) if found), None)
    return result


def _lists_with(path):
    """Return the package that a path is of, None without one."""
    # dpkg-query -S reads all lists of files anew for each question, which takes a second on a small board.
    line = os.fsencode(path) if str is not bytes else path  # novm
    wanted = b"\n" + line + b"\n"
    if b"\n" in line:
        return None
    return next((package for package, content in _remembered(["info"], _LISTS, _read_lists) if wanted in content), None)


def _remembered(folders, memory, read):
    """Return read() of dpkg's database, anew when a file has been replaced in one of the folders, which are named from there."""
    database = os.environ.get("DPKG_ADMINDIR", "/var/lib/dpkg")
    # Before it is read: what changes meanwhile counts as changed since. dpkg replaces files, it does not write into them.
    key = [_changed(os.path.join(database, folder)) for folder in folders]
    if memory.get("key") != key:
        memory.update(key=key, found=read())
    return memory["found"]


def _changed(folder):
    try:
        return folder, os.stat(folder).st_mtime
    except EnvironmentError:
        return folder, None


def _read_lists():
    """Return (package, its files, each between two line ends) of every list of a package that dpkg knows."""
    known = set(entry[0] for entry in _known_packages())
    found = []
    for path in sorted(glob.glob(os.path.join(_info_folder(), "*.list"))):
        # libc6:arm64.list
        package = os.path.basename(path)[: -len(".list")].split(":")[0]
        # dpkg itself does not look into a list that was left behind.
        if package not in known:
            continue
        try:
            with open(path, "rb") as stream:
                content = stream.read()
        except EnvironmentError:
            continue  # another process removes that package
        found.append((package, b"\n" + content))
    return found


def packages(patterns):
    """Return {name: dict} of the packages that match patterns.

    Each has version, architecture, status, missing_files and modified_files (paths). A package of a foreign architecture
    is named name:architecture.
    """
    native = dpkg_architecture()
    result = {}
    for name, version, architecture, status in _known_packages():
        if not any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
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
    versions = dict((entry[2], entry[1]) for entry in _known_packages() if entry[0] == name)
    if len(versions) > 1:
        return versions.get(dpkg_architecture())
    return next(iter(versions.values()), None)


def _known_packages():
    """Return (name, version, architecture, status) of all packages that dpkg knows more of than their names."""
    return _remembered(["", "updates"], _PACKAGES, _read_packages)


def _read_packages():
    lines = _run(["dpkg-query", "-W", "-f", _FORMAT]).splitlines()
    # A name that dpkg knows only from the relations of other packages has no version.
    return [entry for entry in (line.split("\t") for line in lines) if entry[1]]


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
    # Without a limit: a list that lacks what memory was short for would be taken for the truth.
    ended = run_process(command, _TIMEOUT, dict(os.environ, LC_ALL="C"), guest=[])
    if ended["status"] == "unproven":
        raise Failure("{0} got no memory on this board: run again while less runs on it.".format(command[0]))
    # dpkg-query's exit code only shows that some name is unknown; without dpkg the output is empty.
    return ended["stdout"]


def _info_folder():
    return os.path.join(os.environ.get("DPKG_ADMINDIR", "/var/lib/dpkg"), "info")


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
    return _remembered(["info"], _LINKED, _find_links)


def _find_links():
    # Since /usr was merged, the folders of the root are links. To read the lists of all packages takes seconds on a board.
    names = set(os.path.join("/", name).encode("utf-8") for name in os.listdir("/"))
    for path in glob.glob(os.path.join(_info_folder(), "*proto*.list")):
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
