# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Boards that must not be touched, hosts that cannot build, and what their owners are told."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.plan import make_plan
from ansible_collections.jetfleet.protobuf.tests.support.boards import (
    DESIRED,
    PURELIB,
    fast_nano,
    library,
    no_fault,
    package,
    slow_nano,
)


def plan(facts: Any, **desired: str) -> Any:
    return make_plan(facts, DESIRED | desired, lambda _key: None, no_fault)


def refusal(facts: Any, **desired: str) -> str:
    planned = plan(facts, **desired)
    assert not planned["needs_build"]
    (sentence,) = planned["refusals"]
    return one_sentence(sentence)


def one_sentence(text: str) -> str:
    """A cause, a colon, a remedy, a full stop, on one line."""
    assert text.count("\n") == 0
    assert text.endswith(".")
    assert ": " in text
    return text


def test_an_unsupported_architecture() -> None:
    facts = slow_nano()
    facts["board"]["architecture"] = "armhf"
    assert "armhf is not supported: use a board with one of arm64, amd64" in refusal(facts)


def test_a_host_without_dpkg() -> None:
    facts = slow_nano()
    facts["board"]["architecture"] = None
    assert "no dpkg" in refusal(facts)


def test_a_python_that_the_version_cannot_be_built_for() -> None:
    facts = slow_nano()
    facts["python"] |= {"version": "3.10.12", "soabi": "cpython-310-aarch64-linux-gnu"}
    assert "choose protobuf 3.11.0" in refusal(facts)


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        ("not_found", None, "no interpreter /usr/bin/python3: install it"),
        ("crashed", "killed by SIGSEGV.", "(killed by SIGSEGV): repair it"),
        ("timed_out", None, "(timed_out): repair it"),
    ],
)
def test_a_python_that_does_not_run(status: str, error: str | None, words: str) -> None:
    facts = slow_nano()
    facts["python"] |= {"status": status, "error": error, "version": None, "soabi": None, "implementation": None}
    assert words in refusal(facts)
    assert plan(facts)["actions"] == []
    assert plan(facts)["abi_key"] is None


def test_a_python_that_is_no_cpython() -> None:
    facts = slow_nano()
    facts["python"]["implementation"] = "PyPy"
    assert "PyPy" in refusal(facts)


def test_a_board_whose_platform_is_unknown() -> None:
    facts = slow_nano()
    facts["board"]["glibc"] = None
    assert "no artefact can be matched" in refusal(facts)


def test_no_room_to_install() -> None:
    facts = slow_nano()
    facts["board"]["disk_free_mb"]["usr_local"] = 59
    assert "59 MB are free in /usr/local and 60 MB are needed to install" in refusal(facts)
    facts["board"]["disk_free_mb"]["usr_local"] = 60
    assert plan(facts)["refusals"] == []


def test_a_full_board_that_needs_nothing_is_left_in_peace() -> None:
    facts = fast_nano(plan(slow_nano())["digest"])
    facts["board"]["disk_free_mb"] = dict.fromkeys(("root", "usr_local", "home", "tmp"), 0)
    assert plan(facts)["actions"] == plan(facts)["refusals"] == []


def test_a_distribution_whose_library_was_moved_away() -> None:
    facts = slow_nano()
    gone = "/usr/lib/aarch64-linux-gnu/libprotobuf.so.10.0.0"
    facts["packages"]["libprotobuf10"] = package("3.0.0-9.1ubuntu1", missing=[gone])
    sentence = refusal(facts)
    assert gone in sentence
    assert "apt-get install --reinstall libprotobuf10" in sentence


def test_a_missing_document_is_no_reason_to_refuse() -> None:
    facts = slow_nano()
    facts["packages"]["libprotobuf10"] = package("3.0.0", missing=["/usr/share/doc/libprotobuf10/copyright"])
    assert plan(facts)["refusals"] == []


def test_a_second_library_of_the_distributions_name() -> None:
    facts = slow_nano()
    there = "/usr/lib/aarch64-linux-gnu/libprotobuf.so.17"
    facts["libraries"].append(library(there, "libprotobuf.so.17", "libprotobuf17"))
    assert "libprotobuf17" in refusal(facts, version="3.6.1")
    assert plan(facts)["refusals"] == []


def test_pypi_has_no_wheel_for_the_board() -> None:
    sentence = refusal(slow_nano(), wheel="pypi")
    assert "cpython-36m-aarch64-linux-gnu with glibc 2.27" in sentence
    assert "python_protobuf_wheel to build" in sentence


