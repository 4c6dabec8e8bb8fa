# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a look costs is told by subset, child processes included."""

from __future__ import annotations

import os
import time

from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.cost import Cost
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.gather import gather
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.process import run_process
from ansible_collections.jetfleet.protobuf.plugins.modules.protobuf_facts import argument_spec

BUSY = "import time; kept = b'x' * (100 << 20)\nwhile time.process_time() < 0.3: pass"


def test_a_child_counts_for_the_subset_that_started_it() -> None:
    cost = Cost()
    with cost.of("opencv"):
        assert run_process(["/usr/bin/python3", "-c", BUSY], 60, dict(os.environ))["status"] == "ok"
    with cost.of("graphs"):
        time.sleep(0.1)
    opencv, graphs = cost.facts["opencv"], cost.facts["graphs"]
    assert 0.3 <= opencv["cpu_seconds"] < 3 and opencv["wall_seconds"] >= 0.25
    assert opencv["peak_memory_mb"] > 100
    assert graphs["cpu_seconds"] < 0.1 <= graphs["wall_seconds"]


def test_what_is_done_in_two_steps_is_added_up() -> None:
    cost = Cost()
    for _step in range(2):
        with cost.of("module"):
            time.sleep(0.05)
    assert cost.facts["module"]["wall_seconds"] >= 0.1
    assert list(cost.facts) == ["module"]


def test_every_subset_that_is_gathered_has_its_cost() -> None:
    options = {name: option.get("default") for name, option in argument_spec().items()}
    facts = gather(options | {"gather_subset": ["board", "python", "tools", "packages", "installation", "graphs"]})
    assert set(facts["cost"]) == {"board", "python", "tools", "packages", "installation", "graphs"}
    assert facts["cost"]["python"]["cpu_seconds"] > 0
