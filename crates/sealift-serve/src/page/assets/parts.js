// Each part of a reading of the server, drawn.

import { bar } from "./chart.js";
import { make } from "./dom.js";
import { ago, bytes, count, counted, duration, precise, share } from "./format.js";
import { mark } from "./marks.js";

/** Rows of a list that are shown at once; the rest is unfolded. */
const AT_ONCE = 6;

/** From this on a sequence deserves a thought, and from the second a deed. */
const SEQUENCE_LIMITS = [0.5, 0.8];

/** Returns a part drawn, or why it is not there. */
export function part(facts, reason, render) {
  if (facts === null || facts === undefined) {
    return [make("p", { class: "missing" }, mark("note"), make("span", {}, `Not known: ${reason ?? "the server has not told yet"}`))];
  }
  return [render(facts)].flat();
}

/** How many connections there are, by state, against the limit. */
export function connections({ used, limit, by_state: states }) {
  const tone = used >= limit * 0.9 ? "bad" : used >= limit * 0.75 ? "warn" : "good";
  const words = {
    good: `${count(limit - used)} are free`,
    warn: `only ${count(limit - used)} are free`,
    bad: limit > used ? `only ${count(limit - used)} are left` : "none is left",
  };
  const entries = Object.entries(states).sort(([, a], [, b]) => b - a);
  const track = make("span", { class: "bar thick", "aria-hidden": "true" });
  for (const [state, number] of entries) {
    const piece = make("span", { class: `fill ${stateClass(state)}` });
    piece.style.inlineSize = `${(share(number, Math.max(limit, used)) ?? 0) * 100}%`;
    track.append(piece);
  }
  return [
    make("p", { class: "figure" }, make("strong", {}, count(used)), ` of ${count(limit)}; `, make("span", { class: `tone ${tone}` }, words[tone])),
    track,
    make(
      "ul",
      { class: "legend" },
      ...entries.map(([state, number]) =>
        make(
          "li",
          {},
          make("span", { class: `swatch ${stateClass(state)}`, "aria-hidden": "true" }),
          make("span", { class: "what" }, state),
          make("span", { class: "value" }, count(number)),
        ),
      ),
    ),
  ];
}

function stateClass(state) {
  if (state === "active") return "active";
  if (state === "idle") return "idle";
  if (state.startsWith("idle in transaction")) return "held";
  return "other";
}

/** What runs, and what runs for too long. A migration's own statements are long, and nothing is wrong. */
export function queries(running) {
  const isOurs = (query) => /^sealift\b/.test(query.application);
  const isSlow = (query) => query.slow && !isOurs(query);
  const slow = running.filter(isSlow).length;
  const head = make(
    "p",
    { class: `figure tone ${slow > 0 ? "warn" : "good"}` },
    slow > 0
      ? `${counted(slow, "statement takes", "statements take")} longer than 5 s`
      : `No statement${running.some((query) => query.slow) ? " but Sealift's" : ""} takes longer than 5 s`,
  );
  return [
    head,
    list(running, (query) => ({
      main: [isSlow(query) ? mark("warn") : null, code(query.query ?? "(its text may not be seen)")],
      value: duration(query.seconds),
      detail: [
        `process ${query.pid}`, query.user, query.application, query.state,
        query.wait === null ? null : `waits for ${query.wait}`,
      ],
    })),
  ];
}

/** Who waits for whom. */
export function locks(waiting) {
  if (waiting.length === 0) return well("Nobody waits for a lock");
  return [
    make("p", { class: "figure tone warn" }, `${counted(waiting.length, "process waits", "processes wait")} for a lock`),
    list(waiting, (lock) => ({
      main: [mark("warn"), code(lock.query ?? "(its text may not be seen)")],
      value: duration(lock.seconds),
      detail: [
        `process ${lock.pid} waits for ${lock.blocked_by.map(holder).join(", ")}`, lock.user,
        lock.relation === null ? null : `on ${lock.relation}`, lock.mode,
      ],
    })),
  ];
}

function holder(pid) {
  return pid === 0 ? "a prepared transaction" : `process ${pid}`;
}

/** The database as a whole. */
export function database(facts) {
  const ratio = facts.cache_hit_ratio;
  const rows = [
    ["Size", bytes(facts.bytes)],
    ["Pages found in memory", ratio === null ? "none wanted yet" : precise(ratio)],
    ["Transactions", count(facts.commits)],
    ["Rolled back", count(facts.rollbacks)],
    ["Deadlocks", count(facts.deadlocks)],
    ["Sorted on disk", bytes(facts.temporary_bytes)],
  ];
  return [
    make("dl", { class: "facts" }, ...rows.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)))),
    ratio === null ? null : bar(ratio, ratio < 0.9 ? "warn" : ""),
  ];
}

