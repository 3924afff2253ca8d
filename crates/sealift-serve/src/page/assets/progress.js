// How far a migration is: its phases together as one share.

import { share } from "./format.js";

/**
 * How much of a whole run a phase usually takes, in hundredths: medians of the race in docs/race. They
 * only keep the bar even; the time that is left is reckoned by the server from rows.
 */
const WEIGHT = { inspect: 1, census: 15, plan: 1, create: 2, copy: 43, finish: 22, analyze: 2, verify: 14 };

/** Returns the share of a phase that is done, from 0 to 1. */
export function ofPhase(phase, migration) {
  if (phase.status === "done") return 1;
  if (phase.status === "waiting") return 0;
  if (phase.name === "copy") return share(migration.rows, migration.rows_total) ?? 0;
  if (phase.name === "verify") return verified(migration.tables) ?? 0;
  return share(phase.steps_done, phase.steps) ?? 0;
}

function verified(tables) {
  let done = 0;
  let all = 0;
  for (const table of tables) {
    const rows = table.rows_total ?? table.copied;
    all += rows;
    done += Math.min(rows, table.status === "match" || table.status === "differs" ? rows : table.verified);
  }
  return share(done, all);
}

/** Returns the share of the whole migration that is done; 1 only once it has ended well. */
export function ofMigration(migration) {
  if (migration.status === "done") return 1;
  let done = 0;
  let all = 0;
  for (const phase of migration.phases) {
    const weight = WEIGHT[phase.name] ?? 1;
    all += weight;
    done += weight * ofPhase(phase, migration);
  }
  return all > 0 ? Math.min(0.99, done / all) : 0;
}
