# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard in pip's configuration leaves every other byte as it is."""

from __future__ import annotations

import configparser
import os
from pathlib import Path

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation import pip_constraint
from ansible_collections.jetfleet.protobuf.plugins.module_utils._installation.layout import Layout
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.errors import Refusal
from hypothesis import given
from hypothesis import strategies as st

OURS = "/var/lib/jetfleet/constraints.txt"
HEAD = "# Added by jetfleet.protobuf.\n[install]\n"
LINE = f"constraint = {OURS}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"{HEAD}{LINE}"),
        ("[global]\nindex-url = x\n", f"{HEAD}{LINE}[global]\nindex-url = x\n"),
        ("# mine\n\n[global]\n", f"{HEAD}{LINE}# mine\n\n[global]\n"),
        ("[install]\n[global]\n", f"[install]\n{LINE}[global]\n"),
        ("# mine\n[install]\nuser = no\n", f"# mine\n[install]\n{LINE}user = no\n"),
        ("[install]", f"[install]\n{LINE}".rstrip("\n")),
        ("[list]\nconstraint = of another command\n", f"{HEAD}{LINE}[list]\nconstraint = of another command\n"),
        ("[install]\r\nuser = no\r\n", f"[install]\r\n{LINE}user = no\r\n"),
    ],
)
def test_line(before: str, after: str) -> None:
    assert pip_constraint.with_line(before, OURS) == after
    assert pip_constraint.with_line(after, OURS) == after
    assert pip_constraint.without_line(after, OURS) == before
    assert pip_constraint.without_line(before, OURS) == before
    parser = configparser.RawConfigParser()
    parser.read_string(after)
    assert parser["install"]["constraint"] == OURS


@pytest.mark.parametrize(
    "text",
    [
        "[install]\nconstraint = /etc/mine.txt\n",
        "[install]\nconstraint=/etc/mine.txt\n",
        "[global]\nconstraint: /etc/mine.txt\n",
        "[install]\nconstraint =\n    /etc/mine.txt\n",
        f"[install]\nconstraint = {OURS}\n    /etc/mine.txt\n",
    ],
)
def test_another_constraint_is_refused(text: str) -> None:
    with pytest.raises(
        Refusal,
        match=r"names the constraint .*/etc/mine\.txt already: remove it, or set python_protobuf_pip_constraint to false\.",
    ):
        pip_constraint.with_line(text, OURS)
    assert pip_constraint.without_line(text, OURS) == text


BODY = st.lists(st.sampled_from(["user = no", "# note", "", "index =\n  more", "\u00e4 = \u00f6"]))


@given(st.lists(st.sampled_from(["# note", "", ";"])), st.permutations(["global", "install", "list"]), BODY, BODY)
def test_any_text_comes_back(top: list[str], sections: list[str], first: list[str], second: list[str]) -> None:
    lines = [*top, f"[{sections[0]}]", *first, f"[{sections[1]}]", *second]
    text = "\n".join(lines)
    assert pip_constraint.without_line(pip_constraint.with_line(text, OURS), OURS) == text


def test_what_was_written_into_our_section_stays() -> None:
    text = pip_constraint.with_line("", OURS) + "user = no\n"
    assert pip_constraint.without_line(text, OURS) == "[install]\nuser = no\n"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / "jetfleet").mkdir()
    return Layout(folder=str(tmp_path / "jetfleet"), pip_conf=str(tmp_path / "pip.conf"))


def test_files(layout: Layout, tmp_path: Path) -> None:
    assert pip_constraint.constraint_differs(layout, True, "3.6.0")
    assert not pip_constraint.constraint_differs(layout, False, "3.6.0")
    pip_constraint.apply_constraint(layout, True, "3.6.0")
    assert Path(layout.constraints).read_text().splitlines()[-1] == "protobuf==3.6.0"
    assert (tmp_path / "pip.conf").stat().st_mode & 0o777 == 0o644
    assert not pip_constraint.constraint_differs(layout, True, "3.6.0")
    assert pip_constraint.constraint_differs(layout, True, "3.6.1")
    assert pip_constraint.constraint_differs(layout, False, "3.6.0")
    pip_constraint.apply_constraint(layout, False, "3.6.0")
    assert os.listdir(tmp_path) == ["jetfleet"]
    assert os.listdir(layout.folder) == []


def test_file_of_the_user_keeps_bytes_mode_and_link(layout: Layout, tmp_path: Path) -> None:
    content = b"[global]\r\nproxy = \xff\xfe\n"
    (tmp_path / "real.conf").write_bytes(content)
    (tmp_path / "real.conf").chmod(0o600)
    Path(layout.pip_conf).symlink_to("real.conf")
    pip_constraint.apply_constraint(layout, True, "3.6.0")
    assert (tmp_path / "real.conf").read_bytes().endswith(content)
    assert (tmp_path / "real.conf").stat().st_mode & 0o777 == 0o600
    pip_constraint.apply_constraint(layout, False, None)
    assert (tmp_path / "real.conf").read_bytes() == content
    assert Path(layout.pip_conf).is_symlink()
