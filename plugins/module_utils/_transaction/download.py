# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Download a file of known size. The server is not trusted: it is read as far as the file goes, and nothing is unpacked."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import contextlib
import hashlib
import os
import re
import signal
import time

from ansible.module_utils.six.moves.urllib.error import HTTPError
from ansible.module_utils.urls import open_url
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal, shown

_BLOCK = 1 << 18
_PAUSE = 1
_REPAIR = "repair the mirror"


class _TimeIsUp(BaseException):
    """No Exception, which some library on the way might handle."""


class _Unfetched(Exception):
    """str() is the cause; lasting: whether another request would end in the same way."""

    def __init__(self, cause, lasting=False, remedy=_REPAIR, restart=False):
        Exception.__init__(self, cause)
        self.lasting, self.remedy, self.restart = lasting, remedy, restart


def download(entry, copy, timeout, retries):
    """Write a file to the open file copy and return its SHA-256; timeout is in seconds, for all requests together."""
    with _time_limit(timeout, entry):
        for left in range(retries, -1, -1):
            try:
                return _fetch(entry, copy, timeout)
            except _Unfetched as error:
                if error.restart:
                    copy.truncate(0)
                if error.lasting or not left:
                    sentence = "{0} cannot be fetched ({1}): {2}."
                    raise Refusal(sentence.format(entry["url"], shown(error) or "no reason given", error.remedy))
            time.sleep(_PAUSE)


def _fetch(entry, copy, timeout):
    """Fetch what is still missing; return the SHA-256 of the whole file."""
    copy.seek(0, os.SEEK_END)
    start = copy.tell()
    headers = {"Range": "bytes={0}-".format(start)} if start else {}
    answer = _ask(open_url, entry["url"], headers=headers, timeout=timeout, decompress=False)
    with contextlib.closing(answer):
        if start and answer.getcode() != 206:
            start = 0
            copy.seek(0)
            copy.truncate(0)
        _check_headers(answer.headers, start, entry["bytes"])
        _receive(answer, copy, entry["bytes"])
    copy.flush()
    if copy.tell() < entry["bytes"]:
        raise _Unfetched("the connection ended after {0} bytes".format(copy.tell()))
    return _sum(copy)


def _check_headers(headers, start, size):
    encoding = headers.get("Content-Encoding") or "identity"
    if encoding.lower() != "identity":
        remedy = "have the mirror send files as they are"
        raise _Unfetched("it comes in the encoding {0}".format(shown(encoding)), lasting=True, remedy=remedy)
    place = headers.get("Content-Range")
    if start and place and not re.match(r"bytes {0}-".format(start), place):
        raise _Unfetched("it sends {0} instead of what follows {1} bytes".format(shown(place), start), restart=True)
    length = (headers.get("Content-Length") or "").strip()
    # An answer in chunks has none.
    if length and not re.match(r"[0-9]{1,19}\Z", length):
        raise _Unfetched("it calls {0} a length".format(shown(length)), lasting=True)
    if length and start + int(length) != size:
        found = "the file there has {0} bytes instead of {1}".format(start + int(length), size)
        raise _Unfetched(found, lasting=True, remedy="copy the artefact to the mirror again")


def _receive(answer, copy, size):
    while copy.tell() < size:
        block = _ask(answer.read, min(_BLOCK, size - copy.tell()))
        if not block:
            return
        copy.write(block)


def _ask(request, *arguments, **options):
    """Return what the server answers; what the disk says is not meant here."""
    try:
        return request(*arguments, **options)
    except HTTPError as error:
        error.close()
        # Only what can succeed later is requested again.
        again = error.code >= 500 or error.code == 416
        raise _Unfetched("HTTP {0}".format(error.code), lasting=not again, restart=error.code == 416)
    # Which exception a broken answer raises depends on the Python and on what is broken.
    except Exception as error:
        raise _Unfetched(error)


def _sum(copy):
    copy.seek(0)
    result = hashlib.sha256()
    for block in iter(lambda: copy.read(_BLOCK), b""):
        result.update(block)
    return result.hexdigest()


@contextlib.contextmanager
def _time_limit(seconds, entry):
    """Interrupt any wait for the network, also for name servers."""

    def stop(dummy_signal, dummy_frame):
        raise _TimeIsUp

    before = signal.signal(signal.SIGALRM, stop)
    # Again every second: what a destructor raises is lost.
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    except _TimeIsUp:
        raise Refusal(
            "{0} could not be fetched within {1} s: repair the link or allow more time.".format(entry["url"], seconds)
        )
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
