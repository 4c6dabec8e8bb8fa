# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin protobuf_install in real plays: what it refuses, what it sends, and what it asks of the board."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.jetfleet.protobuf.plugins.module_utils._artefacts import store as artefacts_store
from ansible_collections.jetfleet.protobuf.plugins.modules import protobuf_install, protobuf_transaction
from ansible_collections.jetfleet.protobuf.tests.support.artefacts import make_artefact
from ansible_collections.jetfleet.protobuf.tests.support.boards import slow_nano
from ansible_collections.jetfleet.protobuf.tests.support.keys import allowed_signers, ssh_key, ssh_sign
from ansible_collections.jetfleet.protobuf.tests.support.plays import Played, play
from ansible_collections.jetfleet.protobuf.tests.support.stand_ins import make_collection

ROOT = Path(__file__).parents[4]
KEY = "protobuf-3.6.0_arm64_debian-11_glibc-2.31_cpython-39-aarch64-linux-gnu_1a2b3c4d"
OTHER = KEY.replace("debian-11", "debian-12")
DEB = "jetfleet-libprotobuf_3.6.0+jetfleet.1a2b3c4d_arm64.deb"
WHEEL = "protobuf-3.6.0-cp39-cp39-linux_aarch64.whl"
PIP = ["/usr/bin/python3", "-s", "-m", "pip", "install"]
LIBRARY = {"action": "install_library", "reason": "x", "package": "jetfleet-libprotobuf", "version": "3.6.0+jetfleet.1"}
PLANNED = {"plan": "{{ lookup('ansible.builtin.file', 'plan.json') | from_json }}"}
MODULE = {"action": "install_module", "reason": "x", "version": "3.6.0"}
# Answers for the board's transaction, whose own tests are elsewhere: writes down what it is asked, checks the staged
# files as that one does, and says what the test wants it to say.
STAND_IN = """#!/usr/bin/python
import hashlib
import itertools
import json
import os

from ansible.module_utils.basic import AnsibleModule

DICTS = ("package", "wheel", "expected")
LISTS = ("pip_install", "remove_copies", "unlist_copies", "adopt_files", "gather_subset", "restart_units")
OTHERS = (
    "state executable abi_key refresh_linker_cache load_time_budget constraint restart_seconds lock_timeout dpkg_lock_timeout "
    "download_timeout download_retries timeout time_budget values"
)


def main():
    types = dict.fromkeys(DICTS, "dict")
    types.update(dict.fromkeys(LISTS, "list"), **dict.fromkeys(OTHERS.split(), "raw"))
    module = AnsibleModule({name: dict(type=kind, no_log=False) for name, kind in types.items()}, supports_check_mode=True)
    with open(os.environ["STAND_IN"] + "/calls", "a") as calls:
        calls.write(json.dumps({name: value for name, value in module.params.items() if value is not None}) + "\\n")
    for staged in (module.params["package"], module.params["wheel"]):
        if staged and "path" in staged:
            with open(staged["path"], "rb") as stream:
                found = hashlib.sha256(stream.read()).hexdigest()
            if found != staged["sha256"]:
                module.fail_json(msg="%s has the SHA-256 %s: run again." % (staged["path"], found), rolled_back=False)
    with open(os.environ["STAND_IN"] + "/answer") as stream:
        module.exit_json(**json.load(stream))


main()
"""


