# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that somebody changes again and again while it is read."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def flipping(path: Path, contents: list[bytes]) -> Iterator[None]:
    """Give a file one content after the other, each of them at once."""
    stop = threading.Event()

    def flip() -> None:
        while not stop.is_set():
            for content in contents:
                path.with_suffix(".new").write_bytes(content)
                os.replace(path.with_suffix(".new"), path)

    thread = threading.Thread(target=flip)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
