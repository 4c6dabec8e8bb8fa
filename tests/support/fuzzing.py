# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many inputs are made up: few in the suite, and as many times more as the profile of hypothesis asks for."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Of hypothesis itself.
_USUAL = 100


def fuzz(examples: int) -> settings:
    """Return the settings of a fuzz target that tries that many inputs in the suite."""
    # What a target writes to tmp_path is the same for all inputs.
    unwanted = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    number = examples * settings.default.max_examples // _USUAL if settings.default else examples
    return settings(max_examples=max(1, number), deadline=None, suppress_health_check=unwanted)
