/*
Copyright (c) 2026, jetfleet.protobuf contributors
GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
*/
"use strict";
(() => {
  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));
  const form = document.getElementById("filter");
  const boards = all("[data-board]");
  const findings = all("[data-finding]");
  // Inner groups come before the outer ones that they are in.
  const groups = all("[data-group]").reverse();
  // What a board in a table of rules is found by, beside its name: the cells about the rule.
  const besides = (row) => Array.from(row.cells).filter((cell) => !cell.querySelector(".chips")).map((cell) => cell.textContent);
  const ofItem = (item) => item.matches(".chips [data-finding]") ? [item.dataset.host, ...besides(item.closest("tr"))] : [item.textContent];
  const texts = new Map([...boards, ...findings].map((item) => [item, ofItem(item).join(" ").toLowerCase()]));

  function applyFilter() {
    const { text, status, severity, rule } = Object.fromEntries(new FormData(form));
    const words = text.trim().toLowerCase();
    const ofBoard = (item) => !status || item.dataset.status === status;
    const ofFinding = (item) => (!severity || item.dataset.severity === severity) && (!rule || item.dataset.rule === rule);
    for (const item of findings) {
      // In the table of boards the text is looked for in the whole row.
      const place = item.closest("[data-board]") || item;
      item.hidden = !(ofBoard(item) && ofFinding(item) && texts.get(place).includes(words));
    }
    const narrowed = severity || rule;
    const affected = new Set(findings.filter((item) => !item.hidden && item.closest("#boards")).map((item) => item.dataset.host));
    for (const item of boards) {
      item.hidden = !(ofBoard(item) && texts.get(item).includes(words) && (!narrowed || affected.has(item.dataset.host)));
    }
    for (const group of groups) {
      const items = all("[data-board], [data-finding]", group);
      const shown = items.filter((item) => !item.hidden).length;
      group.hidden = !shown;
      for (const count of group.matches("tr") ? all("[data-count]", group) : []) {
        count.textContent = shown === items.length ? shown : `${shown} of ${items.length}`;
      }
    }
    const rows = boards.filter((item) => item.closest("#boards"));
    const shown = rows.filter((item) => !item.hidden).length;
    form.querySelector("output").textContent = `${shown} of ${rows.length} boards`;
    document.getElementById("nothing").hidden = groups.some((group) => !group.hidden);
  }

  function sortBy(header, direction) {
    const table = header.closest("table");
    const key = (row) => row.cells[header.cellIndex].dataset.sort ?? row.cells[header.cellIndex].textContent.trim();
    const factor = direction === "ascending" ? 1 : -1;
    const compare = (a, b) => factor * key(a).localeCompare(key(b), "en", { numeric: true });
    const body = table.tBodies[0];
    body.append(...Array.from(body.rows).sort(compare));
    for (const other of table.tHead.rows[0].cells) {
      other.removeAttribute("aria-sort");
    }
    header.setAttribute("aria-sort", direction);
  }

  function makeSortable(header) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = header.textContent;
    header.replaceChildren(button);
    if ("sorted" in header.dataset) {
      header.setAttribute("aria-sort", "ascending");
    }
    button.addEventListener("click", () => sortBy(header, header.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending"));
  }

  async function copy(button, text) {
    // The clipboard is refused to pages that came over plain HTTP; then the text is marked, for the user to copy it.
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(text);
      button.textContent = "Marked";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  }

  function addCopyButton(place) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", () => copy(button, place.querySelector("code")));
    place.append(button);
  }

  all(".sortable th[scope=col]:not(.fixed)").forEach(makeSortable);
  all(".command").forEach(addCopyButton);
  form.hidden = false;
  form.addEventListener("input", applyFilter);
  form.addEventListener("submit", (event) => event.preventDefault());
  // A reset form has its old values until the event is over.
  form.addEventListener("reset", () => setTimeout(applyFilter));
  applyFilter();
})();