@pytest.mark.parametrize("change", [{"virtualenv": True, "prefix": "/srv/venv"}, {"prefix": "/opt/python"}])
def test_six_that_the_distribution_cannot_give(change: dict[str, Any]) -> None:
    facts = slow_nano()
    facts["python"] |= change
    assert plan(facts)["refusals"] == []
    facts["python"]["packages"]["six"] = None
    assert "lacks six" in refusal(facts)


HAS_ALL: dict[str, Any] = {
    "pip": {"status": "ok", "error": None, "version": "9.0.1", "location": None, "package": None},
    "missing": [],
}
# What `pip3 install -U pip` leaves behind with Python 3.5.
TOO_NEW = {"status": "failed", "error": "SyntaxError: invalid syntax", "version": "25.0.1", "location": PURELIB}


def with_tools(missing: list[str] | None = None, **pip: Any) -> Any:
    facts = slow_nano()
    facts["tools"] = {"pip": HAS_ALL["pip"] | pip, "missing": missing or []}
    return facts


@pytest.mark.parametrize(
    ("pip", "python", "words"),
    [
        (
            TOO_NEW,
            {},
            f"pip 25.0.1 in {PURELIB} does not run under /usr/bin/python3 (SyntaxError: invalid syntax): run 'rm -r ",
        ),
        (TOO_NEW, {}, f"'rm -r {PURELIB}/pip {PURELIB}/pip-*' on the board, so that the distribution's own is used."),
        (TOO_NEW, {"prefix": "/opt/python"}, "and install one there that supports Python 3.6.9."),
        (TOO_NEW | {"location": "/srv/pip-20.egg"}, {}, "run 'rm -r /srv/pip-20.egg' on the board"),
        (TOO_NEW | {"package": "python3-pip"}, {}, "run 'apt-get install --reinstall python3-pip' on the board."),
        ({"status": "timed_out"}, {}, "pip does not run under /usr/bin/python3 (timed_out): repair it."),
        ({"status": "unproven", "error": "MemoryError"}, {}, "pip got no memory on the board (MemoryError): run again"),
        ({"status": "failed", "error": "x '_NamespacePath' y"}, {}, f"remove all of {PURELIB} but one."),
    ],
)
def test_a_pip_that_does_not_run(pip: dict[str, Any], python: dict[str, Any], words: str) -> None:
    facts = with_tools(**pip)
    facts["python"] |= python
    assert words in refusal(facts)


def test_what_memory_was_short_for_is_not_installed_again() -> None:
    facts = fast_nano(plan(slow_nano())["digest"])
    facts["module"] |= {"status": "unproven", "error": "Protobuf got no memory.", "version": None, "backend": None}
    planned = plan(facts)
    assert "install_module" not in {action["action"] for action in planned["actions"]}
    assert planned["refusals"] == ["Protobuf got no memory."]
    facts["python"] |= {"status": "unproven", "error": "The process got no memory."}
    assert plan(facts)["refusals"] == ["The process got no memory."]


def test_a_pip_that_is_not_needed_may_be_broken() -> None:
    facts = fast_nano(plan(slow_nano())["digest"]) | {"tools": with_tools(None, **TOO_NEW)["tools"]}
    assert plan(facts)["refusals"] == []


def test_a_pip_that_will_be_there_is_not_asked_for() -> None:
    facts = with_tools(status="absent")
    assert plan(facts)["packages"] == ["python3-pip"]
    assert plan(facts)["refusals"] == []
    # dpkg was interrupted in it: what is there of it need not run.
    facts = with_tools(status="failed", error="ImportError")
    facts["packages"]["python3-pip"] = package("9.0.1") | {"status": "half-installed"}
    assert plan(facts)["refusals"] == []


def test_a_pip_in_the_home_of_root_is_no_pip() -> None:
    facts = with_tools(status="absent")
    assert facts["python"]["packages"]["pip"]
    assert plan(facts)["packages"] == ["python3-pip"]


def test_a_board_without_ldconfig_or_apt() -> None:
    assert "no ldconfig" in refusal(with_tools(["ldconfig"]))
    assert plan(with_tools(["apt-get"]))["refusals"] == []
    assert "lacks python3-pip, and apt-get" in refusal(with_tools(["apt-get"], status="absent"))


def test_too_little_memory_for_one_job() -> None:
    facts = slow_nano()
    facts["board"]["memory_available_mb"] = 599
    planned = plan(facts)
    (sentence,) = planned["build_refusals"]
    assert "599 MB" in one_sentence(sentence)
    assert "one compile job needs 600 MB" in sentence
    assert planned["refusals"] == []
    facts["board"]["memory_available_mb"] = 600
    assert plan(facts)["build_refusals"] == []


