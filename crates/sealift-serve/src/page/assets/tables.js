// The tables of a migration: a bar each, sorted and filtered as a person likes.
//
// There may be thousands, and news come four times a second. So a row is touched only where its numbers are
// others than before, rows move only where their order did, and the first hundred are shown until
// somebody asks for all.

import { bar } from "./chart.js";
import { attribute, byId, make, say, show } from "./dom.js";
import { bytes, count, counted, percent, share } from "./format.js";
import { mark } from "./marks.js";
import { TABLE } from "./words.js";

const FIRST = 100;

/** By how much attention it needs. */
const URGENCY = ["failed", "differs", "comparing", "copying", "waiting", "copied", "match"];

const SIGN = {
  waiting: "wait",
  copying: "busy",
  copied: "good",
  comparing: "busy",
  match: "good",
  differs: "bad",
  failed: "bad",
};

const SHOWN = {
  all: () => true,
  open: (table) => table.status !== "match" && table.status !== "copied",
  now: (table) => table.status === "copying" || table.status === "comparing",
  bad: (table) => table.status === "differs" || table.status === "failed",
};

const byName = (a, b) => a.name.localeCompare(b.name, "en", { numeric: true });

/** What each column sorts by, the more interesting end first. */
const ORDERS = {
  name: byName,
  rows: (a, b) => rowsOf(b) - rowsOf(a) || byName(a, b),
  bytes: (a, b) => b.bytes - a.bytes || byName(a, b),
  status: (a, b) => URGENCY.indexOf(a.status) - URGENCY.indexOf(b.status) || rowsOf(b) - rowsOf(a) || byName(a, b),
};

const COLUMNS = [
  ["name", "Table", "ascending"],
  ["rows", "Rows", "descending"],
  ["bytes", "Sent", "descending"],
  ["status", "State", "descending"],
];

function rowsOf(table) {
  return table.rows_total ?? table.copied;
}

/** Shows the tables in the section `tables`, and returns what to call with them. */
export function tablesView() {
  const view = new Tables(byId("tables"));
  return (tables) => view.tell(tables);
}

class Tables {
  constructor(section) {
    this.section = section;
    this.rows = new Map();
    this.tables = [];
    this.order = { column: "rows", reversed: false };
    this.limit = FIRST;
    this.sorted = 0;
    this.build();
  }

  build() {
    this.summary = make("p", { class: "dim", id: "tables-summary" }, "");
    this.filter = make("input", {
      type: "search", id: "tables-filter", autocomplete: "off", spellcheck: "false", placeholder: "part of a name",
    });
    this.filter.addEventListener("input", () => this.arrange());
    this.which = make(
      "select",
      { id: "tables-which" },
      make("option", { value: "all" }, "all tables"),
      make("option", { value: "now" }, "under way"),
      make("option", { value: "open" }, "not ended"),
      make("option", { value: "bad" }, "different or failed"),
    );
    this.which.addEventListener("change", () => this.arrange());
    this.heads = {};
    const heads = COLUMNS.map(([name, label]) => {
      const button = make("button", { type: "button" }, label);
      button.addEventListener("click", () => this.sortBy(name));
      this.heads[name] = make("th", { scope: "col", class: name }, button);
      return this.heads[name];
    });
    this.body = make("tbody");
    this.none = make("p", { class: "dim none", hidden: true }, "No table is called so.");
    this.more = make("button", { type: "button", class: "more", hidden: true }, "");
    this.more.addEventListener("click", () => {
      this.limit = Number.POSITIVE_INFINITY;
      this.arrange();
      this.body.rows[FIRST]?.querySelector("th")?.focus();
    });
    this.section.replaceChildren(
      make("div", { class: "title" }, make("h2", { id: "tables-title" }, "Tables"), this.summary),
      make(
        "div",
        { class: "tools" },
        make("label", { for: "tables-filter" }, "Filter"),
        this.filter,
        make("label", { for: "tables-which" }, "Show"),
        this.which,
      ),
      make(
        "table",
        { class: "tables", "aria-labelledby": "tables-title" },
        make("thead", {}, make("tr", {}, ...heads)),
        this.body,
      ),
      this.none,
      this.more,
    );
    this.mark();
  }

  /** Takes the tables as they are now. */
  tell(tables) {
    show(this.section, tables.length > 0);
    let isNew = tables.length !== this.tables.length;
    for (const table of tables) {
      let row = this.rows.get(table.name);
      if (row === undefined) {
        row = new Row(table.name);
        this.rows.set(table.name, row);
        isNew = true;
      }
      row.tell(table);
    }
    this.tables = tables;
    if (isNew) this.forget();
    this.summarize();
    if (isNew) this.arrange();
    else this.arrangeSoon();
  }

  /** Rows that jump four times a second cannot be read. */
  arrangeSoon() {
    const left = 1_000 - (performance.now() - this.sorted);
    this.timer ??= setTimeout(() => this.arrange(), Math.max(0, left));
  }

