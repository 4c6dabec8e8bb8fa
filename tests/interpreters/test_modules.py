# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module runs as Ansible runs it, packed into one file, under every Python that is installed."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.repack_writer import write_repacked
from ansible_collections.jetfleet.protobuf.plugins.module_utils._graph.wire import WireFile
from ansible_collections.jetfleet.protobuf.tests.support.artefacts import make_artefact
from ansible_collections.jetfleet.protobuf.tests.support.capacities import OPTIONS
from ansible_collections.jetfleet.protobuf.tests.support.pythons import KNOWN, REQUIRED, find_python, need_python

ROOT = Path(__file__).parent.parent.parent
# Elsewhere what is not installed is not asked for; in CI its absence is a failure.
VERSIONS = [
    version for version in KNOWN if (version in REQUIRED and os.environ.get("CI") == "true") or find_python(version)
]
# Before 3.7, Python makes no UTF-8 of the locale C, which a board has where nobody set another one.
IN_C = [version for version in ("2.7", "3.6") if version in VERSIONS]
HOSTS = [*VERSIONS, *(f"{version} in C" for version in IN_C)]
# Holds numbers in every field that TensorFlow writes.
REPACKED = ROOT / "tests/unit/fixtures/graphs/constants_folded.bin"
SUBSETS = {
    "cost",
    "board",
    "environment",
    "python",
    "module",
    "libraries",
    "protoc",
    "packages",
    "installation",
    "development",
    "tools",
    "processes",
    "opencv",
    "load_time",
    "graphs",
    "calibration",
    "proofs",
}

Result = dict[str, Any]


def facts_arguments(place: Path) -> Result:
    return {
        "gather_subset": ["all"],
        "executable": "{{ ansible_python_interpreter }}",
        "values": 1000,
        "runs": 1,
        **OPTIONS,
        "earlier_folder": str(place / "earlier-facts"),
        "graph": str(place / "no-graph"),
        "graphs": [str(ROOT / "tests/unit/fixtures/graphs/lists.bin"), str(place / "no-graph")],
    }


def check_facts(result: Result, version: str) -> None:
    facts = result["ansible_facts"]["jetfleet"]
    assert set(facts) == SUBSETS
    assert facts["python"]["status"] == "ok", facts["python"]
    assert facts["python"]["version"].startswith(f"{version}.")
    assert facts["module"]["status"] in ("absent", "ok"), facts["module"]
    assert facts["load_time"]["status"] == "graph_missing", facts["load_time"]
    assert [entry["status"] for entry in facts["graphs"]] == ["ok", "graph_missing"], facts["graphs"]
    assert facts["graphs"][0]["prediction"] or "protobuf" in facts["graphs"][0]["error"], facts["graphs"]
    assert facts["opencv"]["verdict"], facts["opencv"]
    assert facts["board"]["glibc"] and facts["board"]["distribution"]["id"], facts["board"]


def store_arguments(place: Path) -> Result:
    artefact = make_artefact(place / "artefact")
    return {
        "store": str(place / "store-{{ inventory_hostname }}"),
        "abi_key": "protobuf-3.6.0_arm64_debian-11_glibc-2.31_cpython-39-aarch64-linux-gnu_1a2b3c4d",
        "files": [{"path": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()} for path in artefact],
        "manifest": {"compiler": "g++ 10.2.1"},
    }


def server_arguments(place: Path) -> Result:
    artefact = place / "served.deb"
    artefact.write_bytes(b"package")
    key = "protobuf-3.6.0_arm64_debian-11_glibc-2.31_cpython-39-aarch64-linux-gnu_1a2b3c4d"
    return {"files": [str(artefact)], "abi_key": key, "address": "127.0.0.1", "lifetime": 5}


def check_server(result: Result, version: str) -> None:
    assert result["port"] > 0 and len(result["token"]) == 32


def check_store(result: Result, version: str) -> None:
    assert sorted(Path(name).suffix for name in result["manifest"]["files"]) == [".deb", ".whl"]


def transaction_arguments(place: Path) -> Result:
    # On a host that is not managed there is nothing to remove.
    return {"state": "absent", "executable": "{{ ansible_python_interpreter }}"}


def check_transaction(result: Result, version: str) -> None:
    assert (result["changed"], result["rolled_back"], result["reason"]) == (False, False, None)
    assert result["ansible_facts"]["jetfleet"]["installation"]["managed"] is False


def job_arguments(place: Path) -> Result:
    step = {
        "name": "one",
        "argv": ["true"],
        "chdir": str(place),
        "creates": str(place / "{{ inventory_hostname }}.done"),
    }
    return {"directory": str(place / "job-{{ inventory_hostname }}"), "steps": [step], "poll": 1}


def check_job(result: Result, version: str) -> None:
    assert (result["status"], result["exit_status"], result["name"]) == ("done", 0, "one")


