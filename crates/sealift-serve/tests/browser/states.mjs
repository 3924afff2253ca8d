// Every state of the page that facts can bring it to, judged: a server on which everything is there or
// nothing, all severities of findings, and each way in which a migration may end.

import { open, equal, truth } from "./browser.mjs";
import { ended, FILE, FINDINGS, HEALTH, migration, nothingRead, quiet, reading, UNWELL } from "./facts.mjs";
import { mock } from "./mock.mjs";
import { run } from "./talk.mjs";

const hints = ["run the same command again: it goes on where it was"];

/** By name: what is told, and the headline that says so. */
const STATES = {
  "everything known": [{ migration: null, server: reading(), health: HEALTH }, "The database is well"],
  "nothing known": [{ migration: null, server: nothingRead(), health: HEALTH }, "The database is well"],
  quiet: [{ migration: null, server: quiet(), health: HEALTH }, "The database is well"],
  file: [{ migration: null, server: null, health: FILE }, "The database is well"],
  unwell: [{ migration: null, server: nothingRead(() => "connection refused"), health: UNWELL }, "The database does not answer"],
  copying: [{ migration: migration(), server: reading(), health: HEALTH }, "Copying rows"],
  beginning: [
    { migration: migration({ many: 0, phase: null, rows_total: null, seconds_left: null }), server: null, health: UNWELL },
    "Beginning",
  ],
  done: [{ migration: ended(), server: quiet(), health: HEALTH }, "Every row arrived"],
  "done without comparison": [{ migration: ended({ verify: null }), server: quiet(), health: HEALTH }, "Done"],
  different: [
    {
      migration: ended({
        status: "failed",
        error: { message: "both sides differ in 1 tables or views", hints: ["sealift verify shop.db --level cells names each cell"] },
        verify: { level: "cells", status: "differ", tables_match: 11, tables_differ: 1 },
        tables: ended().tables.map((table, index) => ({ ...table, status: index === 3 ? "differs" : "match" })),
      }),
      server: quiet(),
      health: HEALTH,
    },
    "Done, and both sides differ",
  ],
  failed: [
    {
      migration: migration({
        status: "failed",
        error: { message: "copy orders: the server refuses a row: value too long for type varchar(20)", hints },
        findings: FINDINGS,
        tables: migration().tables.map((table, index) => ({ ...table, status: index === 4 ? "failed" : table.status })),
      }),
      server: quiet(),
      health: HEALTH,
    },
    "The migration failed",
  ],
  refused: [
    {
      migration: migration({
        status: "failed",
        phase: "plan",
        error: { message: "1 findings forbid the start; nothing was written", hints },
        findings: FINDINGS,
        phases: migration().phases.map((phase, index) => ({ ...phase, status: index < 3 ? "done" : "waiting" })),
      }),
      server: quiet(),
      health: HEALTH,
    },
    "Nothing was written",
  ],
  stopped: [
    { migration: migration({ status: "stopped", error: { message: "stopped on request", hints } }), server: null, health: UNWELL },
    "Stopped half way",
  ],
};

await run(async () => {
  const browser = await open("states");
  for (const [name, [state, headline]] of Object.entries(STATES)) {
    const server = await mock(state);
    await browser.goto(server.url);
    await browser.untilTitle(headline);
    await shows(browser.page, name, state);
    await browser.judge(name);
    await browser.page.goto("about:blank");
    await server.stop();
  }
  await browser.close();
});

/** What must be readable in a state, by its facts. */
async function shows(page, name, { migration: told, server }) {
  const text = (await page.evaluate(() => document.body.innerText)).replaceAll("\u00a0", " ");
  const has = (words) => truth(text.includes(words), `${name} says "${words}": ${text}`);
  if (told?.error) {
    has(told.error.message);
    for (const hint of told.error.hints) has(hint);
  }
  if (told?.verify?.status === "differ") has("12 tables: 1 different, 11 equal");
  if (name === "failed") has("12 tables: 1 failed, 3 copying, 4 waiting, 4 copied");
  for (const reason of Object.values(server?.missing ?? {})) {
    // Those two have no card of their own.
    if (!reason.endsWith(" server")) has(reason);
  }
  if (name === "everything known") {
    for (const words of [
      "83 of 97", "2 statements take longer than 5 s", "process 4000 waits for process 4001, a prepared transaction",
      "87.3%", "98.0%", "near its end", "700 MB behind", "80,000,000 dead rows", "billing.table_1", "table_4 (customer_id, region_id)",
    ]) {
      has(words);
    }
    // What is folded is there as well.
    equal(await page.locator("details").count(), 3, "folded lists");
  }
  if (name === "quiet") has("Nobody waits for a lock");
  // One reason for everything is not said a dozen times.
  if (name === "unwell") equal(text.split("connection refused").length - 1, 2, "times that it is said");
}
