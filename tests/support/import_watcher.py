# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Import protobuf, encode and decode a message, over and over, while something else changes the board."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from ansible_collections.jetfleet.protobuf.tests.support.waiting import wait_for

# One process that goes on, like a service that imports late: each import is one of a fork. Others are new each time.
KINDS = ("forks", "processes")
_USE = """
import json, os, select, sys, traceback
def use():
    from google import protobuf
    from google.protobuf import descriptor_pb2
    message = descriptor_pb2.FileDescriptorProto()
    message.name = "jetfleet.proto"
    message.message_type.add().name = "Message"
    if descriptor_pb2.FileDescriptorProto.FromString(message.SerializeToString()) != message:
        raise ValueError("a message is not equal to itself after encoding and decoding")
    return protobuf.__version__
def tell():
    try:
        said = [use(), ""]
    except BaseException:
        said = [None, traceback.format_exc()]
    sys.stdout.write(json.dumps(said) + "\\n")
    sys.stdout.flush()
"""
_ONCE = _USE + "tell()\n"
_FORKS = (
    _USE
    + """
while not select.select([sys.stdin], [], [], 0)[0]:
    child = os.fork()
    if not child:
        tell()
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if status:
        sys.stdout.write(json.dumps([None, "the import was ended by %d" % status]) + "\\n")
        sys.stdout.flush()
"""
)


def _environment(own: dict[str, str]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", **own}


def import_once(python: Path, environment: dict[str, str]) -> tuple[str | None, str]:
    """Return the version that a new process imports, or None and the traceback."""
    command: list[str | Path] = [python, "-c", _ONCE]
    ended = subprocess.run(
        command, env=_environment(environment), cwd="/", capture_output=True, text=True, timeout=60, check=False
    )
    if ended.returncode:
        return None, f"exit code {ended.returncode}: {ended.stderr}"
    version, reason = json.loads(ended.stdout.splitlines()[-1])
    return version, reason


@dataclass
class Imports:
    """What a watcher has seen: how many imports found which version, and the tracebacks of those that failed."""

    versions: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    # What the newest import found.
    last: str | None = None

    @property
    def count(self) -> int:
        return self.versions.total() + len(self.failures)

    def faults(self, *allowed: str) -> list[str]:
        """Return what must not have been: failures, and imports of other versions than those."""
        others = [f"{number} imports of {one}" for one, number in self.versions.items() if one not in allowed]
        return others + self.failures


class ImportWatcher:
    """Watches from entering to leaving; `seen` says what it has seen so far."""

    def __init__(self, python: Path, environment: dict[str, str], kind: str) -> None:
        self.seen = Imports()
        self._python, self._environment = python, environment
        self._ends = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._forks if kind == "forks" else self._processes)

    def __enter__(self) -> ImportWatcher:
        self._thread.start()
        self.wait_for(1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.set()
        if self._process and self._process.stdin:
            self._process.stdin.close()
        self._thread.join()

    def wait_for(self, count: int) -> None:
        """Wait for so many more imports, each of which begins from now on."""
        # One is under way already.
        wanted = self.seen.count + count + 1
        wait_for(lambda: self.seen.count >= wanted, 120)

    def _note(self, version: str | None, reason: str) -> None:
        self.seen.last = version
        if version is None:
            self.seen.failures.append(reason)
        else:
            self.seen.versions[version] += 1

    def _processes(self) -> None:
        while not self._ends.is_set():
            self._note(*import_once(self._python, self._environment))

    def _forks(self) -> None:
        command: list[Any] = [self._python, "-c", _FORKS]
        environment, pipe = _environment(self._environment), subprocess.PIPE
        with subprocess.Popen(command, env=environment, cwd="/", text=True, stdin=pipe, stdout=pipe) as self._process:
            assert self._process.stdout is not None
            for line in self._process.stdout:
                self._note(*json.loads(line))
