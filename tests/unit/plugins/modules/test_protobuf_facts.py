# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""protobuf_facts is right about real installations, and leaves every one of them as it was."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts import load_prediction
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts.development import development_facts
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.permissions import (
    module_part,
    wrong_modes,
)
from ansible_collections.jetfleet.protobuf.plugins.modules import protobuf_facts
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.board_result import checked_facts
from ansible_collections.jetfleet.protobuf.tests.support.capacities import OPTIONS
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations, snapshot
from ansible_collections.jetfleet.protobuf.tests.support.packages import Packages
from ansible_collections.jetfleet.protobuf.tests.support.pythons import need_python

VARIABLE = "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"
CPP_CLASS = "google.protobuf.pyext.cpp_message.GeneratedProtocolMessageType"
PYTHON_CLASS = "google.protobuf.internal.python_message.GeneratedProtocolMessageType"

Gather = Callable[..., dict[str, Any]]


@pytest.fixture
def gather(
    run_module: Callable[..., dict[str, Any]], installations: Installations, monkeypatch: pytest.MonkeyPatch
) -> Gather:
    """Run the module for one interpreter, with a HOME of the tests; nothing below HOME and the prefix may change."""
    home = installations.home
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)

    def run(python: Path | str, **arguments: Any) -> dict[str, Any]:
        roots = [home, *([Path(python).parent.parent] if Path(python).is_relative_to(installations.root) else [])]
        before = snapshot(*roots)
        result = run_module(
            "protobuf_facts", executable=str(python), **{"gather_subset": ["module"], **OPTIONS, **arguments}
        )
        assert snapshot(*roots) == before
        assert result["changed"] is False
        facts: dict[str, Any] = result["ansible_facts"]["jetfleet"]
        # What the border leaves out of facts, or refuses, no board may send.
        assert dict(checked_facts(facts)) == facts
        return facts

    return run


def test_no_protobuf(gather: Gather, installations: Installations) -> None:
    module = gather(installations.virtualenv("3.9"))["module"]
    assert (module["status"], module["error"], module["copies"]) == ("absent", None, [])
    assert module["backend"] is module["version"] is module["linkage"] is module["file"] is None
    names = ("version", "location", "installer", "build")
    assert module["metadata"] == dict.fromkeys(names) | {"missing_files": [], "modified_files": []}


@pytest.mark.parametrize(
    ("python", "release", "backend", "message_class"),
    [
        ("3.6", "3.6.1", "cpp", CPP_CLASS),
        ("3.8", "3.12.4", "cpp", CPP_CLASS),
        ("3.9", "3.20.3", "cpp", CPP_CLASS),
        ("3.12", "3.20.3", "python", PYTHON_CLASS),
        ("3.9", "4.25.8", "upb", "google._upb._message.MessageMeta"),
        ("3.13", "6.33.0", "upb", "google._upb._message.MessageMeta"),
    ],
)
def test_installed_by_pip(
    gather: Gather, installations: Installations, python: str, release: str, backend: str, message_class: str
) -> None:
    executable = installations.virtualenv(python, f"protobuf=={release}", "six==1.16.0")
    site = str(installations.site_packages(executable))
    module = gather(executable)["module"]
    assert (module["status"], module["error"]) == ("ok", None)
    assert (module["version"], module["backend"], module["claimed_backend"]) == (release, backend, backend)
    assert module["message_class"] == message_class
    assert module["file"] == f"{site}/google/protobuf/__init__.py"
    assert module["linkage"] == ("static" if backend == "cpp" else None)
    assert module["mapped"] == []
    metadata = {"version": release, "location": site, "installer": "pip", "build": None}
    assert module["metadata"] == metadata | {"missing_files": [], "modified_files": []}
    assert module["copies"] == [
        {
            "location": site,
            "file": module["file"],
            "version": release,
            "active": True,
            "installer": "pip",
            "level": "virtualenv",
            "in_site_packages": True,
            "before_purelib": False,
            "listed_in": None,
        }
    ]
    assert bool(module["extensions"]) == (backend != "python")
    for extension in module["extensions"]:
        assert extension["sha256"] == hashlib.sha256(Path(extension["path"]).read_bytes()).hexdigest()
        assert extension["missing"] == []
    assert all("libc.so.6" in item["needed"] for item in module["extensions"] if "_message" in item["path"])


