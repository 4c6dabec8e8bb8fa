# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The health check decides: a board that fails it has exactly the protobuf again that it had before."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.artefacts import repack
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import CPP, PYTHON, SMALL, Boards
from ansible_collections.jetfleet.protobuf.tests.support.pythons import need_python

# What each board has before: the module of pip, of apt, of an egg, or none.
BEFORE = {
    "fleet-01": "true",
    "fleet-02": "pip3 uninstall -qy protobuf && apt-get update -qq && apt-get install -qqy python3-protobuf",
    "fleet-03": "pip3 uninstall -qy protobuf && cd /root/sdist && python3 setup.py -q install",
    "fleet-04": "pip3 uninstall -qy protobuf",
}
FOLDERS = ("/usr/local", "/usr/lib/python3/dist-packages", "/etc", "/var/lib/jetfleet", "/home/jetson")


@pytest.fixture(scope="module")
def befores(stocked: Boards, tmp_path_factory: pytest.TempPathFactory) -> Boards:
    """Four boards with what BEFORE says."""
    folder = tmp_path_factory.mktemp("sdist")
    options = ["--no-deps", "--no-binary=protobuf", f"--dest={folder}", "protobuf==3.19.6"]
    # The pip of that time: today's wants to build the metadata with a setuptools that cannot.
    subprocess.run([need_python("3.6"), "-m", "pip", "download", "-q", *options], check=True)
    (sdist,) = folder.glob("*.tar.gz")
    stocked.renew(*BEFORE)
    for host, command in BEFORE.items():
        stocked.send(host, sdist)
        stocked.root(host, f"mkdir -p /root/sdist; tar -xzf /root/{sdist.name} -C /root/sdist --strip-components=1")
        stocked.root(host, f"{command} >/root/before.log 2>&1")
    return stocked


def contents(fleet: Boards) -> dict[str, str]:
    """Return what the boards hold where an installation writes."""
    return {host: fleet.content(host, *FOLDERS) for host in BEFORE}


def unlocked(content: str) -> str:
    """Leave out what stays of any attempt: Ansible's own folder, the linker's and apt's caches."""
    own = ("/.ansible", "/etc/ld.so.cache", "/home/jetson/.cache d ")
    lines = (line for line in content.splitlines() if not any(name in line for name in own))
    return "\n".join(line for line in lines if "__pycache__" not in line)


def test_a_load_time_over_the_budget_takes_every_board_back(befores: Boards) -> None:
    before = {host: unlocked(content) for host, content in contents(befores).items()}
    backends = {host: befores.backend(host) for host in BEFORE}
    budget = ("-e", "python_protobuf_load_time_budget=0.0000001", "-e", "jetfleet_max_fail_percentage=100")
    run = befores.play("jetfleet.protobuf.rollout", "--limit", ",".join(BEFORE), *SMALL, *budget)
    assert run.status != 0
    assert {host: run.became(host) for host in BEFORE} == dict.fromkeys(BEFORE, "rolled_back")
    assert "put back" in run.text
    assert {host: unlocked(content) for host, content in contents(befores).items()} == before
    assert {host: befores.backend(host) for host in BEFORE} == backends
    assert befores.root("fleet-01", "dpkg-query -W jetfleet-libprotobuf 2>&1 || true").startswith("dpkg-query: no")


def test_removal_leaves_what_was_there_before(befores: Boards) -> None:
    """The same boards are provisioned for good now, and then left again."""
    before = {host: unlocked(content) for host, content in contents(befores).items()}
    hosts = ",".join(BEFORE)
    run = befores.play("jetfleet.protobuf.rollout", "--limit", hosts, *SMALL)
    assert run.status == 0
    assert {befores.backend(host) for host in BEFORE} == {CPP}
    assert befores.root("fleet-01", "dpkg --verify libprotobuf23") == ""
    run = befores.play("jetfleet.protobuf.remove", "--limit", hosts, *SMALL)
    assert run.status == 0
    assert {host: run.became(host) for host in BEFORE} == dict.fromkeys(BEFORE, "removed")
    assert {host: unlocked(content) for host, content in contents(befores).items()} == before
    assert befores.backend("fleet-01") == befores.backend("fleet-03") == PYTHON
    assert befores.backend("fleet-04") == "ModuleNotFoundError: No module named 'google'"
    assert befores.root("fleet-01", "dpkg --verify libprotobuf23; dpkg-query -W libprotobuf23").startswith(
        "libprotobuf23"
    )
    again = befores.play("jetfleet.protobuf.remove", "--limit", hosts, *SMALL)
    assert again.status == 0
    assert {host: again.became(host) for host in BEFORE} == dict.fromkeys(BEFORE, "unchanged")


def broken_extension(folder: Path) -> None:
    """Overwrite the middle of the extension."""
    (extension,) = folder.rglob("pyext/_message*.so")
    content = bytearray(extension.read_bytes())
    content[4096:65536] = bytes(61440)
    extension.write_bytes(content)


def of_another_version(folder: Path) -> None:
    """Make the module say that it is another version."""
    module = folder / "google/protobuf/__init__.py"
    module.write_text(module.read_text().replace("4.21.12", "4.21.11"))


@pytest.fixture
def bad_store(stocked: Boards, artefact: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the store, to be spoilt; the boards are given it for the time of one test."""
    shutil.copytree(artefact, tmp_path / artefact.name)
    good, stocked.store = stocked.store, tmp_path
    yield tmp_path / artefact.name
    stocked.store = good


@pytest.mark.parametrize("change", [broken_extension, of_another_version])
def test_an_artefact_with_a_valid_sum_that_does_not_work_is_taken_back(
    befores: Boards, bad_store: Path, change: Callable[[Path], None]
) -> None:
    repack(bad_store, change)
    before = unlocked(befores.content("fleet-01", *FOLDERS))
    run = befores.play("jetfleet.protobuf.rollout", "--limit", "fleet-01", *SMALL)
    assert run.status != 0
    assert run.became("fleet-01") == "rolled_back"
    assert unlocked(befores.content("fleet-01", *FOLDERS)) == before
    assert befores.backend("fleet-01") == PYTHON
