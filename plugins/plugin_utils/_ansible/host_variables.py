# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of variables by their names: what Ansible's template of a name gives, at less cost.

Every worker compiles every template anew, and Ansible has a worker for each board. Most variables
need none: they are plain data, or a reference to another variable, with no more than an empty list by default. All others are left to Ansible.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from ansible import template

_REFERENCE = re.compile(r"\{\{ *([A-Za-z_][A-Za-z0-9_]*) *(\| *default\(\[\]\) *)?\}\}")
_MARKERS = ("{{", "{%", "{#")


def _is_safe(value: object) -> bool:
    return not hasattr(value, "__UNSAFE__")


# Whether Ansible takes a text that looks like a template for one. It has a function for that from 2.19 on.
_is_trusted = getattr(template, "is_trusted_as_template", _is_safe)


class _NotPlain(Exception):
    """Says that a value is for Ansible to work out."""


class Values:
    """The values of a host's variables; templar is the one that Ansible gives an action plugin."""

    def __init__(self, variables: Mapping[str, Any], templar: Any) -> None:
        self._variables = variables
        self._templar = templar

    def of(self, names: str | list[str]) -> Any:
        """Return the value of a variable, or a list with those of several. Raises what Ansible's templates raise."""
        if isinstance(names, list):
            return [self._value(name) for name in names if name in self._variables]
        return self._value(names)

    def options(self, given: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
        """Return the given options with those beside them that named has the variables of.

        named: {option: name of a variable, list of names, or the same for its suboptions}. A variable that is not defined
        leaves its option out. Raises ValueError where an option is given by itself, too.
        """
        options = dict(given)
        for option, names in named.items():
            if isinstance(names, Mapping):
                options[option] = self.options(options.get(option) or {}, names)
            elif option in options:
                raise ValueError(f"{option} is given by itself and in from_variables: give it once.")
            elif isinstance(names, list) or names in self._variables:
                options[option] = self.of(names)
        return options

    def _value(self, name: str) -> Any:
        # What refers to itself has no end: Ansible has a sentence for it.
        with contextlib.suppress(_NotPlain, RecursionError):
            return self._referred(name)
        raw = self._variables.get(name)
        if isinstance(raw, (Mapping, list)):
            return self._templar.template(raw)
        if hasattr(self._templar, "resolve_variable_expression"):  # ansible-core 2.19 or newer
            return self._templar.resolve_variable_expression(name)
        return self._templar.template(f"{{{{ {name} }}}}")

    def _referred(self, name: str) -> Any:
        """Return what a reference to the variable gives."""
        if name not in self._variables:
            raise _NotPlain
        value = self._plain(self._variables[name])
        # Before 2.19, Ansible makes data of a text that looks like some.
        if isinstance(value, str) and (value.startswith(("[", "{")) or value in ("True", "False")):
            raise _NotPlain
        return value

    def _plain(self, raw: Any) -> Any:
        if isinstance(raw, str):
            return self._text(raw)
        if isinstance(raw, Mapping):
            return {key: self._plain(value) for key, value in raw.items()}
        if isinstance(raw, list):
            return [self._plain(value) for value in raw]
        if raw is None or isinstance(raw, (int, float, date)):
            return raw
        raise _NotPlain

    def _text(self, raw: str) -> Any:
        if not any(marker in raw for marker in _MARKERS):
            return raw
        reference = _REFERENCE.fullmatch(raw)
        if reference is None or not _is_trusted(raw):
            raise _NotPlain
        if reference[2] and reference[1] not in self._variables:
            return []
        return self._referred(reference[1])
