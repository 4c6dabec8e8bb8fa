# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page: complete, escaped, closed against any network, and every link leads somewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.drift_report import assemble
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.host_status import Look, looked_at
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.html import csp_hash, html
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import graph, missing_graph, prediction
from ansible_collections.jetfleet.protobuf.tests.support.drift_reports import (
    DEFINITIONS,
    NOW,
    exempted,
    facts,
    finding,
    fleet_report,
    met,
    models,
    of_graph,
    survey,
)

TEMPLATE = Path(__file__).parents[5] / "roles/drift/templates/drift.html.j2"
VOID = {"input", "link", "meta"}


class Page(HTMLParser):
    """The elements of a page, and the text of each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.texts.setdefault(tag, [])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]].append(data)

    def values(self, name: str) -> list[str]:
        return [str(attributes[name]) for _tag, attributes in self.elements if name in attributes]


def rendered(report: Any) -> tuple[str, Page]:
    text = html(report, TEMPLATE).decode()
    return text, Page(text)


def of_looks(*looks: Look) -> tuple[str, Page]:
    return rendered(assemble(looks, DEFINITIONS, None, NOW, "0.1.0"))


@pytest.mark.parametrize("size", [1, 12, 60, 400])
def test_every_link_leads_somewhere_and_every_id_is_one(size: int) -> None:
    _text, page = rendered(fleet_report(size))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {link for link in page.values("href") if link.removeprefix("#") not in ids} == set()
    assert {name for names in page.values("aria-labelledby") for name in names.split()} <= set(ids)


@pytest.mark.parametrize("size", [12, 400])
def test_every_host_and_finding_is_there(size: int) -> None:
    report = fleet_report(size)
    text, page = rendered(report)
    assert [board["host"] for board in report["boards"] if f">{board['host']}<" not in text] == []
    links = page.values("href")
    findings = [rule for board in report["boards"] for rule in board["rules"] if rule["outcome"] == "finding"]
    # One in the table of boards each, and one for each rule in that of rules.
    assert sum(link.startswith("#remedy-") for link in links) == len(findings) + len(
        {rule["rule"] for rule in findings}
    )


@pytest.mark.parametrize(
    ("jetpack", "label"), [("4.6.1", "JetPack 4.6.1 · Python"), ("L4T 36.9.1", "L4T 36.9.1 · Python"), (None, "Python")]
)
def test_the_label_of_a_board_is_its_jetpack_or_its_l4t(jetpack: str | None, label: str) -> None:
    text, _page = of_looks(looked_at("b", survey(board=facts(jetpack=jetpack, distribution=None))))
    assert f'<span class="quiet facts">{label}' in text


def test_models_are_drawn_where_a_board_has_any() -> None:
    text, page = of_looks(looked_at("b", survey(board=facts(graphs=models("python")))), looked_at("c", survey()))
    (section,) = re.findall(r'<section id="models".*?</section>', text, re.DOTALL)
    assert "#models" in page.values("href")
    assert section.index("yolov3.pb") < section.index("ssd_mobilenet.pb")
    assert re.findall(r'class="label">(.*?)<', section) == ["python, in use", "cpp", "python, repacked"] * 2
    numbers = ["660 s", "≈ 5.1 s", "400 ms", "96 s", "≈ 900 ms", "60 ms"]
    assert re.findall(r'class="number">(.*?)<', section) == numbers
    assert section.count("over its budget of 30 s") == 2
    assert "62,000,000 packed values, 248 MB" in section


@pytest.mark.parametrize("graphs", [None, []])
def test_no_models_are_drawn_where_no_board_has_any(graphs: list[Any] | None) -> None:
    text, page = of_looks(looked_at("b", survey(board=facts(graphs=graphs))))
    assert 'id="models"' not in text
    assert "#models" not in page.values("href")


def test_a_model_that_nothing_is_predicted_for_is_said_why() -> None:
    entry = of_graph(missing_graph("/opt/x.pb"), None)
    text, _page = of_looks(looked_at("b", survey(board=facts(graphs=[entry]))))
    (section,) = re.findall(r'<section id="models".*?</section>', text, re.DOTALL)
    assert "<p>/opt/x.pb does not exist on this host: copy the graph there first.</p>" in section
    assert 'class="bars"' not in section
    assert 'class="axis"' not in section


def test_findings_lead_to_their_remedy() -> None:
    text, page = of_looks(looked_at("b", survey(finding("library-cached"))))
    assert "#remedy-library-cached" in page.values("href")
    (article,) = re.findall(r"<article.*?</article>", text, re.DOTALL)
    assert "Refresh the linker cache." in article
    assert "<code>ssh {host} sudo ldconfig</code>" in article


def test_the_page_asks_nothing_of_a_network() -> None:
    text, page = rendered(fleet_report(60))
    loading = {"src", "srcset", "style", "background", "action", "formaction", "poster", "data", "ping", "xlink:href"}
    assert not loading & {name for _tag, attributes in page.elements for name in attributes}
    assert {tag for tag, _attributes in page.elements} & {"link", "img", "iframe", "object", "base"} == set()
    assert re.findall(r"(?:https?:)?//(?!www\.gnu\.org/licenses)\w|url\(|@import|fetch\(|XMLHttpRequest", text) == []


def test_only_our_own_script_and_style_may_run() -> None:
    _text, page = rendered(fleet_report(12))
    (policy,) = [value for value in page.values("content") if "default-src" in value]
    (script,), (style,) = page.texts["script"], page.texts["style"]
    assert policy == (
        f"default-src 'none'; style-src '{csp_hash(style)}'; script-src '{csp_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert not [name for _tag, attributes in page.elements for name in attributes if name.startswith("on")]


def test_tables_name_their_columns_and_rows() -> None:
    _text, page = rendered(fleet_report(12))
    assert {attributes.get("scope") for tag, attributes in page.elements if tag == "th"} == {"col", "row"}


EVIL = "<script>alert(1)</script>\" onload='x' {{ 7 * 7 }} &amp;"


def test_whatever_a_board_says_is_text() -> None:
    files = [of_graph(graph(EVIL, prediction=prediction(backend=EVIL))), of_graph(missing_graph(EVIL))]
    board = dict.fromkeys(survey()["assessment"]["board"], EVIL) | {"load_time": None, "graphs": files}
    evil = {"title": EVIL, "reason": EVIL, "actual": EVIL, "expected": EVIL}
    rules = [
        finding("module-backend", **evil, remedy={"text": EVIL, "command": EVIL}),
        finding("environment", **evil, remedy={"text": EVIL, "command": None}),
        exempted("opencv", EVIL, "2026-12-24") | evil,
        met("load-time", "not_evaluated", EVIL) | {"title": EVIL},
    ]
    first = assemble([looked_at(EVIL, survey(*rules, board=board))], DEFINITIONS, None, NOW, EVIL)
    failed = {"failed": True, "msg": EVIL}
    for looks in ([looked_at(EVIL, survey(*rules, board=board)), looked_at("b", failed)], [looked_at(EVIL, failed)]):
        text, page = rendered(assemble(looks, {"module-backend": {"description": EVIL}}, first, NOW, EVIL))
        assert len(page.texts["script"]) == 1
        assert "<script>alert" not in text
        assert "{{ 7 * 7 }}" in text
        assert not [1 for _tag, attributes in page.elements if "onload" in attributes]
        assert EVIL in page.values("data-host")


def test_what_is_no_unicode_is_shown_all_the_same() -> None:
    text, _page = of_looks(
        looked_at("b", survey(finding("module-backend", remedy={"text": "\ud800", "command": None})))
    )
    assert "<p>\N{REPLACEMENT CHARACTER}</p>" in text


@pytest.mark.parametrize("mark", ["\x1b[2J", "\x07", "\x00", "\x9b", "\u202e", "\u2066", "\x7f"])
def test_what_a_terminal_or_an_editor_obeys_is_not_in_the_page(mark: str) -> None:
    """People look at a page with less and git diff, too."""
    evil = facts(backend=mark, model=0, jetpack=mark, distribution=mark, opencv=mark, graphs=None)
    rule = finding("module-backend", actual=mark, remedy={"text": mark, "command": mark})
    text, _page = of_looks(
        looked_at(
            "b",
            survey(
                rule, exempted("opencv", mark, "2026-12-24"), met("headers-version", "not_evaluated", mark), board=evil
            ),
        ),
        looked_at("c", {"failed": True, "msg": mark}),
        looked_at("d", {"unreachable": True, "msg": mark}),
    )
    assert mark not in text
    assert "\N{REPLACEMENT CHARACTER}" in text


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{% if %}", ", line 1 cannot be used (TemplateSyntaxError: "),
        ("{{ report.nothing }}", " cannot be used (UndefinedError: "),
        (None, " cannot be used (TemplateNotFound: "),
    ],
)
def test_a_template_that_cannot_be_used_is_named(template: str | None, words: str, tmp_path: Path) -> None:
    path = tmp_path / "own.j2"
    if template is not None:
        path.write_text(template)
    with pytest.raises(ValueError, match="repair it, or use the one that the role drift comes with") as caught:
        html(fleet_report(1), path)
    assert f"The template {path}{words}" in str(caught.value)
