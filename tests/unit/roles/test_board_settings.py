# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The build settings of the board's Python are found on a builder of another architecture, whatever their file is called."""

from __future__ import annotations

import runpy
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.pythons import REQUIRED, need_python
from hypothesis import given, settings
from hypothesis import strategies as st

SCRIPT = Path(__file__).parents[3] / "roles/python_protobuf/files/board_settings.py"
FIND = runpy.run_path(str(SCRIPT))["find"]
BOARD, BUILDER = "aarch64-linux-gnu", "x86_64-linux-gnu"


class Release(NamedTuple):
    """The ABI of a Python and of its debug build without the triplet, and the names of their files; {} is the triplet."""

    abi: str
    debug_abi: str
    name: str
    debug_name: str
    link: str | None = None


# As read in the packaging of Debian, of Ubuntu and of who makes other Pythons for it, and in the packages themselves.
RELEASES = {
    "2.7 of Debian 11": Release("", "", "plat-{}/_sysconfigdata_nd.py", "plat-{}/_sysconfigdata_d.py"),
    "3.5 of Ubuntu 16.04": Release(
        "cpython-35m", "cpython-35dm", "plat-{}/_sysconfigdata_m.py", "plat-{}/_sysconfigdata_dm.py"
    ),
    "3.6 of Ubuntu 18.04": Release(
        "cpython-36m", "cpython-36dm", "_sysconfigdata_m_linux_{}.py", "_sysconfigdata_dm_linux_{}.py"
    ),
    "3.7 for Ubuntu 16.04": Release(
        "cpython-37m", "cpython-37dm", "_sysconfigdata_m_linux_{}.py", "_sysconfigdata_dm_linux_{}.py"
    ),
    "3.7 for Ubuntu 18.04": Release(
        "cpython-37m",
        "cpython-37dm",
        "_sysconfigdata_m_{}.py",
        "_sysconfigdata_dm_{}.py",
        "_sysconfigdata_m_linux_{}.py",
    ),
    "3.8 for Ubuntu 16.04": Release(
        "cpython-38", "cpython-38d", "_sysconfigdata__linux_{}.py", "_sysconfigdata_d_linux_{}.py"
    ),
    "3.8 for Ubuntu 18.04 and later": Release(
        "cpython-38", "cpython-38d", "_sysconfigdata__{}.py", "_sysconfigdata_d_{}.py", "_sysconfigdata__linux_{}.py"
    ),
    "3.9 of Debian 11": Release(
        "cpython-39", "cpython-39d", "_sysconfigdata__{}.py", "_sysconfigdata_d_{}.py", "_sysconfigdata__linux_{}.py"
    ),
    "3.10 for Ubuntu 20.04 and later": Release(
        "cpython-310", "cpython-310d", "_sysconfigdata__{}.py", "_sysconfigdata_d_{}.py", "_sysconfigdata__linux_{}.py"
    ),
}
# What the folder of the standard library holds beside them only imports those of the Python that runs.
OTHERS = {
    "2.7": {"_sysconfigdata.py": "from _sysconfigdata_nd import *\n"},
    "3.5": {"_sysconfigdata.py": "import _sysconfigdata_m\nglobals().update(vars(_sysconfigdata_m))\n"},
}


def settings_file(abi: str, triplet: str, debug: bool) -> str:
    """Return what such a file begins with, and what is looked for in it; Python 2.7 has no SOABI."""
    found: dict[str, Any] = {"CXX": f"{triplet}-g++ -pthread", "MULTIARCH": triplet, "Py_DEBUG": int(debug)}
    if abi:
        found |= {"EXT_SUFFIX": f".{abi}-{triplet}.so", "SOABI": f"{abi}-{triplet}"}
    return f"# system configuration generated and used by the sysconfig module\nbuild_time_vars = {found!r}\n"


