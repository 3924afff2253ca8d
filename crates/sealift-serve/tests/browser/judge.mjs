// What the other scripts rely on: a page that does what it must not do is noticed.

import { open, truth } from "./browser.mjs";
import { HEALTH, migration, reading } from "./facts.mjs";
import { mock } from "./mock.mjs";
import { run } from "./talk.mjs";

/** What is done to a good page, and what is said about it then. */
const FAULTS = {
  "image-alt": () => document.querySelector("main").append(new Image()),
  "color-contrast": () => document.querySelector("h1").style.setProperty("color", "var(--line)"),
  "pixels wide on a screen": () => document.querySelector("h1").style.setProperty("inline-size", "2000px"),
  "style-src-attr": () => document.querySelector("main").setAttribute("style", "color: red"),
  "connect-src": () => fetch("http://127.0.0.2:1/").catch(() => {}),
  "quiet: ": () => console.error("something"),
};

await run(async () => {
  const browser = await open("judge");
  const server = await mock({ migration: migration(), server: reading(), health: HEALTH });
  for (const [words, fault] of Object.entries(FAULTS)) {
    browser.wrong.length = 0;
    await browser.goto(server.url);
    await browser.untilTitle("Copying rows");
    await browser.page.evaluate(fault);
    const told = await browser.judge("broken").then(() => "nothing", (error) => error.message);
    truth(told.includes(words), `instead of ${words}: ${told}`);
  }
  await browser.close();
});