/** The largest tables. */
export function tables(facts, now) {
  if (facts.length === 0) return well("There are no tables");
  const most = Math.max(...facts.map((table) => table.bytes));
  return list(facts, (table) => {
    const all = table.live_rows + table.dead_rows;
    const dead = all > 0 ? table.dead_rows / all : 0;
    return {
      main: [make("span", { class: "name" }, qualified(table.schema, table.name))],
      value: bytes(table.bytes),
      bar: bar(share(table.bytes, most) ?? 0),
      detail: [
        table.rows === null ? "not analyzed yet" : `about ${counted(table.rows, "row")}`,
        `indexes ${bytes(table.index_bytes)}`,
        table.dead_rows > 0 ? `${counted(table.dead_rows, "dead row")}${dead >= 0.2 ? ` (${precise(dead)})` : ""}` : null,
        `vacuumed ${ago(table.vacuumed_at, now)}`,
        `analyzed ${ago(table.analyzed_at, now)}`,
      ],
    };
  });
}

/** Statements by the time they took, all runs together. */
export function statements(facts) {
  if (facts.length === 0) return well("Nothing was counted yet");
  const most = Math.max(...facts.map((statement) => statement.total_seconds));
  return list(facts, (statement) => ({
    main: [code(statement.query)],
    value: duration(statement.total_seconds),
    bar: bar(share(statement.total_seconds, most) ?? 0),
    detail: [
      counted(statement.calls, "run"), `${duration(statement.mean_seconds)} each`, counted(statement.rows, "row"),
    ],
  }));
}

/** How much of each sequence is used. */
export function sequences(facts) {
  if (facts.length === 0) return well("There are no sequences");
  return list(facts, (sequence) => {
    const used = sequence.used_ratio;
    const tone = used >= SEQUENCE_LIMITS[1] ? "bad" : used >= SEQUENCE_LIMITS[0] ? "warn" : "";
    const words = { bad: "near its end", warn: "half used up", "": null };
    return {
      main: [tone === "" ? null : mark(tone), make("span", { class: "name" }, qualified(sequence.schema, sequence.name))],
      value: precise(used),
      bar: bar(used, tone),
      detail: [sequence.last_value === null ? "not used yet" : `at ${count(sequence.last_value)}`, words[tone]],
    };
  });
}

/** Standbys, and how far they are behind. */
export function replication(standbys) {
  if (standbys.length === 0) return [make("p", { class: "dim" }, "No standby follows this server.")];
  return list(standbys, (standby) => ({
    main: [make("span", { class: "name" }, standby.name)],
    value: standby.lag_seconds === null ? bytes(standby.lag_bytes) : duration(standby.lag_seconds),
    detail: [standby.state, standby.sync_state, standby.lag_bytes === null ? null : `${bytes(standby.lag_bytes)} behind`],
  }));
}

/** Indexes that only cost. */
export function unusedIndexes(facts) {
  if (facts.length === 0) return well("Every index was used");
  return list(facts, (index) => ({
    main: [make("span", { class: "name" }, index.index)],
    value: bytes(index.bytes),
    detail: [`on ${qualified(index.schema, index.table)}`],
  }));
}

/** Foreign keys whose rows are looked for from end to end. */
export function foreignKeys(facts) {
  if (facts.length === 0) return well("Every foreign key has an index");
  return list(facts, (key) => ({
    main: [make("span", { class: "name" }, `${qualified(key.schema, key.table)} (${key.columns.join(", ")})`)],
    value: bytes(key.table_bytes),
    detail: [key.constraint],
  }));
}

/** Tables that an index might help. */
export function scannedTables(facts) {
  if (facts.length === 0) return well("No large table is mostly read from end to end");
  return list(facts, (table) => ({
    main: [make("span", { class: "name" }, qualified(table.schema, table.table))],
    value: counted(table.sequential_scans, "time"),
    detail: [`${counted(table.rows_per_scan, "row")} each`, `${count(table.index_scans)} by an index`],
  }));
}

function well(words) {
  return [make("p", { class: "figure tone good" }, mark("good"), make("span", {}, words))];
}

/** Leaves out the schema that everybody has. */
function qualified(schema, name) {
  return schema === "public" ? name : `${schema}.${name}`;
}

function code(text) {
  return make("code", {}, text);
}

/** Returns a list: of each what it is, a value, perhaps a bar, and details. Long ones are unfolded. */
function list(facts, describe) {
  const items = facts.map((fact) => {
    const { main, value, bar: drawn = null, detail } = describe(fact);
    const words = detail.filter((word) => word !== null && word !== undefined && word !== "").join(" · ");
    return make(
      "li",
      {},
      make("p", { class: "main" }, ...main),
      make("p", { class: "value" }, value),
      drawn,
      words === "" ? null : make("p", { class: "detail" }, words),
    );
  });
  const first = make("ul", { class: "list" }, ...items.slice(0, AT_ONCE));
  if (items.length <= AT_ONCE) return items.length === 0 ? [] : [first];
  const rest = items.slice(AT_ONCE);
  return [first, make("details", {}, make("summary", {}, `${count(rest.length)} more`), make("ul", { class: "list" }, ...rest))];
}
