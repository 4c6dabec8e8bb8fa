# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run molecule, and fail where a playbook is missing: molecule itself only warns of that and succeeds."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
RECAP = re.compile(r"^(\S+)\s+: actions=(\d+)\s.*missing=(\d+)")
WARNING = "Missing playbook"


def wrong_in(output: list[str]) -> list[str]:
    """Return a sentence for each step without a playbook, or when nothing was run at all."""
    lines = [COLOURS.sub("", line).strip() for line in output]
    recaps = [match for match in map(RECAP.match, lines) if match]
    wrong = [f"{match[1]} has {match[3]} steps without a playbook" for match in recaps if int(match[3])]
    wrong += [line for line in lines if WARNING in line]
    return wrong if recaps else [*wrong, "molecule ran no scenario: there is no recap"]


def main() -> None:
    """Run molecule with this command's arguments."""
    # Sockets of SSH need a short path, which the checkout may not have.
    with tempfile.TemporaryDirectory() as sockets:
        environment = os.environ | {
            "NO_COLOR": "1",
            "ANSIBLE_SSH_CONTROL_PATH_DIR": sockets,
            "MOLECULE_GLOB": "molecule/*/molecule.yml",
        }
        command = ["molecule", *sys.argv[1:]]
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as run:
            output = []
            for line in run.stdout or ():
                print(line, end="", flush=True)
                output.append(line)
    if run.returncode:
        sys.exit(run.returncode)
    if wrong := wrong_in(output):
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
