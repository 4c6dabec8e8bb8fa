# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The zones that throttle a board are those with a passive trip point."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.temperature import throttling_zones


def zone(root: Path, number: int, name: str, temperature: str, *points: tuple[str, int]) -> None:
    folder = root / f"thermal_zone{number}"
    folder.mkdir()
    (folder / "type").write_text(f"{name}\n")
    (folder / "temp").write_text(f"{temperature}\n")
    for index, (kind, degrees) in enumerate(points):
        (folder / f"trip_point_{index}_type").write_text(f"{kind}\n")
        (folder / f"trip_point_{index}_temp").write_text(f"{degrees}\n")


def test_zones_of_a_nano(tmp_path: Path) -> None:
    zone(tmp_path, 0, "AO-therm", "52500", ("active", 51000))
    zone(
        tmp_path, 1, "CPU-therm", "97500", ("critical", 102500), ("hot", 98500), ("passive", 97000), ("passive", 99000)
    )
    # It always says 100 degrees.
    zone(tmp_path, 2, "PMIC-Die", "100000", ("critical", 120000))
    assert throttling_zones(str(tmp_path)) == [("CPU-therm", 97.5, 97.0)]


def test_zones_that_say_nothing(tmp_path: Path) -> None:
    assert throttling_zones(str(tmp_path / "nothing")) == []
    zone(tmp_path, 0, "switched-off", "50000", ("passive", 0), ("passive", -274000))
    zone(tmp_path, 1, "unreadable", "", ("passive", 97000))
    zone(tmp_path, 2, "", "-5000", ("passive", 97000))
    assert throttling_zones(str(tmp_path)) == [("thermal_zone2", -5.0, 97.0)]
