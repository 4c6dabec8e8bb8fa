# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""collected_objects says what CPython's collector does."""

from __future__ import annotations

import itertools
import json
import subprocess

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.garbage_collector import collected_objects
from ansible_collections.jetfleet.protobuf.tests.support.pythons import need_python

# Keeps lists, which the collector looks at, and counts what its full collections find.
PROGRAM = """
import gc, json, sys
looked_at = []
def watch(phase, information):
    if phase == "start" and information["generation"] == 2:
        looked_at.append(len(gc.get_objects()))
gc.collect()
baseline = len(gc.get_objects())
gc.callbacks.append(watch)
kept = [[] for index in range(int(sys.argv[1]))]
gc.callbacks.remove(watch)
print(json.dumps([baseline, gc.get_threshold(), sum(looked_at)]))
"""


# The largest is where a wrong share of what survived shows; 3.13 has other full collections, so there it is larger.
@pytest.mark.parametrize(
    ("objects", "version"),
    [
        *itertools.product((50_000, 300_000, 1_000_000), ("3.6", "3.9", "3.12", "3.13")),
        *((700_000, version) for version in ("3.6", "3.9", "3.12")),
        (2_000_000, "3.13"),
    ],
)
def test_real_collector(version: str, objects: int) -> None:
    command = [str(need_python(version)), "-c", PROGRAM, str(objects)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    baseline, thresholds, looked_at = json.loads(answer)
    # Whether one more collection is part of it hangs on a few objects, so the counts around this one count, too.
    low, high = (collected_objects(baseline, int(objects * share), thresholds) for share in (0.9, 1.1))
    # The collector counts what is freed meanwhile a little differently.
    assert 0.95 * low <= looked_at <= 1.05 * high


def test_few_objects_cause_no_full_collection() -> None:
    assert collected_objects(20_000, 90_000, [700, 10, 10]) == 0
    assert collected_objects(20_000, 100_000, [700, 10, 10]) > 100_000


def test_full_collections_wait_for_a_fourth_of_what_survived() -> None:
    # 500 001 new objects and then 625 001.
    assert collected_objects(2_000_000, 1_125_001, [700, 10, 10]) == 2_500_001
    assert collected_objects(2_000_000, 1_125_002, [700, 10, 10]) == 2_500_001 + 3_125_002


def test_collector_that_is_switched_off() -> None:
    assert collected_objects(20_000, 10_000_000, [0, 10, 10]) == 0
