// Names that are markup, scripts or very long stay texts, wherever they stand.

import { open, equal, truth } from "./browser.mjs";
import { ended, HEALTH, HOSTILE, migration, reading } from "./facts.mjs";
import { mock } from "./mock.mjs";
import { run } from "./talk.mjs";

const name = (index) => `${HOSTILE[index % HOSTILE.length]}${index < HOSTILE.length ? "" : index}`;
const everywhere = HOSTILE.join(" ");

await run(async () => {
  const browser = await open("hostile");
  const findings = HOSTILE.map((text) => ({ severity: "warning", code: "names", object: text, message: text, hint: text }));
  const more = { source: everywhere, target: everywhere, findings, notices: HOSTILE };
  const server = await mock({
    migration: migration({ many: HOSTILE.length, name, ...more, steps: HOSTILE.map((step) => ({ step, seconds: 1 })) }),
    server: reading(name),
    health: HEALTH,
  });
  await browser.goto(server.url);
  await browser.untilTitle("Copying rows");
  const names = await browser.page.locator("#tables tbody th").allTextContents();
  // What would turn the text round is shown as a sign.
  const shown = HOSTILE.map((text) => text.replace("\u202e", "\ufffd"));
  equal([...names].sort(), [...shown].sort(), "names of tables");
  await browser.judge("running");
  const failed = ended({ status: "failed", error: { message: everywhere, hints: HOSTILE }, ...more });
  server.tell("migration", failed);
  await browser.untilTitle("The migration failed");
  await browser.judge("failed");
  truth((await browser.page.title()).startsWith("The migration failed"), "the title is ours");
  equal(await browser.page.locator("h1").count(), 1, "headlines");
  equal(await browser.page.locator("main img, main script, main b").count(), 0, "elements out of names");
  await browser.page.goto("about:blank");
  server.state = { migration: null, server: reading(name), health: { ...HEALTH, target: everywhere, server_version: everywhere } };
  await browser.goto(server.url);
  await browser.untilTitle("The database is well");
  await browser.judge("idle");
  server.tell("health", { ...HEALTH, status: "unhealthy", target: everywhere, reason: everywhere });
  await browser.untilTitle("The database does not answer");
  await browser.judge("unwell");
  await browser.close();
});
