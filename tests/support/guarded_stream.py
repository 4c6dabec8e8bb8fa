# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file in memory that nobody may read past the end of, nor much at a time."""

from __future__ import annotations

import io

# What a reader with bounded memory may ask for at once.
LARGEST_READ = 1 << 20


class GuardedStream(io.BytesIO):
    """Fails the test that asks for what is not there."""

    def read(self, size: int | None = -1) -> bytes:
        """Return exactly so many bytes."""
        assert size is not None and 0 <= size <= LARGEST_READ
        assert self.tell() + size <= self.getbuffer().nbytes, "read past the end"
        return super().read(size)