def lay_out(folder: Path, name: str, triplets: tuple[str, ...]) -> None:
    release = RELEASES[name]
    for other, text in OTHERS.get(name.split()[0], {}).items():
        (folder / other).write_text(text)
    for triplet in triplets:
        path = folder / release.name.format(triplet)
        path.parent.mkdir(exist_ok=True)
        path.write_text(settings_file(release.abi, triplet, debug=False))
        (folder / release.debug_name.format(triplet)).write_text(settings_file(release.debug_abi, triplet, debug=True))
        if release.link:
            (folder / release.link.format(triplet)).symlink_to(path.name)


def abi_of(name: str) -> str:
    return f"{RELEASES[name].abi}-{BOARD}".lstrip("-")


@pytest.mark.parametrize("name", RELEASES)
def test_the_settings_of_every_release_are_found(tmp_path: Path, name: str) -> None:
    lay_out(tmp_path, name, (BUILDER, BOARD))
    assert Path(FIND(str(tmp_path), abi_of(name))).resolve() == tmp_path / RELEASES[name].name.format(BOARD)


@pytest.mark.parametrize("name", RELEASES)
def test_no_other_settings_are_taken_for_them(tmp_path: Path, name: str) -> None:
    lay_out(tmp_path, name, (BUILDER, "arm-linux-gnueabihf"))
    assert FIND(str(tmp_path), abi_of(name)) is None


CONTENTS = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            b"build_time_vars = 1\n",
            b"build_time_vars = dict(SOABI='wanted')\n",
            b"build_time_vars = {1: [2\n",
            b"build_time_vars, x = {}, {}\n",
            b"x.build_time_vars = {}\n",
            b"build_time_vars = {'SOABI': 0}\n",
            b"raise SystemExit(0)\n",
            b"\0",
            "# \xe4\nbuild_time_vars = {}\n".encode("latin-1"),
        ]
    ),
)
PATHS = st.builds(
    "{}_sysconfigdata{}.py".format, st.sampled_from(["", "plat-a/", "plat-b/"]), st.text("abc_-", max_size=4)
)


@given(st.dictionaries(PATHS, CONTENTS, max_size=6), st.none() | PATHS)
@settings(max_examples=60)
def test_whatever_else_lies_there_is_passed_over(files: dict[str, bytes], place: str | None) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if place:
            files = files | {place: b"build_time_vars = {'SOABI': 'wanted'}\n"}
        for path, content in files.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_bytes(content)
        (folder / "_sysconfigdata_folder.py").mkdir()
        (folder / "_sysconfigdata_gone.py").symlink_to("nowhere")
        assert FIND(name, "wanted") == (place and str(folder / place))


def run(version: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(need_python(version)), "-S", str(SCRIPT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("version", REQUIRED)
def test_what_is_found_is_what_python_imports(tmp_path: Path, version: str) -> None:
    release = "2.7 of Debian 11" if version == "2.7" else "3.6 of Ubuntu 18.04"
    lay_out(tmp_path, release, (BUILDER, BOARD))
    destination = tmp_path / "key/settings"
    for _time in range(2):
        done = run(version, str(tmp_path), abi_of(release), str(destination), "libpython3-dev:arm64")
        assert done.returncode == 0, done.stderr
    ask = "import sysconfig; print(sysconfig.get_config_var('CXX'))"
    own = {"PYTHONPATH": str(destination), "_PYTHON_SYSCONFIGDATA_NAME": "_sysconfigdata"}
    command = [str(need_python(version)), "-S", "-c", ask]
    told = subprocess.run(command, env=own, capture_output=True, text=True, check=False)
    assert told.stdout.strip() == f"{BOARD}-g++ -pthread", told.stderr


@pytest.mark.parametrize("version", ["2.7", "3.6"])
def test_what_is_missing_is_told_in_one_sentence(tmp_path: Path, version: str) -> None:
    done = run(version, str(tmp_path), "cpython-36m-aarch64-linux-gnu", str(tmp_path / "key"), "libpython3.6-dev:arm64")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"Build settings of Python for cpython-36m-aarch64-linux-gnu were not found below {tmp_path}: install "
        "libpython3.6-dev:arm64 on the builder, or build on a host with the architecture of the board."
    ]
    assert not (tmp_path / "key").exists()
