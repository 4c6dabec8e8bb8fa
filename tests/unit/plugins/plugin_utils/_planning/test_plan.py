# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of one board: what is done, in which order, and when nothing is."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._planning.plan import make_plan, plan_diff
from ansible_collections.jetfleet.protobuf.tests.support.boards import (
    DESIRED,
    EXTENSION,
    PURELIB,
    fast_nano,
    library,
    module_copy,
    no_fault,
    package,
    slow_nano,
)
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import old_process

Facts = Any
EGG = f"{PURELIB}/protobuf-3.6.0-py3.6-linux-aarch64.egg"
WHEEL = "protobuf-3.6.0-cp36-cp36m-linux_aarch64.whl"
METADATA = {"version": "3.6.0", "missing_files": [], "modified_files": []}
ARTEFACT: Any = {
    "files": {WHEEL: {"sha256": "b" * 64, "bytes": 1}},
    "extensions": {"google/protobuf/pyext/_message.so": EXTENSION},
}


def plan(facts: Facts, artefact: Any = None, **desired: Any) -> Any:
    return make_plan(facts, DESIRED | desired, lambda _key: artefact, no_fault)


def names(planned: Any) -> list[str]:
    return [action["action"] for action in planned["actions"]]


def reason(planned: Any, name: str) -> str:
    (found,) = [action["reason"] for action in planned["actions"] if action["action"] == name]
    return str(found)


def converged() -> Facts:
    return fast_nano(plan(slow_nano())["digest"])


def jetpack_5() -> Facts:
    facts = slow_nano()
    facts["board"]["glibc"] = "2.31"
    facts["python"] |= {"version": "3.8.10", "soabi": "cpython-38-aarch64-linux-gnu"}
    facts["python"]["packages"]["pip"] = "20.0.2"
    return facts


def test_a_slow_board_gets_library_and_module() -> None:
    planned = plan(slow_nano())
    assert names(planned) == ["install_library", "install_module"]
    assert planned["needs_build"]
    assert planned["wheel_provider"] == "build"
    assert planned["refusals"] == planned["build_refusals"] == planned["notices"] == []
    assert planned["wheel"] == {"name": WHEEL, "sha256": None}
    assert planned["actions"][0]["version"] == f"3.6.0+jetfleet.{planned['digest']}"
    assert "3.19.6 instead of 3.6.0" in reason(planned, "install_module")


def test_a_stored_artefact_saves_the_build() -> None:
    planned = plan(slow_nano(), ARTEFACT)
    assert not planned["needs_build"]
    assert planned["artefact"] == ARTEFACT
    assert planned["wheel"] == {"name": WHEEL, "sha256": "b" * 64}


@pytest.mark.parametrize("artefact", [None, ARTEFACT])
def test_a_board_that_is_what_it_should_be_needs_nothing(artefact: Any) -> None:
    planned = plan(converged(), artefact)
    assert planned["actions"] == planned["refusals"] == planned["notices"] == []
    assert not planned["needs_build"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": "absent", "version": None, "backend": None}, "has no protobuf module"),
        ({"status": "crashed"}, "does not work (crashed)"),
        ({"status": "import_error"}, "does not work (import_error)"),
        ({"status": "timed_out"}, "does not work (timed_out)"),
        ({"version": "3.20.3"}, "3.20.3 instead of 3.6.0"),
        ({"backend": "python"}, "python backend instead of cpp"),
        ({"backend": "upb"}, "upb backend instead of cpp"),
        ({"backend": None}, "unknown backend instead of cpp"),
        ({"linkage": "shared"}, "linked shared instead of static"),
        ({"metadata": METADATA | {"missing_files": ["/a", "/b"]}}, "as pip installed it: /a and 1 more missing"),
        ({"metadata": METADATA | {"modified_files": ["/a"]}}, "as pip installed it: /a changed"),
        ({"metadata": {"version": "3.19.6"}}, "pip lists the protobuf module as 3.19.6"),
        ({"metadata": METADATA | {"version": None}}, "pip lists the protobuf module as not installed"),
        ({"extensions": [{"path": "/x.so", "sha256": "f" * 64}]}, "/x.so is not the extension"),
    ],
)
def test_a_module_that_is_not_the_right_one_is_replaced(change: Facts, words: str) -> None:
    facts = converged()
    facts["module"] |= change
    planned = plan(facts, ARTEFACT)
    assert names(planned) == ["install_module"]
    assert words in reason(planned, "install_module")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": "3.6.0+jetfleet.00000000"}, "3.6.0+jetfleet.00000000 instead of"),
        ({"status": "config-files"}, "is not installed"),
        ({"status": "half-installed"}, "is not installed"),
        ({"missing_files": ["/usr/local/bin/protoc"]}, "lacks /usr/local/bin/protoc."),
        ({"missing_files": ["/a", "/b", "/c"]}, "lacks /a and 2 more."),
        ({"modified_files": ["/usr/local/lib/libprotobuf.so.16.0.0"]}, "libprotobuf.so.16.0.0 differs"),
    ],
)
def test_a_library_that_is_not_whole_is_installed_again(change: Facts, words: str) -> None:
    facts = converged()
    facts["packages"]["jetfleet-libprotobuf"] |= change
    planned = plan(facts)
    assert names(planned) == ["install_library"]
    assert words in reason(planned, "install_library")


