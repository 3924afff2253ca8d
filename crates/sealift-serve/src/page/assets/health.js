// The head of the page while no migration runs: is the database well?

import { byId, make, say, show } from "./dom.js";
import { count, duration } from "./format.js";
import { mark } from "./marks.js";

/** Returns title, lead, mood and sign for what `/api/health` says. */
export function healthHeadline(health) {
  if (health.status === "healthy") {
    return { title: "The database is well", lead: about(health), mood: "good", sign: "good" };
  }
  const reason = health.reason ?? "it does not answer";
  return { title: "The database does not answer", lead: reason, mood: "bad", sign: "bad" };
}

function about(health) {
  const version = health.version === null || health.version === undefined ? "" : `${health.version}, `;
  return `${version}answered in ${duration(health.latency_seconds)}`;
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
    ["size", "Sessions of the pool"],
    ["idle", "Idle"],
    ["in_use", "In use"],
    ["waiters", "Waiting for one"],
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
    show(pool, health.pool !== null && health.pool !== undefined);
    if (health.pool) {
      for (const [name, value] of Object.entries(values)) say(value, count(health.pool[name]));
    }
  };
}
