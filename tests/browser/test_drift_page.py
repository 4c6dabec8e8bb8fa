# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a drift report in a real browser, which is offline and reports whatever it asks for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.drift_report import assemble
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.host_status import looked_at
from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._reports.html import html
from ansible_collections.jetfleet.protobuf.tests.support.drift_facts import graph, missing_graph, prediction
from ansible_collections.jetfleet.protobuf.tests.support.drift_reports import (
    DEFINITIONS,
    NOW,
    exempted,
    facts,
    finding,
    fleet_report,
    of_graph,
    survey,
)
from playwright.sync_api import Browser, Dialog, Locator, Page, expect, sync_playwright

TEMPLATE = Path(__file__).parents[2] / "roles/drift/templates/drift.html.j2"
REPORT = fleet_report(12)
EVIL = "<script>alert(1)</script>"
# root may not run Chromium's sandbox; the others keep it from calling home.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "There is no chromium on the PATH: run 'nox -s browser', which installs it."
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the pages."""
    folder = tmp_path_factory.mktemp("pages")
    evil = finding("module-backend", actual=EVIL, title=EVIL, remedy={"text": EVIL, "command": f"echo '{EVIL}'"})
    models = [of_graph(graph(f"/{EVIL * 9}", prediction=prediction(backend=EVIL))), of_graph(missing_graph(EVIL))]
    looks = [looked_at(EVIL, survey(evil, exempted("opencv", EVIL, "2026-12-24"), board=facts(graphs=models)))]
    reports = {"fleet": REPORT, "large": fleet_report(200), "evil": assemble(looks, DEFINITIONS, None, NOW, EVIL)}
    for name, report in reports.items():
        (folder / f"{name}.html").write_bytes(html(report, TEMPLATE))
    return folder


class Opened:
    """A page that was opened, and what went wrong or out meanwhile."""

    def __init__(self, browser: Browser, path: Path, **options: Any) -> None:
        self.context = browser.new_context(offline=True, reduced_motion="reduce", **options)
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self.refuse)
        self.page.goto(path.as_uri())
        self.own = path.as_uri()

    def refuse(self, dialog: Dialog) -> None:
        self.complaints.append(dialog.message)
        dialog.dismiss()

    def close(self) -> None:
        self.context.close()
        assert self.complaints == []
        assert self.requests == [self.own]


@pytest.fixture
def page(browser: Browser, files: Path) -> Iterator[Page]:
    """Return the page of a small fleet; fail where it asked for anything or complained."""
    opened = Opened(browser, files / "fleet.html")
    yield opened.page
    opened.close()


def rows(page: Page) -> Locator:
    return page.locator("#boards tbody tr:visible")


def field(page: Page, name: str) -> Locator:
    return page.locator(f"#filter [name={name}]")


def hosts(page: Page) -> list[str]:
    return rows(page).locator(".host").all_text_contents()


def broken(rule: str) -> set[str]:
    return {
        board["host"]
        for board in REPORT["boards"]
        if any(entry["rule"] == rule and entry["outcome"] == "finding" for entry in board["rules"])
    }


def test_the_page_says_what_became_of_the_fleet(page: Page) -> None:
    summary = REPORT["summary"]
    expect(page).to_have_title(f"{summary['compliant']} of 12 boards compliant - drift")
    tiles = {tile.locator("dt").inner_text(): tile.locator("dd").inner_text() for tile in page.locator(".tile").all()}
    for name in ("compliant", "drift", "failed", "unreachable", "skipped", "findings", "new", "resolved"):
        assert tiles[name] == str(summary[name])
    assert tiles["host key mismatch"] == str(summary["host_key_mismatch"])
    assert sorted(hosts(page)) == sorted(board["host"] for board in REPORT["boards"])


def test_text_filters_boards_findings_and_load_times(page: Page) -> None:
    field(page, "text").fill("  NANO-11")
    assert hosts(page) == ["nano-11"]
    expect(page.locator("output")).to_have_text("1 of 12 boards")
    expect(rows(page).locator("[data-finding]:visible")).to_have_count(3)
    expect(page.locator("#load-times li:visible")).to_have_count(1)
    expect(page.locator("#findings tbody tr:visible")).to_have_count(3)
    expect(page.locator("#findings [data-finding]:visible")).to_have_text(["nano-11"] * 3)
    assert page.locator("#findings [data-count]:visible").all_text_contents() == ["1 of 2"] * 3
    expect(page.locator("#exempted")).to_be_hidden()


def models_of(page: Page) -> list[str]:
    return page.locator("#models .models > li:visible .host").all_text_contents()


def test_models_are_drawn_and_filtered_with_their_boards(page: Page) -> None:
    graphs = {board["host"]: len((board["board"] or {}).get("graphs") or []) for board in REPORT["boards"]}
    with_graphs = {host: number for host, number in graphs.items() if number}
    assert len(with_graphs) > 3
    page.locator("#models summary").click()
    assert {host: models_of(page).count(host) for host in with_graphs} == with_graphs
    bars = page.locator("#models .bars rect")
    # Bars on a logarithmic scale that lie apart, as styled: nothing but widths says how long it takes.
    assert len({round(drawn.bounding_box()["width"]) for drawn in bars.all()}) > 5  # type: ignore[index]
    page.get_by_role("navigation").get_by_role("link", name="Models").click()
    expect(page.locator("#models h2")).to_be_in_viewport()
    field(page, "text").fill("old.pb")
    assert models_of(page) == ["nano-09"]
    field(page, "text").fill("nano-11")
    assert set(models_of(page)) == {"nano-11"}
    expect(page.locator("#models rect.over:visible")).to_have_count(3)
    field(page, "text").fill("xavier-08 is not there")
    expect(page.locator("#models")).to_be_hidden()


def test_a_model_leads_to_the_row_of_its_board(page: Page) -> None:
    page.locator("#models").get_by_role("link", name="nano-11").first.click()
    expect(page.locator("tr:target .host")).to_have_text("nano-11")


def test_text_finds_rules_values_and_reasons(page: Page) -> None:
    text = field(page, "text")
    text.fill("protobuf.sh line 1")
    assert set(hosts(page)) == broken("environment")
    text.fill("linker cache")
    expect(page.locator("#findings tbody tr:visible")).to_have_count(1)
    text.fill("detector of line 3")
    expect(page.locator("#exempted tbody tr:visible")).to_have_count(1)
    expect(page.locator("#findings")).to_be_hidden()
    text.fill("no such thing")
    expect(page.locator("#boards")).to_be_hidden()
    expect(page.locator("#nothing")).to_be_visible()


@pytest.mark.parametrize("status", ["drift", "failed", "unreachable", "host_key_mismatch", "compliant", "skipped"])
def test_a_status_can_be_chosen(status: str, page: Page) -> None:
    field(page, "status").select_option(status)
    assert set(hosts(page)) == {board["host"] for board in REPORT["boards"] if board["status"] == status} != set()


def test_a_rule_can_be_chosen(page: Page) -> None:
    field(page, "rule").select_option("environment")
    assert set(hosts(page)) == broken("environment") != set()
    expect(page.locator("#findings tbody tr:visible")).to_have_count(1)
    expect(rows(page).locator("[data-finding]:visible")).to_have_count(1)


def test_a_severity_can_be_chosen_and_the_filter_cleared(page: Page) -> None:
    field(page, "severity").select_option("info")
    assert set(hosts(page)) == broken("jetpack") != set()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("output")).to_have_text("12 of 12 boards")
    expect(page.locator("#boards [data-finding]:visible")).to_have_count(REPORT["summary"]["findings"])


def test_columns_sort_in_both_directions(page: Page) -> None:
    gravest_first = hosts(page)
    column = page.locator("#boards th", has_text="Board")
    button = column.get_by_role("button")
    button.click()
    expect(column).to_have_attribute("aria-sort", "ascending")
    up = hosts(page)
    assert up[:4] == ["nano-01", "nano-04", "nano-07", "nano-09"]
    assert up[-2:] == ["xavier-08", "xavier-10"]
    button.press("Enter")
    expect(column).to_have_attribute("aria-sort", "descending")
    assert hosts(page) == up[::-1]
    page.locator("#boards th", has_text="Load time").get_by_role("button").click()
    expect(column).not_to_have_attribute("aria-sort", "descending")
    assert hosts(page)[-2:] == ["tx2-02", "nano-11"]
    page.locator("#boards th", has_text="Status").get_by_role("button").click()
    assert hosts(page) == gravest_first


def test_severities_sort_by_their_weight(page: Page) -> None:
    page.locator("#findings th", has_text="Severity").get_by_role("button").click()
    shown = page.locator("#findings tbody .severity").all_text_contents()
    assert shown == sorted(shown, key=["error", "warning", "info"].index)
    assert len(set(shown)) == 3


def test_a_finding_leads_to_its_remedy_and_the_command_can_be_copied(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    rows(page).get_by_role("link", name="The linker cache knows libprotobuf").click()
    remedy = page.locator("#remedy-library-cached")
    expect(remedy).to_be_in_viewport()
    assert page.url.endswith("#remedy-library-cached")
    remedy.get_by_role("button", name="Copy").click()
    expect(remedy.get_by_role("button")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "ssh nano-04 sudo ldconfig"


def test_a_command_is_marked_where_the_clipboard_is_refused(page: Page) -> None:
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.locator("#remedy-library-cached").get_by_role("button", name="Copy").click()
    assert page.evaluate("getSelection().toString()") == "ssh nano-04 sudo ldconfig"


def test_a_board_of_a_rule_leads_to_its_row(page: Page) -> None:
    page.locator("#findings").get_by_role("link", name="nano-04").first.click()
    expect(page.locator("tr:target .host")).to_have_text("nano-04")
    expect(page.locator("tr:target")).to_be_in_viewport()


def test_what_boards_say_is_text(browser: Browser, files: Path) -> None:
    opened = Opened(browser, files / "evil.html")
    assert hosts(opened.page) == [EVIL]
    expect(opened.page.locator("article p")).to_have_text([DEFINITIONS["module-backend"]["description"], EVIL])
    assert opened.page.locator("script").count() == 1
    opened.close()


def test_a_script_that_slipped_in_would_not_run(browser: Browser, files: Path, tmp_path: Path) -> None:
    page = files / "fleet.html"
    inside = tmp_path / "inside.html"
    inside.write_text(page.read_text().replace("<main>", "<main><img src=x onerror=alert(1)><script>alert(1)</script>"))
    opened = Opened(browser, inside)
    assert len(opened.complaints) >= 2
    assert all("Content Security Policy" in complaint for complaint in opened.complaints)
    opened.context.close()


def test_without_its_script_everything_is_there(browser: Browser, files: Path) -> None:
    opened = Opened(browser, files / "fleet.html", java_script_enabled=False)
    expect(rows(opened.page)).to_have_count(12)
    expect(opened.page.locator("#filter")).to_be_hidden()
    expect(opened.page.locator("button:visible")).to_have_count(0)
    expect(opened.page.locator("#remedy-library-cached code")).to_have_text("ssh nano-04 sudo ldconfig")
    opened.close()


@pytest.mark.parametrize("name", ["fleet", "large", "evil"])
def test_nothing_sticks_out_of_the_window(name: str, browser: Browser, files: Path) -> None:
    opened = Opened(browser, files / f"{name}.html")
    for width in (390, 768, 1000, 1280):
        opened.page.set_viewport_size({"width": width, "height": 844})
        assert opened.page.evaluate("document.documentElement.scrollWidth") == width
    opened.close()


# For each text: the colours of the text and of what is behind it, and their ratio as WCAG 2.2 defines contrast.
CONTRAST = """() => {
  const parse = (text) => { const c = text.match(/[\\d.]+/g).map(Number); return c.length < 4 ? [...c, 1] : c; };
  const light = (v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3] === 1) { return colour; }
    }
    throw new Error("no background");
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility() || element.closest("script")) { continue; }
    const style = getComputedStyle(element);
    const front = parse(element.closest("svg") ? style.fill : style.color);
    const [a, b] = [luminance(front), luminance(behind(element))].sort((x, y) => y - x);
    found.push([(a + 0.05) / (b + 0.05), texts.currentNode.data.trim().slice(0, 40)]);
  }
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(scheme: str, browser: Browser, files: Path) -> None:
    opened = Opened(browser, files / "fleet.html", color_scheme=scheme)
    opened.page.goto(f"{opened.own}#remedy-library-cached")
    texts = opened.page.evaluate(CONTRAST)
    assert len(texts) > 200
    assert [text for ratio, text in texts if ratio < 4.5] == []
    background = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(245, 246, 248)", "dark": "rgb(14, 18, 23)"}[scheme]
    opened.close()


def test_a_large_fleet_is_filtered_at_once(browser: Browser, files: Path) -> None:
    opened = Opened(browser, files / "large.html")
    seconds = opened.page.evaluate("""() => {
      const text = document.querySelector("[name=text]");
      const start = performance.now();
      for (const word of ["n", "na", "nan", "nano", "nano-1"]) {
        text.value = word;
        text.dispatchEvent(new Event("input", { bubbles: true }));
        document.body.getBoundingClientRect();
      }
      return (performance.now() - start) / 5000;
    }""")
    assert hosts(opened.page)
    assert seconds < 0.5
    opened.close()
