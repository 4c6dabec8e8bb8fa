# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names in any script and encoding are claimed, kept, replaced and restored, under old and new Pythons and in any locale."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.tests.support.board_code import importable, run_board_code

_WORK = """
import json, os, sys
PACKAGE = "ansible_collections.jetfleet.protobuf.plugins.module_utils."
def imported(name, *wanted):
    module = __import__(PACKAGE + name, fromlist=["x"])
    return [getattr(module, one) for one in wanted]
(Layout,) = imported("_installation.layout", "Layout")
(to_os,) = imported("_system.text", "to_os")
(own_identity,) = imported("_system.identity", "own_identity")
claimed_paths, = imported("_transaction.records", "claimed_paths")
lines_naming, take_out, put_back, text_of = imported(
    "_transaction.path_files", "lines_naming", "take_out", "put_back", "text_of")
take, extract = imported("_transaction.snapshot", "take", "extract")
files_of, = imported("_transaction.scope", "files_of")
switch, = imported("_transaction.switch", "switch")
staged_files, drop_workplaces = imported("_transaction.workplace", "staged_files", "drop_workplaces")
restore_module, = imported("_transaction.module_files", "restore_module")
root = to_os(json.loads(sys.argv[1]))
site, staged = os.path.join(root, "site"), os.path.join(root, "site", ".staged")
layout = Layout(folder=os.path.join(root, "jetfleet"))
easy, egg = os.path.join(site, "easy-install.pth"), os.path.join(site, to_os(json.loads(sys.argv[2])))
claimed = claimed_paths(site)
lines, before = lines_naming(easy, egg), text_of(easy)
take(layout.partial, layout.transaction, [["module", path] for path in sorted(claimed)], [site], own_identity(), {}, None)
take_out(easy, lines)
switch(site, staged + site, staged_files(staged), files_of(claimed), lambda: None)
left = sorted(os.listdir(os.path.join(site, "google", "protobuf")))
restore_module(layout, [(layout.transaction, claimed)], files_of([path for path in staged_files(staged)]), lambda: None)
drop_workplaces(layout)
put_back(easy, lines, before)
print(json.dumps([len(claimed), len(lines), left]))
"""
# What a list quotes, and what ends a line elsewhere.
NAMES = ["\u00e4.py", "\u00c5.py", "\u6f22\u5b57.py", 'a,"b".py', "new\nline.py", "a\u2028b.py"]
EGG = "\u00c5.egg"


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize("version", ["2.7", "3.6", "3.12"])
def test_names_of_all_kinds(tmp_path: Path, version: str, locale: str) -> None:
    root = tmp_path / "wei\u00df"
    package, info = root / "site/google/protobuf", root / "site/protobuf-1.dist-info"
    package.mkdir(parents=True)
    info.mkdir()
    (root / "jetfleet").mkdir()
    # Python 2 cannot keep a name that is no UTF-8, and fails before anything is changed.
    names = ["__init__.py", *NAMES, *([] if version == "2.7" else [os.fsdecode(b"caf\xe9.py")])]
    listed = "".join('"google/protobuf/{}",,\n'.format(name.replace('"', '""')) for name in names)
    (info / "METADATA").write_text("Name: protobuf\nVersion: 1\n")
    (info / "RECORD").write_bytes(os.fsencode(listed + "protobuf-1.dist-info/RECORD,,\n"))
    for name in names:
        (package / name).write_text(f"# {name}\n", errors="surrogateescape")
    (root / "site/easy-install.pth").write_bytes(os.fsencode(f"./caf\udce9.egg\n./{EGG}\n./\u00e4.egg\n"))
    new = root / "site/.staged" / package.relative_to("/")
    new.mkdir(parents=True)
    (new / "__init__.py").write_text("# new\n")
    (new / "neu-\u00fc.py").write_text("# new\n")

    def tree() -> dict[bytes, bytes | None]:
        paths = [path for path in (root / "site").rglob("*") if ".staged" not in path.parts]
        return {os.fsencode(path): path.read_bytes() if path.is_file() else None for path in paths}

    before = tree()
    arguments = [json.dumps(str(root)), json.dumps(EGG)]
    claimed, lines, left = json.loads(
        run_board_code(importable(tmp_path / "code"), version, locale, _WORK, *arguments).splitlines()[-1]
    )
    # Each file of the list, but for the list itself, and the folder that holds it.
    assert (claimed, lines, len(left)) == (len(names) + 2, 1, 2)
    assert tree() == before
