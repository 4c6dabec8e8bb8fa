# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run `ansible-test sanity` in a copied tree, and its import tests under every Python here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ansible_collections.jetfleet.protobuf.tests.support.pythons import find_python

# ansible-test downloads this file from a host of its own; Python brings the same thing along.
GET_PIP = "import ensurepip\nensurepip.bootstrap()\n"
GET_PIP_VERSIONS = ("21_3_1", "23_1_2")
OWN_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
# ansible-test takes unit tests of modules for code that runs on boards; they run on the controller. Outputs of tools stay
# as the tools wrote them, with quotes and ends of lines that ansible-test wants nowhere.
LEFT_OUT = ("tests/unit/plugins/", "tests/unit/fixtures/tool_outputs/")
BOARD_VERSIONS = ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12")


def sanity(tree: Path, python: Path, *arguments: str) -> list[str]:
    """Run ansible-test, show what it says, and return a sentence for each failure and each test that it skips."""
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "LC_ALL": "C.UTF-8"}
    tool = str(Path(sys.executable).with_name("ansible-test"))
    command = [sys.executable, tool, "sanity", "--local", "--color", "no", "--truncate", "0", *arguments]
    with subprocess.Popen(
        command, cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as test:
        wrong = []
        for line in test.stdout or ():
            print(line, end="", flush=True)
            if "skipp" in line.lower():
                wrong.append(f"ansible-test skips what has to run: {line.strip()}")
    if test.returncode:
        wrong.append(f"ansible-test sanity {' '.join(arguments)} failed: see above")
    return wrong


def main() -> None:
    """Run every test under this Python, then compile and import the code under the others."""
    tree = Path(sys.argv[1])
    wrong = [f"{path.name} switches tests off: remove it" for path in tree.glob("tests/sanity/ignore*")]
    # Without a repository of its own the tree belongs to the one around it, which ignores it.
    subprocess.run(["git", "init", "--quiet", tree], check=True)
    cache = Path.home() / ".ansible/test/cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in GET_PIP_VERSIONS:
        (cache / f"get_pip_{version}.py").write_text(GET_PIP)
    left_out = [argument for path in LEFT_OUT for argument in ("--exclude", path)]
    wrong += sanity(tree, Path(sys.executable), "--python", OWN_VERSION, *left_out)
    for version in BOARD_VERSIONS:
        python = find_python(version)
        if version == OWN_VERSION or python is None:
            continue
        # On 2.7 the import test would install virtualenv into that Python; tests/interpreters imports the modules there.
        tests = ["compile"] if version == "2.7" else ["compile", "import"]
        chosen = [argument for test in tests for argument in ("--test", test)]
        wrong += sanity(tree, python, "--python", version, "--python-interpreter", str(python), *chosen, "plugins/")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
