// How far a migration is: its phases together as one share.

import { share } from "./format.js";

/**
 * How much of a whole run a phase takes, in hundredths: those of 1 GB of shop data, compared, in the race
 * (docs/race/production/report.md). They only keep the bar even; when the rows will be done is reckoned by the
 * server from their rate.
 */
const WEIGHT = { inspect: 0.5, census: 8.5, plan: 0.5, create: 0.5, copy: 43, finish: 36, analyze: 2, verify: 9 };

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
