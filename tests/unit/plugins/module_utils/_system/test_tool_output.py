# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line that explains why a tool failed is found in the outputs of old and new tools, whatever stands around it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.layout import Layout
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import tool_output
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Failure, Refusal
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.tool_output import (
    crashed_libraries,
    lock_sentence,
    telling_line,
    trouble,
)
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.debian_package import Dpkg
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction.pip import stage_wheel
from ansible_collections.jetfleet.protobuf.tests.support.pythons import need_python
from hypothesis import given, settings
from hypothesis import strategies as st

FOLDER = Path(__file__).parents[3] / "fixtures/tool_outputs"
INDEX: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / "index.yml").read_text())
OUTPUTS = {path.stem: path.read_bytes().decode() for path in FOLDER.glob("*.txt")}
TOO_LONG = (
    "libtool: compile:  g++ -DERROR=1 " + "-I/home/nvidia/src/error " * 100 + "-c error_listener.cc -o error_listener.o"
)
MAKE = (
    "make[2]: Leaving directory '/home/nvidia/src/fatal error'",
    "Makefile:1627: recipe for target 'all-recursive' failed",
    "make[1]: *** [all-recursive] Error 1",
    "make[1]: *** [Makefile:1627: all-recursive] Error 1",
    "make[1]: *** Waiting for unfinished jobs....",
    "/bin/bash ../libtool --tag=CXX --mode=compile g++ -c -o google/protobuf/util/internal/error_listener.lo error_listener.cc",
    "google/protobuf/map.h:9:1: warning: unused variable 'error' [-Wunused-variable]",
    "compilation terminated.",
    TOO_LONG,
)
DPKG = (
    "(Reading database ... 5%\r(Reading database ... 100%\r(Reading database ... 4711 files and directories installed.)",
    "E: Sub-process /usr/bin/dpkg returned an error code (1)",
    "W: Some index files failed to download. They have been ignored, or old ones used instead.",
    "dpkg: warning: overriding problem because --force enabled:",
    "Setting up libérror (1.0) ...",
)
PIP = (
    "You are using pip version 8.1.1, however version 9.0.1 is available.",
    "You should consider upgrading via the 'pip install --upgrade pip' command.",
    "DEPRECATION: Python 3.5 reached the end of its life. pip 21.0 will drop support, an error follows.",
    "    50% |################                | 500kB 1.0MB/s eta 0:00:01\r    100% |################################| 1.0MB",
    "WARNING: The directory '/root/.cache/pip' or its parent directory is not owned by the current user.",
    "Installing collected packages: protobuf",
)
GLIBC = (
    "======= Backtrace: =========",
    "/lib/aarch64-linux-gnu/libc.so.6(cfree+0x4c)[0x7f8b31c9d53c]",
    "/usr/bin/python3(Py_FatalError+0x68a)[0x49e14a]",
    "======= Memory map: ========",
    "7f9e10000000-7f9e10001000 r-xp 00000000 b3:01 400                        /opt/Modèles/error.so",
    "7ff5c81000-7ff5ca2000 rw-p 00000000 00:00 0                              [stack]",
    "Aborted (core dumped)",
    "bash: line 1:  4711 Aborted                 (core dumped) ./protoc --fatal error.proto",
)
BLANK = ("", "   ", "\t", "\x1b[0m", "\x1b[K\r")
# Who calls a tool has words for its failure, too.
CALLER = "The build has failed, see the error above."
NOISE = {"apt": DPKG, "debconf": DPKG, "dpkg": DPKG, "glibc": GLIBC, "pip": PIP}
NOISE |= dict.fromkeys(("as", "autoconf", "configure", "gcc", "ld", "libtool", "loader", "make"), MAKE)
CASES = st.sampled_from(sorted(INDEX))


def test_every_output_is_in_the_index_and_short() -> None:
    assert set(OUTPUTS) == set(INDEX)
    assert len(INDEX) >= 40
    assert [name for name, text in OUTPUTS.items() if text.count("\n") > 60] == []


@pytest.mark.parametrize("name", sorted(INDEX))
def test_the_line_that_tells(name: str) -> None:
    text, expected = OUTPUTS[name], INDEX[name]
    assert telling_line(text) == expected["line"]
    assert telling_line(text.encode()) == expected["line"]
    assert trouble(text) == expected.get("trouble")
    holder = f" ({expected['holder']})" if expected.get("holder") else ""
    sentence = f"Another process holds the lock of apt or dpkg on the board{holder}: let it finish, then run again."
    assert lock_sentence(text) == (sentence if "holder" in expected else None)


@pytest.mark.parametrize("version", ["2.7", "3.6"])
def test_the_same_under_the_pythons_of_boards(version: str) -> None:
    package = "ansible_collections.jetfleet.protobuf.plugins.module_utils._system"
    script = f"""
import io, json, sys, types
name = ""
for part in {package!r}.split("."):
    name = (name + "." + part).strip(".")
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [{str(Path(tool_output.__file__).parent)!r}]
from {package}.tool_output import telling_line
lines = {{}}
for path in sys.argv[1:]:
    with io.open(path, encoding="utf-8") as stream:
        lines[path.split("/")[-1][:-4]] = "({{0}})".format(telling_line(stream.read()))
print(json.dumps(lines))
"""
    paths = sorted(map(str, FOLDER.glob("*.txt")))
    command = [str(need_python(version)), "-B", "-c", script, *paths]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, env={"LC_ALL": "C"}).stdout)
    assert found == {name: f"({expected['line']})" for name, expected in INDEX.items()}


