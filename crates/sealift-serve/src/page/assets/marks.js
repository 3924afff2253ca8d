// Signs that stand beside words: none of them says something that the words do not.

import { draw } from "./dom.js";

const SIGNS = {
  good: "M6.5 12.4l3.6 3.6 7.4-8",
  bad: "M8 8l8 8m0-8l-8 8",
  warn: "M12 6.5v7m0 3.2v.3",
  note: "M12 10.5v6.5m0-10v.3",
  wait: "M8 12h8",
};

/** Returns a round sign: `good`, `bad`, `warn`, `note`, `wait` or `busy`. */
export function mark(kind) {
  const children = [draw("circle", { cx: 12, cy: 12, r: 11 })];
  if (kind === "busy") children.push(draw("path", { class: "turning", d: "M12 4.5a7.5 7.5 0 0 1 7.5 7.5" }));
  else children.push(draw("path", { d: SIGNS[kind] }));
  return draw("svg", { class: `mark ${kind}`, viewBox: "0 0 24 24", "aria-hidden": "true" }, ...children);
}
