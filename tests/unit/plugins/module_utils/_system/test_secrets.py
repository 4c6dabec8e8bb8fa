# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret of a command line is shown, and what tells programs apart is."""

from __future__ import annotations

import pytest
from ansible_collections.jetfleet.protobuf.plugins.module_utils._system.secrets import shown_command
from hypothesis import given
from hypothesis import strategies as st

SECRET = "hunter2-x9"


@pytest.mark.parametrize(
    "arguments",
    [
        [f"--password={SECRET}"],
        ["--password", SECRET],
        ["--api-token", SECRET],
        ["-token", SECRET],
        [f"--auth.token={SECRET}"],
        [f"MQTT_PASSWORD={SECRET}"],
        [f"AWS_SECRET_ACCESS_KEY={SECRET}"],
        [f"--apikey={SECRET}"],
        ["--key", SECRET],
        [f"mqtt://camera:{SECRET}@broker.example.com/detections"],
        [f"https://example.com/upload?id=1&token={SECRET}&x=2"],
        ["sh", "-c", f"PGPASSWORD={SECRET} python3 app.py"],
        ["sh", "-c", f"app --token {SECRET} --verbose"],
        ["sh", "-c", f"app --password='{SECRET} {SECRET}' --verbose"],
        ["curl", "-H", f"Authorization: Bearer {SECRET}"],
        [f'{{"token": "{SECRET}", "id": 1}}'],
        [f"--cookie=session:{SECRET}"],
    ],
)
def test_secrets_are_cut(arguments: list[str]) -> None:
    shown = shown_command(["python3", "app.py", *arguments])
    assert SECRET not in shown
    assert shown.startswith("python3 app.py ") and "***" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ["python3", "/opt/detector/main.py", "--model=/opt/model.pb", "--port", "8080", "--keyboard", "us"],
        ["python3", "-m", "tokenizer", "--monkey=1", "keynote.pdf", "--passes=3"],
        ["detector", "--input=rtsp://camera.example.com/stream", "--rate=30"],
    ],
)
def test_other_arguments_are_shown(arguments: list[str]) -> None:
    assert shown_command(arguments) == " ".join(arguments)


def test_a_command_is_one_short_line() -> None:
    assert shown_command(["python3", "-c", "import a\nimport b\x1b[31m"]) == "python3 -c import a import b [31m"
    assert len(shown_command(["python3", "-c", "x" * 10000])) == 200


@given(st.lists(st.text()))
def test_any_arguments_can_be_shown(arguments: list[str]) -> None:
    shown = shown_command(arguments)
    assert len(shown) <= 200 and not any(character < " " for character in shown)
