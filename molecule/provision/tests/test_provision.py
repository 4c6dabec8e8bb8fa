# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a provisioned board must be, looked at over SSH with the board's own commands."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

ROOT = Path(__file__).parents[3]
STATE = ROOT / ".jetfleet"
RELEASES = yaml.safe_load((ROOT / "inventories/containers/group_vars/all/releases.yml").read_text())
DEFAULT = RELEASES["container_default_release"]
NAME = os.environ.get("RELEASE") or DEFAULT
RELEASE = RELEASES["container_releases"][NAME]
SUFFIX = "" if NAME == DEFAULT else f"-{NAME}"
# Plain SSH, as molecule's create left it: testinfra does not template what an inventory says.
CONFIGS = sorted((STATE / f"{os.environ['ARCH']}{SUFFIX}" / "boards").glob("board-*/ssh_config"))
testinfra_hosts = [
    f"ssh://{config.parent.name}?ssh_config={quote(str(config))}&controlpersist=60" for config in CONFIGS
]

PYTHON = "/usr/bin/python3"
BACKEND_PROOF = "from google.protobuf import descriptor_pb2 as d; print(type(d.FileDescriptorProto).__module__)"
ROUND_TRIP = (
    "from google.protobuf import descriptor_pb2 as d; m = d.FileDescriptorProto(name='board');"
    "print(d.FileDescriptorProto.FromString(m.SerializeToString()).name)"
)


@pytest.fixture
def wanted() -> dict[str, str]:
    """The versions that the inventory asks for."""
    version = json.loads((STATE / f"source{SUFFIX}-{RELEASE['source']}.json").read_text())["version"]
    major, minor, *rest = version.split(".")
    # From 3.21 on the Python package of C++ 3.X.Y is versioned 4.X.Y.
    python = version if (int(major), int(minor)) < (3, 21) else ".".join(["4", minor, *rest])
    return {"library": version, "python": python}


def test_the_package_of_the_library_is_installed(host: Any, wanted: dict[str, str]) -> None:
    package = host.package("jetfleet-libprotobuf")
    assert package.is_installed
    assert package.version.startswith(wanted["library"] + "+jetfleet.")


def test_every_file_of_the_package_is_as_it_was_installed(host: Any) -> None:
    assert host.check_output("dpkg --verify jetfleet-libprotobuf") == ""


def test_the_files_of_the_library_are_below_usr_local(host: Any) -> None:
    files = host.check_output("dpkg-query --listfiles jetfleet-libprotobuf").splitlines()
    assert "/usr/local/bin/protoc" in files
    assert "/usr/local/include/google/protobuf/message.h" in files
    assert "/usr/local/lib/pkgconfig/protobuf.pc" in files
    assert [name for name in files if name not in ("/.", "/usr") and not name.startswith("/usr/local")] == []


def test_the_loader_finds_both_libraries(host: Any) -> None:
    cache = host.check_output("/sbin/ldconfig --print-cache")
    found = {line.split(" => ")[1] for line in cache.splitlines() if "libprotobuf.so." in line}
    assert any(path.startswith("/usr/local/lib/") for path in found)
    assert any(path.startswith(("/usr/lib/", "/lib/")) for path in found)


def test_the_library_is_owned_by_root_and_writable_by_nobody_else(host: Any) -> None:
    files = host.check_output("dpkg-query --listfiles jetfleet-libprotobuf | grep ^/usr/local/lib/").splitlines()
    for name in files:
        entry = host.file(name)
        assert (entry.user, entry.group) == ("root", "root"), name
        assert entry.is_symlink or not entry.mode & 0o022, name


def test_protoc_on_the_path_is_ours(host: Any, wanted: dict[str, str]) -> None:
    assert host.check_output("/usr/local/bin/protoc --version") == "libprotoc " + wanted["library"]


def test_the_distributions_libprotobuf_is_whole(host: Any) -> None:
    packages = RELEASE["distribution"]["packages"]
    assert host.package(packages[0]).is_installed
    assert host.check_output(f"dpkg --verify {' '.join(packages)}") == ""


def test_the_users_of_the_distributions_libprotobuf_still_work(host: Any) -> None:
    assert host.check_output("/usr/bin/protoc --version") == f"libprotoc {RELEASE['distribution']['version']}"


def test_pip_shows_the_version(host: Any, wanted: dict[str, str]) -> None:
    shown = host.check_output("cd / && pip3 show protobuf").splitlines()
    assert "Version: " + wanted["python"] in shown


def test_the_backend_is_cpp(host: Any) -> None:
    proof = host.check_output(f'cd / && {PYTHON} -c "{BACKEND_PROOF}"')
    assert proof == "google.protobuf.pyext.cpp_message"


def test_a_message_survives_encoding_and_decoding(host: Any) -> None:
    assert host.run(f'cd / && {PYTHON} -c "{ROUND_TRIP}"').stdout.strip() == "board"


def test_nothing_is_left_behind(host: Any) -> None:
    leftovers = host.check_output("find /tmp /var/tmp -maxdepth 1 -name 'jetfleet*' -o -maxdepth 1 -name 'ansible*'")
    assert leftovers == ""
