# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A link that is slow, loses connections or hangs: a TCP proxy in front of a real server."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time


class FlakyLink:
    """Forwards a port of its own; every byte is real, only the way is bad."""

    def __init__(self, target: int, *, delay: float = 0, cut_after: int = 0, cuts: int = 0) -> None:
        """Delay every block by seconds; reset a connection after so many bytes, for the first so many connections."""
        self.target, self.delay, self.cut_after, self.cuts = target, delay, cut_after, cuts
        self.connections = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Accept no more connections."""
        self._server.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _address = self._server.accept()
                self.connections += 1
                budget = [self.cut_after if self.connections <= self.cuts else -1]
                try:
                    server = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    client.close()
                    continue
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self._forward, args=(one, other, budget), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket, budget: list[int]) -> None:
        with contextlib.suppress(OSError):
            while block := source.recv(65536):
                time.sleep(self.delay)
                if budget[0] >= 0:
                    budget[0] -= len(block)
                    if budget[0] < 0:
                        self._reset(source, sink)
                        return
                sink.sendall(block)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        # The other direction closes its own.
        source.close()

    def _reset(self, *ends: socket.socket) -> None:
        """End with RST, as a router that forgot the connection does."""
        for end in ends:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.close()
