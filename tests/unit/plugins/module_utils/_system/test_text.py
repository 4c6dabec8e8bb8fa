# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names with any letters work in any locale and under any Python, and are told the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.text import to_os, to_text
from ansible_collections.jetfleet.protobuf.tests.support.board_code import importable, run_board_code
from ansible_collections.jetfleet.protobuf.tests.support.installations import Installations
from hypothesis import given
from hypothesis import strategies as st

# Python 3.5 and 3.6 make no UTF-8 of the locale C; 3.7 does so on its own, and Python 2 has bytes.
ELSEWHERE = [("2.7", "C"), ("2.7", "C.UTF-8"), ("3.6", "C"), ("3.6", "POSIX"), ("3.7", "C")]
# An accent, a letter of two code points, letters of three and four bytes.
NAMES = ("mod\u00e8les", "u\u0308mlaut", "\u6a21\u578b \U0001f980")

# Keeps and puts back, lists, reads metadata, an egg, dpkg's lists and a child's answer: all with such a name.
WORK = """
import io, json, os, sys, zipfile
from ansible_collections.jetfleet.protobuf.plugins.module_utils._build import job_folder
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation import layout, permissions
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python import distributions, eggs, interpreter
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import dpkg, files, identity, process as processes, text as text_values
from ansible_collections.jetfleet.protobuf.plugins.module_utils._transaction import records, snapshot

def write(path, content):
    with open(path, "wb") as stream:
        stream.write(content)


def work(name, place):
    def relative(path):
        return os.path.relpath(path, place)

    site = os.path.join(place, "site-packages")
    google = os.path.join(site, "google", "protobuf")
    metadata = os.path.join(site, "protobuf-3.6.0.dist-info")
    admin = os.path.join(place, "dpkg", "info")
    for folder in (google, metadata, admin):
        os.makedirs(folder)

    encoded = name if str is bytes else os.fsencode(name)
    source = os.path.join(google, name + ".py")
    write(source, b"x = 1\\n")
    os.symlink(name + ".py", os.path.join(google, "link"))
    write(os.path.join(metadata, "METADATA"), b"Name: protobuf\\nVersion: 3.6.0\\nSummary: " + encoded + b"\\n")
    write(os.path.join(metadata, "RECORD"),
          b"google/protobuf/" + encoded + b".py,sha256=no,6\\ngoogle/protobuf/gone-" + encoded + b".py,,\\nprotobuf-3.6.0.dist-info/RECORD,,\\n")
    told = {}

    (found,) = distributions.distributions([site])
    told["damaged"] = [[relative(path) for path in paths] for paths in distributions.damaged_files(found)]
    os.chmod(source, 0o666)
    record = os.path.join(metadata, "RECORD")
    told["modes"] = [relative(entry["path"]) for entry in permissions.wrong_modes(permissions.module_part(record))]
    permissions.set_right(permissions.module_part(record))
    told["mode"] = os.stat(source).st_mode & 0o777

    egg = os.path.join(place, "protobuf-3.6.0.egg")
    with zipfile.ZipFile(egg, "w") as archive:
        archive.writestr(b"EGG-INFO/".decode("utf-8") + encoded.decode("utf-8"), b"inside " + encoded)
    told["egg"] = eggs.list_directory(os.path.join(egg, "EGG-INFO"))
    told["inside"] = eggs.read_text(os.path.join(egg, "EGG-INFO", name))

    os.environ["DPKG_ADMINDIR"] = os.path.dirname(admin)
    listed = source if str is bytes else os.fsencode(source)
    write(os.path.join(admin, "some.list"), listed + b"\\n")
    paths = dpkg.listed_files("some", "all") + [processes.run_process(["printf", "%s", source], 10, dict(os.environ))["stdout"]]
    told["paths"] = [[relative(path), os.lstat(path).st_size] for path in paths]

    job = job_folder.JobFolder(os.path.join(place, "job"))
    job.make()
    steps = [dict(name=name, argv=["true", name], chdir=name, creates=name)]
    job.write(dict(digest=job_folder.digest_steps(steps), name=name))
    told["job"] = job.read()
    told["marked"] = job._marked()

    kept = os.path.join(place, "kept")
    paths = records.claimed_paths(site)
    scope = [["module", path] for path in sorted(paths)]
    snapshot.take(kept + ".partial", kept, scope, [site], identity.own_identity(), {}, dict(name=name))
    told["before"] = sorted(relative(path) for path in snapshot.scan(paths))
    os.unlink(source)
    told["after"] = sorted(relative(path) for path in snapshot.scan(paths))
    snapshot.restore(kept, paths)
    told["again"] = sorted(relative(path) for path in snapshot.scan(paths))
    told["link"] = os.readlink(os.path.join(google, "link"))
    told["intent"] = files.read_json(os.path.join(kept, "intent.json"))
    os.environ["PYTHONPATH"] = os.pathsep.join([site, os.environ["PYTHONPATH"]])
    answer = interpreter.ask(sys.executable, 60, interpreter=True, probe=True)
    (shown,) = [path for path in answer["result"]["interpreter"]["sys_path"] if path.startswith(place)]
    told["path"] = [relative(shown), os.path.isdir(shown)]
    return told


base, names = text_values.to_os(json.loads(sys.argv[1]))
told = dict((name, work(name, os.path.join(base, name))) for name in names)
print(json.dumps(text_values.to_text(told), sort_keys=True))
"""


