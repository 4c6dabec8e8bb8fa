# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A board whose clock is wrong: what its owner is told, and what such a board cannot do."""

from __future__ import annotations

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import moment_words, offset_words
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.facts import Board
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.plan import Action

# Seconds. A time server keeps a clock to a fraction of one, and the controller itself may be a minute off. What checks dates
# (certificates, the lists of packages) allows for less than this.
TOLERANCE = 120
_THE_CLOCK = "The clock of the board is"
_REMEDY = "set it with 'sudo timedatectl set-ntp true' there, or with 'sudo date --set' where it reaches no time server"


def wrong_clock(board: Board) -> str | None:
    """Return "56 years behind the controller's (it says 1970-01-01 00:03 UTC)", None for a clock that is right as far as that is known."""
    offset = board["clock_offset_seconds"]
    if offset is None or abs(offset) <= TOLERANCE:
        return None
    return f"{offset_words(offset)} the controller's (it says {moment_words(board['clock']) or 'no date'})"


def clock_notice(board: Board) -> str | None:
    """Return what the owner of a board should know that is provisioned nevertheless."""
    wrong = wrong_clock(board)
    return wrong and f"{_THE_CLOCK} {wrong}: {_REMEDY}."


def clock_refusals(board: Board, actions: list[Action], address: str) -> list[str]:
    """Return what of the actions fails for the clock; address is where the board downloads from, empty where it does not."""
    wrong = wrong_clock(board)
    if wrong is None:
        return []
    found = []
    if address.startswith("https://"):
        found.append(
            f"{_THE_CLOCK} {wrong}, so a download from {address} would fail for the dates of its certificate: {_REMEDY}."
        )
    if any(action["action"] == "install_packages" for action in actions) and (board["clock_offset_seconds"] or 0) < 0:
        found.append(f"{_THE_CLOCK} {wrong}, and apt-get refuses lists of packages from the future: {_REMEDY}.")
    return found


def clock_build_refusal(board: Board) -> str | None:
    """Return why a host with a wrong clock does not compile."""
    wrong = wrong_clock(board)
    return (
        wrong
        and f"The clock of this host is {wrong}, and configure and make compare the times of files with it: {_REMEDY}."
    )