@dataclass
class Bench:
    """A store, a board that is a folder here, and a collection whose transaction is the stand-in."""

    folder: Path
    store: Path
    answer: dict[str, Any] = field(default_factory=lambda: {"changed": True, "rolled_back": False, "reason": None})

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def staged(self) -> Path:
        return self.home / ".cache/jetfleet"

    def plan(self, *actions: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {
            "abi_key": KEY,
            "actions": [*actions],
            "artefact": {"abi_key": KEY},
            "expected": {"python_version": "3.6.0", "soname_major": 16, "linkage": "static"},
            "pip_install": PIP,
            "refusals": [],
            "wheel": {"name": WHEEL, "sha256": None},
            "wheel_provider": "build",
        } | more

    def play(
        self,
        host: str,
        plan: dict[str, Any] | None,
        *options: str,
        boards: dict[str, Any] | None = None,
        **arguments: Any,
    ) -> Played:
        (self.folder / "plan.json").write_text(json.dumps(plan))
        (self.folder / "answer").write_text(json.dumps(self.answer))
        task = {
            "name": "Install",
            "jetfleet.protobuf.protobuf_install": (PLANNED | {"store": str(self.store)} if plan else {}) | arguments,
        }
        boards = boards or {"board": {}}
        environment = {
            "ANSIBLE_COLLECTIONS_PATH": str(self.folder / "collections"),
            "HOME": str(self.home),
            "STAND_IN": str(self.folder),
        }
        plays = [{"hosts": host, "gather_facts": False, "tasks": [task]}]
        return play(self.folder, plays, *options, boards=boards, environment=environment)

    def install(self, plan: dict[str, Any] | None, *options: str, **arguments: Any) -> dict[str, Any]:
        played = self.play("board", plan, *options, **arguments)
        # Callbacks get to know of a failure by other means than the result.
        return played.result("Install", "board") | {"failed": played.exit_status == 2}

    def refusal(self, plan: dict[str, Any] | None, *options: str, **arguments: Any) -> str:
        """Return why there is no installation. The host does not exist: whoever connected to it would say so."""
        return refusal_in(self.play("board.invalid", plan, *options, **arguments), "board.invalid")

    def calls(self) -> list[dict[str, Any]]:
        calls = self.folder / "calls"
        return [json.loads(line) for line in calls.read_text().splitlines()] if calls.exists() else []


def refusal_in(played: Played, host: str) -> str:
    assert played.exit_status == 2, played.output
    result = played.result("Install", host)
    assert (result["changed"], result["rolled_back"]) == (False, False)
    message: str = result["msg"]
    assert len(message.splitlines()) == 1
    assert ": " in message
    assert message.endswith(".")
    return message


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fill(store: Path, key: str, content: str) -> None:
    built = make_artefact(store.parent / f"built-{content}", content.encode())
    assert [path.name for path in built] == [WHEEL, DEB]
    files = [{"path": str(path), "sha256": sha256(path)} for path in built]
    artefacts_store.put(str(store), key, files, {}, True)


def make_bench(folder: Path) -> Bench:
    made = Bench(folder, folder / "store")
    made.home.mkdir()
    make_collection(folder / "collections", "protobuf_transaction", STAND_IN)
    fill(made.store, KEY, "ours")
    return made


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


def test_the_files_are_sent_and_one_transaction_is_run(bench: Bench) -> None:
    bench.answer["ansible_facts"] = {"jetfleet": {"module": slow_nano()["module"]}}
    plan = bench.plan(
        {"action": "install_packages", "reason": "x", "packages": ["python3-six"]},
        {"action": "adopt_files", "reason": "x", "paths": ["/usr/local/bin/protoc"]},
        LIBRARY,
        MODULE,
        {"action": "remove_copy", "reason": "x", "location": "/a.egg"},
    )
    result = bench.install(plan, load_time_budget=2.5, constraint=True, restart_units=["detector.service"])
    assert result["changed"]
    assert result["ansible_facts"] == bench.answer["ansible_facts"]
    (call,) = bench.calls()
    places = {name: bench.staged / sha256(bench.store / KEY / name) / name for name in (DEB, WHEEL)}
    for name, place in places.items():
        assert place.read_bytes() == (bench.store / KEY / name).read_bytes()
        assert place.parent.stat().st_mode & 0o7777 == 0o700
    assert call == {
        "state": "present",
        "executable": "/usr/bin/python3",
        "abi_key": KEY,
        "package": {
            "name": DEB,
            "version": "3.6.0+jetfleet.1",
            "sha256": sha256(bench.store / KEY / DEB),
            "bytes": (bench.store / KEY / DEB).stat().st_size,
            "path": str(places[DEB]),
        },
        "wheel": {
            "name": WHEEL,
            "version": "3.6.0",
            "sha256": sha256(bench.store / KEY / WHEEL),
            "bytes": (bench.store / KEY / WHEEL).stat().st_size,
            "path": str(places[WHEEL]),
        },
        "pip_install": PIP,
        "remove_copies": ["/a.egg"],
        "unlist_copies": [],
        "adopt_files": ["/usr/local/bin/protoc"],
        "refresh_linker_cache": False,
        "expected": {"python_version": "3.6.0", "soname_major": 16, "linkage": "static"},
        "load_time_budget": 2.5,
        "constraint": True,
        "restart_units": ["detector.service"],
        "restart_seconds": 10,
        "lock_timeout": 60,
        "dpkg_lock_timeout": 300,
        "download_timeout": 600,
        "download_retries": 3,
        "timeout": 60,
        "time_budget": 30.0,
        "values": 1000000,
    }


@pytest.mark.parametrize("options", [[], ["--check"]])
def test_removal_needs_neither_a_plan_nor_a_store(bench: Bench, options: list[str]) -> None:
    assert bench.install(None, *options, state="absent", executable="/opt/python", lock_timeout=7)["changed"]
    (call,) = bench.calls()
    assert (call["state"], call["executable"], call["lock_timeout"]) == ("absent", "/opt/python", 7)
    assert not {"abi_key", "package", "wheel", "expected"} & {*call}
    assert ArgumentSpecValidator(protobuf_transaction.argument_spec()).validate(call).error_messages == []


def test_an_installation_needs_both(bench: Bench) -> None:
    played = bench.play("board.invalid", None)
    assert (
        "state is present but all of the following are missing: plan, store"
        in played.result("Install", "board.invalid")["msg"]
    )


def test_facts_are_gathered_as_the_user_wants(bench: Bench) -> None:
    bench.install(bench.plan(MODULE), gather_subset=["module"])
    assert bench.calls()[0]["gather_subset"] == ["module"]


def test_what_is_asked_for_fits_the_transaction(bench: Bench) -> None:
    """The stand-in takes what it gets; the module that boards get must take it, too, and do the same by default."""
    bench.install(bench.plan(LIBRARY, MODULE))
    specification = protobuf_transaction.argument_spec()
    assert ArgumentSpecValidator(specification).validate(bench.calls()[0]).error_messages == []
    options = yaml.safe_load(protobuf_install.DOCUMENTATION)["options"]
    shared = {*options} & {*specification}
    assert len(shared) == 14
    defaults = {name: specification[name].get("default") for name in shared - {"gather_subset"}}
    assert {name: options[name].get("default") for name in defaults} == defaults


def test_only_what_the_plan_needs_is_read_and_sent(bench: Bench) -> None:
    (bench.store / KEY / DEB).write_text("damaged")
    bench.install(bench.plan(MODULE))
    (call,) = bench.calls()
    assert "package" not in call
    assert [path.name for path in bench.staged.rglob("*.*")] == [WHEEL]


def test_a_board_that_only_has_to_finish_needs_no_store(bench: Bench) -> None:
    bench.store = bench.folder / "none"
    plan = bench.plan({"action": "finish_transaction", "reason": "x"}, wheel=None, artefact=None)
    assert bench.install(plan)["changed"]
    (call,) = bench.calls()
    assert "package" not in call and "wheel" not in call
    assert not bench.staged.exists()


def test_what_is_there_already_is_not_sent_again(bench: Bench) -> None:
    bench.install(bench.plan(LIBRARY, MODULE))
    before = {path: path.stat().st_mtime_ns for path in bench.staged.rglob("*.*")}
    assert len(before) == 2
    bench.install(bench.plan(LIBRARY, MODULE))
    assert {path: path.stat().st_mtime_ns for path in bench.staged.rglob("*.*")} == before


def test_half_a_file_is_sent_again(bench: Bench) -> None:
    bench.install(bench.plan(MODULE))
    (staged,) = bench.staged.rglob("*.whl")
    staged.write_bytes(staged.read_bytes()[:10])
    assert bench.install(bench.plan(MODULE))["changed"]
    assert len(bench.calls()) == 2
    assert sha256(staged) == sha256(bench.store / KEY / WHEEL)


def test_a_staged_file_with_a_wrong_sum_is_sent_once_more(bench: Bench) -> None:
    bench.install(bench.plan(MODULE))
    (staged,) = bench.staged.rglob("*.whl")
    staged.write_bytes(b"x" * staged.stat().st_size)
    assert bench.install(bench.plan(MODULE))["changed"]
    assert len(bench.calls()) == 3
    assert sha256(staged) == sha256(bench.store / KEY / WHEEL)


def test_it_is_not_sent_a_third_time(bench: Bench) -> None:
    message = f"{bench.staged}/{sha256(bench.store / KEY / WHEEL)}/{WHEEL} is broken: run again."
    bench.answer = {"failed": True, "rolled_back": False, "msg": message}
    result = bench.install(bench.plan(MODULE))
    assert (result["failed"], result["msg"]) == (True, message)
    assert len(bench.calls()) == 2


def test_what_was_rolled_back_is_not_tried_again(bench: Bench) -> None:
    bench.answer = {"failed": True, "rolled_back": True, "reason": "The module is slow.", "msg": "It went back."}
    result = bench.install(bench.plan(MODULE))
    assert (result["failed"], result["rolled_back"], result["reason"]) == (True, True, "The module is slow.")
    assert len(bench.calls()) == 1


def test_a_board_gets_its_files_from_a_url(bench: Bench) -> None:
    url = "http://builder:8000/0123456789abcdef"
    assert bench.install(bench.plan(LIBRARY, MODULE), source="url", url=url)["changed"]
    (call,) = bench.calls()
    assert call["wheel"]["url"] == f"{url}/{KEY}/{WHEEL}"
    assert call["package"]["url"] == f"{url}/{KEY}/{DEB.replace('+', '%2B')}"
    assert "path" not in call["wheel"]
    assert not bench.staged.exists()


@pytest.mark.parametrize("url", ["", "ftp://mirror", "/srv/mirror"])
def test_an_address_that_is_none_is_refused(bench: Bench, url: str) -> None:
    assert "set jetfleet_artefact_url to one that begins with http://" in bench.refusal(
        bench.plan(MODULE), source="url", url=url
    )


@pytest.mark.parametrize(
    ("actions", "options", "changed"),
    [
        ([LIBRARY, MODULE], ["--check"], True),
        ([{"action": "finish_transaction", "reason": "x"}], ["--check"], True),
        ([], ["--check"], False),
        ([], [], False),
        ([{"action": "install_packages", "reason": "x", "packages": ["python3-six"]}], [], False),
    ],
)
def test_no_connection_is_made_without_need(
    bench: Bench, actions: list[dict[str, Any]], options: list[str], changed: bool
) -> None:
    played = bench.play("board.invalid", bench.plan(*actions), *options)
    result = played.result("Install", "board.invalid")
    assert played.exit_status == 0, played.output
    assert (result["changed"], result["rolled_back"]) == (changed, False)


def test_check_mode_predicts_what_is_still_to_be_built(bench: Bench) -> None:
    bench.store = bench.folder / "none"
    plan = bench.plan(LIBRARY, MODULE, wheel=None, artefact=None)
    assert bench.play("board.invalid", plan, "--check").result("Install", "board.invalid")["changed"]
    assert f"The artefact store {bench.store} holds no readable manifest for {KEY}" in bench.refusal(plan)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


DAMAGES: tuple[Callable[[Path], None], ...] = (flip, truncate, Path.unlink)


class Damaged(NamedTuple):
    """A damaged file of a store, and the sum that it had before."""

    stored: Path
    expected: str


def host_of(name: str, damage: Callable[[Path], None]) -> str:
    return f"{damage.__name__}{Path(name).suffix}.invalid"


@pytest.fixture(scope="module", params=[[], ["--check"]], ids=str)
def damaged(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Played, dict[str, Damaged]]:
    """Install in one play from a store for every damage, each to a host of its own that does not exist."""
    bench = make_bench(tmp_path_factory.mktemp("damaged"))
    files, boards = {}, {}
    for name, damage in itertools.product((DEB, WHEEL), DAMAGES):
        host = host_of(name, damage)
        damaged_store = bench.folder / host / "store"
        damaged_store.parent.mkdir()
        fill(damaged_store, KEY, "ours")
        stored = damaged_store / KEY / name
        files[host] = Damaged(stored, sha256(stored))
        boards[host] = {"ansible_connection": "ssh", "damaged_store": str(damaged_store)}
        damage(stored)
    plan, store = bench.plan(LIBRARY, MODULE), "{{ damaged_store }}"
    return bench.play("boards", plan, *request.param, boards=boards, store=store), files


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", [DEB, WHEEL])
def test_a_damaged_file_is_refused(
    damaged: tuple[Played, dict[str, Damaged]], name: str, damage: Callable[[Path], None]
) -> None:
    played, files = damaged
    host = host_of(name, damage)
    stored, expected = files[host]
    message = refusal_in(played, host)
    found = sha256(stored) if stored.exists() else "of no file"
    assert f"{stored} has the SHA-256 {found} instead of {expected}: delete {stored.parent} and run" in message


def test_the_files_of_another_key_are_refused_and_both_are_named(bench: Bench) -> None:
    plan = bench.plan(MODULE)
    (bench.store / KEY).rename(bench.folder / "away")
    fill(bench.store, OTHER, "theirs")
    (bench.store / OTHER).rename(bench.store / KEY)
    assert f"was made for {OTHER} and not for {KEY}: delete that folder" in bench.refusal(plan)


def test_the_wheel_of_another_key_is_refused(bench: Bench) -> None:
    fill(bench.store, OTHER, "theirs")
    plan = bench.plan(MODULE)
    (bench.store / OTHER / WHEEL).rename(bench.store / KEY / WHEEL)
    assert f"{bench.store / KEY / WHEEL} has the SHA-256" in bench.refusal(plan)


def test_two_wheels_are_one_too_many(bench: Bench) -> None:
    manifest = json.loads((bench.store / KEY / "manifest.json").read_text())
    manifest["files"]["other.whl"] = manifest["files"][WHEEL]
    (bench.store / KEY / "manifest.json").write_text(json.dumps(manifest))
    assert "has 2 .whl files instead of one" in bench.refusal(bench.plan(MODULE))


def test_a_wheel_that_is_not_pypis_is_refused(bench: Bench) -> None:
    pinned = {"name": WHEEL, "sha256": "0" * 64}
    message = bench.refusal(bench.plan(MODULE, wheel_provider="pypi", wheel=pinned))
    assert f"has the SHA-256 {sha256(bench.store / KEY / WHEEL)} and PyPI's wheel has {'0' * 64}" in message


def test_signatures_are_asked_for(bench: Bench) -> None:
    key = ssh_key(bench.folder)
    allowed, manifest = allowed_signers(key), bench.store / KEY / "manifest.json"
    plan = bench.plan(LIBRARY, MODULE)
    asked: dict[str, Any] = {"allowed_signers": str(allowed)}
    assert f"The artefact {KEY} is not signed and jetfleet_allowed_signers asks" in bench.refusal(plan, **asked)
    ssh_sign(manifest, ssh_key(bench.folder, "stranger"))
    assert "is signed by none of the keys" in bench.refusal(plan, **asked)
    ssh_sign(manifest, key)
    assert bench.install(plan, **asked)["changed"]
    assert "is not signed" in bench.refusal(plan, **asked, signature="gpg")
    # Everything fits but the signature: the files and their sums were exchanged together.
    (bench.store / KEY).rename(bench.store / "signed")
    fill(bench.store, KEY, "theirs")
    (bench.store / "signed" / "manifest.json.sig").rename(bench.store / KEY / "manifest.json.sig")
    assert "is not the one that was signed" in bench.refusal(bench.plan(LIBRARY, MODULE), **asked)


def test_a_refused_board_and_half_a_plan_are_left_alone(bench: Bench) -> None:
    plan = bench.plan(MODULE, refusals=["The architecture armhf is not supported: use another board."])
    assert bench.refusal(plan) == "The architecture armhf is not supported: use another board."
    del plan["actions"], plan["expected"]
    assert bench.refusal(plan) == (
        "The plan lacks actions, expected: give the result of jetfleet.protobuf.protobuf_plan."
    )


def test_a_home_that_cannot_be_written_is_one_sentence(bench: Bench) -> None:
    (bench.home / ".cache").touch()
    result = bench.install(bench.plan(MODULE))
    assert (result["failed"], result["rolled_back"]) == (True, False)
    assert result["msg"].startswith("The folder ~/.cache/jetfleet of the SSH user cannot be made on the board (")
    assert bench.calls() == []


def test_a_file_that_cannot_be_sent_is_one_sentence(bench: Bench) -> None:
    (bench.staged / sha256(bench.store / KEY / WHEEL) / WHEEL).mkdir(parents=True)
    result = bench.install(bench.plan(MODULE), download_retries=0)
    assert (result["failed"], result["rolled_back"]) == (True, False)
    assert result["msg"].startswith(f"{WHEEL} cannot be sent to {bench.staged}")
    assert len(result["msg"].splitlines()) == 1
    assert bench.calls() == []


def test_ssh_connects_again_before_a_board_is_called_unreachable(bench: Bench) -> None:
    played = bench.play("board.invalid", bench.plan(MODULE), "-vv")
    assert played.result("Install", "board.invalid")["unreachable"]
    assert played.output.count("ssh_retry: attempt:") == 3


@pytest.mark.parametrize(("action", "units"), [("install_module", ["a.service"]), ("write_constraint", [])])
def test_check_mode_names_the_units_that_would_be_restarted(bench: Bench, action: str, units: list[str]) -> None:
    plan = bench.plan({"action": action, "reason": "x", "version": "3.6.0"})
    result = bench.install(plan, "--check", restart_units=["a.service"])
    assert (result["changed"], result["restart_units"]) == (True, units)
    assert bench.calls() == []


@pytest.mark.parametrize("changed", [True, False])
def test_check_mode_of_a_removal_names_the_units(bench: Bench, changed: bool) -> None:
    bench.answer = {"changed": changed, "rolled_back": False, "reason": None, "restart_needed": []}
    result = bench.install(None, "--check", state="absent", restart_units=["a.service"])
    assert result.get("restart_units", []) == (["a.service"] if changed else [])
