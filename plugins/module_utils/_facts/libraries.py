# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find every libprotobuf on the host, and every protoc."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re

from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.development import pkg_config_version
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import package_version
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.files import digest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.guest import guest_limits
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import run_process

# libprotobuf-c belongs to another project.
_NAME = re.compile(r"libprotobuf(-lite)?\.so")
# A library that was copied there is found even if ldconfig has not run since.
_EXTRA_DIRECTORIES = ("/usr/local/lib",)
# The directories of a login's PATH on Debian, of root and of users.
_LOGIN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def libraries_facts(loader, owners):
    """Return the facts `libraries`."""
    cached = set(os.path.realpath(path) for soname, path in loader.cache if _NAME.match(soname))
    paths = _library_paths(loader)
    owned = owners(paths)
    return [_describe(path, loader.elf(path), owned[path], cached) for path in paths]


def _library_paths(loader):
    """Return one path for each library: by its soname where that link exists, else the file itself."""
    by_file = {}
    for directory in _directories(loader):
        names = os.listdir(directory) if os.path.isdir(directory) else []
        for path in sorted(os.path.join(directory, name) for name in names if _NAME.match(name)):
            elf = loader.elf(path)
            if elf:
                by_file.setdefault(os.path.realpath(path), []).append((os.path.basename(path) != elf["soname"], path))
    return sorted(min(candidates)[1] for candidates in by_file.values())


def _directories(loader):
    """Return one name for each directory: ours as it is configured, others without links if the loader knows that name."""
    names = set(os.path.dirname(path) for dummy, path in loader.cache)
    names.update(loader.default_directories(os.uname()[4]), _EXTRA_DIRECTORIES)
    by_place = {}
    for name in names:
        real = os.path.realpath(name)
        by_place.setdefault(real, []).append((name not in _EXTRA_DIRECTORIES, name != real, name))
    return sorted(min(candidates)[-1] for candidates in by_place.values())


def _describe(path, elf, package, cached):
    real = os.path.realpath(path)
    in_name = re.search(r"\.so\.([\d.]+)$", os.path.basename(real))
    return dict(
        path=path,
        real_path=real,
        soname=elf["soname"],
        version=in_name.group(1) if in_name else None,
        protobuf_version=_package_upstream(package) or _pkg_config_version(real),
        package=package,
        sha256=digest("sha256", real),
        in_linker_cache=real in cached,
        lite=os.path.basename(path).startswith("libprotobuf-lite"),
    )


def _package_upstream(package):
    version = package_version(package) if package else None
    match = re.match(r"(?:\d+:)?([\d.]*\d)", version or "")
    return match.group(1) if match else None


def _pkg_config_version(real):
    """Return the version in the .pc file beside a library, None where that file describes another library."""
    directory, name = os.path.split(real)
    stem = name.split(".so")[0]
    # A directory can hold several versions; the .pc file belongs to the one that the linker takes.
    if os.path.realpath(os.path.join(directory, stem + ".so")) != real:
        return None
    return pkg_config_version(os.path.join(directory, "pkgconfig", stem[len("lib") :] + ".pc"))


def protoc_facts(owners, timeout, reserve):
    """Return the facts `protoc`; timeout: seconds for each protoc; reserve: MB of memory that it leaves to others."""
    directories = os.environ.get("PATH", "").split(":") + _LOGIN_PATH.split(":")
    paths = []
    for path in [os.path.join(directory, "protoc") for directory in directories if directory]:
        same = [known for known in paths if os.path.realpath(known) == os.path.realpath(path)]
        if not same and os.path.isfile(path) and os.access(path, os.X_OK):
            paths.append(path)
    owned = owners(paths)
    return [dict(path=path, version=_protoc_version(path, timeout, reserve), package=owned[path]) for path in paths]


def _protoc_version(path, timeout, reserve):
    """Return the version of a protoc, None where it does not run, for example without its library."""
    ended = run_process([path, "--version"], timeout, dict(os.environ), guest=guest_limits(reserve))
    match = re.match(r"libprotoc (\S+)", ended["stdout"])
    return match.group(1) if match else None
