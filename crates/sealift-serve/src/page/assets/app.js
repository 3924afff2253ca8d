// The page: hears the server, hands each kind of facts to its view, and keeps title, links and words for
// screen readers up to date.

import { databaseView } from "./database.js";
import { byId, say, show } from "./dom.js";
import { findingsView, runView } from "./findings.js";
import { percent } from "./format.js";
import { healthHeadline, healthHero } from "./health.js";
import { headline, migrationHero } from "./hero.js";
import { linkView } from "./link.js";
import { ofMigration } from "./progress.js";
import { Feed } from "./sse.js";
import { tablesView } from "./tables.js";

const facts = { migration: null, server: null, health: null };
let hero = null;
let tables = null;
let announced = "";
const findings = findingsView();
const run = runView();
const database = databaseView();

const link = linkView(() => facts.migration !== null && facts.migration.status !== "running");
new Feed({ receive, link });

function receive(kind, value) {
  facts[kind] = value;
  if (kind === "migration") tellMigration(value);
  if (kind === "health" && value !== null) database.health(value);
  if (kind === "server") database.server(value);
  if (facts.migration === null) tellHealth();
  links();
  title();
}

function tellMigration(migration) {
  if (migration === null) return;
  if (hero?.kind !== "migration") hero = { kind: "migration", tell: migrationHero() };
  hero.tell(migration);
  tables ??= tablesView();
  tables(migration.tables);
  findings(migration.findings);
  run(migration);
  announce(headline(migration));
}

/** Without a migration, the head of the page is the database's health. */
function tellHealth() {
  if (facts.health === null) return;
  if (hero?.kind !== "health") hero = { kind: "health", tell: healthHero() };
  hero.tell(facts.health);
  announce(healthHeadline(facts.health));
}

/** Says to screen readers what is new in kind: phases and ends, never numbers. */
function announce({ title: words }) {
  if (words === announced) return;
  announced = words;
  say(byId("announcer"), words);
}

function links() {
  for (const name of ["tables", "findings", "database"]) show(byId(`to-${name}`), !byId(name).hidden);
}

function title() {
  const { migration, health } = facts;
  let words = "Sealift";
  if (migration !== null) {
    const { title: what } = headline(migration);
    const share = migration.status === "running" ? `${percent(ofMigration(migration))}% ` : "";
    words = `${share}${what} · Sealift`;
  } else if (health !== null) {
    words = `${healthHeadline(health).title} · Sealift`;
  }
  if (document.title !== words) document.title = words;
}
