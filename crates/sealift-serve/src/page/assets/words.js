// What the facts are called on the page.

/** What a phase does, while it runs. */
export const DOING = {
  inspect: "Reading the schema",
  census: "Looking at every cell",
  plan: "Choosing types",
  create: "Creating tables",
  copy: "Copying rows",
  finish: "Building keys and indexes",
  analyze: "Gathering statistics",
  verify: "Comparing both sides",
};

/** The name of a phase among the others, as in the report. */
export const PHASES = {
  inspect: "Read the schema",
  census: "Look at every cell",
  plan: "Choose types",
  create: "Create tables",
  copy: "Copy rows",
  finish: "Keys and indexes",
  analyze: "Statistics",
  verify: "Compare both sides",
};

/** The state of a table. */
export const TABLE = {
  waiting: "waiting",
  copying: "copying",
  copied: "copied",
  comparing: "comparing",
  match: "equal",
  differs: "different",
  failed: "failed",
};

/** How thoroughly both sides were compared. */
export const COMPARED = {
  none: "nothing was compared",
  structure: "the structure compared",
  counts: "rows counted on both sides",
  digest: "every row of both sides hashed",
  cells: "every cell of both sides compared",
};

/** How much a finding matters. */
export const SEVERITY = { error: "Error", warning: "Warning", note: "Note" };
