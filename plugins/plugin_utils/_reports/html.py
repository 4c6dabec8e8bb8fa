# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A drift report as one HTML file that needs no network."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports import words
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.page import page
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._text.format import (
    duration_words,
    printable,
    three_digits,
)
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._types.report import SEVERITIES, Report
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from jinja2.exceptions import TemplateSyntaxError
from markupsafe import Markup


def html(report: Report, template: Path) -> bytes:
    """Return the page; raise ValueError where the template cannot be used."""
    environment = Environment(
        # Everything in a report may come from a board that is not to be trusted.
        autoescape=True,
        finalize=_harmless,
        loader=FileSystemLoader(template.parent),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {
        "age": words.age_words,
        "csp_hash": csp_hash,
        "digits": three_digits,
        "duration": duration_words,
        "expected": words.expected_words,
        "gravity": SEVERITIES.index,
        "status": words.status_words,
        "title": words.title_words,
        "value": words.value_words,
    }
    try:
        text = environment.get_template(template.name).render(page(report))
    except (TemplateError, OSError) as error:
        where = f", line {error.lineno}" if isinstance(error, TemplateSyntaxError) else ""
        raise ValueError(
            f"The template {template}{where} cannot be used ({type(error).__name__}: {error}): repair it, or use the one "
            "that the role drift comes with."
        ) from error
    # What Python could not decode cannot be encoded either.
    return text.encode("utf-8", "replace")


def _harmless(value: Any) -> Any:
    """Return what a page shows of a value; what a filter has escaped and joined is text of boards, too."""
    if not isinstance(value, str) or value.isprintable():
        return value
    text = "\n".join(map(printable, value.split("\n")))
    return Markup(text) if isinstance(value, Markup) else text  # noqa: S704 - as safe as before


def csp_hash(text: str) -> str:
    """Return the hash that allows an inline script or style sheet in a Content-Security-Policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
