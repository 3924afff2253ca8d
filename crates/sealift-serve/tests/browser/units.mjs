// Numbers as the page writes them, in the browser that reads them.

import { open, equal } from "./browser.mjs";
import { HEALTH } from "./facts.mjs";
import { mock } from "./mock.mjs";
import { run } from "./talk.mjs";

const KB = 1_024;
const CASES = {
  count: [[0, "0"], [1234567, "1,234,567"], [null, "–"]],
  bytes: [[0, "0 B"], [1023, "1023 B"], [KB, "1.0 kB"], [1.5 * KB ** 2, "1.5 MB"], [100 * KB ** 3, "100 GB"], [KB ** 6, "1024 PB"], [null, "–"]],
  duration: [[0, "0 ms"], [0.0004, "under 1 ms"], [0.0129, "12 ms"], [3.48, "3.4 s"], [59.99, "59.9 s"], [125, "2 min 05 s"], [3720, "1 h 02 min"], [400_000, "4 days"]],
  roughly: [[0, "a moment"], [41, "45 s"], [56, "1 min"], [170, "3 min"], [7_900, "2 h 10 min"], [null, "–"]],
  precise: [[1, "100%"], [0.9999, "99.9%"], [0, "0.0%"]],
  percent: [[0.999, 99], [1, 100]],
};

await run(async () => {
  const browser = await open("units");
  const server = await mock({ migration: null, server: null, health: HEALTH });
  await browser.goto(server.url);
  const told = await browser.page.evaluate(async (cases) => {
    const format = await import("/page/format.js");
    return Object.entries(cases).map(([name, pairs]) => [name, pairs.map(([value]) => [value, format[name](value)])]);
  }, CASES);
  equal(Object.fromEntries(told), CASES, "numbers");
  await browser.close();
});
