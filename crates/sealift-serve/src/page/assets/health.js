// The head of the page while no migration runs: is the database well?

import { byId, make, say, show } from "./dom.js";
import { count, duration } from "./format.js";
import { mark } from "./marks.js";

const KINDS = { postgresql: "PostgreSQL", sqlite: "SQLite" };

/** Returns title, lead, mood and sign for what `/api/health` says. */
export function healthHeadline({ status, kind, target, reason, server_version: version, latency_seconds: latency }) {
  if (status === "healthy") {
    const lead = `${KINDS[kind] ?? kind} ${version} at ${target} answers in ${duration(latency)}.`;
    return { title: "The database is well", lead, mood: "good", sign: "good" };
  }
  const lead = `${target}: ${reason ?? "no answer"}`;
  return { title: "The database does not answer", lead, mood: "bad", sign: "bad" };
}

/** Shows the health in the section `hero`, and returns what to call with it. */
export function healthHero() {
  const section = byId("hero");
  const sign = make("span", { class: "sign" });
  const title = make("h1", { id: "headline" }, "");
  const lead = make("p", { class: "lead" }, "");
  const pool = make("dl", { class: "numbers" });
  const values = {};
  for (const [name, label] of [
    ["size", "Sessions of our pool"],
    ["idle", "Idle"],
    ["in_use", "In use"],
    ["waiting", "Waiting for one"],
    ["timeouts", "Waited in vain"],
  ]) {
    values[name] = make("dd", {}, "");
    pool.append(make("div", {}, make("dt", {}, label), values[name]));
  }
  section.replaceChildren(make("div", { class: "verdict" }, sign, make("div", { class: "words" }, title, lead)), pool);
  let mood = null;
  return (health) => {
    const head = healthHeadline(health);
    if (head.sign !== mood) {
      mood = head.sign;
      section.className = `hero ${head.mood}`;
      sign.replaceChildren(mark(head.sign));
    }
    say(title, head.title);
    say(lead, head.lead);
    show(pool, health.pool !== null);
    if (health.pool) {
      for (const [name, value] of Object.entries(values)) say(value, count(health.pool[name]));
      say(values.size, `${count(health.pool.size)} of ${count(health.pool.max)}`);
    }
  };
}
