# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ELF files are made with gcc; the loader's answers are compared with those of the real one."""

from __future__ import annotations

import ctypes
import io
import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import elf as system_elf
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import loader as system_loader
from ansible_collections.jetfleet.protobuf.tests.support.libraries import build_library as build
from ansible_collections.jetfleet.protobuf.tests.support.libraries import build_mir_chain, rpath
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MACHINE = os.uname().machine
# What every library needs of glibc: the version that its port began with.
GLIBC = {"x86_64": (2, 2, 5), "aarch64": (2, 17)}[MACHINE]


def really_loads(path: Path) -> bool:
    """What the host's own loader says, in a process without anything loaded."""
    code = f"import ctypes; ctypes.CDLL({str(path)!r})"
    environment = {key: value for key, value in os.environ.items() if key != "LD_LIBRARY_PATH"}
    return (
        subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False).returncode == 0
    )


def is_libprotobuf(path: str) -> bool:
    return os.path.basename(path).startswith("libprotobuf")


@pytest.fixture(scope="session")
def loader() -> system_loader.Loader:
    return system_loader.Loader()


@pytest.fixture
def mir(tmp_path: Path) -> Path:
    """Return the first library of a chain that ends at libprotobuf-lite.so.9."""
    return build_mir_chain(tmp_path, "libuser.so")


def test_read_elf_of_a_library(tmp_path: Path) -> None:
    needed = build(tmp_path / "libb.so.2")
    path = build(tmp_path / "liba.so.1", [needed], flags=rpath("/opt/one:$ORIGIN/two"))
    assert system_loader.read_elf(str(path)) == {
        "soname": "liba.so.1",
        "needed": ["libb.so.2", "libc.so.6"],
        "runpath": ["/opt/one", "$ORIGIN/two"],
        "rpath": [],
        "machine": MACHINE,
        "bits": 64,
    }


def test_read_elf_tells_rpath_from_runpath(tmp_path: Path) -> None:
    elf = system_loader.read_elf(str(build(tmp_path / "liba.so", flags=rpath("/opt/one", old=True))))
    assert (elf["rpath"], elf["runpath"]) == (["/opt/one"], [])


def test_read_elf_of_an_executable() -> None:
    elf = system_loader.read_elf(os.path.realpath("/bin/ls"))
    assert elf["soname"] is None
    assert "libc.so.6" in elf["needed"]


def test_read_elf_of_a_32_bit_big_endian_file(tmp_path: Path) -> None:
    """Made by hand: no such compiler is to be had everywhere."""
    strings = b"\0libprotobuf.so.16\0"
    header_size, segment_size = 52, 32
    dynamic_offset = header_size + 2 * segment_size
    strings_offset = dynamic_offset + 3 * 8
    dynamic = struct.pack(">6I", 1, 1, 5, 0x1000 + strings_offset, 0, 0)
    size = strings_offset + len(strings)
    header = b"\x7fELF\x01\x02\x01" + bytes(9)
    header += struct.pack(">HHIIIIIHHHHHH", 3, 8, 1, 0, header_size, 0, 0, header_size, segment_size, 2, 0, 0, 0)
    load = struct.pack(">8I", 1, 0, 0x1000, 0x1000, size, size, 5, 0x1000)
    segment = struct.pack(">8I", 2, dynamic_offset, 0x1000 + dynamic_offset, 0, len(dynamic), len(dynamic), 6, 4)
    path = tmp_path / "libmips.so"
    path.write_bytes(header + load + segment + dynamic + strings)
    elf = system_loader.read_elf(str(path))
    assert (elf["machine"], elf["bits"], elf["needed"]) == ("mips", 32, ["libprotobuf.so.16"])


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"#!/bin/sh\n", b"INPUT(-lprotobuf)\n", bytes(4096)])
def test_read_elf_of_no_elf_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "libx.so"
    path.write_bytes(content)
    assert system_loader.read_elf(str(path)) is None