def apt_arguments(place: Path) -> Result:
    # Without it there would be nothing to ask.
    return {"packages": ["dpkg"]}


def check_apt(result: Result, version: str) -> None:
    assert (result["changed"], result["missing"]) == (False, [])


def info_arguments(place: Path) -> Result:
    return {"path": str(REPACKED)}


def check_info(result: Result, version: str) -> None:
    expected = json.loads(REPACKED.with_suffix(".json").read_text())["contents"]
    assert {name: result[name] for name in expected} == expected


def repack_arguments(place: Path) -> Result:
    for host in HOSTS:
        shutil.copy(REPACKED, place / f"{host}.pb")
    return {"path": str(place / "{{ inventory_hostname }}.pb"), "executable": "{{ ansible_python_interpreter }}"}


def check_repack(result: Result, version: str) -> None:
    rewritten = result["rewritten"].values()
    totals = {name: sum(counts[name] for counts in rewritten) for name in ("tensors", "values")}
    assert result["verification"] == {**totals, "tensorflow": None}
    assert Path(result["backup_file"]).read_bytes() == REPACKED.read_bytes()
    expected = io.BytesIO()
    with REPACKED.open("rb") as stream:
        write_repacked(WireFile(stream), expected)
    assert Path(result["path"]).read_bytes() == expected.getvalue() != REPACKED.read_bytes()


# What each module is run with and what must come of it. Modules without code of their own are run by the controller.
MODULES: dict[str, tuple[Callable[[Path], Result], Callable[[Result, str], None]]] = {
    "apt_packages": (apt_arguments, check_apt),
    "protobuf_facts": (facts_arguments, check_facts),
    "artefact_store": (store_arguments, check_store),
    "artefact_server": (server_arguments, check_server),
    "protobuf_transaction": (transaction_arguments, check_transaction),
    "build_job": (job_arguments, check_job),
    "graph_info": (info_arguments, check_info),
    "graph_repack": (repack_arguments, check_repack),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, Result]]:
    """Run a module once in each round under all Pythons, in parallel, and return the result of each version."""
    base = tmp_path_factory.mktemp("interpreters")
    place = base / "mod\u00e8les \u6a21\u578b"
    place.mkdir()
    hosts = {version: {"ansible_python_interpreter": str(need_python(version))} for version in VERSIONS}
    for version in IN_C:
        script = base / f"python{version}-in-C"
        script.write_text(f'#!/bin/sh\nLC_ALL=C exec {need_python(version)} "$@"\n')
        script.chmod(0o755)
        hosts[f"{version} in C"] = {"ansible_python_interpreter": str(script)}
    inventory = {"all": {"hosts": hosts, "vars": {"ansible_connection": "local"}}}
    (place / "hosts.json").write_text(json.dumps(inventory))
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_HOME": str(place / "home"),
        "ANSIBLE_LOCAL_TEMP": str(place / "local"),
        # Ansible's own code cannot do with another folder.
        "ANSIBLE_REMOTE_TEMP": str(base / "remote"),
        "HOME": str(place),
        "LC_ALL": "C.UTF-8",
    }

    @functools.cache
    def results(name: str, number: int = 1) -> dict[str, Result]:
        tree = place / f"{name}-{number}"
        arguments = json.dumps(MODULES[name][0](place))
        # The interpreter that runs the tests has the ansible-core that is tested.
        command = [sys.executable, "-m", "ansible", "adhoc", "all", "-i", str(place / "hosts.json"), "-f", "2"]
        ended = subprocess.run(
            [*command, "-t", str(tree), "-m", f"jetfleet.protobuf.{name}", "-a", arguments],
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert tree.is_dir(), ended.stdout + ended.stderr
        return {path.name: json.loads(path.read_text()) for path in tree.iterdir()}

    return results


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("name", MODULES)
def test_module(run: Callable[..., dict[str, Result]], name: str, host: str) -> None:
    result = run(name)[host]
    assert "msg" not in result, result
    assert not result.get("deprecations") and not result.get("warnings"), result
    MODULES[name][1](result, host.split()[0])


@pytest.mark.parametrize("host", HOSTS)
def test_what_was_proven_is_taken_over(run: Callable[..., dict[str, Result]], host: str) -> None:
    first, second = (run("protobuf_facts", number)[host]["ansible_facts"]["jetfleet"] for number in (1, 2))
    assert first["proofs"]["opencv"]["fingerprint"], first["opencv"]
    assert second["proofs"]["opencv"] == {**first["proofs"]["opencv"], "reused": True}
    assert second["opencv"] == first["opencv"]


def test_every_module_is_run() -> None:
    with_code = {path.stem for path in (ROOT / "plugins/modules").glob("*.py") if "AnsibleModule(" in path.read_text()}
    assert with_code == set(MODULES)