def test_release_2_6_under_python_2_in_the_home_of_the_user(gather: Gather, installations: Installations) -> None:
    """The oldest release: one metaclass for both backends, no __version__, needs tools to be installed."""
    home = {"HOME": str(installations.home)}
    tools = ("python-dateutil==2.8.2", "python-gflags", "pytz", "google-apputils")
    installations.pip("2.7", "--user", *tools, **home)
    installations.pip("2.7", "--user", "--no-deps", "protobuf==2.6.1", **home)
    module = gather(need_python("2.7"))["module"]
    assert (module["status"], module["version"], module["backend"]) == ("ok", "2.6.1", "python")
    assert module["message_class"] == "google.protobuf.reflection.GeneratedProtocolMessageType"
    (copy,) = module["copies"]
    assert (copy["version"], copy["installer"], copy["level"], copy["active"]) == ("2.6.1", "pip", "user", True)
    assert copy["location"].startswith(f"{home['HOME']}/.local/lib/python2.7/")


def test_package_of_the_distribution(gather: Gather, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The distribution's own files and dpkg, in a place of the test's own."""
    packages = Packages(tmp_path)
    modules = packages.install_from_distribution("python3-protobuf") / "usr/lib/python3/dist-packages"
    needed = packages.dependency("python3-protobuf", "libprotobuf")
    (library,) = packages.install_from_distribution(needed).glob("usr/lib/*/libprotobuf.so.*.*")
    monkeypatch.setenv("DPKG_ADMINDIR", str(packages.admin))
    monkeypatch.setenv("LD_LIBRARY_PATH", str(library.parent))
    monkeypatch.setenv("PYTHONPATH", str(modules))
    before = snapshot(tmp_path)
    facts = gather("/usr/bin/python3", gather_subset=["module", "packages"])
    assert snapshot(tmp_path) == before
    module = facts["module"]
    assert (module["status"], module["backend"], module["linkage"]) == ("ok", "cpp", "shared")
    assert module["mapped"] == [str(library)]
    assert module["copies"][0]["location"] == module["metadata"]["location"] == str(modules)
    assert module["copies"][0]["installer"] == module["metadata"]["installer"] == "apt"
    assert module["copies"][0]["level"] == "system"
    assert set(facts["packages"]) == {"python3-protobuf", needed}


def test_copy_in_the_home_shadows_another_one(
    gather: Gather, installations: Installations, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    system = installations.site_packages(installations.virtualenv("3.9", "protobuf==3.20.3", "six==1.16.0"))
    installations.pip("3.9", "--user", "--ignore-installed", "protobuf==4.25.8", HOME=str(tmp_path))
    # A directory that only this user's path has, after the user's own.
    user = tmp_path / ".local/lib/python3.9/site-packages"
    (user / "system.pth").write_text(f"{system}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    before = snapshot(tmp_path)
    module = gather(need_python("3.9"))["module"]
    assert snapshot(tmp_path) == before
    assert [(copy["version"], copy["level"], copy["active"]) for copy in module["copies"][:2]] == [
        ("4.25.8", "user", True),
        ("3.20.3", "user", False),
    ]
    assert module["copies"][1]["listed_in"] == str(user / "system.pth")
    assert (module["backend"], module["version"]) == ("upb", "4.25.8")


def test_zipped_egg_of_setup_py_install(gather: Gather, installations: Installations) -> None:
    python = installations.egg("3.6", "3.19.6")
    egg = installations.site_packages(python) / "protobuf-3.19.6-py3.6.egg"
    assert egg.is_file()
    module = gather(python)["module"]
    assert (module["status"], module["version"], module["backend"]) == ("ok", "3.19.6", "python")
    assert module["file"] == f"{egg}/google/protobuf/__init__.py"
    (copy,) = module["copies"]
    assert (copy["location"], copy["installer"], copy["active"]) == (str(egg), "egg", True)
    assert (module["metadata"]["location"], module["metadata"]["installer"]) == (str(egg), "egg")


def test_extension_in_a_zipped_egg_is_not_unpacked_into_the_home(gather: Gather, installations: Installations) -> None:
    python = installations.zipped_cpp_egg()
    module = gather(python)["module"]
    assert (module["status"], module["backend"], module["linkage"]) == ("ok", "cpp", "static")
    extension = next(item for item in module["extensions"] if "/pyext/_message" in item["path"])
    assert ".egg/google/protobuf/pyext/_message" in extension["path"]
    assert "libstdc++.so.6" in extension["needed"]
    assert len(extension["sha256"]) == 64


@pytest.mark.parametrize("namespace_file", [True, False])
def test_copies_that_shadow_each_other(gather: Gather, installations: Installations, namespace_file: bool) -> None:
    """An egg and pip's copy: a .pth file of pip's decides which one wins, and `pip show` does not know."""
    python = installations.copy("3.6", "protobuf==3.18.1", "six==1.16.0", "setuptools==40.6.2")
    site = installations.site_packages(python)
    egg_site = installations.site_packages(installations.egg("3.6", "3.19.6"))
    shutil.copy(egg_site / "protobuf-3.19.6-py3.6.egg", site)
    shutil.copy(egg_site / "easy-install.pth", site)
    if not namespace_file:
        next(site.glob("protobuf-*-nspkg.pth")).unlink()
    module = gather(python)["module"]
    assert [(copy["installer"], copy["version"], copy["active"]) for copy in module["copies"]] == [
        ("pip", "3.18.1", namespace_file),
        ("egg", "3.19.6", not namespace_file),
    ]
    assert module["version"] == ("3.18.1" if namespace_file else "3.19.6")
    assert module["metadata"]["version"] == installations.shown_by_pip(python) == "3.18.1"


def test_metadata_of_another_version_than_the_files(gather: Gather, installations: Installations) -> None:
    python = installations.copy("3.9", "protobuf==3.20.3", "six==1.16.0")
    site = installations.site_packages(python)
    stale = site / "protobuf-3.19.6.dist-info"
    shutil.copytree(site / "protobuf-3.20.3.dist-info", stale)
    metadata = stale / "METADATA"
    metadata.write_text(metadata.read_text().replace("Version: 3.20.3", "Version: 3.19.6"))
    (stale / "WHEEL").write_text("Wheel-Version: 1.0\nBuild: 1jetfleet\nTag: cp39-cp39-linux_aarch64\n")
    module = gather(python)["module"]
    assert (module["version"], module["copies"][0]["version"]) == ("3.20.3", "3.20.3")
    assert module["metadata"]["version"] == "3.19.6"
    assert module["metadata"]["build"] == "1jetfleet"


@pytest.mark.parametrize(
    ("python", "release", "value", "claimed", "backend", "cause"),
    [
        ("3.9", "3.20.3", "python", "python", "cpp", None),
        ("3.9", "3.20.3", "cpp", "cpp", "cpp", None),
        # Release 3 takes any other word for cpp, also where there is no such extension.
        ("3.12", "3.20.3", "bogus", "cpp", "python", "cannot import name '_message'"),
        ("3.12", "3.20.3", "cpp", "cpp", "python", "cannot import name '_message'"),
        ("3.9", "4.25.8", "python", "python", "upb", None),
        ("3.9", "4.25.8", "cpp", "cpp", "upb", "_message"),
        ("3.13", "6.33.0", "bogus", None, "upb", "ValueError"),
    ],
)
def test_variable_that_chooses_the_backend(
    gather: Gather,
    installations: Installations,
    monkeypatch: pytest.MonkeyPatch,
    python: str,
    release: str,
    value: str,
    claimed: str | None,
    backend: str,
    cause: str | None,
) -> None:
    monkeypatch.setenv(VARIABLE, value)
    executable = installations.virtualenv(python, f"protobuf=={release}", "six==1.16.0")
    facts = gather(executable, gather_subset=["python", "module"])
    module = facts["module"]
    assert (module["status"], module["backend"]) == ("ok", backend)
    assert (module["requested_backend"], module["claimed_backend"]) == (value, claimed)
    assert (cause or "") in (module["requested_error"] or "")
    assert (module["requested_error"] is None) == (cause is None)
    assert {"file": "(process)", "line": None, "variable": VARIABLE, "value": value} in facts["environment"]


def constructor(statement: str) -> str:
    """Return C code that runs when the library is loaded."""
    return f"__attribute__((constructor)) static void fault(void) {{ {statement}; }}"


def test_extension_that_crashes(gather: Gather, installations: Installations) -> None:
    python = installations.broken_extension(constructor("raise(SIGSEGV)"))
    facts = gather(python, gather_subset=["python", "module"])
    module = facts["module"]
    assert module["status"] == "crashed"
    assert "SIGSEGV" in module["error"] and str(installations.site_packages(python)) in module["error"]
    assert (module["backend"], module["version"], module["linkage"]) == (None, "3.20.3", "static")
    assert module["copies"][0]["active"] is True
    assert facts["python"]["status"] == "ok"


def test_extension_that_hangs(gather: Gather, installations: Installations) -> None:
    module = gather(installations.broken_extension(constructor("pause()")), timeout=1)["module"]
    assert module["status"] == "timed_out"
    assert "after 1 s" in module["error"]
    assert module["backend"] is None


def test_extension_whose_library_is_missing(
    gather: Gather, installations: Installations, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = installations.root / "libprotobuf.so.16"
    installations.compile("", library, "-Wl,-soname,libprotobuf.so.16")
    python = installations.broken_extension("", "-Wl,--no-as-needed", library)
    library.unlink()
    module = gather(python)["module"]
    assert module["status"] == "import_error"
    assert "libprotobuf.so.16" in module["error"]
    # It claims what it cannot do.
    assert (module["claimed_backend"], module["backend"]) == ("cpp", None)
    assert module["linkage"] == "shared"
    extension = next(item for item in module["extensions"] if "/pyext/" in item["path"])
    assert extension["missing"] == ["libprotobuf.so.16"]
    monkeypatch.setenv(VARIABLE, "python")
    assert gather(python)["module"]["status"] == "import_error"


def without_its_own_needs(site: Path, place: Path) -> None:
    shutil.rmtree(site / "bs4")


def elsewhere(site: Path, place: Path) -> None:
    """Move it behind protobuf on the module path: a folder without __init__.py comes last wherever it is."""
    for name in ("google/__init__.py", "google-1.9.3.dist-info"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(site / name, place / name)
    (site / "robot.pth").write_text(f"{place}\n")


def elsewhere_and_without_its_own_needs(site: Path, place: Path) -> None:
    elsewhere(site, place)
    without_its_own_needs(site, place)


def module(site: Path, place: Path) -> None:
    """Replace it by a file that somebody named google.py."""
    elsewhere(site, place)
    shutil.rmtree(place / "google-1.9.3.dist-info")
    (place / "google/__init__.py").rename(place / "google.py")


PYPIS_GOOGLE = "google/__init__.py of the distribution google 1.9.3 is imported as google: uninstall google with pip."


@pytest.mark.parametrize(
    ("change", "cause", "ending"),
    [
        (without_its_own_needs, "No module named 'BeautifulSoup'", f"{{site}}/{PYPIS_GOOGLE}"),
        (elsewhere, "No module named 'google.protobuf'", f"{{place}}/{PYPIS_GOOGLE}"),
        (elsewhere_and_without_its_own_needs, "No module named 'BeautifulSoup'", f"{{place}}/{PYPIS_GOOGLE}"),
        (module, "'google' is not a package", "{place}/google.py is imported as google: rename or remove it."),
    ],
)
def test_another_package_google_is_named(
    gather: Gather,
    installations: Installations,
    tmp_path: Path,
    change: Callable[[Path, Path], None],
    cause: str,
    ending: str,
) -> None:
    python = installations.copy("3.9", "protobuf==4.25.8", "google==1.9.3")
    site = installations.site_packages(python)
    assert gather(python)["module"]["status"] == "ok"
    change(site, tmp_path)
    found = gather(python)["module"]
    assert found["status"] == "import_error"
    start, _, end = found["error"].partition("), because ")
    assert start.startswith(f"Protobuf in {site} cannot be imported (") and cause in start
    assert end == ending.format(site=site, place=tmp_path)


def test_a_package_of_the_distribution_that_hides_protobuf(
    gather: Gather, installations: Installations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = installations.copy("3.9", "protobuf==4.25.8")
    packages = Packages(tmp_path)
    place = tmp_path / "usr/lib/python3/dist-packages"
    packages.install("python3-google", "1.9.3", {place / "google/__init__.py": b"import BeautifulSoup\n"})
    monkeypatch.setenv("DPKG_ADMINDIR", str(packages.admin))
    (installations.site_packages(python) / "robot.pth").write_text(f"{place}\n")
    error = gather(python)["module"]["error"]
    assert f"because {place}/google/__init__.py of the package python3-google is imported as google: remove" in error


@pytest.mark.parametrize("file", ["__init__.py", "message.py", "descriptor_pb2.py"])
def test_a_fault_of_protobuf_itself_is_nobody_elses(gather: Gather, installations: Installations, file: str) -> None:
    python = installations.copy("3.9", "protobuf==4.25.8")
    (installations.site_packages(python) / "google/protobuf" / file).write_text("import nothing\n")
    error = gather(python)["module"]["error"]
    assert error.endswith("(ModuleNotFoundError: No module named 'nothing'): install it again.")


def test_interpreter_that_does_not_exist(gather: Gather) -> None:
    facts = gather("/opt/nothing/bin/python3", gather_subset=["all", "!load_time", "!opencv"])
    assert facts["graphs"] == []
    assert facts["python"]["status"] == "not_found"
    assert facts["python"]["tensorflow"] is None
    assert "/opt/nothing/bin/python3 does not exist" in facts["python"]["error"]
    assert facts["python"]["executable"] == "/opt/nothing/bin/python3"
    assert (facts["module"]["status"], facts["module"]["copies"]) == ("not_probed", [])
    assert facts["board"]["kernel"]


def test_graphs(gather: Gather, installations: Installations, fixtures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # One round of the calibration.
    monkeypatch.setattr(load_prediction, "BUDGET", 0.0)
    graph = fixtures / "graphs/convolution_float_val.bin"
    executable = installations.virtualenv("3.9", "protobuf==3.20.3", "six==1.16.0")
    facts = gather(executable, gather_subset=["graphs"], graphs=[str(graph), "/nothing.pb"])
    assert set(facts) == {"graphs", "calibration", "proofs", "cost"}
    found, missing = facts["graphs"]
    assert (found["status"], found["error"], missing["status"]) == ("ok", None, "graph_missing")
    assert missing["error"] == "/nothing.pb does not exist on this host: copy the graph there first."
    prediction = found["prediction"]
    assert prediction["backend"] == "cpp"
    assert prediction["cpp"]["measured"] is prediction["python"]["measured"] is True
    assert prediction["seconds"] == prediction["cpp"]["seconds"] > 0
    documented = yaml.safe_load(protobuf_facts.RETURN)["ansible_facts"]["contains"]["jetfleet"]["contains"]
    assert _undocumented(facts["graphs"], documented["graphs"]["contains"], "graphs") == []


def test_no_graphs_are_asked_for(gather: Gather) -> None:
    """Nothing is calibrated: an interpreter that does not exist is not noticed."""
    assert gather("/opt/nothing/bin/python3", gather_subset=["graphs"])["graphs"] == []


def test_graphs_where_there_is_no_interpreter(gather: Gather, fixtures: Path) -> None:
    graph = fixtures / "graphs/lists.bin"
    (entry,) = gather("/opt/nothing/bin/python3", gather_subset=["graphs"], graphs=[str(graph)])["graphs"]
    assert (entry["status"], entry["bytes"], entry["prediction"]) == ("ok", graph.stat().st_size, None)
    assert entry["error"] == (
        f"The load time of {graph} cannot be predicted: The interpreter /opt/nothing/bin/python3 does not exist on this host: "
        "install it or name another executable."
    )


def test_executable_that_is_no_python(gather: Gather) -> None:
    facts = gather("/bin/true", gather_subset=["python", "module"])
    assert (facts["python"]["status"], facts["module"]["status"]) == ("failed", "not_probed")


def test_interpreter_of_a_virtual_environment(gather: Gather, installations: Installations) -> None:
    python = gather(installations.virtualenv("3.9"), gather_subset=["python"])["python"]
    place = installations.virtualenv("3.9").parent.parent
    assert (python["status"], python["virtualenv"], python["externally_managed"]) == ("ok", True, False)
    assert python["version"].startswith("3.9.")
    assert python["soabi"].startswith("cpython-39-")
    assert (python["prefix"], python["purelib"]) == (str(place), f"{place}/lib/python3.9/site-packages")
    assert python["base_prefix"] == str(need_python("3.9").parent.parent)
    assert python["packages"] == dict.fromkeys(("pip", "setuptools", "wheel", "six"))
    assert python["headers"] is True


def test_interpreter_that_is_no_virtual_environment(gather: Gather) -> None:
    python = gather(need_python("3.6"), gather_subset=["python"])["python"]
    assert (python["virtualenv"], python["implementation"]) == (False, "CPython")
    assert python["packages"]["setuptools"]


def test_interpreter_that_crashes_before_it_answers(gather: Gather, tmp_path: Path) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\nkill -ABRT $$\n")
    script.chmod(0o755)
    facts = gather(script, gather_subset=["python", "module"])
    assert facts["python"]["status"] == "crashed"
    assert "SIGABRT" in facts["python"]["error"]
    assert facts["module"]["status"] == "not_probed"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"gather_subset": ["everything"]}, "value of gather_subset must be one or more of"),
        ({"memory_reserve": -1}, "memory_reserve is -1: give 0 or a greater number."),
        ({"max_load": -0.5}, "max_load is -0.5: give 0 or a greater number."),
        ({"max_temperature": -1}, "max_temperature is -1.0: give 0 or a greater number."),
        ({"timeout": 0}, "timeout is 0: give a number greater than 0."),
        ({"runs": -1}, "runs is -1: give a number greater than 0."),
        ({"workload": "images"}, "value of workload must be one of"),
    ],
)
def test_bad_options_are_the_only_failure(
    run_module: Callable[..., dict[str, Any]], arguments: dict[str, Any], message: str
) -> None:
    result = run_module("protobuf_facts", **arguments)
    assert result["failed"] is True
    assert result["msg"].startswith(message)


def test_default_subsets(gather: Gather, run_module: Callable[..., dict[str, Any]]) -> None:
    facts = run_module("protobuf_facts", executable="/opt/nothing", _ansible_check_mode=True)["ansible_facts"]
    expected = {"board", "environment", "python", "module", "libraries", "protoc", "packages", "installation"}
    expected |= {"development", "tools", "cost", "processes"}
    assert set(facts["jetfleet"]) == expected


@pytest.mark.parametrize("name", ["installation", "packages", "development", "tools", "processes"])
def test_one_subset_alone(gather: Gather, name: str) -> None:
    assert set(gather("/opt/nothing", gather_subset=[name])) == {name, "cost"}


def test_documentation_names_every_fact(
    gather: Gather, installations: Installations, fixtures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One round of the calibration.
    monkeypatch.setattr(load_prediction, "BUDGET", 0.0)
    documented = yaml.safe_load(protobuf_facts.RETURN)["ansible_facts"]["contains"]["jetfleet"]["contains"]
    python = installations.copy("3.9", "protobuf==3.20.3", "six==1.16.0")
    tensorflow = installations.site_packages(python) / "tensorflow_gpu-1.12.0.dist-info/METADATA"
    tensorflow.parent.mkdir()
    tensorflow.write_text("Name: tensorflow-gpu\nVersion: 1.12.0\nRequires-Dist: protobuf (>=3.6.1)\n")
    graphs = [str(fixtures / "graphs/convolution_float_val.bin")]
    facts = gather(python, gather_subset=["all"], graphs=graphs, values=1000, runs=1, compare_backends=True)
    required = {"name": "tensorflow-gpu", "version": "1.12.0", "requires_protobuf": ">=3.6.1"}
    assert facts["python"]["tensorflow"] == required
    assert _undocumented(facts, documented, "jetfleet") == []


def test_documentation_names_what_this_machine_may_lack(tmp_path: Path) -> None:
    documented = yaml.safe_load(protobuf_facts.RETURN)["ansible_facts"]["contains"]["jetfleet"]["contains"]
    for name in ("include/google/protobuf/stubs/common.h", "lib/pkgconfig/protobuf.pc"):
        (tmp_path / "usr" / name).parent.mkdir(parents=True)
        (tmp_path / "usr" / name).touch()
    found = development_facts(str(tmp_path))
    assert found["headers"] and found["pkg_config"]
    assert _undocumented(found, documented["development"]["contains"], "development") == []
    record = tmp_path / "protobuf-3.6.0.dist-info/RECORD"
    record.parent.mkdir()
    record.touch(0o600)
    (entry,) = wrong_modes(module_part(str(record)))
    assert set(entry) == set(documented["installation"]["contains"]["wrong_modes"]["contains"])


def _undocumented(value: Any, documented: dict[str, Any], path: str) -> list[str]:
    """Return what a result has that its documentation has not, and the other way round."""
    if isinstance(value, list):
        return [problem for item in value for problem in _undocumented(item, documented, f"{path}[]")]
    if not isinstance(value, dict):
        return []
    problems = [f"{path}.{name}" for name in set(value) ^ set(documented)]
    for name in set(value) & set(documented):
        # What has no fixed names (packages, encodings) is documented by a sample.
        if "contains" in documented[name]:
            problems += _undocumented(value[name], documented[name]["contains"], f"{path}.{name}")
    return problems
