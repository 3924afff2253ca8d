// A server that goes away and comes back, and one that wants a token.

import { open, truth } from "./browser.mjs";
import { ended, HEALTH, migration, quiet } from "./facts.mjs";
import { mock } from "./mock.mjs";
import { run } from "./talk.mjs";

await run(async () => {
  const browser = await open("link");
  const { page } = browser;
  const server = await mock({ migration: migration(), server: quiet(), health: HEALTH });
  await browser.goto(server.url);
  await browser.untilTitle("Copying rows");
  truth(await page.locator("#banner").isHidden(), "no banner while all is well");

  browser.mayFail = true;
  await server.stop();
  await browser.until("the banner", () => document.getElementById("banner").innerText.includes("The connection is lost"));
  await browser.judge("lost");
  server.state.migration = migration({ rows: 777, rows_total: 100_000 });
  await server.again();
  await browser.until("news", () => document.body.innerText.includes("777 of 100,000"));
  truth(await page.locator("#banner").isHidden(), "no banner when it is back");

  server.tell("migration", ended());
  await browser.untilTitle("Every row arrived");
  await server.stop();
  await browser.until("the end", () => document.getElementById("banner").innerText.includes("Sealift has ended."));
  await browser.judge("ended");

  server.refuses = true;
  await server.again();
  await browser.until("words about the token", () => document.getElementById("banner").innerText.includes("needs its token"));
  await browser.close();
});
