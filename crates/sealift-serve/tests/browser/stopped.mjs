// A real migration that a person stops.

import { open, truth } from "./browser.mjs";
import { run, tell, told } from "./talk.mjs";

await run(async () => {
  const browser = await open("stopped");
  const { page } = browser;
  tell("ready");
  await browser.goto(await told("open"));
  await browser.untilTitle("Copying rows");
  tell("seen");
  browser.mayFail = true;
  await browser.untilTitle("Stopped half way");
  const hints = await page.locator("#hero .hint").allTextContents();
  truth(hints.some((hint) => hint.includes("the same command")), `what to do next: ${hints}`);
  await browser.judge("stopped");
  await browser.close();
});
