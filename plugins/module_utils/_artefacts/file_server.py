# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Serve files over HTTP from a process that outlives the module that started it, and ends by itself.

It serves the named files, read-only, below a path that cannot be guessed. Each server has a
file in a private folder, named by its token, and holds a lock on it as long as it lives:
so no other process is ever stopped that only has the process number of a server that has ended.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import binascii
import errno
import fcntl
import io
import os
import re
import signal
import socket
import time

try:
    from http.server import BaseHTTPRequestHandler  # novermin
    from socketserver import TCPServer, ThreadingMixIn  # novermin
    from urllib.parse import unquote  # novermin
except ImportError:  # Python 2
    from urllib import unquote

    from BaseHTTPServer import BaseHTTPRequestHandler  # novermin
    from SocketServer import TCPServer, ThreadingMixIn  # novermin

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.daemon import start_daemon
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.lock import flock, has_open, lock_file
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os

FOLDER = "~/.cache/jetfleet-servers"
_TOKEN = re.compile(r"[0-9a-f]{32}\Z")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")
_STOP_GRACE = 10


class ServerError(Exception):
    """The server cannot be started or found. str() is one sentence with cause and remedy."""


def start(files, abi_key, address, port, lifetime):
    """Start a server and return (port, token)."""
    paths = _paths(files)
    server = _listen(address, port)
    folder = _private_folder()
    _remove_stale(folder)
    token = to_os(binascii.hexlify(os.urandom(16)).decode("ascii"))
    served = dict(("/{0}/{1}/{2}".format(token, abi_key, name), path) for name, path in paths.items())
    record = os.path.join(folder, token)
    # The lock belongs to the open file, which the daemon inherits: it ends with the last of both.
    descriptor = lock_file(record)
    daemon = start_daemon(lambda: _serve(server, served, record, lifetime), [descriptor, server.fileno()])
    os.write(descriptor, str(daemon).encode("ascii"))
    os.close(descriptor)
    found = server.server_address[1]
    server.server_close()
    return found, token


def is_running(token):
    """Return whether the server is running."""
    return _holder(_record(token)) is not None


def stop(token):
    """Return whether there was a server to stop; it has ended when this returns."""
    record = _record(token)
    running = _holder(record)
    if running:
        os.kill(running, signal.SIGTERM)
        deadline = time.time() + _STOP_GRACE
        while _holder(record) and time.time() < deadline:
            time.sleep(0.02)
    return running is not None


def _record(token):
    if not _TOKEN.match(token):
        raise ServerError("{0!r} is not a valid server token: use the one that state=started returned.".format(token))
    return os.path.join(os.path.expanduser(FOLDER), token)


def _paths(files):
    paths = dict((os.path.basename(path), path) for path in files)
    for path in files:
        if not os.path.isfile(path) or not os.access(path, os.R_OK):
            raise ServerError("{0} is not a readable file: build it again.".format(path))
    if len(paths) != len(files):
        raise ServerError("Two of the files have the same name: give each its own name.")
    if not paths:
        raise ServerError("There is no file to serve: name at least one.")
    return paths


def _private_folder():
    folder = os.path.expanduser(FOLDER)
    try:
        os.makedirs(folder, 0o700)
    except OSError as error:
        if error.errno != errno.EEXIST:
            raise
    return folder


def _holder(record):
    """Return the process number of the server that holds a record, None where none does."""
    free, pid = _read(record)
    # In a home that two containers or hosts share, the number may be that of a server elsewhere.
    return pid if pid and not free and has_open(pid, record) else None


def _read(record):
    """Return (whether no server holds a record, the process number in it)."""
    try:
        descriptor = os.open(record, os.O_RDONLY)
    except OSError:
        return False, None
    try:
        return flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB), int(os.read(descriptor, 20) or 0) or None
    finally:
        os.close(descriptor)


def _remove_stale(folder):
    """Remove the records of servers that were killed before they could do so."""
    for name in os.listdir(folder):
        record = os.path.join(folder, name)
        free, pid = _read(record)
        # An empty record belongs to a server that is just being started.
        if free and pid:
            _remove(record)


def _remove(record):
    try:
        os.unlink(record)
    except OSError:
        pass  # another run was faster


def _listen(address, port):
    class Server(_Server):
        address_family = socket.AF_INET6 if ":" in address else socket.AF_INET

    try:
        return Server((address, port), _Handler)
    except (EnvironmentError, OverflowError) as error:
        raise ServerError(
            "The builder cannot listen on {0} port {1} ({2}): choose another address or port.".format(
                address, port, getattr(error, "strerror", None) or error
            )
        )


def _serve(server, served, record, lifetime):
    def end(_signal, _frame):
        # In this order: where the record is gone, the port is closed.
        server.socket.close()
        _remove(record)
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGALRM, end)
    signal.alarm(lifetime)
    server.served = served
    server.serve_forever()


class _Server(ThreadingMixIn, TCPServer):
    """Serves without HTTPServer, which asks the name service for a name that is not needed, and may wait for it."""

    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Ignore a client that went away."""


class _Handler(BaseHTTPRequestHandler):
    # A silent client must not hold its thread for ever.
    timeout = 60
    server_version = "jetfleet"
    sys_version = ""

    def do_GET(self):
        self._answer(True)

    def do_HEAD(self):
        self._answer(False)

    def log_message(self, *_arguments):
        """Log nothing."""

    def _answer(self, with_content):
        path = self.server.served.get(to_os(unquote(self.path.partition("?")[0])))
        if path is None or not os.access(path, os.R_OK):
            self.send_error(404)
            return
        with io.open(path, "rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            first, last = _range(self.headers.get("Range"), size)
            if first > last and size:
                self._head(416, 0, {"Content-Range": "bytes */{0}".format(size)})
                return
            part = (first, last) != (0, size - 1)
            content_range = {"Content-Range": "bytes {0}-{1}/{2}".format(first, last, size)} if part else {}
            self._head(206 if part else 200, last - first + 1, content_range)
            if with_content:
                stream.seek(first)
                self._send(stream, last - first + 1)

    def _head(self, status, length, more):
        self.send_response(status)
        headers = {"Accept-Ranges": "bytes", "Content-Type": "application/octet-stream", "Content-Length": str(length)}
        for name, value in sorted(dict(headers, **more).items()):
            self.send_header(name, value)
        self.end_headers()

    def _send(self, stream, left):
        while left > 0:
            block = stream.read(min(left, 1 << 16))
            if not block:
                return
            self.wfile.write(block)
            left -= len(block)


def _range(header, size):
    """Return the first and the last byte that a client asks for; first is greater where there is no such byte."""
    match = _RANGE.match(header or "")
    if match is None or match.groups() == ("", ""):
        # Also for several ranges at once, which a server need not support.
        return 0, size - 1
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1
