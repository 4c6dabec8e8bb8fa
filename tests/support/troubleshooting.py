# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the guide to troubleshooting from the symptoms and the texts: python tests/support/troubleshooting.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ansible_collections.jetfleet.protobuf.tests.support.failure_texts import SYMPTOMS, Text, texts

GUIDE = Path(__file__).parents[2] / "docs/docsite/rst/guide_troubleshooting.rst"
HEAD = """\
..
  Copyright (c) 2026, jetfleet.protobuf contributors
  GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later

..
  Written by tests/support/troubleshooting.py. Change the symptoms in plugins/plugin_utils/_results or the texts in
  tests/unit/fixtures/failures instead of this file.

.. _ansible_collections.jetfleet.protobuf.docsite.guide_troubleshooting:

Troubleshooting by symptom
==========================

When a board cannot be reached, or a module gives no result there, the report has one sentence with the cause and what to do. This page lists these sentences
with what ``ssh``, ``sudo`` and other programs said, to find both from what ``ansible-playbook -vvv`` shows, or from what the program itself shows by hand.
Addresses, names and paths are examples. A text that is in no table is quoted in the report.
"""
# Title, introduction, files and whether they are about jump hosts.
SECTIONS = (
    (
        "There is no connection to a board",
        "The board has the status ``unreachable``, or ``host_key_mismatch`` in the report of ``drift`` where its host key is to blame.",
        ("openssh", "paramiko"),
        False,
    ),
    (
        "There is no connection to or through a jump host",
        "With ``ProxyJump`` or ``ProxyCommand``, another ``ssh`` or program connects to the board. The sentence says so where that one failed, with the\n"
        "name of the jump host where ``ssh`` tells it. A host key that is wrong then is the one of the jump host.",
        ("jump_hosts",),
        True,
    ),
    (
        "A user cannot log in fully, or become another one",
        "The board has the status ``failed``, in some cases ``unreachable``.",
        ("become",),
        False,
    ),
    (
        "Python does not run, or the board is broken",
        "The board has the status ``failed``, or ``unreachable`` where Ansible cannot make its folder there.",
        ("boards",),
        False,
    ),
)
_LONGEST = 120


def guide() -> str:
    """Return the page."""
    return "".join([HEAD, *(_section(*section) for section in SECTIONS)])


def _section(title: str, introduction: str, files: Iterable[str], jump_host: bool) -> str:
    found = [text for name in files for text in texts(name) if text.jump_host == jump_host]
    rows = "".join(_rows(found))
    table = f".. list-table::\n   :header-rows: 1\n   :widths: 50 50\n\n   * - what programs say\n     - what the report says\n{rows}"
    return f"\n{title}\n{'-' * len(title)}\n\n{introduction}\n\n{table}"


def _rows(found: list[Text]) -> Iterator[str]:
    for symptom in SYMPTOMS:
        shown = [text for text in found if text.symptom == symptom.name]
        if shown:
            said = "\n       ".join(dict.fromkeys(f"| {_literal(text)}" for text in shown))
            yield f"   * - {said}\n     - {shown[0].sentence}\n"


def _literal(text: Text) -> str:
    said = text.said()
    if len(said) > _LONGEST:
        said = said[:_LONGEST].rstrip("` ") + " ..."
    return f"``{said}``" if said else "*nothing*"


if __name__ == "__main__":
    GUIDE.write_text(guide(), encoding="utf-8")
