# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Boards are brought to what they should be from whatever they are, by one of them that builds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.tests.boards.conftest import BOTH, Built
from ansible_collections.jetfleet.protobuf.tests.support.container_boards import CPP, Boards, download_pure_wheel

SHARED = ("-e", "python_protobuf_linkage=shared")
COMPILED = "(Build the wheel)"


@pytest.fixture(scope="module")
def provisioned(built: Built) -> Boards:
    """Two boards of one ABI key: one static, from the store, and one shared."""
    boards = built.boards
    boards.store = built.store
    run = boards.play(
        "jetfleet.protobuf.provision", "--limit", ",".join(BOTH), "-e", "jetfleet_load_time_values=100000"
    )
    assert run.status == 0
    assert COMPILED not in run.output
    # Where the library is compiled already, another linkage needs another wheel only.
    assert boards.play("jetfleet.protobuf.build", "--limit", built.builder, *SHARED).status == 0
    shared = boards.provision("board-two", *SHARED)
    assert shared.status == 0
    assert COMPILED not in shared.output
    return boards


def needed(boards: Boards, host: str) -> str:
    """Return the sonames of libprotobuf that the extension of a board needs."""
    extension = "/usr/local/lib/python3*/dist-packages/google/protobuf/pyext/_message*.so"
    return boards.root(host, f"grep -ao 'libprotobuf[.]so[.][0-9]*' {extension} | sort -u")


