# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small file that unpacks to a large one costs a controller and a board time, and no memory."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.artefacts import MODULE, binary, make_package, make_wheel

KEY = "protobuf-3.6.0_arm64_debian-11_glibc-2.31_cpython-39-aarch64-linux-gnu_1a2b3c4d"
WHEEL = "protobuf-3.6.0-cp39-cp39-linux_aarch64.whl"
EXTENSION = f"{MODULE}.cpython-39-aarch64-linux-gnu.so"
LARGE = 200 << 20
# More than a Python with all imports has, and much less than the large file.
MOST = 100 << 20
STORE = """
import hashlib
import resource
import sys
from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts import store
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
path = sys.argv[2]
with open(path, "rb") as stream:
    sha256 = hashlib.sha256(stream.read()).hexdigest()
try:
    store.put(sys.argv[1], sys.argv[3], [dict(path=path, sha256=sha256)], {}, True)
    print("stored")
except store.StoreError as error:
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10)
"""


def stored(folder: Path, path: Path) -> str:
    """Return what the store says to a file that it must take or refuse without memory for what it unpacks to."""
    command = [sys.executable, "-c", STORE, str(folder / "store"), str(path), KEY]
    told, memory = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert int(memory) < MOST
    return told


def test_a_large_extension_in_a_small_wheel(tmp_path: Path) -> None:
    large = binary(machine="aarch64", glibc="2.31", mark=bytes(LARGE))
    wheel = make_wheel(tmp_path / WHEEL, {EXTENSION: large})
    assert wheel.stat().st_size < 1 << 20
    assert stored(tmp_path, wheel) == "stored"


def test_a_large_library_in_a_small_package(tmp_path: Path) -> None:
    large = binary(machine="aarch64", glibc="2.31", mark=bytes(LARGE))
    package = make_package(
        tmp_path / "jetfleet-libprotobuf_3.6.0_arm64.deb", {"usr/local/lib/libprotobuf.so.16": large}
    )
    assert package.stat().st_size < 1 << 20
    assert stored(tmp_path, package) == "stored"


def test_more_than_any_wheel_has_is_refused(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / WHEEL, {EXTENSION: binary(machine="aarch64", glibc="2.31")})
    with zipfile.ZipFile(wheel, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros.so", "w") as member:
        for _block in range(300):
            member.write(bytes(1 << 20))
    assert "it unpacks to more than 256 MB" in stored(tmp_path, wheel)


@pytest.mark.parametrize(("number", "length"), [(100000, 1), (30000, 1), (1000, 30000)])
def test_more_files_than_any_wheel_has_are_refused_before_their_names_are_read(
    tmp_path: Path, number: int, length: int
) -> None:
    wheel = tmp_path / WHEEL
    with zipfile.ZipFile(wheel, "w") as archive:
        for member in range(number):
            archive.writestr(zipfile.ZipInfo(f"{member}{'x' * length}"), b"")
    assert "it holds more than 20000 files, or too long names" in stored(tmp_path, wheel)


def test_a_zip_file_whose_end_is_hidden_is_refused(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / WHEEL, {EXTENSION: binary(machine="aarch64", glibc="2.31")})
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.comment = b"x" * 100
    assert "it is not a zip file" in stored(tmp_path, wheel)
