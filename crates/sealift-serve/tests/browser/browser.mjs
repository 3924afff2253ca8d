// A browser for a test: a page that is watched for everything it must not do, and questions about it.

import { createRequire } from "node:module";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where scripts/browser has put it. */
const folder = process.env.SEALIFT_BROWSER ?? fileURLToPath(new URL("../../../../target/browser", import.meta.url));
const require = createRequire(join(folder, "package.json"));
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** Where pictures go; the name of the test is part of theirs. */
const PICTURES = process.env.SEALIFT_PICTURES ?? join(folder, "pictures");

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 360, height: 740 };

/** For what a page on a slow machine reaches in a tenth of it. */
const PATIENCE = 30_000;

/** Starts the browser and opens an empty page in it. */
export async function open(name) {
  const browser = await chromium.launch({
    executablePath: join(folder, "bin/chromium"),
    // Tests run as root in containers, where Chromium's own sandbox cannot be.
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"],
    env: { ...process.env, FONTCONFIG_PATH: join(folder, "bin"), LD_LIBRARY_PATH: join(folder, "bin/lib"), HOME: folder },
  });
  const context = await browser.newContext({ viewport: DESKTOP, locale: "en-GB", reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const watched = new Watched(name, browser, page);
  await watched.begin();
  return watched;
}

/** A page, and what it did that it must not do. */
class Watched {
  constructor(name, browser, page) {
    this.name = name;
    this.browser = browser;
    this.page = page;
    this.wrong = [];
    this.asked = [];
    /** While the server is away on purpose, requests fail, and the browser says so. */
    this.mayFail = false;
  }

  async begin() {
    const { page } = this;
    page.on("pageerror", (error) => this.wrong.push(`error: ${error.stack ?? error}`));
    page.on("dialog", (dialog) => {
      this.wrong.push(`dialog: ${dialog.message()}`);
      dialog.dismiss().catch(() => {});
    });
    page.on("console", (message) => {
      const failed = /^Failed to load resource: net::ERR_|ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED/;
      if (this.mayFail && failed.test(message.text())) return;
      if (message.type() === "error" || message.type() === "warning") {
        this.wrong.push(`console: ${message.text()} ${message.location().url}`);
      }
    });
    page.on("request", (request) => this.asked.push(request.url()));
    // The policy tells its violations to the page.
    await page.addInitScript(() => {
      window.violations = [];
      document.addEventListener("securitypolicyviolation", (event) => {
        window.violations.push(`${event.violatedDirective}: ${event.blockedURI} in ${event.sourceFile}`);
      });
    });
    // As a script of the page it would be refused by the policy.
    await page.addInitScript({ content: AXE });
  }

  async goto(url) {
    this.origin = new URL(url).origin;
    this.asked.length = 0;
    await this.page.goto(url, { waitUntil: "load" });
  }

  /** Waits until a function of the page returns something true, and returns that. */
  async until(what, question, argument) {
    try {
      const handle = await this.page.waitForFunction(question, argument, { timeout: PATIENCE, polling: 50 });
      return await handle.jsonValue();
    } catch (error) {
      await this.picture("timeout").catch(() => {});
      throw new Error(`waited in vain for ${what}: ${error.message}\n${await this.text()}\n${this.wrong.join("\n")}`);
    }
  }

  untilTitle(words) {
    return this.until(`the headline ${words}`, (text) => document.querySelector("h1")?.textContent === text, words);
  }

  text() {
    return this.page.evaluate(() => document.body.innerText).catch(() => "");
  }

  async looks({ scheme = "light", size = DESKTOP } = {}) {
    await this.page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await this.page.setViewportSize(size);
  }

  /** Judges the page as it is now: accessible in both schemes and on a phone, and nowhere wider than that. */
  async judge(state) {
    for (const [look, size] of [["desktop", DESKTOP], ["phone", PHONE]]) {
      for (const scheme of ["light", "dark"]) {
        await this.looks({ scheme, size });
        await this.accessible(`${state}, ${look}, ${scheme}`);
        await this.narrow(`${state}, ${look}`);
        await this.picture(`${state}-${look}-${scheme}`);
      }
    }
    await this.looks();
    await this.innocent(state);
  }

  async accessible(state) {
    const violations = await this.page.evaluate(async () => {
      const options = {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        resultTypes: ["violations"],
      };
      const { violations } = await window.axe.run(document, options);
      return violations.flatMap(({ id, help, nodes }) =>
        nodes.map((node) => `${id} (${help}): ${node.target} ${node.failureSummary}`),
      );
    });
    equal(violations, [], `accessible: ${state}`);
  }

  async narrow(state) {
    const [needed, there] = await this.page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.clientWidth,
    ]);
    truth(needed <= there, `${state}: ${needed} pixels wide on a screen of ${there}`);
  }

  /** Nothing went wrong so far, and nobody else was asked. */
  async innocent(state) {
    equal(await this.page.evaluate(() => window.violations), [], `policy: ${state}`);
    equal(this.wrong, [], `quiet: ${state}`);
    const others = this.asked.filter((url) => new URL(url).origin !== this.origin && !url.startsWith("data:"));
    equal(others, [], `no other host: ${state}`);
  }

  async picture(state) {
    const place = join(PICTURES, this.name);
    mkdirSync(place, { recursive: true });
    const file = `${state.replace(/[^a-z0-9]+/gi, "-")}.png`;
    await this.page.screenshot({ path: join(place, file), fullPage: true, animations: "disabled" });
  }

  close() {
    return this.browser.close();
  }
}

/** Fails unless both are the same as JSON. */
export function equal(actual, expected, what) {
  const [left, right] = [JSON.stringify(actual, null, 1), JSON.stringify(expected, null, 1)];
  if (left !== right) throw new Error(`${what}: ${left} instead of ${right}`);
}

/** Fails unless it is true. */
export function truth(is, what) {
  if (!is) throw new Error(what);
}
