# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts of the installation: what is managed, what was made by hand, what pip's list says of files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.installation import installation_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.layout import Layout
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.pip_constraint import apply_constraint
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.distributions import (
    damaged_files,
    distributions,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.dpkg import owners
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.commit import distribution_packages
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from ansible_collections.jetfleet.protobuf.tests.support.packages import Packages

MADE = (
    "bin/protoc",
    "include/google/protobuf/any.h",
    "lib/libprotobuf-lite.so.16.0.0",
    "lib/libprotobuf.a",
    "lib/libprotobuf.so",
    "lib/libprotoc.la",
    "lib/pkgconfig/protobuf-lite.pc",
)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    for name in (*MADE, "lib/libprotobuf-c.so.1", "bin/other"):
        (tmp_path / "local" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "local" / name).write_text("")
    return Layout(folder=str(tmp_path / "jetfleet"), prefix=str(tmp_path / "local"))


def test_made_by_hand(layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = Packages(tmp_path / "packages")
    monkeypatch.setenv("DPKG_ADMINDIR", str(packages.admin))
    facts = installation_facts({}, owners, layout)
    names = [name.replace("/any.h", "") for name in MADE]
    assert facts["handmade"] == [f"{layout.prefix}/{name}" for name in names]
    assert (facts["managed"], facts["interrupted"], facts["abi_key"], facts["adopted"]) == (False, False, None, False)
    packages.install("ours", "1", {tmp_path / "local" / name: b"" for name in MADE})
    assert installation_facts({}, owners, layout)["handmade"] == []


@pytest.mark.parametrize("adopted", [True, False])
def test_what_a_transaction_puts_into_place_is_not_made_by_hand(layout: Layout, *, adopted: bool) -> None:
    there = f"{layout.prefix}/lib/libprotobuf.a"
    snapshot = Path(layout.transaction)
    snapshot.mkdir(parents=True)
    (snapshot / "manifest.json").write_text(json.dumps({"entries": {there: {}}}))
    (snapshot / "intent.json").write_text(json.dumps({"adopted": adopted}))
    assert installation_facts({}, dict.fromkeys, layout)["handmade"] == ([there] if adopted else [])
    # That of a removal is for nothing.
    (snapshot / "intent.json").write_text("null")
    assert installation_facts({}, dict.fromkeys, layout)["handmade"] == []


def test_empty_folder_of_headers_is_nothing(layout: Layout) -> None:
    header = Path(layout.prefix) / "include/google/protobuf/any.h"
    header.unlink()
    assert str(header.parent) not in installation_facts({}, dict.fromkeys, layout)["handmade"]


def test_managed_and_interrupted(layout: Layout) -> None:
    os.mkdir(layout.folder)
    state = {"abi_key": "k", "executable": "/p", "python_version": "3.6.0", "adopted": True}
    Path(layout.state).write_text(json.dumps(state))
    facts = installation_facts({}, dict.fromkeys, layout)
    assert {name: facts[name] for name in state} == state
    assert (facts["managed"], facts["interrupted"]) == (True, False)
    for name in ("transaction", "transaction.partial"):
        os.mkdir(os.path.join(layout.folder, name))
        assert installation_facts({}, dict.fromkeys, layout)["interrupted"] is True
        os.rmdir(os.path.join(layout.folder, name))


WHOLE = {"status": "installed", "missing_files": [], "modified_files": []}
KEY = "protobuf-3.6.0_{0}_ubuntu-18.04_glibc-2.27_cpython-36m-{1}-linux-gnu_{2}"


@pytest.mark.parametrize(
    ("found", "missing"),
    [
        ({"libprotobuf10": WHOLE, "libprotobuf10:armhf": WHOLE}, []),
        ({"libprotobuf10:armhf": WHOLE, "libprotobuf-lite10": WHOLE}, ["libprotobuf10"]),
        ({"libprotobuf10": WHOLE | {"status": "config-files"}}, ["libprotobuf10", "libprotobuf10:armhf"]),
        ({"libprotobuf10": WHOLE, "libprotobuf10:armhf": WHOLE | {"missing_files": ["/x"]}}, ["libprotobuf10:armhf"]),
        ({"libprotobuf10": WHOLE | {"modified_files": ["/x"]}, "libprotobuf10:armhf": WHOLE}, []),
    ],
)
def test_packages_that_were_there(layout: Layout, found: dict[str, Any], missing: list[str]) -> None:
    os.mkdir(layout.folder)
    Path(layout.state).write_text(json.dumps({"distribution_packages": ["libprotobuf10", "libprotobuf10:armhf"]}))
    assert installation_facts(found, dict.fromkeys, layout)["missing_packages"] == missing


@pytest.mark.parametrize("state", [None, {}, {"wheel": None}, {"wheel": {"name": "x"}}, {"wheel": {"record": "/x/y"}}])
def test_state_of_an_older_release(layout: Layout, state: dict[str, Any] | None) -> None:
    os.mkdir(layout.folder)
    Path(layout.state).write_text(json.dumps(state))
    facts = installation_facts({}, dict.fromkeys, layout)
    assert (facts["missing_packages"], facts["wrong_modes"]) == ([], [])


def test_noted_are_the_libraries_of_the_distribution_that_are_installed() -> None:
    names = ("libprotobuf10", "libprotobuf-lite10", "libprotobuf10:armhf", "libprotoc10", "jetfleet-libprotobuf")
    found = dict.fromkeys(names, WHOLE) | {"libprotobuf9v5": WHOLE | {"status": "config-files"}}
    noted = ["libprotobuf-lite10", "libprotobuf10", "libprotobuf10:armhf"]
    assert distribution_packages(None, "key", found) == noted


@pytest.mark.parametrize(
    ("before", "now", "noted"),
    [
        (KEY.format("arm64", "aarch64", "1a2b3c4d"), KEY.format("arm64", "aarch64", "00000000"), ["gone", "there"]),
        (KEY.format("amd64", "x86_64", "1a2b3c4d"), KEY.format("amd64", "x86_64", "00000000"), ["gone", "there"]),
        (KEY.format("arm64", "aarch64", "1a2b3c4d"), KEY.format("amd64", "x86_64", "1a2b3c4d"), ["there"]),
        (
            "protobuf-3.6.0_arm64_debian-11_glibc-2.31_cpython-39-aarch64-linux-gnu_1a2b3c4d",
            "protobuf-3.6.0_arm64_debian-12_glibc-2.36_cpython-311-aarch64-linux-gnu_1a2b3c4d",
            ["there"],
        ),
    ],
)
def test_what_is_gone_is_forgotten_with_the_release_it_belonged_to(before: str, now: str, noted: list[str]) -> None:
    state = {"abi_key": before.replace("3.6.0", "3.19.6"), "distribution_packages": ["libprotobuf-gone"]}
    found = distribution_packages(state, now, {"libprotobuf-there": WHOLE})
    assert found == [f"libprotobuf-{name}" for name in noted]
    assert distribution_packages({"abi_key": now}, now, {"libprotobuf-there": WHOLE}) == ["libprotobuf-there"]


def test_files_of_a_wheel(installations: Installations) -> None:
    site = installations.site_packages(installations.copy("3.9", "protobuf==3.20.3", "six==1.16.0"))

    def damaged() -> tuple[list[str], list[str]]:
        (item,) = [item for item in distributions([str(site)]) if item["name"] == "protobuf"]
        missing, modified = damaged_files(item)
        return missing, modified

    assert damaged() == ([], [])
    record = next(site.glob("protobuf-*.dist-info/RECORD"))
    record.write_text(record.read_text() + "\n")
    assert damaged() == ([], [])
    (site / "google/protobuf/any_pb2.py").unlink()
    (site / "google/protobuf/message.py").write_text("changed")
    assert damaged() == ([f"{site}/google/protobuf/any_pb2.py"], [f"{site}/google/protobuf/message.py"])
    record.unlink()
    assert damaged() == ([str(record)], [])
    (record.parent / "INSTALLER").unlink()
    assert damaged() == ([], [])


def test_the_constraint_is_read_from_where_pip_reads_it(tmp_path: Path) -> None:
    layout = Layout(str(tmp_path / "jetfleet"), pip_conf=str(tmp_path / "pip.conf"))
    Path(layout.folder).mkdir()
    Path(layout.state).write_text(json.dumps({"abi_key": "k", "executable": "/p", "python_version": "3.6.0"}))
    assert constraint_of(layout) is False
    apply_constraint(layout, True, "3.6.0")
    assert constraint_of(layout) is True
    Path(layout.constraints).unlink()
    assert constraint_of(layout) is None
    apply_constraint(layout, True, "3.19.6")
    assert constraint_of(layout) is None, "it holds pip to another version"
    Path(layout.pip_conf).unlink()
    assert constraint_of(layout) is None


def constraint_of(layout: Layout) -> bool | None:
    """Return the fact."""
    fact: bool | None = installation_facts({}, dict.fromkeys, layout)["constraint"]
    return fact
