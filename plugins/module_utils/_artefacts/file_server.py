# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file server that outlives the module that started it, and ends by itself.

It serves the named files, read-only, below a path that nobody can guess. Each server has a
file in a private folder, named by its token, and holds a lock on it as long as it lives:
so nobody is ever stopped who only has the process number of a server that is gone.
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

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os

FOLDER = "~/.cache/jetfleet-servers"
_TOKEN = re.compile(r"[0-9a-f]{32}\Z")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")
_STOP_GRACE = 10


class ServerError(Exception):
    """One sentence that names cause and remedy."""


def start(files, abi_key, address, port, lifetime):
    """(port, token) of a new server."""
    paths = _paths(files)
    server = _listen(address, port)
    folder = _private_folder()
    _remove_stale(folder)
    token = to_os(binascii.hexlify(os.urandom(16)).decode("ascii"))
    served = dict(("/{0}/{1}/{2}".format(token, abi_key, name), path) for name, path in paths.items())
    record = os.path.join(folder, token)
    descriptor = os.open(record, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    # The lock belongs to the open file, which the child inherits: it ends with the last of both.
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    child = os.fork()
    if child == 0:
        try:
            _serve(server, served, record, descriptor, lifetime)
        finally:
            os._exit(1)
    os.write(descriptor, str(child).encode("ascii"))
    os.close(descriptor)
    found = server.server_address[1]
    server.server_close()
    return found, token


def is_running(token):
    """Whether the server lives."""
    return _holder(_record(token)) is not None


def stop(token):
    """Whether there was a server to stop; it is gone when this returns."""
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
        raise ServerError("{0!r} is no token of a server: use the one that state=started returned.".format(token))
    return os.path.join(os.path.expanduser(FOLDER), token)


def _paths(files):
    paths = dict((os.path.basename(path), path) for path in files)
    for path in files:
        if not os.path.isfile(path) or not os.access(path, os.R_OK):
            raise ServerError("{0} is no file that can be read: build it again.".format(path))
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
    """Process number of the server that holds a record, None where none does."""
    try:
        descriptor = os.open(record, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (IOError, OSError):
        return int(os.read(descriptor, 20) or 0) or None
    finally:
        os.close(descriptor)
    return None


def _remove_stale(folder):
    """Remove the records of servers that had no time to do it."""
    for name in os.listdir(folder):
        record = os.path.join(folder, name)
        # A record without a number belongs to a server that is just being started.
        if _size(record) and _holder(record) is None:
            _remove(record)


def _size(record):
    try:
        return os.path.getsize(record)
    except OSError:
        return 0  # its server has just ended


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


def _serve(server, served, record, lock, lifetime):
    def end(_signal, _frame):
        # In this order: who does not find the record any more can rely on a closed port.
        server.socket.close()
        _remove(record)
        os._exit(0)

    # Whoever started this waits until nobody holds its pipes any more.
    os.setsid()
    os.chdir("/")
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGALRM, end)
    signal.alarm(lifetime)
    quiet = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(quiet, standard)
    for descriptor in [int(name) for name in os.listdir("/proc/self/fd")]:
        if descriptor > 2 and descriptor not in (lock, server.fileno()):
            _close(descriptor)
    server.served = served
    server.serve_forever()


def _close(descriptor):
    try:
        os.close(descriptor)
    except OSError:
        pass  # the one that listed the others


class _Server(ThreadingMixIn, TCPServer):
    """Not HTTPServer: that one asks the name service for a name that nobody needs, and may wait for it."""

    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that went away is no error of ours."""


class _Handler(BaseHTTPRequestHandler):
    # A client that says nothing must not hold its thread for ever.
    timeout = 60
    server_version = "jetfleet"
    sys_version = ""

    def do_GET(self):
        self._answer(True)

    def do_HEAD(self):
        self._answer(False)

    def log_message(self, *_arguments):
        """There is nobody to read it."""

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
    """First and last byte that a client asks for; first is greater where there is no such byte."""
    match = _RANGE.match(header or "")
    if match is None or match.groups() == ("", ""):
        # Also several ranges at once, which nobody has to understand.
        return 0, size - 1
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1
