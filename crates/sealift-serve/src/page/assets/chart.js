// Small live charts: one line each, drawn as SVG.

import { attribute, draw, make, say } from "./dom.js";
import { roughly } from "./format.js";

const WIDTH = 240;
const HEIGHT = 56;

/** With fewer points than this the line begins at the right; with more it fills the chart. */
const LEAST = 30;

/** Numbers over time, the newest at the right. */
export class Line {
  /**
   * `title` stands above it, `format` turns its numbers into words, `points` is how many it remembers, and one
   * comes `every` so many seconds.
   */
  constructor({ title, format, points, every }) {
    this.title = title;
    this.format = format;
    this.room = points;
    this.every = every;
    this.values = [];
    this.area = draw("path", { class: "area" });
    this.line = draw("path", { class: "line", "vector-effect": "non-scaling-stroke" });
    this.picture = draw(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": title },
      this.area,
      this.line,
    );
    this.now = make("strong", {}, "");
    this.most = make("span", { class: "dim" }, "");
    this.span = make("span", { class: "dim" }, "");
    this.element = make(
      "div",
      { class: "chart" },
      make("p", { class: "chart-title" }, make("span", {}, title), this.now),
      this.picture,
      make("p", { class: "chart-note" }, this.most, this.span),
    );
  }

  /** Adds a number; `null` is a gap, such as a moment when the server did not answer. */
  add(value) {
    this.values.push(typeof value === "number" && Number.isFinite(value) ? value : null);
    if (this.values.length > this.room) this.values.shift();
    this.redraw();
  }

  /** Forgets all numbers. */
  clear() {
    this.values = [];
  }

  redraw() {
    const known = this.values.filter((value) => value !== null);
    const most = Math.max(0, ...known);
    const last = this.values.at(-1);
    const now = last === null || last === undefined ? "no answer" : this.format(last);
    say(this.now, now);
    say(this.most, known.length > 0 ? `highest ${this.format(most)}` : "");
    say(this.span, `last ${roughly(this.points() * this.every)}`);
    attribute(this.picture, "aria-label", `${this.title}: now ${now}, highest ${this.format(most)}`);
    const { line, area } = this.paths(most > 0 ? most : 1);
    attribute(this.line, "d", line);
    attribute(this.area, "d", area);
  }

  /** Returns how many points fill the chart. */
  points() {
    return Math.min(this.room, Math.max(LEAST, this.values.length));
  }

  /** Returns the line through all points, and what is under it; both break off at gaps. */
  paths(most) {
    const step = WIDTH / (this.points() - 1);
    const first = this.points() - this.values.length;
    let line = "";
    let area = "";
    let run = [];
    const close = () => {
      if (run.length > 0) {
        // A point on its own is drawn as a short line, or it would not be seen.
        if (run.length === 1) run.push([run[0][0] + 1, run[0][1]]);
        const way = run.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L");
        line += `M${way}`;
        area += `M${run[0][0].toFixed(1)} ${HEIGHT}L${way}L${run.at(-1)[0].toFixed(1)} ${HEIGHT}Z`;
      }
      run = [];
    };
    this.values.forEach((value, index) => {
      if (value === null) close();
      else run.push([(first + index) * step, HEIGHT - 2 - (value / most) * (HEIGHT - 6)]);
    });
    close();
    return { line, area };
  }
}

/** Returns a bar that is filled by a share from 0 to 1, for numbers that stand beside it as words. */
export function bar(of, tone = "") {
  const fill = make("span", { class: `fill ${tone}` });
  // A sliver stays visible where there is anything at all.
  fill.style.inlineSize = `${of > 0 ? Math.max(0.6, Math.min(1, of) * 100) : 0}%`;
  return make("span", { class: "bar", "aria-hidden": "true" }, fill);
}
