# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Convert text to the form that this Python's module os expects, and back.

In the locale C, Python 3.5 and 3.6 take file names to be ASCII: they open a name with an umlaut only if surrogates stand for the
bytes of that letter, and fail for the letter itself. Python 2 expects the bytes. Inside a module every text has the form that os
expects, whether it comes from options, files or other programs. What a module returns is ordinary text again.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import re

# Python 3 keeps an undecodable byte as one of these.
_KEPT_BYTE = re.compile(b"([\\udc80-\\udcff])".decode("unicode_escape"))
_TEXT = type(b"".decode("ascii"))


def to_os(value):
    """Return text in the form that os expects, also inside lists and dictionaries."""
    return _each(value, _to_os)


def to_text(value):
    """Return ordinary text, also inside lists and dictionaries; bytes that are not UTF-8 become question marks."""
    return _each(value, _to_text)


def convert_text(module):
    """Convert the options of an AnsibleModule for os, and make it return ordinary text."""
    options, module.params = module.params, to_os(module.params)
    for name in ("exit_json", "fail_json"):
        setattr(module, name, _returning_text(module, options, getattr(module, name)))


def utf8_locale(environment):
    """Return the variables that make another program take names to be UTF-8; {} unless its locale is C.

    Without them Python 3.6 cannot import protobuf's C++ backend from a folder with an umlaut, and old releases of pip fail.
    Python 3.7 and newer do this on their own.
    """
    names = ("LC_ALL", "LC_CTYPE", "LANG")
    used = next((environment[name] for name in names if environment.get(name)), "C")
    return dict(LC_ALL="C.UTF-8") if used in ("C", "POSIX") else {}


def _returning_text(module, options, return_result):
    def return_text(*arguments, **result):
        # Ansible adds the options to the result.
        module.params = options
        return_result(*to_text(arguments), **to_text(result))

    return return_text


def _each(value, change):
    if isinstance(value, dict):
        return dict((change(key), _each(item, change)) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return [_each(item, change) for item in value]
    return change(value)


if str is bytes:  # Python 2

    def _to_os(value):
        if not isinstance(value, _TEXT):
            return value
        # Every second part is an undecodable byte.
        parts = _KEPT_BYTE.split(value)
        parts[0::2] = [part.encode("utf-8") for part in parts[0::2]]
        parts[1::2] = [chr(ord(part) - 0xDC00) for part in parts[1::2]]
        return b"".join(parts)

    def _to_text(value):
        return value

else:

    def _to_os(value):
        data = _encoded(value)
        return value if data is None else os.fsdecode(data)  # novm

    def _to_text(value):
        data = _encoded(value)
        return value if data is None else data.decode("utf-8", "replace")

    def _encoded(value):
        """Return the bytes of a text; None for other values, and for text that does not come from bytes."""
        try:
            return value.encode("utf-8", "surrogateescape") if isinstance(value, _TEXT) else None
        except UnicodeEncodeError:
            return None
