# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make and remove container boards, each as the variable container_board of its host describes it.

usage: boards.py create | destroy     reads the descriptions, a JSON list, from standard input
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PODMAN = str(Path(__file__).with_name("podman.sh"))
# Kept beside its keys, so that a board can be made again without Ansible.
DESCRIPTION = "board.json"
CHECKOUT_LABEL = "jetfleet.protobuf.checkout"
# /run starts empty in a container.
COMMAND = ["/bin/sh", "-c", "mkdir -p /run/sshd && exec /usr/sbin/sshd -D -e"]
# More at once only wait for podman's locks.
WORKERS = 4
SECONDS_TO_ANSWER = 60

SSH_CONFIG = """\
# ssh -F "{folder}/ssh_config" {host}
Host {host}
    HostName {address}
    Port {port}
    User {user}
    IdentityFile "{key}"
    IdentitiesOnly yes
    HostKeyAlias {host}
    UserKnownHostsFile "{folder}/known_hosts"
    GlobalKnownHostsFile none
    StrictHostKeyChecking yes
"""
# Shares of the board's memory, as a board that was just switched on shows them; in kB.
MEMINFO = {"MemTotal": 1024, "MemFree": 768, "MemAvailable": 896, "Buffers": 0, "Cached": 128}
MEMINFO |= dict.fromkeys(("SwapCached", "SwapTotal", "SwapFree"), 0)


class BoardError(Exception):
    """One sentence: what is wrong, and what to do about it."""


@dataclass(frozen=True)
class Board:
    """What a board is; the attributes are documented in inventories/containers/group_vars/containers.yml."""

    host: str
    name: str
    checkout: str
    folder: str
    image: str
    address: str
    port: int
    user: str
    key: str
    memory_mb: int
    tmpfs: list[str]
    setup: list[str]
    tegra_release: str

    @classmethod
    def described(cls, description: dict[str, Any]) -> Board:
        """Return the board of a description, in which Ansible's templates make strings of numbers."""
        numbers = {name: int(description[name]) for name in ("port", "memory_mb")}
        return cls(**description | numbers)

    @property
    def place(self) -> Path:
        """The folder on the controller with what makes the board this one."""
        return Path(self.folder)

    @property
    def arguments(self) -> list[str]:
        """What the container is started with."""
        labels = ["--label=jetfleet.protobuf=board", f"--label={CHECKOUT_LABEL}={self.checkout}"]
        arguments = [f"--name={self.name}", f"--hostname={self.host}", *labels]
        arguments.append(f"--publish={self.address}:{self.port}:22")
        if self.memory_mb:
            arguments += [f"--memory={self.memory_mb}m", f"--volume={self.folder}/meminfo:/proc/meminfo:ro"]
        return arguments + [f"--tmpfs={disk}" for disk in self.tmpfs]

    def files(self) -> dict[str, Path]:
        """Return the files of the controller that the board gets, by their places on it."""
        given = {
            "etc/ssh/ssh_host_ed25519_key": self.place / "ssh_host_ed25519_key",
            "etc/ssh/authorized_keys/jetson": Path(f"{self.key}.pub"),
        }
        return given | ({"etc/nv_tegra_release": self.place / "nv_tegra_release"} if self.tegra_release else {})

    def recipe(self, image_id: str) -> str:
        """Return a digest of everything that the board is made of."""
        contents = [path.read_text() for path in self.files().values()]
        parts = [self.arguments, COMMAND, self.setup, self.memory_mb, image_id, contents]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def podman(*arguments: str, content: bytes | None = None) -> str:
    """Run podman, with a content for its standard input, and return what it prints."""
    ended: subprocess.CompletedProcess[bytes] = subprocess.run(
        [PODMAN, *arguments], check=False, capture_output=True, input=content
    )
    if ended.returncode:
        reason = ended.stderr.decode().strip().rpartition("\n")[2]
        raise BoardError(f"podman {arguments[0]} fails: {reason or ended.returncode}; see if 'podman info' works.")
    return ended.stdout.decode().strip()


def write_files(board: Board) -> None:
    """Make the host key of the board, and what SSH on the controller has to know of it."""
    board.place.mkdir(mode=0o700, parents=True, exist_ok=True)
    (board.place / DESCRIPTION).write_text(json.dumps(asdict(board), indent=2))
    key = board.place / "ssh_host_ed25519_key"
    if not key.exists():
        generate = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", board.host, "-f", str(key)]
        subprocess.run(generate, check=True, capture_output=True)
    public = key.with_suffix(".pub").read_text()
    (board.place / "known_hosts").write_text(f"{board.host} {public}")
    (board.place / "ssh_config").write_text(SSH_CONFIG.format(**asdict(board)))
    shares = {name: board.memory_mb * share for name, share in MEMINFO.items()}
    lines = (f"{name + ':':<15} {amount} kB\n" for name, amount in shares.items())
    (board.place / "meminfo").write_text("".join(lines))
    (board.place / "nv_tegra_release").write_text(f"{board.tegra_release}\n")


