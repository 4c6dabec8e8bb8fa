# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of an earlier run, which a new one is compared with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import (
    BoardReport,
    Finding,
    Report,
    RuleDescription,
)

SCHEMA_VERSION: Final = "1.1"
# Whoever reads one of them reads all with the same first number.
_READABLE = SCHEMA_VERSION.partition(".")[0] + "."
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


def read_previous(path: str) -> Report | None:
    """Return the report in the file, None where there is none; raise ValueError if it is not a drift report."""
    try:
        report: Report | None = json.loads(Path(path).read_bytes()) if path else None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(
            f"The previous report {path} cannot be read ({error.strerror}): name the JSON report of an earlier run, or none."
        ) from error
    except (ValueError, RecursionError) as error:
        raise ValueError(_refusal(path)) from error
    if path and not _is_ours(report):
        raise ValueError(_refusal(path))
    return report


def findings_of(board: BoardReport) -> list[Finding]:
    """Return the findings of a board of a report."""
    return [rule for rule in board["rules"] if rule["outcome"] == "finding"]


def first_seen(board: BoardReport) -> dict[str, str]:
    """Return since when each finding of a board of a report is known, by rule."""
    findings = {rule["rule"]: rule["first_seen"] for rule in findings_of(board)}
    return findings | {entry["rule"]: entry["first_seen"] for entry in board["known"]}


def _refusal(path: str) -> str:
    return (
        f"{path} is not a JSON report of drift with schema version {_READABLE}x: name the report of an earlier run as the "
        "previous one, or move that file away."
    )


def _is_ours(report: Any) -> bool:
    """Return whether everything is there that a new report takes over."""
    try:
        return report["schema_version"].startswith(_READABLE) and all(_checks(report))
    except (AttributeError, KeyError, TypeError):
        return False


def _is_time(text: str) -> bool:
    try:
        return bool(_TIME.fullmatch(text) and datetime.fromisoformat(text.rstrip("Z")))
    except ValueError:
        return False


def _checks(report: Any) -> Iterator[Any]:
    yield _is_time(report["generated"])
    for rule in report["rules"].values():
        yield rule.keys() == RuleDescription.__annotations__.keys()
    for board in report["boards"]:
        yield isinstance(board["host"], str) and _is_time(board["status_since"]) and board["status"]
        for rule, time in first_seen(board).items():
            yield rule in report["rules"] and _is_time(time)
