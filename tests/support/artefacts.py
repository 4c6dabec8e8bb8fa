# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small wheels and packages that are what they say: what is in them was compiled, and dpkg-deb packed it."""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import os
import re
import shutil
import struct
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import PACKAGE
from ansible_collections.jetfleet.protobuf.tests.support.libraries import build_library
from ansible_collections.jetfleet.protobuf.tests.support.packages import CONTROL

MACHINE = os.uname().machine
ARCHITECTURES = {"aarch64": "arm64", "x86_64": "amd64"}
NUMBERS = {"aarch64": 183, "x86_64": 62}
VERSION = "3.6.0+jetfleet.1a2b3c4d"
MODULE = "google/protobuf/pyext/_message"


@functools.cache
def _compiled() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return build_library(Path(folder) / "library.so", flags=["-s", "-Wl,-z,noseparate-code"]).read_bytes()


def binary(mark: bytes = b"", *, machine: str = MACHINE, glibc: str = "2.17") -> bytes:
    """Return a shared library that was compiled here, made one of the machine that needs that glibc; mark is its end."""
    content = bytearray(_compiled())
    struct.pack_into("<H", content, 18, NUMBERS[machine])

    def replaced(match: re.Match[bytes]) -> bytes:
        return f"GLIBC_{glibc}".encode().ljust(len(match[0]), b"\0")

    changed, number = re.subn(rb"GLIBC_[\d.]+\0", replaced, bytes(content))
    assert number and len(changed) == len(content)
    return changed + mark


def make_wheel(path: Path, files: dict[str, bytes], *, tag: str | None = None, wheel_version: str = "1.0") -> Path:
    """Write a wheel with the files, and with metadata that say what its name says, or the tag."""
    distribution, version, own_tag = path.stem.split("-", 2)
    metadata = {
        "METADATA": f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n",
        "WHEEL": f"Wheel-Version: {wheel_version}\nRoot-Is-Purelib: false\nTag: {tag or own_tag}\n",
    }
    inside = files | {f"{distribution}-{version}.dist-info/{name}": text.encode() for name, text in metadata.items()}
    record = f"{distribution}-{version}.dist-info/RECORD"
    inside[record] = "".join(f"{name},,\n" for name in (*inside, record)).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in inside.items():
            archive.writestr(name, content)
    return path


def make_package(path: Path, files: dict[str, bytes], *, architecture: str = "arm64", packing: str = "xz") -> Path:
    """Have dpkg-deb make our package, with files at these places."""
    with tempfile.TemporaryDirectory() as folder:
        control = Path(folder) / "DEBIAN/control"
        control.parent.mkdir()
        control.write_text(CONTROL.format(name=PACKAGE, version=VERSION, architecture=architecture))
        for name, content in files.items():
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / name).write_bytes(content)
        # mktemp's folders are closed to others, which no folder of a package may be.
        Path(folder).chmod(0o755)
        subprocess.run(["dpkg-deb", f"-Z{packing}", "--build", folder, path], check=True, capture_output=True)
    return path


def make_artefact(folder: Path, mark: bytes = b"") -> list[Path]:
    """Write a wheel and a package for arm64, glibc 2.31 and CPython 3.9, different ones for each mark."""
    folder.mkdir()
    content = binary(mark, machine="aarch64", glibc="2.31")
    extension = f"{MODULE}.cpython-39-aarch64-linux-gnu.so"
    return [
        make_wheel(
            folder / "protobuf-3.6.0-cp39-cp39-linux_aarch64.whl",
            {"google/protobuf/__init__.py": b"", extension: content},
        ),
        make_package(
            folder / f"{PACKAGE}_{VERSION}_arm64.deb",
            {"usr/local/lib/libprotobuf.so.16": content},
        ),
    ]


def repack(artefact: Path, change: Callable[[Path], None]) -> None:
    """Change what is in the wheel of a stored artefact, whose record and manifest are right all the same."""
    (wheel,) = artefact.glob("*.whl")
    folder = wheel.with_suffix(".tree")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    change(folder)
    (record,) = folder.glob("*.dist-info/RECORD")
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    record.write_text("".join(f"{name},,\n" for name in names))
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.write(folder / name, name)
    shutil.rmtree(folder)
    manifest = json.loads((artefact / "manifest.json").read_text())
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    manifest["files"][wheel.name] = {"sha256": sha256, "bytes": wheel.stat().st_size}
    manifest["extensions"] = {}
    (artefact / "manifest.json").write_text(json.dumps(manifest))


class Wrong(NamedTuple):
    """A wheel or a package that must not get anywhere, and why."""

    file: Path
    cause: str