def wrong_mode(path: str, owner: str = "root", mode: str = "0666") -> Facts:
    return {"path": path, "owner": owner, "group": "staff", "mode": mode}


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (
            [wrong_mode("/usr/local/lib/libprotobuf.so.16.0.0"), wrong_mode("/usr/local/bin/protoc")],
            {
                "install_library": "Owner or mode is wrong: /usr/local/lib/libprotobuf.so.16.0.0 (root:staff, 0666) and 1 more."
            },
        ),
        (
            [wrong_mode(f"{PURELIB}/google/protobuf", "nvidia", "2755")],
            {"install_module": f"Owner or mode is wrong: {PURELIB}/google/protobuf (nvidia:staff, 2755)."},
        ),
        (
            [wrong_mode("/usr/local/bin/protoc"), wrong_mode(f"{PURELIB}/google/protobuf/message.py")],
            {
                "install_library": "Owner or mode is wrong: /usr/local/bin/protoc (root:staff, 0666).",
                "install_module": f"Owner or mode is wrong: {PURELIB}/google/protobuf/message.py (root:staff, 0666).",
            },
        ),
    ],
)
@pytest.mark.parametrize("hidden", [False, True])
def test_wrong_owners_and_modes_are_cured_by_installing_again(
    wrong: list[Facts], expected: dict[str, str], hidden: bool
) -> None:
    facts = converged()
    facts["installation"]["wrong_modes"] = wrong
    if hidden:
        facts["module"]["copies"][0]["active"] = False
        facts["module"]["copies"].insert(0, module_copy("/home/nvidia/.local", "3.6.0", level="user"))
    planned = plan(facts, ARTEFACT)
    assert {action["action"]: action["reason"] for action in planned["actions"]} == expected
    assert not planned["refusals"] and not planned["needs_build"]
    assert plan(facts)["needs_build"]


def test_a_stale_linker_cache_is_refreshed() -> None:
    facts = converged()
    facts["libraries"][-1]["in_linker_cache"] = False
    planned = plan(facts)
    assert names(planned) == ["refresh_linker_cache"]
    assert planned["actions"][0]["soname"] == "libprotobuf.so.16"
    assert not planned["needs_build"]


@pytest.mark.parametrize("path", ["/usr/local/lib/libprotobuf.so.16", "/data/local/lib/libprotobuf.so.16"])
def test_our_library_is_known_by_its_package_too(path: str) -> None:
    facts = converged()
    facts["libraries"][-1]["path"] = path
    assert plan(facts)["actions"] == []


def test_the_distributions_library_of_that_name_does_not_count_as_ours() -> None:
    facts = converged()
    facts["libraries"][-1] |= {"path": "/usr/lib/aarch64-linux-gnu/libprotobuf.so.16", "package": None}
    assert names(plan(facts)) == ["refresh_linker_cache"]


