# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts a play is for, out of what the plays before have registered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.host_pattern import matching_hosts
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.outcome import facts_of
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.registered import GATE, PLAN, registered
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.waves import Size, split_into_waves

# A pattern that matches no host, and that Ansible has no warning for.
NO_HOSTS = ["all:!all"]
# Defaults of the role jetfleet, which are not known to a play.
WAVES: list[Size] = [1, "10%", "100%"]
GROUPS = {"jetfleet_boards": "boards", "jetfleet_builders": "builders"}
_FAIL_ON = ["conflict"]


class Fleet:
    """The hosts of the inventory in the roles that the variables jetfleet_boards and jetfleet_builders give them."""

    def __init__(self, hostvars: Mapping[str, Any], groups: Mapping[str, Sequence[str]]) -> None:
        """Take Ansible's variables of the same names."""
        self._hostvars = hostvars
        first = next(iter(groups["all"]), "localhost")
        shared = hostvars[first] if hostvars else {}
        patterns = [shared.get(name, default) for name, default in GROUPS.items()]
        self.boards, self.builders = (matching_hosts(pattern, groups) for pattern in patterns)

    def boards_to_survey(self) -> list[str]:
        """Return the boards that have no plan yet."""
        return self._without_plan(self.boards)

    def builders_to_survey(self) -> list[str]:
        """Return the builders that have no plan yet, as soon as any board needs a build."""
        return self._without_plan(self.builders) if self.boards_to_build_for() else []

    def boards_without_plan(self) -> list[str]:
        """Return the boards whose survey failed."""
        return [host for host in self.boards if PLAN in self._variables(host) and not self._plan(host)]

    def boards_to_build_for(self) -> list[str]:
        """Return the boards whose artefact was missing when they were surveyed."""
        return [host for host in self.boards if self._plan(host).get("needs_build")]

    def boards_to_report(self) -> list[str]:
        """Return the boards that may have no artefact in the end."""
        return [*self.boards_to_build_for(), *self.boards_without_plan()]

    def boards_to_change(self) -> list[str]:
        """Return the boards that the roles have something to do on, or to say about."""
        return [host for host in self.boards if GATE not in self._variables(host) and self._needs_work(host)]

    def waves(self, play_hosts: Collection[str] = ()) -> list[list[str]]:
        """Return the boards of this run in waves: those of the play, and those that have been surveyed before it."""
        boards = [host for host in self.boards if host in play_hosts or PLAN in self._variables(host)]
        return split_into_waves(boards, self.wave_sizes())

    def wave_counts(self) -> list[int]:
        """Return how many boards of each wave are to be changed, for each wave that has any."""
        change = set(self.boards_to_change())
        counts = [len(change.intersection(wave)) for wave in self.waves()]
        return [count for count in counts if count] or [1]

    def wave_sizes(self) -> list[Size]:
        """Return the variable jetfleet_waves; the defaults of roles are not known here."""
        sizes = self._variables(self.boards[0]).get("jetfleet_waves", WAVES) if self.boards else WAVES
        return sizes if isinstance(sizes, list) else [sizes]

    def _without_plan(self, hosts: list[str]) -> list[str]:
        return [host for host in hosts if PLAN not in self._variables(host)]

    def _variables(self, host: str) -> Mapping[str, Any]:
        # A syntax check knows the groups and no variables.
        return self._hostvars[host] if self._hostvars else {}

    def _plan(self, host: str) -> dict[str, Any]:
        # A host that was unreachable or failed has a plan without its results.
        plan = registered(self._variables(host), PLAN)
        return plan if "actions" in plan else {}

    def _needs_work(self, host: str) -> bool:
        plan = self._plan(host)
        opencv = facts_of(plan).get("opencv")
        fail_on = self._variables(host).get("opencv_check_fail_on", _FAIL_ON)
        return bool(plan and (plan["actions"] or plan["refusals"] or (opencv and opencv["verdict"] in fail_on)))


PLAY_HOSTS: dict[str, Callable[[Fleet], list[str]]] = {
    "boards": lambda fleet: fleet.boards,
    "boards_to_survey": Fleet.boards_to_survey,
    "builders_to_survey": Fleet.builders_to_survey,
    "boards_without_plan": Fleet.boards_without_plan,
    "boards_to_build_for": Fleet.boards_to_build_for,
    "boards_to_report": Fleet.boards_to_report,
    "boards_to_change": Fleet.boards_to_change,
}


def play_hosts(hostvars: Mapping[str, Any], groups: Mapping[str, Sequence[str]], which: str) -> list[str]:
    """Return the hosts of a play by one of the names in PLAY_HOSTS."""
    return PLAY_HOSTS[which](Fleet(hostvars, groups)) or NO_HOSTS


def serial(hostvars: Mapping[str, Any], groups: Mapping[str, Sequence[str]], which: str) -> list[Size]:
    """Return the C(serial) of a play over the boards, or over the boards_to_change."""
    fleet = Fleet(hostvars, groups)
    return [*fleet.wave_counts()] if which == "boards_to_change" else fleet.wave_sizes()
