# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody who may write to the artefact store changes it while it is read."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.manifest import StoredArtefact
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._artefacts.transfer import Artefact, verified_artefacts
from ansible_collections.jetfleet.protobuf.tests.support.flipping import flipping
from ansible_collections.jetfleet.protobuf.tests.support.fuzzing import fuzz
from ansible_collections.jetfleet.protobuf.tests.support.keys import (
    allowed_signers,
    gpg_home,
    gpg_key,
    gpg_sign,
    run,
    ssh_key,
    ssh_sign,
)
from hypothesis import example, given
from hypothesis import strategies as st

KEY = "protobuf-3.6.0_arm64_debian-11_glibc-2.31_cpython-39-aarch64-linux-gnu_1a2b3c4d"
PLAN: Any = {
    "abi_key": KEY,
    "wheel": None,
    "wheel_provider": "build",
    "actions": [{"action": "install_module", "reason": "x", "version": "3.6.0"}],
}


def manifest(folder: Path, name: str) -> bytes:
    content = (folder / name).read_bytes()
    entry = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    return json.dumps({"abi_key": KEY, "files": {name: entry}}).encode()


@pytest.mark.parametrize("method", ["ssh", "gpg"])
def test_a_manifest_that_nobody_signed_never_gets_past_the_signature(tmp_path: Path, method: str) -> None:
    folder = tmp_path / "store" / KEY
    folder.mkdir(parents=True)
    for name in ("signed.whl", "unsigned.whl"):
        (folder / name).write_text(name)
    path, contents = folder / "manifest.json", [manifest(folder, f"{name}signed.whl") for name in ("", "un")]
    path.write_bytes(contents[0])
    if method == "ssh":
        key = ssh_key(tmp_path)
        ssh_sign(path, key)
        allowed = allowed_signers(key)
    else:
        allowed = tmp_path / "keys"
        with gpg_home() as home:
            gpg_sign(home, path, gpg_key(home, "release@example.com"))
            allowed.write_bytes(run("gpg", "--batch", "--export", home=home))
    accepted = []
    with flipping(path, contents):
        for _attempt in range(60):
            with contextlib.suppress(ValueError):
                accepted += verified_artefacts(PLAN, str(tmp_path / "store"), method, str(allowed))
    assert {artefact.name for artefact in accepted} == {"signed.whl"}


WHEEL, CONTENT = "protobuf-3.6.0-cp39-cp39-linux_aarch64.whl", b"wheel"
ENTRY = {"sha256": hashlib.sha256(CONTENT).hexdigest(), "bytes": len(CONTENT)}
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from([KEY, WHEEL, "../x.whl", "/etc/passwd", ".", "\x1b[2J", "a\nb", ENTRY["sha256"], len(CONTENT)]),
)
ANYTHING = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from([WHEEL, "other.whl", "x.deb", "../x.whl", "manifest.json", "", "a\n.whl"]) | st.text(
    max_size=10
)
ENTRIES = st.just(ENTRY) | st.fixed_dictionaries({"sha256": VALUES, "bytes": VALUES}) | ANYTHING
MANIFESTS = st.fixed_dictionaries(
    {"abi_key": st.just(KEY) | ANYTHING, "files": st.dictionaries(NAMES, ENTRIES, max_size=3) | ANYTHING},
    optional={"extensions": ANYTHING, "builder": ANYTHING, "inputs": ANYTHING, "log": ANYTHING},
)
RIGHT = json.dumps({"abi_key": KEY, "files": {WHEEL: ENTRY}}).encode()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Return the bytes of a right manifest with some of them changed."""
    content = bytearray(RIGHT)
    for position in draw(st.lists(st.integers(0, len(RIGHT) - 1), max_size=3)):
        content[position] = draw(st.integers(0, 255))
    return bytes(content[: draw(st.integers(0, len(RIGHT)) | st.just(len(RIGHT)))])


def judged(store: Path, method: str = "ssh", allowed: str = "") -> list[Artefact]:
    """Return what is accepted; a refusal is one line that says what to do, and nothing else is raised."""
    try:
        accepted = verified_artefacts(PLAN, str(store), method, allowed)
    except ValueError as refusal:
        sentence = str(refusal)
        assert sentence.isprintable() and len(sentence) < 1500
        assert ": " in sentence and sentence.endswith(".")
        return []
    for artefact in accepted:
        content = Path(artefact.local).read_bytes()
        assert Path(artefact.local).parent == store / KEY
        assert (artefact.sha256, artefact.size) == (hashlib.sha256(content).hexdigest(), len(content))
    return accepted


@pytest.mark.fuzz
@fuzz(300)
@given(
    content=st.builds(lambda value: json.dumps(value).encode(), MANIFESTS | ANYTHING)
    | damaged()
    | st.binary(max_size=50)
)
@example(content=RIGHT)
@example(content=RIGHT.replace(KEY.encode(), b"\\u001b[2J\\n"))
def test_whatever_a_manifest_says_only_what_is_there_is_accepted(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "store" / KEY
    folder.mkdir(parents=True, exist_ok=True)
    for name in (WHEEL, "other.whl", "x.deb"):
        (folder / name).write_bytes(CONTENT if name == WHEEL else b"")
    (folder / "manifest.json").write_bytes(content)
    judged(tmp_path / "store")
    stored = StoredArtefact(str(tmp_path / "store"), KEY)
    complete, fault = stored.complete(), stored.fault()
    assert fault is None or fault.isprintable()
    if complete:
        assert all((folder / name).stat().st_size == entry["bytes"] for name, entry in complete["files"].items())
        assert all(isinstance(value, str) for value in complete.get("extensions", {}).values())


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[bytes, Path]]]:
    """Make a signature of the right manifest and a file of who may sign, for each method."""
    folder = tmp_path_factory.mktemp("signed")
    path, key = folder / "manifest.json", ssh_key(folder)
    path.write_bytes(RIGHT)
    ssh_sign(path, key)
    with gpg_home() as home:
        gpg_sign(home, path, gpg_key(home, "release@example.com"))
        (folder / "keys").write_bytes(run("gpg", "--batch", "--export", home=home))
    yield {
        "ssh": ((folder / "manifest.json.sig").read_bytes(), allowed_signers(key)),
        "gpg": ((folder / "manifest.json.asc").read_bytes(), folder / "keys"),
    }


@pytest.mark.fuzz
@fuzz(30)
@given(data=st.data(), method=st.sampled_from(["ssh", "gpg"]))
def test_whatever_a_signature_is_only_what_was_signed_is_accepted(
    tmp_path: Path, signed: dict[str, tuple[bytes, Path]], data: st.DataObject, method: str
) -> None:
    folder = tmp_path / "store" / KEY
    folder.mkdir(parents=True, exist_ok=True)
    (folder / WHEEL).write_bytes(CONTENT)
    right, allowed = signed[method]
    signature = bytearray(right)
    for position in data.draw(st.lists(st.integers(0, len(right) - 1), max_size=2)):
        signature[position] = data.draw(st.integers(0, 255))
    content = data.draw(st.sampled_from([RIGHT, RIGHT + b" "]) | damaged())
    (folder / "manifest.json").write_bytes(content)
    (folder / f"manifest.json.{'sig' if method == 'ssh' else 'asc'}").write_bytes(
        data.draw(st.sampled_from([bytes(signature), right, right + right]) | st.binary(max_size=300))
    )
    if judged(tmp_path / "store", method, str(allowed)):
        assert content == RIGHT