def archive(files: dict[str, Path]) -> bytes:
    """Return a tar archive with the files, owned by root; what is private on the controller stays so."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as opened:
        for name, path in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = path.stat().st_size, path.stat().st_mode & 0o777, time.time()
            opened.addfile(member, io.BytesIO(path.read_bytes()))
    return buffer.getvalue()


def wait_for_ssh(board: Board) -> None:
    """Wait until the SSH server of the board says its name."""
    deadline = time.monotonic() + SECONDS_TO_ANSWER
    while time.monotonic() < deadline:
        try:
            with socket.create_connection((board.address, board.port), timeout=5) as connection:
                if connection.recv(7) == b"SSH-2.0":
                    return
        except OSError:
            pass
        time.sleep(0.05)
    log = subprocess.run([PODMAN, "logs", "--tail=5", board.name], check=False, capture_output=True, text=True).stderr
    raise BoardError(f"No SSH server answers at {board.address} port {board.port}; the board's log ends: {log.strip()}")


def found(board: Board) -> dict[str, Any]:
    """Return what podman says of the container of that name, which has to be this checkout's; {} when there is none."""
    (entry,) = json.loads(podman("ps", "--all", "--format=json", f"--filter=name=^{board.name}$")) or [{}]
    owner = (entry.get("Labels") or {}).get(CHECKOUT_LABEL, "somebody else")
    if entry and owner != board.checkout:
        raise BoardError(
            f"The container {board.name} is not of this checkout but of '{owner}': run make clean there first."
        )
    return dict(entry)


def create(board: Board) -> bool:
    """Make or start the board; return whether anything had to be done."""
    write_files(board)
    entry = found(board)
    image_id = podman("image", "inspect", "--format={{.Id}}", board.image)
    # Written when a board is complete: of what, and which container it was. Anything else found (another
    # recipe, a container that a killed run left half made) is replaced.
    mark, recipe = board.place / "made", board.recipe(image_id)
    if entry and mark.exists() and mark.read_text() == f"{recipe} {entry['Id']}":
        if entry["State"] == "running":
            return False
        podman("start", board.name)
        wait_for_ssh(board)
        return True
    if entry:
        remove(board)
    identifier = podman("create", "--quiet", *board.arguments, board.image, *COMMAND)
    podman("cp", "-", f"{board.name}:/", content=archive(board.files()))
    podman("start", board.name)
    for command in board.setup:
        podman("exec", board.name, "/bin/sh", "-ec", command)
    wait_for_ssh(board)
    mark.write_text(f"{recipe} {identifier}")
    return True


def remove(board: Board) -> bool:
    """Take the container away, if there is one; its keys stay, so that its next one is the same to SSH."""
    return bool(podman("rm", "--force", "--ignore", "--time=0", board.name))


def destroy(board: Board) -> bool:
    """Take the board away with its keys; return whether there was any."""
    # A machine without podman has no boards.
    removed = bool(shutil.which("podman")) and remove(board)
    shutil.rmtree(board.place, ignore_errors=True)
    return removed


def renew(board: Board) -> bool:
    """Make a fresh board in the place of the one that is there."""
    remove(board)
    return create(board)


def for_each(boards: list[Board], do: Callable[[Board], bool]) -> list[str]:
    """Do it to all boards, some at a time; return the names of those to which something was done."""
    with ThreadPoolExecutor(WORKERS) as pool:
        done = list(pool.map(do, boards))
    return [board.host for board, changed in zip(boards, done, strict=True) if changed]


def main() -> None:
    """Do what the command line says, and say to which boards it was done."""
    actions = {"create": create, "destroy": destroy}
    if len(sys.argv) != 2 or sys.argv[1] not in actions:
        sys.exit(__doc__)
    boards = [Board.described(description) for description in json.load(sys.stdin)]
    try:
        changed = for_each(boards, actions[sys.argv[1]])
    except BoardError as error:
        sys.exit(str(error))
    if changed:
        print(f"{sys.argv[1]}: {', '.join(changed)}")


if __name__ == "__main__":
    main()