@pytest.mark.parametrize("is_first", [False, True])
def test_an_egg_is_replaced_by_a_wheel(is_first: bool) -> None:
    facts = converged()
    facts["module"]["copies"] = [module_copy(EGG, "3.6.0", installer="egg", before_purelib=is_first)]
    planned = plan(facts)
    assert names(planned) == ["install_module", "remove_copy"]
    assert planned["actions"][1]["location"] == EGG
    assert EGG in reason(planned, "install_module")


@pytest.mark.parametrize("location", [EGG, "/usr/lib/python3/dist-packages", "/home/nvidia/src/protobuf/python"])
def test_a_copy_that_comes_after_ours_is_left_alone(location: str) -> None:
    facts = converged()
    facts["module"]["copies"].append(module_copy(location, "3.6.0", active=False, before_purelib=False))
    planned = plan(facts)
    assert (planned["actions"], planned["refusals"]) == ([], [])


SOURCES = "/home/nvidia/src/protobuf/python"


def outside(location: str, listed_in: str | None, **changes: Any) -> Facts:
    """Return the board with a copy outside its own folders that comes first."""
    facts = slow_nano()
    place = {"in_site_packages": False, "before_purelib": True, "listed_in": listed_in}
    facts["module"]["copies"][0]["active"] = False
    facts["module"]["copies"].insert(
        0, module_copy(location, "3.19.6", **{"installer": "setuptools"} | place | changes)
    )
    return facts


@pytest.mark.parametrize(
    ("name", "installer"),
    [
        ("easy-install.pth", "setuptools"),
        ("easy-install.pth", "egg"),
        ("protobuf.egg-link", "setuptools"),
        ("__editable__.protobuf-4.21.12.pth", "unknown"),
        ("__editable___protobuf_4_21_12_finder.py", "unknown"),
    ],
)
def test_sources_that_are_installed_for_development_are_unlisted_and_stay(name: str, installer: str) -> None:
    listed_in = f"{PURELIB}/{name}"
    facts = outside(SOURCES, listed_in, installer=installer)
    planned = plan(facts)
    assert names(planned)[-2:] == ["install_module", "unlist_copy"]
    action = planned["actions"][-1]
    assert action.pop("reason").startswith(f"{listed_in} lists protobuf 3.19.6 in {SOURCES}, which")
    assert action == {"action": "unlist_copy", "location": SOURCES, "version": "3.19.6", "listed_in": listed_in}
    assert planned["refusals"] == []
    assert plan_diff(facts, planned)[1]["copies"] == [PURELIB]


@pytest.mark.parametrize(
    ("listed_in", "changes", "because", "remedy"),
    [
        ("PYTHONPATH", {}, "the variable PYTHONPATH names that folder", "remove it from the variable."),
        # The folder is the interpreter's own, and the variable moves it to the front.
        ("PYTHONPATH", {"in_site_packages": True, "installer": "pip"}, "the variable PYTHONPATH", "from the variable."),
        (f"{PURELIB}/robot.pth", {}, f"{PURELIB}/robot.pth names that folder", "remove that line, or uninstall"),
        # Lines of other distributions, which have a protobuf among their own files.
        (f"{PURELIB}/easy-install.pth", {"installer": "unknown"}, "easy-install.pth names that folder", "that line"),
        (f"{PURELIB}/robot.egg-link", {"installer": "unknown"}, "robot.egg-link names that folder", "that line"),
        (
            f"{PURELIB}/__editable__.protobuf_utils-1.0.pth",
            {},
            "__editable__.protobuf_utils-1.0.pth names",
            "that line",
        ),
        (f"{PURELIB}/__editable___protobuf_utils_1_0_finder.py", {}, "_finder.py names that folder", "that line"),
        (f"{PURELIB}/google", {}, f"{PURELIB}/google is a symbolic link", "remove the link."),
        (None, {}, "something other than PYTHONPATH and a .pth file", "stop that, or move the folder away."),
        (
            None,
            {"in_site_packages": True, "installer": "unknown"},
            "neither pip nor setup.py put it there",
            "what did.",
        ),
    ],
)
def test_what_hides_the_module_and_is_not_ours_to_change_is_refused(
    listed_in: str | None, changes: dict[str, Any], because: str, remedy: str
) -> None:
    planned = plan(outside("/opt/robot/lib", listed_in, **changes))
    assert not {"remove_copy", "unlist_copy"} & {*names(planned)}
    (sentence,) = planned["refusals"]
    assert sentence.startswith("protobuf 3.19.6 in /opt/robot/lib can be imported instead of the one in")
    assert because in sentence and remedy in sentence
    assert not planned["needs_build"]


