// A thousand tables: news four times a second keep the page quick, and a person finds one of them.

import { open, equal, truth } from "./browser.mjs";
import { HEALTH, migration } from "./facts.mjs";
import { mock } from "./mock.mjs";
import { run } from "./talk.mjs";

const TABLES = 1_000;

/** So much of a processor may go into drawing while every table has news four times a second. */
const BUSY = 0.5;

/** Seconds of news. */
const SECONDS = 4;

/** What else the machine does makes a processor slower, never faster: the best of so many counts. */
const ATTEMPTS = 3;

await run(async () => {
  const browser = await open("many");
  const { page } = browser;
  const facts = migration({ many: TABLES });
  const server = await mock({ migration: facts, server: null, health: HEALTH });
  await browser.goto(server.url);
  await browser.until("the tables", () => document.querySelectorAll("#tables tbody tr").length === 100);
  await browser.judge("first");

  await page.getByRole("button", { name: "Show all 1,000" }).click();
  equal(await page.locator("#tables tbody tr").count(), TABLES, "rows");

  const spent = await clock(page);
  let busy = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS && busy >= BUSY; attempt += 1) {
    const before = await spent();
    await news(page, server, facts);
    const rows = facts.rows.toLocaleString("en");
    await browser.until("the last news", (number) => document.body.innerText.includes(`${number} of`), rows);
    busy = Math.min(busy, ((await spent()) - before) / SECONDS);
    process.stderr.write(`busy ${(busy * 100).toFixed(1)}% of a processor\n`);
  }
  truth(busy < BUSY, `drawing takes ${(busy * 100).toFixed(0)}% of a processor`);

  // One of which it was not known how large it is goes up as soon as it is.
  facts.tables[999].rows_total = 9_999_999;
  server.tell("migration", facts);
  await browser.until("the largest", () => document.querySelector("#tables tbody th").textContent === "table_999");

  await page.getByLabel("Filter").fill("_77");
  equal(await page.locator("#tables tbody tr").count(), 11, "found");
  await page.getByLabel("Filter").fill("nowhere");
  truth(await page.getByText("No table is called so.").isVisible(), "none is found");
  await page.getByLabel("Filter").fill("");
  await page.getByLabel("Show").selectOption("bad");
  equal(await page.locator("#tables tbody tr").count(), 0, "none failed");
  facts.tables[500].status = "failed";
  server.tell("migration", facts);
  await browser.until("the one that failed", () => document.querySelectorAll("#tables tbody tr.failed").length === 1);
  await browser.innocent("many");
  await browser.close();
});

/** Tells news of every table that is being copied, four times a second. */
async function news(page, server, facts) {
  for (let tick = 1; tick <= SECONDS * 4; tick += 1) {
    for (const table of facts.tables) {
      if (table.status === "waiting" && tick % 4 === 0) table.status = "copying";
      if (table.status === "copying") table.copied = Math.min(table.rows_total, table.copied + 1_000);
    }
    facts.rows = facts.tables.reduce((sum, table) => sum + table.copied, 0);
    server.tell("migration", facts);
    await page.waitForTimeout(250);
  }
}

/** Returns what tells how many seconds the page has worked so far. */
async function clock(page) {
  const session = await page.context().newCDPSession(page);
  // The processor's time, not the clock's: tests run beside each other.
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration").value;
  };
}