def wrong_artefacts(folder: Path, machine: str) -> Iterator[Wrong]:
    """Make everything that is not for CPython 3.9 on that machine, each in a folder of its own."""
    (other,) = set(NUMBERS) - {machine}
    tag, right = f"cp39-cp39-linux_{machine}", f"cpython-39-{machine}-linux-gnu.so"
    extension = f"{MODULE}.{right}"
    good = {extension: binary(machine=machine)}
    numbers = itertools.count()

    def place(name: str) -> Path:
        path = folder / str(next(numbers)) / name
        path.parent.mkdir(parents=True)
        return path

    def wheel(files: dict[str, bytes], cause: str, name_tag: str = tag, **options: str) -> Wrong:
        path = make_wheel(place(f"protobuf-3.6.0-{name_tag}.whl"), files, **options)
        return Wrong(path, f"{path.name} {cause}")

    def package(files: dict[str, bytes], cause: str, made_for: str = machine) -> Wrong:
        architecture = ARCHITECTURES[made_for]
        path = make_package(place(f"{PACKAGE}_{VERSION}_{architecture}.deb"), files, architecture=architecture)
        return Wrong(path, f"{path.name} {cause}")

    def holds(name: str, of: str, glibc: str, wanted: str) -> str:
        return f"holds {name} for {of} and glibc {glibc} or newer, but {wanted} for {machine} and glibc 2."

    # What distutils makes of the builder's own settings in a cross build.
    crossed = f"{MODULE}.cpython-39-{other}-linux-gnu.so"
    yield wheel({crossed: binary(machine=other)}, holds(crossed, other, "2.17", f"_message.{right}"))
    yield wheel({extension: binary(machine=other)}, holds(extension, other, "2.17", f"_message.{right}"))
    for suffix in (f"cpython-39-{other}-linux-gnu.so", f"cpython-38-{machine}-linux-gnu.so", "abi3.so", "so", "so.1"):
        name = f"{MODULE}.{suffix}"
        yield wheel({name: binary(machine=machine)}, holds(name, machine, "2.17", f"_message.{right}"))
    # One that fits does not speak for the others.
    second = f"google/protobuf/internal/_api_implementation.{right}"
    yield wheel(good | {second: binary(machine=other)}, holds(second, other, "2.17", f"_api_implementation.{right}"))
    hidden = "protobuf-3.6.0.data/scripts/protoc"
    yield wheel(good | {hidden: binary(machine=other)}, holds(hidden, other, "2.17", f"protoc.{right}"))
    new = {extension: binary(machine=machine, glibc="2.99")}
    yield wheel(new, holds(extension, machine, "2.99", f"_message.{right}"))
    for content, damage in ((b"no ELF", "is not an ELF file"), (binary(machine=machine)[:99], "is a damaged ELF file")):
        yield wheel({extension: content}, f"holds {extension}, which {damage}")
    yield wheel({"google/protobuf/__init__.py": b""}, f"lacks the C++ extension {extension}")
    tags = (f"cp38-cp38-linux_{machine}", "py3-none-any", f"cp39-cp39-linux_{other}", f"cp39-abi3-linux_{machine}")
    for wrong_tag in (*tags, f"cp39.cp38-cp39-linux_{machine}", f"cp39-cp39-linux_{machine}.linux_{other}"):
        yield wheel(good, f"is named for {wrong_tag} instead of {tag}", wrong_tag)
        yield wheel(good, f"says in its metadata that it is for {wrong_tag} instead of {tag}", tag=wrong_tag)
    garbage = place(f"protobuf-3.6.0-{tag}.whl")
    garbage.write_bytes(b"no zip")
    yield Wrong(garbage, f"{garbage.name} is not a wheel (it is not a zip file)")

    library = "usr/local/lib/libprotobuf.so.16"
    fits = {library: binary(machine=machine)}
    wrong = f"is for the architecture {ARCHITECTURES[other]} instead of {ARCHITECTURES[machine]}"
    yield package({library: binary(machine=other)}, wrong, other)
    yield package(fits, wrong, other)
    yield package({library: binary(machine=other)}, holds(f"/{library}", other, "2.17", "one"))
    tool = "usr/local/bin/protoc"
    yield package(fits | {tool: binary(machine=machine, glibc="2.99")}, holds(f"/{tool}", machine, "2.99", "one"))
    yield package(fits | {tool: binary(machine=machine)[:99]}, f"holds /{tool}, which is a damaged ELF file")
    yield package({"usr/local/include/any.h": b""}, "holds no library")