@pytest.mark.parametrize("active", [False, True])
def test_a_board_that_needs_nothing_is_refused_only_where_the_module_is_hidden(active: bool) -> None:
    facts = converged()
    place = {"in_site_packages": False, "before_purelib": True, "listed_in": "PYTHONPATH"}
    facts["module"]["copies"].insert(0, module_copy("/opt/robot/lib", "3.6.0", active=active, **place))
    assert len(plan(facts)["refusals"]) == active


def test_the_distributions_copy_stays() -> None:
    facts = converged()
    there = "/usr/lib/python3/dist-packages"
    facts["module"]["copies"].append(module_copy(there, "3.0.0", installer="apt", active=False))
    assert plan(facts)["actions"] == []


def test_a_copy_in_a_home_is_reported_and_not_touched() -> None:
    facts = converged()
    home = "/home/nvidia/.local/lib/python3.6/site-packages"
    facts["module"]["copies"].append(module_copy(home, "3.19.6", level="user", active=False))
    planned = plan(facts)
    assert planned["actions"] == []
    (warning,) = planned["notices"]
    assert home in warning
    assert "pip uninstall protobuf" in warning


@pytest.mark.parametrize(("system", "expected"), [("3.6.0", []), ("3.19.6", ["install_module"])])
def test_a_board_whose_user_hides_the_module_still_converges(system: str, expected: list[str]) -> None:
    """What is imported is the user's copy; installing again and again would never change that."""
    facts = converged()
    home = "/home/nvidia/.local/lib/python3.6/site-packages"
    facts["module"] |= {"version": "3.19.6", "backend": "python"}
    facts["module"]["copies"] = [
        module_copy(home, "3.19.6", level="user"),
        module_copy(PURELIB, system, active=False),
    ]
    assert names(plan(facts)) == expected


def test_processes_with_the_old_protobuf_are_a_notice() -> None:
    facts = slow_nano()
    facts["processes"] = {"complete": True, "hint": None, "old": [old_process()]}
    (notice,) = plan(facts)["notices"]
    assert notice == "1 process still uses the old protobuf: detector.service (pid 812, nvidia)."


def test_what_only_a_file_of_a_user_lists_is_reported_and_not_touched() -> None:
    listed_in = "/root/.local/lib/python3.6/site-packages/easy-install.pth"
    planned = plan(outside(SOURCES, listed_in, level="user"))
    assert "unlist_copy" not in names(planned) and planned["refusals"] == []
    (warning,) = planned["notices"]
    assert f"{SOURCES} hides the system's from the user who has {listed_in}" in warning


def test_missing_six_and_pip_are_installed_first() -> None:
    facts = slow_nano()
    facts["python"]["packages"] |= {"six": None, "pip": None}
    planned = plan(facts)
    assert names(planned)[0] == "install_packages"
    assert planned["packages"] == ["python3-six", "python3-pip"]


@pytest.mark.parametrize("status", ["half-installed", "unpacked", "half-configured"])
def test_what_dpkg_was_interrupted_in_is_installed_again(status: str) -> None:
    facts = slow_nano()
    facts["packages"] |= {"python3-six": package("1.11.0-2"), "python3-pip": package("9.0.1-2") | {"status": status}}
    assert plan(facts)["packages"] == ["python3-pip"]


def test_the_distributions_pip_is_not_that_of_a_virtualenv() -> None:
    facts = slow_nano()
    facts["python"] |= {"prefix": "/opt/robot", "virtualenv": True}
    facts["packages"]["python3-pip"] = package("9.0.1-2") | {"status": "half-installed"}
    assert plan(facts)["packages"] == []