# What the board would get is in the store, so only the words about the way there are wrong.
UNUSABLE = {
    "mirror without an address": (
        "jetfleet_artefact_source=url",
        "In jetfleet_artefact_url of board-one, the address is empty",
    ),
    "signers that are not there": ("jetfleet_allowed_signers=/nowhere", "/nowhere does not exist: correct"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_a_way_that_cannot_be_used_is_refused(provisioned: Boards, case: str) -> None:
    variable, sentence = UNUSABLE[case]
    before = provisioned.state("board-one")
    run = provisioned.provision("board-one", *SHARED, "-e", variable)
    assert run.status != 0
    assert sentence in run.text
    assert run.count("board-one", "changed") == 0
    assert provisioned.state("board-one") == before


def test_both_linkages_parse_in_cpp(provisioned: Boards) -> None:
    assert provisioned.backend("board-one") == CPP
    assert provisioned.backend("board-two") == CPP
    assert needed(provisioned, "board-one") == ""
    assert needed(provisioned, "board-two") == "libprotobuf.so.32"


def test_the_second_run_changes_nothing(provisioned: Boards) -> None:
    before = provisioned.state("board-one")
    run = provisioned.provision("board-one")
    assert run.status == 0
    assert run.count("board-one", "changed") == 0
    assert "unchanged" in run.output
    assert provisioned.state("board-one") == before


def test_check_mode_finds_nothing_to_do(provisioned: Boards) -> None:
    run = provisioned.provision("board-one", "--check", "--diff")
    assert run.status == 0
    assert run.count("board-one", "changed") == 0


def test_the_static_module_survives_what_breaks_the_shared_one(provisioned: Boards) -> None:
    for damage in (
        "mkdir /root/kept; mv /usr/local/lib/libprotobuf.so.32* /root/kept/",
        "rm /etc/ld.so.cache; mv /etc/ld.so.conf /etc/ld.so.conf.d /root/; ldconfig",
    ):
        for host in BOTH:
            provisioned.root(host, damage)
        assert provisioned.backend("board-one") == CPP
        assert "libprotobuf.so.32: cannot open shared object file" in provisioned.backend("board-two")
        for host in BOTH:
            provisioned.root(
                host,
                "mv /root/kept/* /usr/local/lib/ 2>/dev/null || true; rmdir /root/kept 2>/dev/null || true;"
                "mv /root/ld.so.conf /root/ld.so.conf.d /etc/ 2>/dev/null || true; ldconfig",
            )
    assert provisioned.backend("board-two") == CPP


def test_a_deleted_library_is_put_back_without_compiling(provisioned: Boards) -> None:
    provisioned.root("board-two", "rm /usr/local/lib/libprotobuf.so.32*")
    run = provisioned.provision("board-two", *SHARED)
    assert run.status == 0
    assert COMPILED not in run.output
    assert provisioned.backend("board-two") == CPP
    assert provisioned.root("board-two", "dpkg --verify jetfleet-libprotobuf") == ""


def libraries(boards: Boards, host: str) -> list[str]:
    """Return the files of the library, with the times at which they were written."""
    return [line for line in boards.state(host).splitlines() if line.startswith("/usr/local/lib/libproto")]


def test_a_stale_linker_cache_is_refreshed(provisioned: Boards) -> None:
    provisioned.root(
        "board-two", "mv /etc/ld.so.conf.d/libc.conf /root/; ldconfig; mv /root/libc.conf /etc/ld.so.conf.d/"
    )
    assert "cannot open shared object file" in provisioned.backend("board-two")
    before = libraries(provisioned, "board-two")
    run = provisioned.provision("board-two", *SHARED)
    assert run.status == 0
    assert run.became("board-two") == "changed"
    assert provisioned.backend("board-two") == CPP
    assert libraries(provisioned, "board-two") == before, "the package is not installed again"


@pytest.fixture(scope="module")
def pure_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel without C++ inside that pip picks on a Jetson."""
    return download_pure_wheel(tmp_path_factory.mktemp("wheel"))


def test_what_pip_undid_is_put_back_without_compiling(provisioned: Boards, pure_wheel: Path) -> None:
    provisioned.send("board-one", pure_wheel)
    provisioned.root("board-one", f"pip3 install --no-index --no-deps --force-reinstall /root/{pure_wheel.name} 2>&1")
    assert provisioned.backend("board-one") == "google.protobuf.internal.python_message"
    run = provisioned.provision("board-one")
    assert run.status == 0
    assert COMPILED not in run.output
    assert provisioned.backend("board-one") == CPP


# What dpkg does when it is killed, with which state it then leaves a package in, and the number of the note in its journal
# that it does not come to write.
INTERRUPTED = {
    "reinstreq half-installed": ("--unpack /root/python3-pip_*.deb", 2),
    "reinstreq unpacked": ("--unpack /root/python3-pip_*.deb", 3),
    "ok half-configured": ("--configure python3-pip", 3),
}
PIP_STATE = "dpkg-query -W -f '${db:Status-Eflag} ${db:Status-Status}' python3-pip"


@pytest.fixture(scope="module")
def strace(provisioned: Boards) -> str:
    """Return a command that kills another one when it writes into dpkg's journal."""
    provisioned.root("board-one", "apt-get update -qq; apt-get install -qq --no-install-recommends strace 2>&1")
    provisioned.root("board-one", "cd /root; apt-get download -qq python3-pip")
    return (
        "strace -f -qq -o /dev/null -P /var/lib/dpkg/updates/tmp.i -e trace=rename -e inject=rename:signal=KILL:when="
    )


@pytest.mark.parametrize("state", INTERRUPTED)
def test_a_board_switched_off_while_apt_installs_needs_no_hand(provisioned: Boards, strace: str, state: str) -> None:
    dpkg, note = INTERRUPTED[state]
    provisioned.root("board-one", "rm -r /usr/local/lib/python3*/dist-packages/google; dpkg --purge python3-pip 2>&1")
    if "--configure" in dpkg:
        provisioned.root("board-one", "dpkg --unpack /root/python3-pip_*.deb")
    provisioned.root("board-one", f"{strace}{note} dpkg {dpkg}", check=False)
    assert provisioned.root("board-one", PIP_STATE) == state
    refused = provisioned.root("board-one", "apt-get install --yes python3-pip 2>&1", check=False)
    assert "dpkg was interrupted" in refused
    run = provisioned.provision("board-one")
    assert run.status == 0
    assert run.became("board-one") == "changed"
    assert provisioned.root("board-one", PIP_STATE) == "ok installed"
    assert provisioned.root("board-one", "dpkg --audit; ls /var/lib/dpkg/updates") == ""
    assert provisioned.backend("board-one") == CPP


@pytest.fixture(scope="module")
def builder(provisioned: Boards, built: Built) -> tuple[str, tuple[str, ...]]:
    """Return the board that has the tree of a build, and the variables that it is provisioned with."""
    return built.builder, SHARED if built.builder == "board-two" else ()


def install_egg(boards: Boards, host: str) -> str:
    """Install the module as the published recipe does, and return where it is."""
    boards.root(
        host,
        "cd /home/jetson/src/protobuf-*/source/python;"
        "python3 -m pip uninstall -y protobuf 2>&1;"
        "python3 setup.py install --cpp_implementation >/root/egg.log 2>&1;"
        # The tree stays that of the user who builds.
        "chown -R jetson: /home/jetson/src",
    )
    return boards.root(host, "ls -d /usr/local/lib/python3*/dist-packages/protobuf-*.egg")


def test_the_egg_of_the_published_recipe_is_replaced(provisioned: Boards, builder: tuple[str, tuple[str, ...]]) -> None:
    host, variables = builder
    egg = install_egg(provisioned, host)
    run = provisioned.provision(host, *variables)
    assert run.status == 0
    assert provisioned.root(host, f"ls -d {egg} 2>/dev/null || echo gone") == "gone"
    assert provisioned.backend(host) == CPP


def unowned(boards: Boards, host: str) -> list[str]:
    """Return the files of protobuf's library below /usr/local that belong to no package."""
    find = "find /usr/local -not -type d \\( -path '*/python3*' -prune -o -path '*proto*' -print \\)"
    return boards.root(host, f"{find} | while read file; do dpkg -S $file >/dev/null 2>&1 || echo $file; done").split()


def test_a_board_of_the_published_recipe_is_taken_over_and_given_back(
    provisioned: Boards, builder: tuple[str, tuple[str, ...]]
) -> None:
    host, variables = builder
    provisioned.root(host, "dpkg --purge jetfleet-libprotobuf 2>&1; rm -rf /var/lib/jetfleet")
    provisioned.root(host, "cd /home/jetson/src/protobuf-*/source; make install >/root/make.log 2>&1; ldconfig")
    egg = install_egg(provisioned, host)
    assert provisioned.backend(host) == CPP
    assert "/usr/local/bin/protoc" in unowned(provisioned, host)
    recipe, before = provisioned.content(host, "/usr/local"), provisioned.state(host)

    refused = provisioned.provision(host, *variables)
    assert refused.became(host) == "refused"
    assert "set libprotobuf_adopt to true" in refused.text
    assert provisioned.state(host) == before

    adopted = provisioned.provision(host, *variables, "-e", "libprotobuf_adopt=true")
    assert adopted.became(host) == "changed"
    assert COMPILED not in adopted.output
    assert provisioned.backend(host) == CPP
    assert unowned(provisioned, host) == []
    assert provisioned.root(host, f"ls -d {egg} 2>/dev/null || echo gone") == "gone"

    removed = provisioned.provision(host, *variables, playbook="jetfleet.protobuf.remove")
    assert removed.became(host) == "removed"
    assert provisioned.content(host, "/usr/local") == recipe
    assert provisioned.backend(host) == CPP


def test_the_distributions_module_is_left_alone(provisioned: Boards) -> None:
    provisioned.root("board-exported", "apt-get update -qq && apt-get install -qqy python3-protobuf >/dev/null 2>&1")
    run = provisioned.provision("board-exported")
    assert run.status == 0
    assert provisioned.backend("board-exported") == CPP
    assert provisioned.root("board-exported", "dpkg --verify python3-protobuf") == ""


def test_a_wheel_with_cpp_inside_from_pypi_needs_no_compiler(provisioned: Boards) -> None:
    run = provisioned.provision("board-lean", "-e", "libprotobuf_version=3.20.3")
    assert run.status == 0
    assert COMPILED not in run.output
    assert provisioned.backend("board-lean") == CPP
    assert re.search(r"^board-lean +python +cpp +3\.19\.6 +3\.20\.3 ", run.output, re.MULTILINE)


def test_opencv_is_judged_and_the_policy_decides(provisioned: Boards) -> None:
    run = provisioned.provision("board-opencv", "-e", '{"opencv_check_fail_on": ["links_distribution"]}')
    assert run.status != 0
    assert "is judged links_distribution" in run.text
    again = provisioned.provision("board-opencv")
    assert again.status == 0
    assert again.count("board-opencv", "changed") == 0
    assert "links_distribution" in again.output
