// The head of the page: what happens now, how far it is, and how it ended.

import { Line } from "./chart.js";
import { attribute, byId, make, redrawn, say, show } from "./dom.js";
import { count, counted, bytes, duration, elapsed, percent, roughly, UNKNOWN } from "./format.js";
import { mark } from "./marks.js";
import { ofMigration, ofPhase } from "./progress.js";
import { COMPARED, DOING, PHASES } from "./words.js";

/** How much of the past the rate's chart shows, in points of a second. */
const POINTS = 120;

/** Shows a migration in the section `hero`, and returns what to call with its facts. */
export function migrationHero() {
  const section = byId("hero");
  const view = parts();
  section.replaceChildren(...view.children);
  const ending = redrawn(view.ending, endingOf);
  const rates = new Rates(view.rate);
  const clock = new Clock(view);
  let mood = null;
  return (migration) => {
    const head = headline(migration);
    if (head.sign !== mood) {
      mood = head.sign;
      section.className = `hero ${head.mood}`;
      view.sign.replaceChildren(mark(head.sign));
    }
    say(view.title, head.title);
    say(view.lead, head.lead);
    progress(view, migration);
    numbers(view, migration);
    phases(view, migration);
    ending(migration.error);
    rates.tell(migration);
    clock.tell(migration);
  };
}

/** Returns title, lead, mood and sign for the state of a migration. */
export function headline(migration) {
  const { status, verify } = migration;
  if (status === "running") {
    const title = DOING[migration.phase] ?? "Beginning";
    return { title, lead: `From ${migration.source} to ${migration.target}`, mood: "busy", sign: "busy" };
  }
  if (status === "stopped") {
    const lead = "What has arrived stays, and the same command goes on.";
    return { title: "Stopped half way", lead, mood: "neutral", sign: "warn" };
  }
  if (verify?.status === "differ") {
    const { tables_match: equal, tables_differ: different } = verify;
    const lead = `Compared: ${counted(equal, "table")} equal, ${count(different)} different.`;
    return { title: "Done, and both sides differ", lead, mood: "bad", sign: "bad" };
  }
  if (status === "failed") {
    const begun = migration.phases.some((phase) => phase.name === "create" && phase.status !== "waiting");
    const title = begun ? "The migration failed" : "Nothing was written";
    const lead = migration.error?.hints.length > 0 ? "What was in the way, and what to do next:" : "What was in the way:";
    return { title, lead, mood: "bad", sign: "bad" };
  }
  const compared = verify !== null && verify.level !== "none";
  const arrived = `${counted(migration.rows, "row")} of ${counted(migration.tables.length, "table")}`;
  return {
    title: compared ? "Every row arrived" : "Done",
    lead: `${arrived}; ${COMPARED[verify?.level] ?? COMPARED.none}${compared ? ", and equal" : ""}.`,
    mood: "good",
    sign: "good",
  };
}

function parts() {
  const sign = make("span", { class: "sign" });
  const title = make("h1", { id: "headline" }, "");
  const lead = make("p", { class: "lead" }, "");
  const share = make("p", { class: "share", "aria-hidden": "true" }, "");
  const fill = make("span", { class: "fill" });
  const bar = make(
    "div",
    { class: "progress", role: "progressbar", "aria-label": "The whole migration", "aria-valuemin": 0, "aria-valuemax": 100 },
    fill,
  );
  const values = {};
  const list = make("dl", { class: "numbers" });
  for (const [name, label] of [
    ["rows", "Rows copied"],
    ["rate", "Rate"],
    ["left", "Rows done in"],
    ["elapsed", "Time so far"],
    ["bytes", "Sent"],
  ]) {
    values[name] = make("dd", {}, UNKNOWN);
    list.append(make("div", { class: name }, make("dt", {}, label), values[name]));
  }
  const phaseList = make("ol", { class: "phases", "aria-label": "Phases" });
  const rate = new Line({
    title: "Rows a second",
    format: count,
    points: POINTS,
    every: 1,
  });
  const route = make("p", { class: "route dim" }, "");
  show(rate.element, false);
  const ending = make("div", { class: "ending" });
  const verdict = make("div", { class: "verdict" }, sign, make("div", { class: "words" }, title, lead), share);
  return {
    sign, title, lead, share, bar, fill, values, phaseList, rate, ending, route,
    phaseItems: new Map(),
    children: [verdict, ending, bar, list, phaseList, rate.element, route],
  };
}

