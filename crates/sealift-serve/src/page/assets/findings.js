// What a person should know: findings by severity, and what was said and made while it ran.

import { byId, make, redrawn, show } from "./dom.js";
import { counted, duration } from "./format.js";
import { mark } from "./marks.js";
import { SEVERITY } from "./words.js";

/** So many notes are shown at once; more of them are unfolded by whoever wants to read them. */
const NOTES_AT_ONCE = 5;

const SIGN = { error: "bad", warning: "warn", note: "note" };

/** Shows findings in the section `findings`, and returns what to call with them. */
export function findingsView() {
  const section = byId("findings");
  const render = redrawn(section, (findings) => {
    const groups = ["error", "warning", "note"].map((severity) => [
      severity,
      findings.filter((finding) => finding.severity === severity),
    ]);
    const present = groups.filter(([, list]) => list.length > 0);
    return [
      make(
        "div",
        { class: "title" },
        make("h2", { id: "findings-title" }, "Findings"),
        make("p", { class: "dim" }, present.map(([severity, list]) => counted(list.length, severity)).join(", ")),
      ),
      ...present.map(([severity, list]) => group(severity, list)),
    ];
  });
  return (findings) => {
    show(section, findings.length > 0);
    render(findings);
  };
}

function group(severity, findings) {
  const list = make("ul", { class: "findings" }, ...findings.map(finding));
  if (severity !== "note" || findings.length <= NOTES_AT_ONCE) return list;
  return make("details", {}, make("summary", {}, counted(findings.length, "note")), list);
}

function finding({ severity, code, object, message, hint }) {
  return make(
    "li",
    { class: `finding ${severity}` },
    make(
      "p",
      { class: "head" },
      mark(SIGN[severity] ?? "note"),
      make("strong", { class: "severity" }, SEVERITY[severity] ?? severity),
      make("span", { class: "object" }, object),
      make("code", { class: "code" }, code),
    ),
    make("p", {}, sentence(message)),
    hint === null || hint === undefined ? null : make("p", { class: "hint" }, hint),
  );
}

function sentence(text) {
  return text.charAt(0).toLocaleUpperCase("en") + text.slice(1);
}

/** Shows what was said and made in the section `run`, and returns what to call with both. */
export function runView() {
  const section = byId("run");
  const render = redrawn(section, ({ notices, steps }) => [
    make("h2", { id: "run-title" }, "What happened"),
    notices.length === 0
      ? null
      : make("ul", { class: "notices" }, ...notices.map((notice) => make("li", {}, mark("note"), make("span", {}, notice)))),
    steps.length === 0
      ? null
      : make(
          "div",
          {},
          make("h3", { id: "steps-title" }, "The last statements"),
          make(
            "ol",
            { class: "made", "aria-labelledby": "steps-title" },
            // The newest first: it is the one that was waited for.
            ...[...steps].reverse().map((step) =>
              make("li", {}, make("span", { class: "what" }, step.step), make("span", { class: "time" }, duration(step.seconds))),
            ),
          ),
        ),
  ]);
  return ({ notices, steps }) => {
    show(section, notices.length > 0 || steps.length > 0);
    render({ notices, steps });
  };
}
