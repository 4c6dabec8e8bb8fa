# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables of many hosts, read at little cost for each of a thousand."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleError, AnsibleUndefinedVariable


class RawVariables:
    """The variables of hosts before Ansible renders templates; those of the play win over those of a host."""

    def __init__(
        self, hostvars: Any, hosts: Collection[str], of_play: Mapping[str, Any], of_roles: Collection[str]
    ) -> None:
        self._hostvars = hostvars
        self._of_play = of_play
        self._of_roles = of_roles
        self._raw = {host: {**hostvars.raw_get(host), **of_play} for host in hosts}
        # Hosts of a group share the very object. It is kept, so that no other one gets its id.
        self._texts: dict[int, tuple[Any, str]] = {}

    def names(self) -> Mapping[str, Collection[str]]:
        """Return the names of all variables of each host."""
        return self._raw

    def texts(self, hosts: Collection[str], defaults: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each host with the JSON texts of the variables that have a default here, in that order."""
        for host in hosts:
            yield host, tuple(self._text(host, name, default) for name, default in defaults.items())

    def _text(self, host: str, name: str, default: Any) -> str:
        raw = self._raw[host].get(name, default)
        if id(raw) not in self._texts:
            self._texts[id(raw)] = raw, _json(host, name, raw)
        text = self._texts[id(raw)][1]
        # Only templates can give each host something else.
        return _json(host, name, self._rendered(host, name, default)) if "{{" in text or "{%" in text else text

    def _rendered(self, host: str, name: str, default: Any) -> Any:
        # A template of the play is rendered where the play uses it.
        if name in self._of_play:
            return default
        try:
            return self._hostvars[host][name]
        except AnsibleError as error:
            cause = " ".join(str(error).split()).rstrip(".")
            # The defaults of roles are not known here.
            if isinstance(error, AnsibleUndefinedVariable) and any(f"'{known}'" in cause for known in self._of_roles):
                return default
            raise ValueError(f"A template in {name} of {host} fails ({cause}): correct it.") from error


def _json(host: str, name: str, value: Any) -> str:
    try:
        # YAML makes a date of 2026-12-31.
        return json.dumps(value, default=str)
    except TypeError as error:
        raise ValueError(f"In {name} of {host}, a key is not a string: put quotes around it.") from error