def test_six_is_wanted_even_where_the_module_is_right() -> None:
    facts = converged()
    facts["python"]["packages"] |= {"six": None, "pip": None}
    planned = plan(facts)
    assert planned["packages"] == ["python3-six"]
    assert not planned["needs_build"]


def test_a_new_version_needs_no_six() -> None:
    facts = jetpack_5()
    facts["python"]["packages"]["six"] = None
    assert plan(facts, version="3.19.6")["packages"] == []


def test_a_jetpack_5_board_gets_pypis_wheel_and_no_library() -> None:
    planned = plan(jetpack_5(), version="3.20.3")
    assert planned["wheel_provider"] == "pypi"
    assert names(planned) == ["install_module"]
    assert planned["wheel"]["name"] == "protobuf-3.20.3-cp38-cp38-manylinux2014_aarch64.whl"
    assert planned["wheel"]["requirement"] == "protobuf==3.20.3"
    assert planned["build_refusals"] == []


@pytest.mark.parametrize(("option", "value"), [("wheel", "build"), ("linkage", "shared")])
def test_who_wants_a_build_gets_one(option: str, value: str) -> None:
    planned = plan(jetpack_5(), None, **{"version": "3.20.3", option: value})
    assert planned["wheel_provider"] == "build"
    assert planned["wheel"]["name"] == "protobuf-3.20.3-cp38-cp38-linux_aarch64.whl"


def test_a_python_2_wheel_has_the_abi_of_wide_unicode() -> None:
    facts = slow_nano()
    facts["python"] |= {"version": "2.7.12", "soabi": None}
    assert plan(facts)["wheel"]["name"] == "protobuf-3.6.0-cp27-cp27mu-linux_aarch64.whl"


@pytest.mark.parametrize(
    ("cores", "memory", "jobs", "test_jobs"),
    [(4, 3100, 4, 3), (4, 1900, 3, 2), (2, 8000, 2, 2), (6, 599, 1, 1), (None, None, 1, 1)],
)
def test_jobs_are_bounded_by_cores_and_memory(cores: int | None, memory: int | None, jobs: int, test_jobs: int) -> None:
    facts = slow_nano()
    facts["board"] |= {"cpu_count": cores, "memory_available_mb": memory}
    build = plan(facts)["build"]
    assert (build["jobs"], build["test_jobs"]) == (jobs, test_jobs)


def test_the_build_is_told_flags_and_versions() -> None:
    build = plan(slow_nano(), cxxflags="-O3")["build"]
    assert build["cxxflags"] == "-O3"
    assert build["wheel_cxxflags"] == "-O3 -std=c++11"
    assert build["environment"] == {"SETUPTOOLS_USE_DISTUTILS": "stdlib"}
    assert (build["python_version"], build["soname_major"]) == ("3.6.0", 16)
    assert plan(jetpack_5(), version="3.21.12")["build"]["python_version"] == "4.21.12"


def test_facts_that_lack_a_subset_are_named() -> None:
    facts = slow_nano()
    del facts["packages"], facts["libraries"]
    with pytest.raises(ValueError, match="lack libraries, packages: gather"):
        plan(facts)


def test_pip_never_sees_the_homes_of_users() -> None:
    planned = plan(slow_nano())
    assert planned["pip_install"][:4] == ["/usr/bin/python3", "-s", "-m", "pip"]
    assert "--no-index" in planned["pip_install"]


def test_the_diff_shows_what_matters() -> None:
    facts = slow_nano()
    facts["module"]["copies"].append(module_copy(EGG, "3.6.0", installer="egg", active=False))
    planned = plan(facts)
    before, after = plan_diff(facts, planned)
    assert before == {
        "library": "absent",
        "module": {"version": "3.19.6", "backend": "python", "linkage": None},
        "copies": [PURELIB, EGG],
    }
    assert after == {
        "library": f"3.6.0+jetfleet.{planned['digest']}",
        "module": {"version": "3.6.0", "backend": "cpp", "linkage": "static"},
        "copies": [PURELIB],
    }


def test_the_diff_of_a_converged_board_is_empty() -> None:
    facts = converged()
    before, after = plan_diff(facts, plan(facts))
    assert before == after


