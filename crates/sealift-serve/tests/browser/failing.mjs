// A real migration of which the server refuses a row.

import { open, equal, truth } from "./browser.mjs";
import { run, tell, told } from "./talk.mjs";

await run(async () => {
  const browser = await open("failing");
  const { page } = browser;
  tell("ready");
  await browser.goto(await told("open"));
  await browser.untilTitle("Copying rows");
  tell("seen");
  browser.mayFail = true;
  await browser.untilTitle("The migration failed");
  const message = await page.locator(".message").textContent();
  truth(message.includes("notes"), `what it says: ${message}`);
  const failed = page.locator("#tables tbody tr.failed");
  equal(await failed.locator("th").allTextContents(), ["notes"], "the table that failed");
  equal(await failed.locator(".state").textContent(), "failed", "in words");
  await browser.judge("failed");
  await browser.close();
});
