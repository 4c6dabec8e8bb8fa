# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin drift_report: what the rules say about the fleet, on the terminal and as JSON, JUnit and HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.action_module import CheckedAction, plain
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.atomic_file import write_whole
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._ansible.collection_version import collection_version
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports import drift_table as table
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.drift_report import assemble
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.host_status import Look, looked_at, skipped
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.html import html
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.junit import HAS_JUNITPARSER, junit
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.previous_report import read_previous
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.terminal import HAS_TABULATE, table_text
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.registered import ASSESSMENT, registered
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._rules.rules import RULE_VARIABLES, merge, read_rules
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import Report

# In the order in which a reader is pointed to one of them.
FILES = {"html": "drift.html", "json": "drift.json", "junit": "drift.xml"}
ARGUMENT_SPEC = {
    "hosts": {"type": "list", "elements": "str", "required": True},
    "boards": {"type": "list", "elements": "str", "required": True},
    "looked_at": {"type": "list", "elements": "str", "required": True},
    "rules": {"type": "path", "required": True},
    "folder": {"type": "path", "required": True},
    "previous": {"type": "path", "default": ""},
    "template": {"type": "path", "required": True},
    "formats": {"type": "list", "elements": "str", "choices": ["json", "junit", "html"], "default": list(FILES)},
}


class ActionModule(CheckedAction):
    """Gather what was registered on the boards, and report it; connect to nothing."""

    _requires_connection = False
    _argument_spec = ARGUMENT_SPEC
    _packages = {"tabulate": HAS_TABULATE, "junitparser": HAS_JUNITPARSER}

    def make_result(self, arguments: Any, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Return summary, statuses, reasons, files, compliant and sentence."""
        # Everything is made before the first file is written, so that what is refused changes nothing.
        report = _report(arguments, task_vars["hostvars"])
        contents = {name: _content(name, report, arguments["template"]) for name in arguments["formats"]}
        files = {name: str(Path(arguments["folder"]).absolute() / FILES[name]) for name in FILES if name in contents}
        for name, path in files.items():
            _write(Path(path), contents[name])
        sentence = table.sentence(report, next(iter(files.values()), ""))
        self._display.display(table_text(table.HEADERS, table.cells(report), [*table.lines(report), sentence]))
        return {
            "changed": False,
            "summary": report["summary"],
            "statuses": {board["host"]: board["status"] for board in report["boards"]},
            "reasons": table.reasons(report),
            "files": files,
            "compliant": table.is_compliant(report),
            "sentence": sentence,
        }


def _report(arguments: Mapping[str, Any], hostvars: Any) -> Report:
    previous = read_previous(arguments["previous"])
    boards, seen = set(arguments["boards"]), set(arguments["looked_at"])
    looks: list[Look] = []
    layers = [read_rules(arguments["rules"])]
    known: set[str] = set()
    for host in dict.fromkeys(arguments["hosts"]):
        if host not in boards or host not in seen:
            looks.append(skipped(host, boards))
            continue
        # As it was registered: templating a thousand results takes minutes, and there is no template in them.
        variables = hostvars.raw_get(host)
        looks.append(looked_at(host, plain(registered(variables, ASSESSMENT))))
        layers += _own_rules(hostvars, host, variables, known)
    generated = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return assemble(looks, merge(layers), previous, generated, collection_version())


def _own_rules(hostvars: Any, host: str, variables: Mapping[str, Any], known: set[str]) -> list[Any]:
    """Return the rules that a host brings along and no host before it did; known is what those have as text."""
    new = []
    for name in RULE_VARIABLES:
        text = json.dumps(variables.get(name) or {}, default=str)
        if text != "{}" and text not in known:
            known.add(text)
            new.append(plain(hostvars[host][name]))
    return new


def _content(name: str, report: Report, template: str) -> bytes:
    if name == "json":
        return (json.dumps(report, indent=1) + "\n").encode()
    return junit(report) if name == "junit" else html(report, Path(template))


def _write(path: Path, content: bytes) -> None:
    try:
        write_whole(path, content)
    except OSError as error:
        raise ValueError(
            f"The report {path} cannot be written ({error.strerror}): set jetfleet_drift_report_directory to a directory that can be "
            "written to."
        ) from error
