# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to troubleshooting is what the symptoms and the texts give."""

from __future__ import annotations

from ansible_collections.jetfleet.protobuf.tests.support.failure_texts import all_texts
from ansible_collections.jetfleet.protobuf.tests.support.troubleshooting import GUIDE, guide


def test_the_guide_is_up_to_date() -> None:
    assert GUIDE.read_text(encoding="utf-8") == guide(), (
        "run PYTHONPATH=.nox/collections .nox/controller/bin/python tests/support/troubleshooting.py"
    )


def test_the_guide_has_a_sentence_of_every_symptom() -> None:
    text = guide()
    missing = {entry.symptom for entry in all_texts() if entry.sentence not in text}
    shown = {entry.symptom for entry in all_texts() if entry.sentence in text}
    assert missing - shown == set()
