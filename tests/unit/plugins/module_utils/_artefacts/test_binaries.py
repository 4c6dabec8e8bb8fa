# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What wheels and packages hold is read with dpkg-deb and without, and however they are damaged."""

from __future__ import annotations

import contextlib
import io
import lzma
import shutil
import tarfile
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts import binaries
from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts.binaries import Misfit, Platform
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import deb_file
from ansible_collections.jetfleet.protobuf.tests.support.artefacts import (
    MODULE,
    binary,
    make_artefact,
    make_package,
    make_wheel,
    wrong_artefacts,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NANO = Platform("arm64", "aarch64", (2, 31), "cpython-39-aarch64-linux-gnu")
fuzz = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def check(path: Path, platform: Platform = NANO) -> None:
    """Check a file as what its name says it is."""
    (binaries.check_wheel if path.suffix == ".whl" else binaries.check_package)(str(path), platform)


@pytest.fixture(params=["dpkg-deb", "no dpkg-deb"])
def tools(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Run a test with dpkg-deb and, as on controllers that are no Debian, without."""
    if request.param == "no dpkg-deb":
        no_dpkg(monkeypatch, tmp_path)


def no_dpkg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert not shutil.which("dpkg-deb")


@pytest.fixture(scope="module")
def artefact(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return make_artefact(tmp_path_factory.mktemp("made") / "artefact")


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, str]]:
    return [*wrong_artefacts(tmp_path_factory.mktemp("wrong"), "aarch64")]


@pytest.mark.usefixtures("tools")
def test_what_fits_passes(artefact: list[Path]) -> None:
    for path in artefact:
        check(path)


@pytest.mark.usefixtures("tools")
def test_everything_that_does_not_fit_is_named_with_what_is_wanted(wrong: list[tuple[Path, str]]) -> None:
    for path, cause in wrong:
        with pytest.raises(Misfit) as refused:
            check(path)
        assert str(refused.value).startswith(cause)
    assert len(wrong) > 25


@pytest.mark.parametrize(
    ("key", "platform"),
    [
        ("protobuf-3.6.0_arm64_debian-11_glibc-2.31_cpython-39-aarch64-linux-gnu_1a2b3c4d", NANO),
        (
            "protobuf-3.6.0_amd64_ubuntu-16.04_glibc-2.23_cpython-35m-x86_64-linux-gnu_1a2b3c4d",
            Platform("amd64", "x86_64", (2, 23), "cpython-35m-x86_64-linux-gnu"),
        ),
        (
            "protobuf-3.6.0_arm64_debian-sid_glibc-2.31.9000_cpython-27_1a2b3c4d",
            Platform("arm64", "aarch64", (2, 31, 9000), "cpython-27"),
        ),
        ("protobuf-3.6.0_mips_debian-11_glibc-2.31_cpython-39-mips-linux-gnu_1a2b3c4d", None),
        ("protobuf-3.6.0_arm64_debian-11_glibc-x_cpython-39-aarch64-linux-gnu_1a2b3c4d", None),
        ("protobuf-3.6.0_arm64_debian-11_glibc-2.31_pypy39-pp73_1a2b3c4d", None),
        ("protobuf-3.6.0_arm64_debian-11_glibc-2.31_cpython-39-aarch64-linux-gnu", None),
        ("key", None),
    ],
)
def test_a_key_says_what_the_platform_is(key: str, platform: Platform | None) -> None:
    assert binaries.platform_of_key(key) == platform


@pytest.mark.parametrize(
    ("soabi", "version", "name"),
    [
        ("cpython-36m-x", "3.6.9", "cpython-36m-x"),
        (None, "2.7.18", "cpython-27"),
        (None, "3.9.2", None),
        (None, None, None),
    ],
)
def test_the_name_of_an_abi(soabi: str | None, version: str | None, name: str | None) -> None:
    assert binaries.soabi_of({"soabi": soabi, "version": version}) == name


@pytest.mark.parametrize("abi", ["cp27mu", "cp27m"])
@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("_message.so", True),
        ("_message.aarch64-linux-gnu.so", True),
        ("_message.x86_64-linux-gnu.so", False),
        ("_message.cpython-39-aarch64-linux-gnu.so", False),
    ],
)
def test_python_2_has_no_tag_for_its_abi(tmp_path: Path, name: str, fits: bool, abi: str) -> None:
    files = {f"google/protobuf/pyext/{name}": binary(machine="aarch64")}
    wheel = make_wheel(tmp_path / f"protobuf-3.6.0-cp27-{abi}-linux_aarch64.whl", files)
    with (
        contextlib.nullcontext() if fits else pytest.raises(Misfit, match="holds .*, but _message.so for .* is needed")
    ):
        check(wheel, Platform("arm64", "aarch64", (2, 31), "cpython-27"))


@pytest.mark.parametrize("tags", ["manylinux2014_aarch64", "manylinux_2_17_aarch64.manylinux2014_aarch64"])
def test_a_wheel_of_pypi_passes(tmp_path: Path, tags: str) -> None:
    files = {f"{MODULE}.cpython-37m-aarch64-linux-gnu.so": binary(machine="aarch64")}
    check(
        make_wheel(tmp_path / f"protobuf-3.18.3-cp37-cp37m-{tags}.whl", files),
        Platform("arm64", "aarch64", (2, 27), "cpython-37m-aarch64-linux-gnu"),
    )


def test_packing_that_python_cannot_read(artefact: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"usr/local/lib/libprotobuf.so.16": binary(machine="aarch64")}
    package = make_package(tmp_path / "x.deb", files, packing="gzip")
    check(package)
    no_dpkg(monkeypatch, tmp_path)
    with pytest.raises(Misfit, match=r"x.deb is not a Debian package \(control.tar.gz is not packed with xz\)"):
        check(package)
    monkeypatch.setattr(deb_file, "LZMADecompressor", None)
    with pytest.raises(deb_file.NoUnpacker, match="without dpkg-deb or Python's module lzma: install dpkg"):
        check(artefact[1])


def tar(*members: tuple[tarfile.TarInfo, bytes], layout: int = tarfile.GNU_FORMAT) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=layout) as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def deb(control: bytes, data: bytes) -> bytes:
    """Pack a package without dpkg-deb, which makes none that are damaged."""
    parts = {
        "debian-binary": b"2.0\n",
        "control.tar.xz": lzma.compress(control, preset=0),
        "data.tar.xz": lzma.compress(data, preset=0),
    }
    packed = b"!<arch>\n"
    for name, content in parts.items():
        packed += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
        packed += content + b"\n" * (len(content) % 2)
    return packed


CONTROL = tar((tarfile.TarInfo("./control"), b"Package: x\nArchitecture: arm64\n"))


def library(name: str = "./usr/local/lib/libprotobuf.so.16") -> tuple[tarfile.TarInfo, bytes]:
    return tarfile.TarInfo(name), binary(machine="aarch64")


@pytest.mark.usefixtures("tools")
@pytest.mark.parametrize("layout", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_in_a_package(tmp_path: Path, layout: int) -> None:
    path, long = tmp_path / "x.deb", "./" + "long/" * 100 + "libprotobuf.so"
    path.write_bytes(deb(CONTROL, tar(library(long), layout=layout)))
    check(path)
    path.write_bytes(deb(CONTROL, tar((tarfile.TarInfo(long), binary(machine="x86_64")), layout=layout)))
    with pytest.raises(Misfit, match="holds /long/long/.*"):
        check(path)


@pytest.mark.usefixtures("tools")
def test_what_unpacks_to_more_than_a_host_can_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few kilobytes each; the bound is lowered so that no test has to unpack so much."""
    monkeypatch.setattr(deb_file, "MAX_BYTES", 1 << 20)
    package, wheel = tmp_path / "x.deb", tmp_path / "protobuf-3.6.0-cp39-cp39-linux_aarch64.whl"
    package.write_bytes(deb(CONTROL, tar(library(), (tarfile.TarInfo("./zeros"), bytes(2 << 20)))))
    make_wheel(wheel, {f"{MODULE}.{NANO.soabi}.so": binary(machine="aarch64"), "zeros": bytes(2 << 20)})
    for path in (package, wheel):
        assert path.stat().st_size < 20000
        with pytest.raises(Misfit, match="it unpacks to more than 1 MB"):
            check(path)
    monkeypatch.setattr(deb_file, "MAX_FILES", 3)
    package.write_bytes(deb(CONTROL, tar(*(library(f"./{number}") for number in range(4)))))
    with pytest.raises(Misfit, match="it holds more than 3 files"):
        check(package)


@pytest.mark.usefixtures("tools")
def test_a_file_with_holes_is_refused_whatever_size_it_claims(tmp_path: Path) -> None:
    member, content = library()
    archive = bytearray(tar((member, content)))
    # A sparse file of GNU tar: one piece of data, and a real size of 8 GB.
    archive[156:157] = tarfile.GNUTYPE_SPARSE
    archive[386:410] = b"%011o\0%011o\0" % (0, len(content))
    archive[483:495] = b"77777777777\0"
    archive[148:156] = b" " * 8
    archive[148:155] = b"%06o\0" % sum(archive[:512])
    path = tmp_path / "x.deb"
    path.write_bytes(deb(CONTROL, bytes(archive)))
    with pytest.raises(Misfit, match="it holds a sparse file"):
        check(path)


@pytest.mark.usefixtures("tools")
def test_damage_behind_the_last_file_is_noticed(tmp_path: Path) -> None:
    """What follows the end mark of tar, including xz's own checksums, is not needed to read the files."""
    path = tmp_path / "x.deb"
    content = bytearray(deb(CONTROL, tar(library()) + bytes(1 << 20)))
    path.write_bytes(content)
    check(path)
    content[content.rindex(b"YZ")] ^= 1
    path.write_bytes(content)
    with pytest.raises(Misfit, match="is not a Debian package"):
        check(path)


def damaged(content: bytes, data: st.DataObject) -> bytes:
    """Cut it anywhere, flip bytes anywhere; most of what is read lies at the beginning."""
    result = bytearray(content[: data.draw(st.integers(0, len(content)) | st.just(len(content)))])
    positions = st.integers(0, max(0, min(len(result), data.draw(st.sampled_from([600, 1 << 30]))) - 1))
    for position, value in data.draw(st.lists(st.tuples(positions, st.integers(0, 255)), max_size=8)):
        if result:
            result[position] = value
    return bytes(result)


def survives(path: Path) -> None:
    """Whatever is wrong is one clause on one line."""
    try:
        check(path)
    except Misfit as misfit:
        message = str(misfit)
        assert message.startswith(path.name)
        assert message.isprintable() and len(message) < 700


@fuzz
@given(data=st.data())
def test_a_damaged_wheel(artefact: list[Path], tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / artefact[0].name
    path.write_bytes(damaged(artefact[0].read_bytes(), data))
    survives(path)


@fuzz
@given(data=st.data())
def test_a_damaged_package(artefact: list[Path], tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / artefact[1].name
    path.write_bytes(damaged(artefact[1].read_bytes(), data))
    with pytest.MonkeyPatch.context() as patch:
        if data.draw(st.booleans()):
            no_dpkg(patch, tmp_path)
        survives(path)


@fuzz
@given(data=st.data())
def test_damaged_archives_in_a_package(tmp_path: Path, data: st.DataObject) -> None:
    """What xz packed is damaged before it is packed, or nothing behind xz would ever be reached."""
    layout = data.draw(st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]))
    archive = tar(library(), library("./" + "long/" * 100 + "file"), layout=layout)
    path = tmp_path / "x.deb"
    with pytest.MonkeyPatch.context() as patch:
        no_dpkg(patch, tmp_path)
        path.write_bytes(deb(damaged(CONTROL, data), damaged(archive, data)))
        survives(path)


@settings(fuzz, max_examples=50)
# A zip file ends names at a NUL.
@given(name=st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=300))
def test_a_name_of_any_kind_is_shown_on_one_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / "protobuf-3.6.0-cp39-cp39-linux_aarch64.whl"
    with contextlib.suppress(UnicodeEncodeError):
        make_wheel(path, {name: binary(machine="x86_64")})
        with pytest.raises(Misfit):
            check(path)
        survives(path)
