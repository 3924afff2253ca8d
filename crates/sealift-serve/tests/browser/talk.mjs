// A test in Rust and a script here take turns: each says a line when it has come to a place where the other
// may go on.

import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin });
const waiting = [];
const heard = [];

lines.on("line", (line) => {
  const next = waiting.shift();
  if (next === undefined) heard.push(line);
  else next(line);
});

/** Tells the test that something has happened. */
export function tell(words) {
  process.stdout.write(`${words}\n`);
}

/** Waits for the test's next line, and returns what follows the word in it. */
export async function told(word) {
  const line = heard.shift() ?? (await new Promise((resolve) => waiting.push(resolve)));
  if (line !== word && !line.startsWith(`${word} `)) throw new Error(`told "${line}" instead of ${word}`);
  return line.slice(word.length + 1);
}

/** Runs a script, and ends the process with what became of it. */
export async function run(script) {
  try {
    await script();
    tell("passed");
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  }
}
