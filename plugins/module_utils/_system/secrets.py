# Copyright (c) 2026, jetfleet.protobuf contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Command lines as they may be shown: reports are read by more people than may know a password."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import re

CUT = "***"
_LONGEST = 200
_NAME = (
    r"[\w.-]*?(?:pass(?:wor[dt]|wd|phrase|code)?|pwd|secret|token|credentials?|auth(?:orization)?|cookie|api[_-]?key"
    r"|(?:access|private|account|signing|encryption)[_-]?key|(?<![a-z])(?:key|pin)(?![a-z]))(?:[_.-][\w.-]*)?"
)
# --token=..., TOKEN=..., token: ..., "token": "..."; also within an argument, which can be a whole command.
_ASSIGNED = re.compile(
    r"(?i)((?<![\w.-]){0}[\"']?\s*[=:]\s*)(?!//)((?:bearer|basic)\s+)?(\"[^\"]*\"?|'[^']*'?|[^\s&]+)".format(_NAME)
)
# --token ... within an argument.
_FOLLOWED = re.compile(r"(?i)((?<!\S)--?{0}\s+)(\S+)".format(_NAME))
# An option whose value is the next argument.
_OPTION = re.compile(r"(?i)--?{0}\Z".format(_NAME))
_IN_ADDRESS = re.compile(r"(\w://)[^/\s@]+@")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def shown_command(arguments):
    """Return the arguments of a process as one short line, without what can be a secret."""
    shown, follows = [], False
    for argument in arguments:
        shown.append(CUT if follows else _cut(argument))
        follows = not follows and bool(_OPTION.match(argument))
    text = _CONTROL.sub(" ", " ".join(shown)).strip()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _cut(argument):
    argument = _IN_ADDRESS.sub(r"\1{0}@".format(CUT), argument)
    argument = _ASSIGNED.sub(r"\1{0}".format(CUT), argument)
    return _FOLLOWED.sub(r"\1{0}".format(CUT), argument)
