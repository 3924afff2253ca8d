// A real migration from its rows to its end, as somebody sees who looks at it.

import { open, equal, truth } from "./browser.mjs";
import { run, tell, told } from "./talk.mjs";

await run(async () => {
  const browser = await open("migration");
  const { page } = browser;
  tell("ready");
  await browser.goto(await told("open"));
  await browser.untilTitle("Copying rows");

  let before = 0;
  for (let step = 0; step < 3; step += 1) {
    before = await browser.until("more rows", rowsAbove, before);
  }
  truth(/^\d+% Copying rows · Sealift$/.test(await page.title()), `the title is ${await page.title()}`);
  truth((await page.locator(".rate dd").textContent()).endsWith("/s"), "a rate");
  equal(await page.locator('.phases [aria-current="step"] .what').textContent(), "Copy rows", "the phase");
  await browser.judge("copying");
  tell("seen");

  // The process ends some seconds after the migration, whether it was judged by then or not.
  browser.mayFail = true;
  await browser.untilTitle("Every row arrived");
  equal(await page.title(), "Every row arrived · Sealift", "the title");
  await browser.until("all tables equal", () => {
    const states = [...document.querySelectorAll("#tables tbody .state")].map((state) => state.textContent);
    return states.length === 3 && states.every((state) => state === "equal");
  });
  const names = await page.locator("#tables tbody th").allTextContents();
  truth(names.includes("<script>alert(1)</script>"), `tables: ${names}`);
  equal(await page.getByRole("progressbar", { name: "The whole migration" }).getAttribute("aria-valuenow"), "100", "all");
  await browser.until("its end", () => document.getElementById("banner").innerText.includes("Sealift has ended."));
  await browser.judge("done");
  await browser.close();
});

/** Returns how many rows were copied, once it is more than that. */
function rowsAbove(before) {
  const words = document.querySelector(".rows dd")?.textContent ?? "";
  const rows = Number(words.split(" ")[0].replaceAll(",", ""));
  return rows > before ? rows : false;
}
