# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release of a copy of this checkout: what is refused, what the changelog says, what is tagged."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import ROOT

SCRIPT = ROOT / "tests/gates/release.py"
WHO = {f"GIT_{who}_{what}": "jetfleet@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
FIX = "Boards named ``x`` are read again."
NEXT = f"---\nrelease_summary: Fewer surprises.\nbugfixes:\n  - >-\n    {FIX}\n"


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | WHO | {"PATH": path, "GIT_CONFIG_GLOBAL": os.devnull}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def git(folder: Path, *arguments: str) -> str:
    ended = run(folder, "git", *arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def release(folder: Path, step: str, version: str) -> subprocess.CompletedProcess[str]:
    return run(folder, sys.executable, str(SCRIPT), step, version)


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Change something")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a repository with the files of this one that a release needs."""
    folder = tmp_path / "checkout"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(("tests/", "benchmarks/", "molecule/")):
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes((ROOT / name).read_bytes())
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder)
    return folder


def test_the_first_release_and_the_next(checkout: Path) -> None:
    ended = release(checkout, "prepare", "0.1.0")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    changes = (checkout / "CHANGELOG.md").read_text()
    assert "v0\\.1\\.0" in changes
    assert "The first release" in changes
    assert "jetfleet\\.protobuf\\.protobuf\\_facts" in changes
    # Nothing has changed since a release that there was not.
    assert not {line for line in changes.splitlines() if line.endswith((" Changes", "Bugfixes"))}
    assert list((checkout / "changelogs/fragments").glob("*.yml")) == []
    assert "git push origin main 0.1.0" in release(checkout, "tag", "0.1.0").stdout
    assert git(checkout, "describe", "--exact-match") == "0.1.0"
    assert git(checkout, "status", "--porcelain") == ""

    (checkout / "changelogs/fragments/fix.yml").write_text(NEXT)
    commit(checkout)
    ended = release(checkout, "prepare", "0.2.0")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert yaml.safe_load((checkout / "galaxy.yml").read_text())["version"] == "0.2.0"
    assert "jetfleet-protobuf-0.2.0.tar.gz" in (checkout / "README.md").read_text()
    releases = yaml.safe_load((checkout / "changelogs/changelog.yaml").read_text())["releases"]
    assert releases["0.2.0"]["changes"] == {"release_summary": "Fewer surprises.", "bugfixes": [FIX]}
    assert set(releases["0.1.0"]["changes"]) == {"release_summary"}


def test_what_cannot_be_released_is_refused_at_once(checkout: Path) -> None:
    git(checkout, "tag", "0.1.0")
    git(checkout, "switch", "--quiet", "--create", "topic")
    for path in (checkout / "changelogs/fragments").glob("*.yml"):
        path.unlink()
    (checkout / "changelogs/changelog.yaml").write_text("releases: {0.9.0: {}, 0.10.0: {}}\n")
    ended = release(checkout, "prepare", "0.1.0")
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        "Releases are made on main, and this is topic: run git switch main.",
        "The checkout has changes that are not committed: commit them, or put them aside with git stash.",
        "There is a tag 0.1.0 already: choose the next version.",
        "0.10.0 was released already: choose a version after it.",
        "No fragment has a release_summary: say in changelogs/fragments/0.1.0.yml what the release brings.",
    ]
    assert yaml.safe_load((checkout / "galaxy.yml").read_text())["version"] == "0.1.0"


@pytest.mark.parametrize("version", ["", "1", "1.2", "v1.2.3", "1.2.3-rc1", "01.2.3"])
def test_only_three_numbers_are_a_version(checkout: Path, version: str) -> None:
    ended = release(checkout, "prepare", version)
    assert ended.stderr.strip() == (
        f"{version or 'Nothing'} is not a version: give three numbers, as make release VERSION=1.2.3."
    )
