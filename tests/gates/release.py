# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepare a release in the checkout around it, and then commit and tag it. Nothing is sent anywhere.

`release.py prepare VERSION` refuses what cannot be released, or else sets the version and writes the changelog.
`release.py tag VERSION` commits that and tags the commit.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

FRAGMENTS = Path("changelogs/fragments")
RELEASES = Path("changelogs/changelog.yaml")
GALAXY = Path("galaxy.yml")
BRANCH = "main"
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


def git(*arguments: str) -> str:
    """Return what git says."""
    return subprocess.run(["git", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def load(path: Path) -> Any:
    """Return what a YAML file holds, nothing where there is no such file."""
    return yaml.safe_load(path.read_text()) or {} if path.exists() else {}


def released() -> list[str]:
    """Return the versions that the changelog has."""
    return [*load(RELEASES).get("releases", {})]


def number(version: str) -> tuple[int, ...]:
    """Return what versions are ordered by."""
    return tuple(map(int, version.split(".")))


def refusals(version: str) -> list[str]:
    """Return a sentence for everything that keeps the checkout from being released."""
    if not VERSION.fullmatch(version):
        return [f"{version or 'Nothing'} is not a version: give three numbers, as make release VERSION=1.2.3."]
    found = []
    branch = git("branch", "--show-current")
    if branch != BRANCH:
        found.append(f"Releases are made on {BRANCH}, and this is {branch or 'no branch'}: run git switch {BRANCH}.")
    if git("status", "--porcelain"):
        found.append("The checkout has changes that are not committed: commit them, or put them aside with git stash.")
    if git("tag", "--list", version):
        found.append(f"There is a tag {version} already: choose the next version.")
    newer = [other for other in released() if number(other) >= number(version)]
    if newer:
        found.append(f"{newer[-1]} was released already: choose a version after it.")
    if not any("release_summary" in load(path) for path in FRAGMENTS.glob("*.yml")):
        found.append(f"No fragment has a release_summary: say in {FRAGMENTS / version}.yml what the release brings.")
    return found


def prepare(version: str) -> None:
    """Set the version, and turn the fragments into a section of the changelog."""
    # What was never released has not changed: there the changelog has the summary, and what the plugins say of themselves.
    if not released():
        for path in FRAGMENTS.glob("*.yml"):
            if "release_summary" not in load(path):
                path.unlink()
    old = load(GALAXY)["version"]
    GALAXY.write_text(re.sub(r"^version: .*$", f"version: {version}", GALAXY.read_text(), flags=re.MULTILINE))
    before, after = (f"jetfleet-protobuf-{name}.tar.gz" for name in (old, version))
    for page in (Path("README.md"), *Path("docs/docsite/rst").glob("*.rst")):
        page.write_text(page.read_text().replace(before, after))
    changelog = str(Path(sys.executable).with_name("antsibull-changelog"))
    for command in (["lint"], ["release", "--version", version]):
        subprocess.run([changelog, *command], check=True)


def tag(version: str) -> None:
    """Commit what was prepared, and tag it."""
    git("add", "--all")
    git("commit", "--message", f"Release {version}")
    git("tag", "--annotate", "--message", f"jetfleet.protobuf {version}", version)
    print(f"{version} is committed and tagged here. To publish it: git push origin {BRANCH} {version}")


def main() -> None:
    """Take one of the two steps."""
    step, version = sys.argv[1:]
    if step == "tag":
        tag(version)
    elif found := refusals(version):
        sys.exit("\n".join(found))
    else:
        prepare(version)


if __name__ == "__main__":
    main()