def test_an_interrupted_run_is_brought_to_its_end() -> None:
    facts = converged()
    facts["installation"]["interrupted"] = True
    planned = plan(facts)
    assert names(planned) == ["finish_transaction"]
    assert not planned["needs_build"]


def test_what_was_put_there_by_hand_is_taken_over_on_request() -> None:
    facts = slow_nano()
    facts["installation"]["handmade"] = ["/usr/local/lib/libprotobuf.a", "/usr/local/lib/libprotobuf.la"]
    planned = plan(facts, adopt=True)
    assert names(planned) == ["adopt_files", "install_library", "install_module"]
    assert planned["actions"][0]["paths"] == facts["installation"]["handmade"]
    assert "/usr/local/lib/libprotobuf.a and 1 more" in reason(planned, "adopt_files")
    assert planned["refusals"] == []
    assert "set libprotobuf_adopt to true" in plan(facts)["refusals"][0]


@pytest.mark.parametrize(
    ("held", "version", "wanted", "expected"),
    [
        (False, "3.6.0", False, []),
        (False, "3.6.0", True, ["write_constraint"]),
        (True, "3.6.0", True, []),
        (True, "3.19.6", True, ["write_constraint"]),
        (True, "3.6.0", False, ["remove_constraint"]),
    ],
)
def test_pip_is_held_as_wished(held: bool, version: str, wanted: bool, expected: list[str]) -> None:
    facts = converged()
    facts["installation"] |= {"constraint": held, "python_version": version}
    assert names(plan(facts, pip_constraint=wanted)) == expected


def test_what_is_expected_of_the_board_goes_with_the_plan() -> None:
    assert plan(slow_nano())["expected"] == {"python_version": "3.6.0", "soname_major": 16, "linkage": "static"}
    pypi = plan(jetpack_5(), version="3.20.3")["expected"]
    assert pypi == {"python_version": "3.20.3", "soname_major": None, "linkage": None}


def test_a_stored_artefact_with_a_fault_is_refused_only_where_it_would_be_installed() -> None:
    def planned(facts: Facts) -> Any:
        return make_plan(facts, DESIRED, lambda _key: ARTEFACT, lambda key: f"{key} is not signed: sign it.")

    (sentence,) = planned(slow_nano())["refusals"]
    assert sentence.endswith("is not signed: sign it.")
    assert planned(converged())["refusals"] == []


def test_a_library_that_nobody_owns_is_replaced_by_ours() -> None:
    """A library that `make install` left in the same place is overwritten, not refused."""
    facts = slow_nano()
    facts["libraries"].append(library("/usr/local/lib/libprotobuf.so.16", "libprotobuf.so.16", None))
    planned = plan(facts)
    assert planned["refusals"] == []
    assert "install_library" in names(planned)


def test_what_was_built_for_another_platform_is_installed_again() -> None:
    """The distribution was upgraded below it, and everything looks right."""
    facts = converged()
    facts["installation"]["abi_key"] = key = facts["installation"]["abi_key"].replace("18.04", "16.04")
    planned = plan(facts)
    assert names(planned) == ["install_library", "install_module"]
    for action in names(planned):
        assert reason(planned, action) == f"What is installed was built for {key} and not for {planned['abi_key']}."


def test_what_is_noted_of_another_interpreter_says_nothing() -> None:
    facts = converged()
    facts["installation"] |= {"abi_key": "protobuf-3.6.0_of_another", "executable": "/opt/detector/bin/python"}
    assert plan(facts)["actions"] == []


def test_a_board_that_knows_nothing_of_the_collection_gets_everything_from_it() -> None:
    facts = converged()
    facts["installation"] |= {"managed": False, "abi_key": None, "executable": None, "python_version": None}
    planned = plan(facts)
    assert names(planned) == ["install_library", "install_module"]
    assert "Nothing on the board says" in reason(planned, "install_module")


def test_a_part_of_a_constraint_is_taken_away_or_made_whole() -> None:
    facts = converged()
    facts["installation"]["constraint"] = None
    assert names(plan(facts)) == ["remove_constraint"]
    assert names(plan(facts, pip_constraint=True)) == ["write_constraint"]
