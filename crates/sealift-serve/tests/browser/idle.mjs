// A real server without a migration: well, gone, and back.

import { open, equal, truth } from "./browser.mjs";
import { run, tell, told } from "./talk.mjs";

await run(async () => {
  const browser = await open("idle");
  const { page } = browser;
  tell("ready");
  await browser.goto(await told("open"));
  await browser.untilTitle("The database is well");
  await browser.until("a reading", () => /\d of \d+; \d+ are free/.test(document.body.innerText));
  for (const id of ["tables", "findings", "run"]) truth(await page.locator(`#${id}`).isHidden(), `no ${id}`);
  truth(await page.getByText("people", { exact: true }).isVisible(), "the largest table");
  equal(await page.title(), "The database is well · Sealift", "the title");
  await browser.judge("well");
  tell("well");
  await browser.untilTitle("The database does not answer");
  truth(!(await browser.text()).includes("secret"), "no password");
  await browser.judge("gone");
  tell("gone");
  await browser.untilTitle("The database is well");
  tell("back");
  await browser.close();
});