  /** Forgets the rows of tables that are not there any more, as when another migration begins. */
  forget() {
    const names = new Set(this.tables.map((table) => table.name));
    for (const [name, row] of this.rows) {
      if (!names.has(name)) {
        row.element.remove();
        this.rows.delete(name);
      }
    }
  }

  summarize() {
    const counts = {};
    for (const { status } of this.tables) counts[status] = (counts[status] ?? 0) + 1;
    const parts = URGENCY.filter((status) => counts[status] > 0);
    const words = parts.map((status) => `${count(counts[status])} ${TABLE[status]}`);
    say(this.summary, `${counted(this.tables.length, "table")}: ${words.join(", ")}`);
  }

  sortBy(column) {
    const again = this.order.column === column;
    this.order = { column, reversed: again && !this.order.reversed };
    this.mark();
    this.arrange();
  }

  /** Says in the headings which column the rows are sorted by. */
  mark() {
    for (const [name, , first] of COLUMNS) {
      const other = first === "ascending" ? "descending" : "ascending";
      const way = this.order.reversed ? other : first;
      attribute(this.heads[name], "aria-sort", name === this.order.column ? way : null);
    }
  }

  /** Puts the rows that are to be seen in their order. */
  arrange() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.sorted = performance.now();
    const wanted = this.filter.value.trim().toLocaleLowerCase("en");
    const belongs = SHOWN[this.which.value];
    const chosen = this.tables.filter(
      (table) => belongs(table) && (wanted === "" || table.name.toLocaleLowerCase("en").includes(wanted)),
    );
    chosen.sort(ORDERS[this.order.column]);
    if (this.order.reversed) chosen.reverse();
    const shown = chosen.slice(0, this.limit).map((table) => this.rows.get(table.name));
    place(this.body, shown);
    show(this.none, chosen.length === 0);
    show(this.more, chosen.length > shown.length);
    say(this.more, `Show all ${count(chosen.length)}`);
  }
}

/** Makes the rows of `body` be these, in this order, and moves no others than it must. */
function place(body, rows) {
  const wanted = new Set(rows);
  for (const element of [...body.rows]) {
    if (!wanted.has(element.row)) element.remove();
  }
  let next = body.firstElementChild;
  for (const row of rows) {
    row.appear();
    if (row.element === next) next = next.nextElementSibling;
    else body.insertBefore(row.element, next);
  }
}

/** One table. What is not on the page is not drawn. */
class Row {
  constructor(name) {
    this.name = name;
    this.drawn = null;
  }

  get element() {
    if (this.parts === undefined) this.build();
    return this.parts.element;
  }

  build() {
    const track = bar(0);
    const checked = make("span", { class: "fill checked" });
    track.append(checked);
    track.removeAttribute("aria-hidden");
    for (const [name, value] of Object.entries({
      role: "progressbar", "aria-label": `${this.name}, rows copied`, "aria-valuemin": 0, "aria-valuemax": 100,
    })) {
      attribute(track, name, value);
    }
    const rows = make("span", { class: "of" }, "");
    const sent = make("td", { class: "bytes" }, "");
    const sign = make("span", { class: "sign" });
    const word = make("span", {}, "");
    const element = make(
      "tr",
      {},
      make("th", { scope: "row", class: "name", tabindex: -1 }, this.name),
      make("td", { class: "rows" }, rows, track),
      sent,
      make("td", { class: "status" }, make("span", { class: "state" }, sign, word)),
    );
    element.row = this;
    this.parts = { element, track, fill: track.firstElementChild, checked, rows, sent, sign, word };
  }

  tell(table) {
    this.table = table;
    if (this.parts?.element.isConnected) this.redraw();
  }

  appear() {
    if (this.parts === undefined) this.build();
    this.redraw();
  }

  redraw() {
    const { table, parts, drawn } = this;
    if (
      drawn !== null && drawn.copied === table.copied && drawn.verified === table.verified &&
      drawn.status === table.status && drawn.bytes === table.bytes && drawn.rows_total === table.rows_total
    ) {
      return;
    }
    this.drawn = table;
    const total = table.rows_total;
    const settled = table.status === "match" || table.status === "differs";
    const copied = total === 0 && table.status !== "waiting" ? 1 : (share(table.copied, total) ?? 0);
    const verified = settled ? copied : (share(table.verified, total) ?? 0);
    const all = total === null || total === table.copied;
    say(parts.rows, all ? count(table.copied) : `${count(table.copied)} of ${count(total)}`);
    say(parts.sent, bytes(table.bytes));
    parts.fill.style.inlineSize = `${copied * 100}%`;
    parts.checked.style.inlineSize = `${Math.min(copied, verified) * 100}%`;
    attribute(parts.track, "aria-valuenow", percent(copied));
    if (drawn === null || drawn.status !== table.status) {
      parts.element.className = table.status;
      parts.sign.replaceChildren(mark(SIGN[table.status] ?? "wait"));
      say(parts.word, TABLE[table.status] ?? table.status);
    }
  }
}
