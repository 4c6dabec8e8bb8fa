# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a megabyte of a board's text costs the controller, at worst: a sentence about a failure, and a line for a report."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import (
    crashed_libraries,
    telling_line,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.failures import failure_sentence
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import one_line
from ansible_collections.jetfleet.protobuf.tests.support.hostile_text import PARTS
from tabulate import tabulate

READERS: dict[str, Callable[[str], object]] = {
    "failure_sentence, message": lambda text: failure_sentence({"failed": True, "msg": text}),
    "failure_sentence, all outputs": lambda text: failure_sentence(
        {"msg": "MODULE FAILURE", "module_stderr": text, "module_stdout": text, "exception": text}
    ),
    "telling_line": telling_line,
    "crashed_libraries": crashed_libraries,
    "one_line": one_line,
}


def cost(read: Callable[[str], object], text: str) -> float:
    """Return CPU milliseconds."""
    begun = time.process_time()
    read(text)
    return 1000 * (time.process_time() - begun)


def worst(read: Callable[[str], object], size: int) -> list[str]:
    """Return the most milliseconds of any text, and what that text repeats."""
    costs = [(cost(read, part * (size // len(part))), part) for part in PARTS]
    most, part = max(costs)
    return [f"{most:.1f}", repr(part)]


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=10**6, help="characters of a text")
    size = parser.parse_args().size
    rows = [[name, *worst(read, size)] for name, read in READERS.items()]
    print(tabulate(rows, headers=["what", "CPU, ms", "of a text of"], disable_numparse=True))


if __name__ == "__main__":
    main()