@given(st.text())
def test_text_that_was_taken_apart_is_the_same_again(text: str) -> None:
    assert to_text(to_os([{text: text}])) == [{text: text}]


def test_bytes_that_are_no_text_become_a_mark() -> None:
    kept = b"/opt/\xff".decode("utf-8", "surrogateescape")
    assert to_os(kept) == kept
    assert to_text(kept) == "/opt/\ufffd"


def test_names_with_any_letters_are_handled_and_told_alike_everywhere(tmp_path: Path) -> None:
    root = importable(tmp_path)

    def told(version: str, locale: str) -> dict[str, dict[str, Any]]:
        arguments = json.dumps([str(tmp_path / f"{version}-{locale}"), NAMES])
        found: dict[str, dict[str, Any]] = json.loads(run_board_code(root, version, locale, WORK, arguments))
        return found

    expected = told("3.6", "C.UTF-8")
    assert set(expected) == set(NAMES)
    for name, one in expected.items():
        assert one["before"] == one["again"] != one["after"]
        assert f"site-packages/google/protobuf/{name}.py" in one["before"]
        assert one["path"] == ["site-packages", True]
    for version, locale in ELSEWHERE:
        assert told(version, locale) == expected, (version, locale)


MAPPED = """
import json, mmap, sys
from ansible_collections.jetfleet.protobuf.plugins.module_utils._scripts import import_protobuf
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import text as text_values

with open(text_values.to_os(json.loads(sys.argv[1])), "rb") as stream:
    mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
print(json.dumps(import_protobuf.mapped()))
"""


@pytest.mark.parametrize(("version", "locale"), [("2.7", "C"), ("3.6", "C"), ("3.6", "C.UTF-8")])
def test_a_mapped_library_is_seen_below_such_a_name(tmp_path: Path, version: str, locale: str) -> None:
    library = tmp_path / "m\u00fcller" / "libprotobuf.so.16"
    library.parent.mkdir()
    library.write_bytes(b"mapped")
    root = importable(tmp_path)
    assert json.loads(run_board_code(root, version, locale, MAPPED, json.dumps(str(library)))) == [str(library)]


ASK = """
import json, sys
from ansible_collections.jetfleet.protobuf.plugins.module_utils._facts import protobuf_module
from ansible_collections.jetfleet.protobuf.plugins.module_utils._python import interpreter
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system import dpkg, loader, text as text_values

answer = interpreter.ask(sys.executable, 60, interpreter=True, probe=True)
facts = protobuf_module.module_facts(sys.executable, 60, answer, loader.Loader(), dpkg.owners, 128)
print(json.dumps(text_values.to_text([facts["status"], facts["backend"], facts["file"], facts["extensions"][0]["path"]])))
"""


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_a_c_extension_below_such_a_name_is_imported_and_seen(
    installations: Installations, tmp_path: Path, locale: str
) -> None:
    python = installations.virtualenv("3.6", "protobuf==3.6.1", "six==1.16.0")
    site = tmp_path / "m\u00fcller"
    shutil.copytree(installations.site_packages(python), site)
    root = importable(tmp_path)
    status, backend, file, extension = json.loads(run_board_code(root, "3.6", locale, ASK, path=site))
    assert (status, backend, file) == ("ok", "cpp", f"{site}/google/protobuf/__init__.py")
    assert extension.startswith(f"{site}/google/protobuf/pyext/")