function progress(view, migration) {
  const of = ofMigration(migration);
  const whole = percent(of);
  attribute(view.bar, "aria-valuenow", whole);
  attribute(view.bar, "aria-valuetext", `${whole}%, ${headline(migration).title}`);
  view.fill.style.inlineSize = `${of * 100}%`;
  say(view.share, `${whole}%`);
  show(view.share, migration.status === "running");
  const ended = migration.status !== "running";
  say(view.route, ended ? `From ${migration.source} to ${migration.target}` : "");
  show(view.route, ended);
}

function numbers(view, migration) {
  const { values } = view;
  const running = migration.status === "running";
  const total = migration.rows_total;
  const all = total === null || total === migration.rows;
  say(values.rows, all ? count(migration.rows) : `${count(migration.rows)} of ${count(total)}`);
  const rate = running ? migration.rows_per_second : average(migration);
  say(values.rate, rate > 0 ? `${count(rate)}/s` : UNKNOWN);
  say(values.left, running && migration.seconds_left !== null ? roughly(migration.seconds_left) : UNKNOWN);
  show(values.left.parentElement, running);
  say(values.elapsed.previousElementSibling, running ? "Time so far" : "Time");
  say(values.bytes, bytes(migration.bytes));
}

/** Returns the rate of the phase that copied, or of the whole run where it did not end. */
function average(migration) {
  const copy = migration.phases.find((phase) => phase.name === "copy");
  const seconds = copy?.seconds ?? 0;
  return seconds > 0 ? migration.rows / seconds : 0;
}

function phases(view, migration) {
  for (const phase of migration.phases) {
    let item = view.phaseItems.get(phase.name);
    if (item === undefined) {
      item = { sign: make("span", { class: "sign" }), detail: make("span", { class: "detail" }, ""), shown: "" };
      item.element = make(
        "li",
        {},
        item.sign,
        make("span", { class: "what" }, PHASES[phase.name] ?? phase.name),
        item.detail,
      );
      view.phaseItems.set(phase.name, item);
      view.phaseList.append(item.element);
    }
    // A phase that the end has cut short is not under way any more.
    const status = phase.status === "running" && migration.status !== "running" ? migration.status : phase.status;
    if (item.shown !== status) {
      item.shown = status;
      item.element.className = status;
      item.sign.replaceChildren(mark(SIGN[status] ?? "wait"));
      attribute(item.element, "aria-current", status === "running" ? "step" : null);
    }
    say(item.detail, detail(status, phase, migration));
  }
}

const SIGN = { waiting: "wait", running: "busy", done: "good", failed: "bad", stopped: "warn" };

function detail(status, phase, migration) {
  if (status === "running") {
    const of = ofPhase(phase, migration);
    return of > 0 ? `${percent(of)}%` : "under way";
  }
  if (status === "done") return phase.seconds === null ? "done" : duration(phase.seconds);
  return status;
}

/** Returns why a run did not end well, and what to do. */
function endingOf(error) {
  if (error === null) return [];
  const hints = error.hints.map((hint) => make("p", { class: "hint" }, hint));
  return [make("p", { class: "message" }, error.message), ...hints];
}

/** One point of the rate's chart a second, however often news come. */
class Rates {
  constructor(chart) {
    this.chart = chart;
    setInterval(() => this.tick(), 1_000);
  }

  tell(migration) {
    if (this.migration?.started_at !== migration.started_at) this.chart.clear();
    this.migration = migration;
  }

  tick() {
    if (this.migration?.status !== "running" || this.migration.phase !== "copy") return;
    this.chart.add(this.migration.rows_per_second);
    // One point is no line.
    show(this.chart.element, this.chart.values.length > 1);
  }
}

/** The time so far runs on between two news. */
class Clock {
  constructor(view) {
    this.view = view;
    setInterval(() => this.tick(), 1_000);
  }

  tell(migration) {
    this.migration = migration;
    this.at = performance.now();
    this.tick();
  }

  tick() {
    if (this.migration === undefined) return;
    const { status, seconds } = this.migration;
    const since = status === "running" ? (performance.now() - this.at) / 1_000 : 0;
    say(this.view.values.elapsed, status === "running" ? elapsed(seconds + since) : duration(seconds));
  }
}