def test_no_room_to_build() -> None:
    facts = slow_nano()
    facts["board"]["disk_free_mb"]["home"] = 1499
    (sentence,) = plan(facts)["build_refusals"]
    assert "1499 MB are free in /home/nvidia and 1500 MB are needed to build" in one_sentence(sentence)


def test_a_setuptools_that_cannot_build() -> None:
    facts = slow_nano()
    facts["python"] |= {"version": "3.9.2", "soabi": "cpython-39-aarch64-linux-gnu", "base_prefix": "/opt/python"}
    facts["python"]["packages"]["setuptools"] = "84.0.0"
    (sentence,) = plan(facts, version="3.12.4")["build_refusals"]
    assert "install setuptools 81" in one_sentence(sentence)
    # pip's is not used where the distribution has one.
    facts["python"]["base_prefix"] = "/usr"
    assert plan(facts, version="3.12.4")["build_refusals"] == []


@pytest.mark.parametrize(
    ("setuptools", "wheel", "missing"),
    [
        (None, None, "setuptools and wheel"),
        (None, "0.30.0", "setuptools"),
        ("39.0.1", None, "wheel"),
        ("70.0.0", None, "wheel"),
        ("70.1.0", None, None),
        ("39.0.1", "0.30.0", None),
    ],
)
def test_an_interpreter_without_the_tools_that_make_a_wheel(
    setuptools: str | None, wheel: str | None, missing: str | None
) -> None:
    facts = slow_nano()
    facts["python"]["packages"] |= {"setuptools": setuptools, "wheel": wheel}
    # build_deps installs those of the distribution.
    assert plan(facts)["build_refusals"] == []
    facts["python"]["base_prefix"] = "/opt/python"
    found = [one_sentence(sentence) for sentence in plan(facts)["build_refusals"]]
    assert [f"lacks {missing}, which" in sentence for sentence in found] == ([True] if missing else [])


@pytest.mark.parametrize(
    ("is_root", "owner", "refused"),
    [(True, "root", False), (True, "jane", True), (True, None, False), (False, "jane", False), (False, "root", False)],
)
def test_root_does_not_build_with_the_interpreter_of_a_user(is_root: bool, owner: str | None, refused: bool) -> None:
    facts = slow_nano()
    facts["board"]["is_root"], facts["python"]["owner"] = is_root, owner
    found = [one_sentence(sentence) for sentence in plan(facts)["build_refusals"]]
    assert ["belongs to jane" in sentence for sentence in found] == [True] * refused


def test_unknown_sizes_refuse_nobody() -> None:
    facts = slow_nano()
    facts["board"] |= {"disk_free_mb": dict.fromkeys(("home", "usr_local")), "memory_available_mb": None}
    planned = plan(facts)
    assert planned["refusals"] == planned["build_refusals"] == []


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (
            {"file": "/etc/profile.d/protobuf.sh", "line": 1, "value": "cpp"},
            "/etc/profile.d/protobuf.sh line 1 sets PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=cpp, which breaks every",
        ),
        ({"file": "/etc/environment", "line": 3, "value": "python"}, "disables the C++ backend: remove that line"),
        (
            {"file": "/etc/systemd/system/detector.service", "line": 7, "value": "python"},
            "disables the C++ backend: remove it there, and restart what systemd runs",
        ),
        ({"file": "(process)", "line": None, "value": "cpp"}, "of the user that Ansible logs in as"),
    ],
)
def test_an_exported_variable_is_reported_with_its_place(entry: dict[str, Any], words: str) -> None:
    facts = slow_nano()
    facts["environment"] = [{"variable": "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"} | entry]
    planned = plan(facts)
    (warning,) = planned["notices"]
    assert words in one_sentence(warning)
    assert planned["refusals"] == []


def test_the_version_variable_is_told_apart() -> None:
    facts = slow_nano()
    variable = "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION_VERSION"
    facts["environment"] = [{"file": "/etc/environment", "line": 1, "variable": variable, "value": "1"}]
    (warning,) = plan(facts)["notices"]
    assert "unless it is 2" in one_sentence(warning)


def test_another_interpreter_is_looked_after() -> None:
    facts = slow_nano()
    facts["installation"] |= {"managed": True, "executable": "/opt/detector/bin/python"}
    assert "run the playbook jetfleet.protobuf.remove first" in refusal(facts)
