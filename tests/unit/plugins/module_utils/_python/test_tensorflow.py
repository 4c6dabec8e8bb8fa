# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which TensorFlow an interpreter would import, and the protobuf that one asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.distributions import distributions
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python.tensorflow import tensorflow_facts


def install(place: Path, name: str, version: str, *requirements: str) -> None:
    folder = place / f"{name}-{version}.dist-info"
    folder.mkdir(parents=True)
    lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {line}" for line in requirements), "", "Text."]
    (folder / "METADATA").write_text("\n".join(lines))


def found(*places: Path) -> dict[str, Any] | None:
    facts: dict[str, Any] | None = tensorflow_facts(distributions([str(place) for place in places]))
    return facts


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("tensorflow", "tensorflow"),
        ("tensorflow_gpu", "tensorflow-gpu"),
        ("tensorflow_cpu", "tensorflow-cpu"),
        ("tensorflow_aarch64", "tensorflow-aarch64"),
        ("tf_nightly", "tf-nightly"),
        ("tf_nightly_gpu", "tf-nightly-gpu"),
    ],
)
def test_builds_of_tensorflow(tmp_path: Path, name: str, known: str) -> None:
    install(tmp_path, name, "1.15.5+nv22.1", "absl-py (>=0.7.0)", "protobuf (>=3.6.1)")
    assert found(tmp_path) == {"name": known, "version": "1.15.5+nv22.1", "requires_protobuf": ">=3.6.1"}


@pytest.mark.parametrize("name", ["tensorflow_estimator", "tensorflow_hub", "tensorflowjs", "tf_slim", "my_tensorflow"])
def test_what_only_has_a_name_like_it(tmp_path: Path, name: str) -> None:
    install(tmp_path, name, "1.15.0", "protobuf (>=3.6.1)")
    assert found(tmp_path) is None


def test_the_first_one_on_the_path_counts(tmp_path: Path) -> None:
    install(tmp_path / "a", "tensorflow_gpu", "1.12.0")
    install(tmp_path / "b", "tensorflow", "2.9.0", "protobuf (<3.20,>=3.9.2)")
    assert found(tmp_path / "a", tmp_path / "b") == {
        "name": "tensorflow-gpu",
        "version": "1.12.0",
        "requires_protobuf": None,
    }


def test_the_build_for_arm_that_tensorflow_only_leads_to(tmp_path: Path) -> None:
    """The requirements are those of PyPI's tensorflow 2.12.0 for aarch64."""
    leads = 'tensorflow-cpu-aws (==2.12.0) ; platform_system == "Linux" and platform_machine == "aarch64"'
    install(tmp_path, "tensorflow", "2.12.0", leads, 'tensorflow-intel (==2.12.0) ; platform_system == "Windows"')
    install(tmp_path, "tensorflow_cpu_aws", "2.12.0", "protobuf (<5.0.0dev,>=3.20.3)")
    expected = {"name": "tensorflow-cpu-aws", "version": "2.12.0", "requires_protobuf": "<5.0.0dev,>=3.20.3"}
    assert found(tmp_path) == expected