def test_read_elf_of_no_regular_file(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo.so"
    os.mkfifo(fifo)
    assert system_loader.read_elf(str(fifo)) is None
    assert system_loader.read_elf(str(tmp_path)) is None
    assert system_loader.read_elf(str(tmp_path / "nowhere.so")) is None


def build_against(folder: Path, version: str) -> Path:
    """Have the real linker make a library that needs a version of a libc."""
    script = folder / "versions"
    script.write_text(f"{version} {{ global: needed; local: *; }};")
    flags = ["-nostdlib", f"-Wl,--version-script={script}"]
    libc = build(folder / "libc.so.6", flags=flags, source="int needed(void) { return 0; }")
    source = "int needed(void); int uses(void) { return needed(); }"
    return build(folder / "libuses.so", [libc], flags=["-nostdlib"], source=source)


@pytest.mark.parametrize(
    ("version", "glibc"),
    [
        ("GLIBC_2.17", (2, 17)),
        ("GLIBC_2.2.5", (2, 2, 5)),
        ("GLIBC_2.99", (2, 99)),
        ("GLIBC_ABI_DT_RELR", (2, 36)),
        ("GLIBC_PRIVATE", None),
        ("GLIBC_2", None),
        ("GLIBC_99999.1", None),
        ("GLIBCXX_3.4.29", None),
    ],
)
def test_the_glibc_that_a_library_needs(tmp_path: Path, version: str, glibc: tuple[int, ...] | None) -> None:
    path = build_against(tmp_path, version)
    assert platform_of(path) == {"machine": MACHINE, "glibc": glibc}


def platform_of(path: Path) -> dict[str, Any] | None:
    with path.open("rb") as stream:
        found: dict[str, Any] | None = system_elf.read_platform(stream)
    assert found == system_elf.read_platform(io.BytesIO(path.read_bytes()))
    return found


def test_readelf_finds_the_same_glibc_in_the_libraries_of_this_machine() -> None:
    libraries = [path for path in sorted(Path(f"/usr/lib/{MACHINE}-linux-gnu").glob("*.so*")) if path.is_file()]
    found = set()
    for path in libraries[:: len(libraries) // 40]:
        shown = subprocess.run(["readelf", "--version-info", path], capture_output=True, text=True, check=False).stdout
        needed = shown.partition("Version needs section")[2]
        versions = [tuple(map(int, numbers.split("."))) for numbers in re.findall(r"Name: GLIBC_([\d.]+)", needed)]
        versions += [(2, 36)] * ("Name: GLIBC_ABI_DT_RELR" in needed)
        platform = platform_of(path)
        if platform is not None:
            assert platform == {"machine": MACHINE, "glibc": max(versions, default=None)}, path
            found.add(platform["glibc"])
    assert len(found) > 3


def test_what_is_no_ordinary_64_bit_file_is_called_so(small_library: bytes) -> None:
    content = bytearray(small_library)
    struct.pack_into("<H", content, 18, 1234)
    assert system_elf.read_platform(io.BytesIO(content)) == {"machine": "machine-1234", "glibc": GLIBC}
    header = struct.pack(">HHIIIIIHHHHHH", 3, 8, 1, 0, 52, 0, 0, 52, 32, 0, 0, 0, 0)
    big = b"\x7fELF\x01\x02\x01" + bytes(9) + header
    assert system_elf.read_platform(io.BytesIO(big)) == {"machine": "32-bit big-endian mips", "glibc": None}


def test_read_elf_of_an_object_file(tmp_path: Path) -> None:
    path = tmp_path / "x.o"
    subprocess.run(["gcc", "-x", "c", "-", "-c", "-o", str(path)], input="int x;", text=True, check=True)
    assert system_loader.read_elf(str(path)) is None


@pytest.fixture(scope="session")
def small_library(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("elf")
    needed = build(folder / "libneeded.so.1")
    return build(
        folder / "libsmall.so.1", [needed], flags=[*rpath("$ORIGIN"), "-s", "-Wl,-z,noseparate-code"]
    ).read_bytes()


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_read_elf_survives_damage(small_library: bytes, tmp_path: Path, data: st.DataObject) -> None:
    """Truncated anywhere, bytes flipped anywhere: an answer or None, never an exception."""
    content = bytearray(small_library[: data.draw(st.integers(0, len(small_library)))])
    # Most of what is read lies in the headers.
    positions = st.integers(0, max(0, min(len(content), data.draw(st.sampled_from([64, 1024, 1 << 20]))) - 1))
    for position, value in data.draw(st.lists(st.tuples(positions, st.integers(0, 255)), max_size=12)):
        if content:
            content[position] = value
    path = tmp_path / "damaged.so"
    path.write_bytes(content)
    elf = system_loader.read_elf(str(path))
    assert elf is None or sorted(elf) == ["bits", "machine", "needed", "rpath", "runpath", "soname"]
    platform = system_elf.read_platform(io.BytesIO(content))
    assert platform is None or sorted(platform) == ["glibc", "machine"]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(garbage=st.binary(max_size=400))
def test_read_elf_survives_garbage(tmp_path: Path, garbage: bytes) -> None:
    path = tmp_path / "garbage.so"
    path.write_bytes(b"\x7fELF\x02\x01\x01" + garbage)
    elf = system_loader.read_elf(str(path))
    assert elf is None or elf["bits"] == 64


def test_bounds_of_a_hostile_file(tmp_path: Path, small_library: bytes) -> None:
    """A file that claims 65535 program headers is not walked through."""
    content = bytearray(small_library)
    struct.pack_into("<H", content, 56, 0xFFFF)
    path = tmp_path / "many.so"
    path.write_bytes(content + bytes(65535 * 56))
    assert system_loader.read_elf(str(path)) is None
    assert system_elf.MAX_PROGRAM_HEADERS < 0xFFFF


class Counted(io.BytesIO):
    """Counts how often it is read from."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        return super().read(size)


def hand_made(versions: bytes) -> bytes:
    """Make a 64-bit file of nothing but a table of needed versions, which no linker would write."""
    place = 64 + 2 * 56 + 3 * 16
    size = place + len(versions)
    header = (
        b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 3, 183, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    )
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, size, size, 4096)
    dynamic = struct.pack("<IIQQQQQQ", 2, 6, 64 + 2 * 56, 0, 0, 3 * 16, 3 * 16, 8)
    return header + load + dynamic + struct.pack("<6Q", 5, place, 0x6FFFFFFE, place, 0, 0) + versions


def test_needed_versions_lie_where_the_table_says() -> None:
    """Linkers usually put them one behind the other, but need not."""
    table = bytearray(200)
    table[180:191] = b"GLIBC_2.20\0"
    table[160:171] = b"GLIBC_2.30\0"
    struct.pack_into("<HHIII", table, 0, 1, 1, 0, 80, 30)
    struct.pack_into("<IHHII", table, 80, 0, 0, 2, 180, 0)
    struct.pack_into("<HHIII", table, 30, 1, 2, 0, 20, 0)
    struct.pack_into("<IHHII", table, 50, 0, 0, 3, 180, 60)
    struct.pack_into("<IHHII", table, 110, 0, 0, 4, 160, 0)
    assert system_elf.read_platform(io.BytesIO(hand_made(bytes(table)))) == {"machine": "aarch64", "glibc": (2, 30)}


@pytest.mark.parametrize(
    ("first", "following"),
    [
        (struct.pack("<HHIII", 1, 0, 0, 0, 16), struct.pack("<HHIII", 1, 0, 0, 0, 16)),
        (struct.pack("<HHIII", 1, 0xFFFF, 0, 16, 0), struct.pack("<IHHII", 0, 0, 0, 0, 16)),
        (struct.pack("<HHIII", 1, 1000, 0, 16, 16), struct.pack("<HHIII", 1, 1000, 0, 16, 16)),
    ],
    ids=["libraries", "versions", "both"],
)
def test_needed_versions_without_end(first: bytes, following: bytes) -> None:
    """There is one more each time, as far as a large file goes: a bound ends that, and not the end of the file."""
    stream = Counted(hand_made(first + following * 100_000))
    assert system_elf.read_platform(stream) is None
    assert stream.reads < 2 * (system_elf.MAX_VERSIONS + system_elf.MAX_LIBRARIES)


def test_cache_is_what_ldconfig_prints(loader: system_loader.Loader) -> None:
    assert "libc.so.6" in [soname for soname, _path in loader.cache]
    assert all(path.startswith("/") for _soname, path in loader.cache)


def test_without_ldconfig_the_default_directories_remain(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise FileNotFoundError(2, "no ldconfig")

    monkeypatch.setattr(system_loader.subprocess, "Popen", refuse)
    loader = system_loader.Loader()
    assert loader.cache == []
    found = loader.resolve("libc.so.6", sys.executable, MACHINE)
    assert found is not None
    assert os.path.realpath(found) == os.path.realpath(f"/lib/{MACHINE}-linux-gnu/libc.so.6")


def test_chain_of_several_libraries(loader: system_loader.Loader, mir: Path) -> None:
    names = [
        "libuser.so",
        "libopencv_highgui.so.3.3",
        "libmirclient.so.9",
        "libmirprotobuf.so.3",
        "libprotobuf-lite.so.9",
    ]
    assert loader.chains(str(mir), is_libprotobuf, 10) == [[str(mir.parent / name) for name in names]]
    assert loader.missing(str(mir)) == []


def test_shortest_chains_come_first(loader: system_loader.Loader, mir: Path) -> None:
    protobuf = build(mir.parent / "libprotobuf.so.16")
    both = build(mir.parent / "liball.so", [mir, protobuf], flags=rpath("$ORIGIN"))
    chains = loader.chains(str(both), is_libprotobuf, 10)
    assert [len(chain) for chain in chains] == [2, 6]
    assert loader.chains(str(both), is_libprotobuf, 1) == chains[:1]


def test_each_library_is_visited_once_in_a_cycle(loader: system_loader.Loader, tmp_path: Path) -> None:
    flags = rpath("$ORIGIN")
    protobuf = build(tmp_path / "libprotobuf.so.9")
    build(tmp_path / "libb.so")
    first = build(tmp_path / "liba.so", [tmp_path / "libb.so"], flags=flags)
    build(tmp_path / "libb.so", [first, protobuf], flags=flags)
    assert really_loads(first)
    assert loader.chains(str(first), is_libprotobuf, 10) == [[str(first), str(tmp_path / "libb.so"), str(protobuf)]]
    paths = [chain[-1] for chain, missing in loader.walk(str(first)) if missing is None]
    assert len(paths) == len(set(paths))


def test_a_missing_library_is_named_and_ends_its_chain(loader: system_loader.Loader, mir: Path) -> None:
    (mir.parent / "libprotobuf-lite.so.9").unlink()
    assert not really_loads(mir)
    assert loader.missing(str(mir)) == ["libprotobuf-lite.so.9"]
    assert [chain[-1] for chain in loader.chains(str(mir), is_libprotobuf, 10)] == ["libprotobuf-lite.so.9"]


def test_the_library_of_another_architecture_is_passed_over(tmp_path: Path) -> None:
    protobuf = build(tmp_path / "good" / "libprotobuf.so.16")
    flags = rpath("$ORIGIN/bad:$ORIGIN/good")
    user = build(tmp_path / "libuser.so", [protobuf], flags=flags)
    other = bytearray(protobuf.read_bytes())
    struct.pack_into("<H", other, 18, 40)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / protobuf.name).write_bytes(other)
    assert really_loads(user)
    assert system_loader.Loader().chains(str(user), is_libprotobuf, 10) == [[str(user), str(protobuf)]]
    shutil.rmtree(tmp_path / "good")
    assert system_loader.Loader().missing(str(user)) == ["libprotobuf.so.16"]


@pytest.mark.parametrize("old", [True, False], ids=["rpath", "runpath"])
def test_only_an_rpath_serves_the_libraries_below(loader: system_loader.Loader, tmp_path: Path, old: bool) -> None:
    """libtop has the path, libmiddle has none and needs libprotobuf from the same folder."""
    protobuf = build(tmp_path / "deep" / "libprotobuf.so.16")
    middle = build(tmp_path / "deep" / "libmiddle.so", [protobuf])
    top = build(tmp_path / "libtop.so", [middle], flags=rpath("$ORIGIN/deep", old=old))
    assert really_loads(top) is old
    assert (loader.missing(str(top)) == []) is old


def test_a_runpath_hides_the_rpaths_above(loader: system_loader.Loader, tmp_path: Path) -> None:
    protobuf = build(tmp_path / "deep" / "libprotobuf.so.16")
    middle = build(tmp_path / "deep" / "libmiddle.so", [protobuf], flags=rpath("/nowhere"))
    top = build(tmp_path / "libtop.so", [middle], flags=rpath("$ORIGIN/deep", old=True))
    assert not really_loads(top)
    assert loader.missing(str(top)) == ["libprotobuf.so.16"]


def test_origin_is_not_where_a_link_points_to(loader: system_loader.Loader, tmp_path: Path) -> None:
    protobuf = build(tmp_path / "real" / "dep" / "libprotobuf.so.16")
    user = build(tmp_path / "real" / "libuser.so", [protobuf], flags=rpath("$ORIGIN/dep"))
    link = tmp_path / "link" / "libuser.so"
    link.parent.mkdir()
    link.symlink_to(user)
    assert really_loads(user)
    assert not really_loads(link)
    assert loader.missing(str(user)) == []
    assert loader.missing(str(link)) == ["libprotobuf.so.16"]


def test_a_soname_that_is_loaded_already_is_not_looked_for_again(loader: system_loader.Loader, tmp_path: Path) -> None:
    """libleft brings libprotobuf.so.16; libright, without a path of its own, gets the same one."""
    protobuf = build(tmp_path / "deep" / "libprotobuf.so.16")
    left = build(tmp_path / "libleft.so", [protobuf], flags=rpath("$ORIGIN/deep"))
    right = build(tmp_path / "libright.so", [protobuf])
    top = build(tmp_path / "libtop.so", [left, right], flags=rpath("$ORIGIN"))
    assert really_loads(top)
    assert not really_loads(right)
    assert loader.missing(str(top)) == []


def test_a_needed_path_is_taken_as_it_is(loader: system_loader.Loader, tmp_path: Path) -> None:
    protobuf = build(tmp_path / "libprotobuf.so.16", soname=str(tmp_path / "libprotobuf.so.16"))
    user = build(tmp_path / "libuser.so", [protobuf])
    assert really_loads(user)
    assert loader.chains(str(user), is_libprotobuf, 10) == [[str(user), str(protobuf)]]


def test_matching_names_each_library_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = build(tmp_path / "libopencv_dnn.so.4.5.1", soname="libopencv_dnn.so.4.5")
    for name in ("libopencv_dnn.so.4.5", "libopencv_dnn.so"):
        (tmp_path / name).symlink_to(library.name)
    (tmp_path / "libopencv_text.so.4.5").write_bytes(b"no library")
    monkeypatch.setattr(system_loader.Loader, "default_directories", staticmethod(lambda _machine: [str(tmp_path)]))
    loader = system_loader.Loader()
    assert loader.matching("libopencv_*.so*", MACHINE) == [str(tmp_path / "libopencv_dnn.so.4.5")]
    assert loader.matching("libopencv_*.so*", "mips") == []


def test_resolves_as_the_real_loader_did_for_this_process(loader: system_loader.Loader) -> None:
    """Every library that ctypes' extension made this process map."""
    ctypes.CDLL(None)
    extension = sys.modules["_ctypes"].__file__
    assert extension is not None
    lines = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    mapped = {os.path.realpath(line.split(None, 5)[5]) for line in lines if "/" in line}
    expected = {os.path.realpath(chain[-1]) for chain, _missing in loader.walk(extension)}
    assert loader.missing(extension) == []
    assert expected <= mapped