def noise_of(name: str) -> tuple[str, ...]:
    """Return lines that the tool and those who call it print, and that are no reason."""
    tool = name.partition("-")[0]
    # A silent command is reported by make: other lines of make are not noise there.
    return BLANK if name.endswith("-silent") or tool not in NOISE else (*BLANK, CALLER, *NOISE[tool])


def surrounded(name: str, noise: Iterator[Sequence[str]], coloured: bool) -> list[str]:
    """Return the lines of an output with noise before it, right before the line that explains the failure, and after it."""
    lines = OUTPUTS[name].splitlines()
    line = INDEX[name]["line"].removesuffix(" ...")
    # The line itself, or the first part of one that is shown with the next.
    place = next(at for at, text in enumerate(lines) if _starts(line, text))
    shown = f"\x1b[01;31m\x1b[K{lines[place]}\x1b[m\x1b[K" if coloured else lines[place]
    return [*next(noise), *lines[:place], *next(noise), shown, *lines[place + 1 :], *next(noise)]


@pytest.mark.parametrize("name", sorted(INDEX))
def test_the_line_is_found_in_all_the_noise_at_once(name: str) -> None:
    noise = [(*(noise_of(name) * 2), *reversed(noise_of(name)))] * 3
    assert telling_line("\n".join(surrounded(name, iter(noise), coloured=True))) == INDEX[name]["line"]


@given(st.data())
@settings(max_examples=200)
def test_the_line_is_found_whatever_stands_around_it(data: st.DataObject) -> None:
    name = data.draw(CASES)
    some = st.lists(st.sampled_from(noise_of(name)), max_size=5)
    around = surrounded(name, iter(data.draw(st.tuples(some, some, some))), data.draw(st.booleans()))
    text = data.draw(st.sampled_from(["\n", "\r\n", "\n\n"])).join(around)
    assert telling_line(text) == INDEX[name]["line"]


def _starts(line: str, text: str) -> bool:
    shown = " ".join(tool_output._plain(tool_output._COLOURS.sub("", text)).split()).rstrip(".: ")
    return bool(shown) and line.startswith(shown[: len(line)])


@given(st.lists(st.sampled_from(sorted(OUTPUTS.values())) | st.text() | st.sampled_from(MAKE + GLIBC), max_size=4))
def test_any_text_gives_one_line_of_it_of_bounded_length(parts: list[str]) -> None:
    text = "\n".join(parts)
    line = telling_line(text, "nothing")
    assert len(line.splitlines()) <= 1
    assert len(line) <= 304
    shown = tool_output._COLOURS.sub("", text)
    assert line == "nothing" or all(word in shown for word in line.removesuffix(" ...").split())
    assert trouble(text) in ("disk", "memory", None)


@pytest.mark.parametrize(
    "part", ["a:", "/-", "-", "x ", "\u2570\u2500> ", "| ", "1.", "Error.", "a_", "ld ", "(", "[0x"]
)
def test_the_time_is_bounded(part: str) -> None:
    # A pattern that tries every way to divide such a line would not end.
    text = part * 500000
    assert len(telling_line(text + "\n" + text)) <= 304


@pytest.mark.parametrize("text", ["", "\n\n", "\x1b[0m\r\n", " "])
def test_who_says_nothing_is_told_so(text: str) -> None:
    assert telling_line(text) == "it said nothing"
    assert telling_line(text, "exit status 3") == "exit status 3"


def test_the_libraries_of_a_backtrace() -> None:
    assert crashed_libraries(OUTPUTS["glibc-2.23-libprotobuf"]) == [
        "/usr/lib/aarch64-linux-gnu/libprotobuf.so.9",
        "/usr/lib/aarch64-linux-gnu/libmirprotobuf.so.3",
    ]
    # The memory map names a protobuf there, too: it is loaded, and not to blame.
    assert [path for path in crashed_libraries(OUTPUTS["glibc-2.23-other-library"]) if "proto" in path] == []
    assert crashed_libraries(OUTPUTS["glibc-2.27-tcache"]) == []


def failing(output: str) -> list[str]:
    """Return a command that prints what a tool printed and fails; further arguments are ignored."""
    return ["/bin/sh", "-c", f"cat {FOLDER / output}.txt >&2; exit 2", "sh"]


@pytest.mark.parametrize("name", [name for name in INDEX if name.startswith("pip-")])
def test_a_failing_pip_is_told_by_that_line(name: str, tmp_path: Path) -> None:
    wheel = tmp_path / "proof-1.0-py3-none-any.whl"
    wheel.touch()
    places = (sys.executable, str(tmp_path), str(tmp_path / "root"))
    with pytest.raises(Refusal) as caught:
        stage_wheel(SimpleNamespace(wheel=str(tmp_path / "wheel")), str(wheel), failing(name), *places)
    assert str(caught.value) == f"pip could not install {wheel.name} ({INDEX[name]['line']}): repair pip."


@pytest.mark.parametrize("name", [name for name in INDEX if name.startswith(("dpkg-", "debconf-"))])
def test_a_failing_dpkg_is_told_by_that_line_or_its_lock(name: str) -> None:
    output = INDEX[name]
    with pytest.raises(Failure) as caught:
        Dpkg(Layout(dpkg=failing(name)), 0).wait()
    said = f"dpkg --set-selections failed ({output['line']}): repair dpkg."
    assert str(caught.value) == (lock_sentence(OUTPUTS[name]) if "holder" in output else said)
