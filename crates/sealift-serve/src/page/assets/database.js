// The database's health: a card for each thing that a person who looks after a database looks at.

import { Line } from "./chart.js";
import { byId, make, redrawn, say, show } from "./dom.js";
import { count, duration } from "./format.js";
import * as parts from "./parts.js";

/** Five minutes of `health`, which comes every two seconds. */
const ANSWERS = 150;

/** Ten minutes of `server`, which comes every five seconds. */
const SNAPSHOTS = 120;

/** The cards in their order: what may be wrong right now stands before what grows slowly. */
const CARDS = [
  { part: "queries", title: "Running statements", render: parts.queries, wide: true },
  { part: "locks", title: "Waiting for locks", render: parts.locks },
  { part: "replication", title: "Replication", render: parts.replication },
  { part: "statements", title: "Most time spent", render: parts.statements, wide: true },
  { part: "tables", title: "Largest tables", render: parts.tables, wide: true },
  { part: "database", title: "This database", render: parts.database },
  { part: "sequences", title: "Sequences nearest to their end", render: parts.sequences },
  { part: "unused_indexes", title: "Indexes that no query used", render: parts.unusedIndexes },
  { part: "unindexed_foreign_keys", title: "Foreign keys without an index", render: parts.foreignKeys },
  { part: "scanned_tables", title: "Large tables read from end to end", render: parts.scannedTables },
];

/** Builds the section `database`, and returns what to call with the two kinds of facts. */
export function databaseView() {
  const place = byId("database");
  const answers = new Line({ title: "Time to answer", format: duration, points: ANSWERS, every: 2 });
  const open = new Line({ title: "Connections", format: count, points: SNAPSHOTS, every: 5 });
  const connections = make("div");
  const cards = CARDS.map(card);
  const heading = make("h2", { id: "database-title", class: "whole" }, "Database");
  const server = [
    frame("Connections", [connections, open.element], false),
    ...cards.map(({ element }) => element),
  ];
  const silent = make("p", { class: "dim whole" }, "");
  place.replaceChildren(heading, frame("Answers", [answers.element], false), ...server, silent);
  const drawConnections = redrawn(connections, ({ facts, reason }) => parts.part(facts, reason, parts.connections));
  server.forEach((element) => show(element, false));
  return {
    health(health) {
      show(place, true);
      answers.add(health.latency_seconds);
    },
    server(snapshot) {
      const reason = snapshot === null ? null : onlyReason(snapshot);
      server.forEach((element) => show(element, snapshot !== null && reason === null));
      show(silent, reason !== null);
      say(silent, `Nothing more is known: ${reason}`);
      if (snapshot === null) return;
      show(place, true);
      open.add(snapshot.connections?.used ?? null);
      drawConnections({ facts: snapshot.connections, reason: snapshot.missing.connections });
      // Minutes are enough for "3 h ago", and let a card stay as it is in between.
      const at = Math.floor((snapshot.server?.read_at ?? Date.now() / 1_000) / 60) * 60;
      for (const { part, draw } of cards) {
        draw({ facts: snapshot[part], reason: snapshot.missing[part], at });
      }
    },
  };
}

/** Returns why nothing could be read, where that is one reason for all: it is said once. */
function onlyReason(snapshot) {
  const reasons = new Set(Object.values(snapshot.missing));
  const parts = Object.keys(snapshot).filter((part) => part !== "missing");
  return reasons.size === 1 && parts.every((part) => snapshot[part] === null) ? [...reasons][0] : null;
}

function card({ part, title, render, wide = false }) {
  const body = make("div");
  const draw = redrawn(body, ({ facts, reason, at }) => parts.part(facts, reason, (known) => render(known, at)));
  return { part, draw, element: frame(title, [body], wide) };
}

function frame(title, children, wide) {
  const id = `card-${title.toLowerCase().replace(/[^a-z]+/g, "-")}`;
  return make(
    "section",
    { class: wide ? "card wide" : "card", "aria-labelledby": id },
    make("h3", { id }, title),
    ...children,
  );
}
