// The page without a mouse, and for those who hear it: the order of what can be reached, tables sorted by a
// key, and what is said aloud.

import { open, equal, truth } from "./browser.mjs";
import { ended, FINDINGS, HEALTH, migration, reading } from "./facts.mjs";
import { mock } from "./mock.mjs";
import { run } from "./talk.mjs";

await run(async () => {
  const browser = await open("keyboard");
  const { page } = browser;
  const told = migration({ findings: FINDINGS });
  const server = await mock({ migration: told, server: reading(), health: HEALTH });
  await browser.goto(server.url);
  await browser.untilTitle("Copying rows");

  const order = [];
  for (let step = 0; step < 13; step += 1) {
    await page.keyboard.press("Tab");
    order.push(await focused(page));
    truth(await ringed(page), `one sees where the focus is: ${order.at(-1)}`);
    if (step === 0) await browser.picture("skip");
  }
  equal(
    order,
    [
      "Skip to the content", "Tables", "Findings", "Database", "part of a name", "all tables", "Table", "Rows", "Sent",
      "State", "9 notes", "6 more", "14 more",
    ],
    "order of what can be reached",
  );

  const sortByName = page.getByRole("button", { name: "Table", exact: true });
  await sortByName.focus();
  await page.keyboard.press("Enter");
  equal(await column(page), ["table_0", "table_1", "table_2"], "by name");
  equal(await page.locator("th[aria-sort]").getAttribute("aria-sort"), "ascending", "the way it is sorted");
  await page.keyboard.press("Space");
  equal(await column(page), ["table_11", "table_10", "table_9"], "by name, the other way round");
  equal(await page.locator("th[aria-sort]").getAttribute("aria-sort"), "descending", "the other way");
  truth(await sortByName.evaluate((button) => button === document.activeElement), "the focus stays");

  await page.getByRole("link", { name: "Skip to the content" }).focus();
  await page.keyboard.press("Enter");
  equal(await page.evaluate(() => document.activeElement.id), "main", "what skipping leads to");

  // A fold that was opened stays so when its list is drawn anew.
  const fold = page.locator("#database summary").first();
  await fold.focus();
  await page.keyboard.press("Enter");
  const changed = reading();
  changed.statements[0].calls += 1;
  changed.tables[0].bytes += 1_000_000_000;
  server.tell("server", changed);
  await browser.until("the new size", () => document.body.innerText.includes("38.1 GB"));
  equal(await page.locator("#database details[open]").count(), 1, "folds that are open");
  truth(await fold.evaluate((summary) => summary === document.activeElement), "the focus stays in the fold");

  const progress = page.getByRole("progressbar", { name: "The whole migration" });
  const value = Number(await progress.getAttribute("aria-valuenow"));
  truth(value > 0 && value < 100, `progress is ${value}`);
  equal(await page.locator("[aria-live]").count(), 1, "places that speak");
  equal(await page.locator("[aria-live]").textContent(), "Copying rows", "what is said");
  server.tell("migration", { ...told, rows: told.rows + 1 });
  server.tell("migration", { ...told, phase: "finish" });
  await browser.until("the next phase", () => document.querySelector("[aria-live]").textContent === "Building keys and indexes");
  server.tell("migration", ended());
  await browser.until("the end", () => document.querySelector("[aria-live]").textContent === "Every row arrived");
  equal(await page.title(), "Every row arrived · Sealift", "title");
  await browser.innocent("keyboard");
  await browser.close();
});

/** Returns what the focus is on, as it is called. */
function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    return element.placeholder || element.selectedOptions?.[0].textContent || element.textContent.trim();
  });
}

function ringed(page) {
  return page.evaluate(() => {
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
    return outlineStyle !== "none" && outlineWidth !== "0px";
  });
}

async function column(page) {
  return (await page.locator("#tables tbody th").allTextContents()).slice(0, 3);
}
