# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any sequence of what can happen to any board: nothing of others changes, and there is always a protobuf."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from ansible_collections.jetfleet.protobuf.tests.support.board_model import FAULTS, INTERPRETERS, Model, ModelBoard
from ansible_collections.jetfleet.protobuf.tests.support.board_model_states import INSTALLED, OTHERS
from ansible_collections.jetfleet.protobuf.tests.support.board_model_wheels import VERSIONS
from ansible_collections.jetfleet.protobuf.tests.support.chance import KILLS, SEED
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

# For each interpreter, so that all take less than 3 minutes of CPU where there are 3 kills; as many more for more kills.
SEQUENCES = 4 * KILLS
STEPS = 4

versions = st.sampled_from(VERSIONS)
# The change that a run is killed before: an undisturbed one makes 230 to 410, each process that it starts being one.
kills = st.tuples(st.integers(1, 420), st.sampled_from([0.0, 0.2, 0.4, 0.8]))
others = st.dictionaries(st.sampled_from(sorted(OTHERS)), versions, max_size=4)


def machine(
    installations: Installations, folder: Path, interpreter: str, outcomes: Counter[str]
) -> type[RuleBasedStateMachine]:
    """Return the state machine whose boards lie in the folder."""
    numbers = itertools.count()

    class Boards(RuleBasedStateMachine):
        model: Model

        @initialize(installed=st.sampled_from([None, *INSTALLED]), others=others)
        def start(self, installed: str | None, others: dict[str, str]) -> None:
            self.root = folder / str(next(numbers))
            self.root.mkdir()
            self.model = Model(ModelBoard(self.root / "board", installations, interpreter, installed, others))
            outcomes["sequences"] += 1

        @rule(version=versions, package=st.booleans(), extras=st.booleans(), constraint=st.booleans())
        def install(self, version: str, package: bool, extras: bool, constraint: bool) -> None:
            self.model.install(version, None, package, extras, constraint)

        @rule(fault=st.sampled_from(FAULTS), version=versions, package=st.booleans(), extras=st.booleans())
        def install_fails(self, fault: str, version: str, package: bool, extras: bool) -> None:
            self.model.install(version, fault, package or fault == "dpkg", extras)

        @rule(kill=kills, version=versions, package=st.booleans(), extras=st.booleans())
        def install_is_killed(self, kill: tuple[int, float], version: str, package: bool, extras: bool) -> None:
            self.model.install(version, None, package, extras, kill=kill)

        @rule()
        def remove(self) -> None:
            self.model.remove()

        @rule(kill=kills)
        def remove_is_killed(self, kill: tuple[int, float]) -> None:
            self.model.remove(kill)

        # What pip does between a kill and the run that ends it cannot be told from what the killed run did.
        @precondition(lambda self: not self.model.is_unfinished)
        @rule(version=versions)
        def user_installs(self, version: str) -> None:
            self.model.user_installs(version)

        @precondition(lambda self: not self.model.is_unfinished)
        @rule()
        def user_uninstalls(self) -> None:
            self.model.user_uninstalls()

        def teardown(self) -> None:
            if hasattr(self, "model"):
                outcomes.update(step.outcome for step in self.model.steps)
                shutil.rmtree(self.root)

    return hypothesis.seed(f"{SEED} {interpreter}")(Boards)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder that every user reaches."""
    made = Path(tempfile.mkdtemp(prefix="jetfleet-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_a_board_is_what_it_must_be_whatever_happens(
    installations: Installations, folder: Path, interpreter: str, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes: Counter[str] = Counter()
    phases = [hypothesis.Phase.generate] + ([hypothesis.Phase.shrink] if KILLS > 3 else [])
    settings = hypothesis.settings(
        max_examples=SEQUENCES,
        stateful_step_count=STEPS,
        database=None,
        phases=phases,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    try:
        run_state_machine_as_test(machine(installations, folder, interpreter, outcomes), settings=settings)
    finally:
        sequences = outcomes.pop("sequences", 0)
        with capsys.disabled():
            print(f" {sequences} sequences, {outcomes.total()} steps: {dict(outcomes.most_common())} ", end="")
