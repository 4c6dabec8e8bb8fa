# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that every playbook checks."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.settings import SETTINGS, Fault, setting_faults

SECRET = "has a user name or password in it, which logs would show: put it into "


def found(**values: Any) -> list[Fault]:
    return setting_faults({**SETTINGS, **values})


def test_nothing_is_wrong_with_what_is_not_set() -> None:
    assert found() == []


@pytest.mark.parametrize("jobs", [0, 2, "3"])
def test_numbers_of_compilers(jobs: Any) -> None:
    assert found(libprotobuf_build_jobs=jobs) == []


@pytest.mark.parametrize("jobs", [-1, "all", 0.5, True, None, "3 "])
def test_what_is_not_a_number_of_compilers(jobs: Any) -> None:
    (fault,) = found(libprotobuf_build_jobs=jobs)
    assert fault.name == "libprotobuf_build_jobs"
    assert "is not a whole number: give the most compilers that may run at once, or 0 for as many as" in fault.text


@pytest.mark.parametrize("units", [[], ["detector.service"], ["camera@front.service", "a.socket", "dev-a\\x20b.mount"]])
def test_units_to_restart(units: Any) -> None:
    assert found(jetfleet_restart_units=units, jetfleet_restart_seconds="0") == []


@pytest.mark.parametrize(
    "units", ["detector.service", [None], ["detector"], ["a b.service"], ["-f.service"], ["*.service"], {}, [7]]
)
def test_what_is_no_unit_to_restart(units: Any) -> None:
    (fault,) = found(jetfleet_restart_units=units)
    assert fault.name == "jetfleet_restart_units"
    assert fault.text.endswith(" is no name of a unit: give a list of names such as detector.service")


@pytest.mark.parametrize("seconds", [-1, "soon", 0.5, None])
def test_what_is_no_time_to_stay_active(seconds: Any) -> None:
    (fault,) = found(jetfleet_restart_seconds=seconds)
    assert fault.text.endswith(" is not a whole number: give the seconds that each unit has to stay active")


def test_a_mirror_needs_an_address() -> None:
    assert found(jetfleet_artefact_source="url", jetfleet_artefact_url="https://mirror.example/") == []
    (fault,) = found(jetfleet_artefact_source="url")
    assert fault.name == "jetfleet_artefact_url"
    assert fault.text.endswith(": set it to the address of a copy of the artefact store")


@pytest.mark.parametrize(
    "url", ["https://me:secret@mirror.example/a", "ftp://me@mirror.example", "https://{{ me }}:{{ word }}@mirror/"]
)
def test_a_password_in_an_address_is_refused_and_not_shown(url: str) -> None:
    faults = found(jetfleet_artefact_url=url, libprotobuf_source_url=url)
    assert [fault.name for fault in faults] == ["jetfleet_artefact_url", "libprotobuf_source_url"]
    assert f"{SECRET}root's ~/.netrc on the boards" in faults[0].text
    assert f"{SECRET}your ~/.netrc on the controller" in faults[1].text
    assert "secret" not in str(faults)


def test_an_at_sign_in_a_path_is_not_a_password() -> None:
    assert (
        found(libprotobuf_source_url="https://mirror.example/a@b.tar.gz", jetfleet_artefact_url="file:///srv/a@b") == []
    )


def test_model_files() -> None:
    assert [fault.name for fault in found(jetfleet_graphs=["a.pb", "/b.pb"])] == ["jetfleet_graphs"]
