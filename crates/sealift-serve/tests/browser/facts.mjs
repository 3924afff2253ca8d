// Facts as the server tells them, for states that no real server comes to on demand.

export const NOW = Math.floor(Date.now() / 1_000);

/** What a name may hold, where it is a person's or an attacker's. */
export const HOSTILE = [
  "<script>document.title='taken over'</script>",
  '"><img src=x onerror=alert(1)>',
  "'; drop table users; --",
  "</li></ul><h1>Every row arrived</h1>",
  "javascript:alert(1)",
  "&lt;b&gt; &amp; \u202Eright to left",
  "averyveryverylongnameofatablewithoutanyspacesinitwhichdoesnotendsoonandmustnotwidenthepageonaphone",
];

export const HEALTH = {
  status: "healthy",
  database: "healthy",
  reason: null,
  kind: "postgresql",
  target: "postgresql://app:***@db.example.com:5432/shop",
  version: "0.1.0",
  server_version: "16.4",
  latency_seconds: 0.0013,
  pool: { base: 5, max: 20, size: 4, idle: 3, in_use: 1, waiting: 0, timeouts: 0 },
};

export const UNWELL = {
  ...HEALTH,
  status: "unhealthy",
  database: "unhealthy",
  reason: "connection refused",
  server_version: null,
  latency_seconds: null,
};

/** A SQLite file, of which there is no reading. */
export const FILE = { ...HEALTH, kind: "sqlite", target: "app.db", server_version: "3.54.1", pool: null };

/** A reading in which every part is there, with something to worry about in each. */
export function reading(name = (index) => `table_${index}`) {
  const several = (number, make) => Array.from({ length: number }, (_, index) => make(index));
  return {
    server: { version: "16.4", started_at: NOW - 90_000, read_at: NOW, is_standby: false, database: "shop" },
    connections: {
      limit: 97,
      used: 83,
      by_state: { idle: 61, active: 12, "idle in transaction": 7, "idle in transaction (aborted)": 1, unknown: 2 },
    },
    queries: several(5, (index) => ({
      pid: 4_000 + index,
      user: index === 3 ? null : "app",
      application: index === 4 ? "sealift copy" : "gunicorn",
      seconds: [71.2, 9.3, 0.4, 0.01, 33.1][index],
      state: index === 1 ? "idle in transaction" : "active",
      wait: index === 0 ? "Lock: relation" : null,
      query: index === 3 ? null : `select sum(total) from ${name(index)} where customer = ? and made_at > ? group by region`,
      slow: index < 2 || index === 4,
    })),
    locks: [
      {
        pid: 4_000, user: "app", seconds: 71.2, mode: "AccessExclusiveLock", relation: name(0),
        query: `alter table ${name(0)} add column note text`, blocked_by: [4_001, 0],
      },
    ],
    database: {
      bytes: 84_213_448_704, cache_hit_ratio: 0.8734, commits: 184_223_101, rollbacks: 4_211, deadlocks: 3,
      temporary_bytes: 7_516_192_768,
    },
    tables: several(20, (index) => ({
      schema: index === 1 ? "billing" : "public",
      name: name(index),
      bytes: Math.floor(40_000_000_000 / (index + 1)),
      index_bytes: Math.floor(9_000_000_000 / (index + 1)),
      rows: index === 2 ? null : Math.floor(210_000_000 / (index + 1)),
      live_rows: Math.floor(200_000_000 / (index + 1)),
      dead_rows: index === 0 ? 80_000_000 : 0,
      vacuumed_at: index === 3 ? null : NOW - 86_400 * (index + 1),
      analyzed_at: NOW - 3_000 * (index + 1),
    })),
    unused_indexes: several(8, (index) => ({
      schema: "public", table: name(index), index: `${name(index)}_old_idx`, bytes: 900_000_000 / (index + 1),
    })),
    unindexed_foreign_keys: [
      {
        schema: "public", table: name(4), constraint: `${name(4)}_customer_fkey`, columns: ["customer_id", "region_id"],
        table_bytes: 7_000_000_000,
      },
    ],
    scanned_tables: [
      { schema: "public", table: name(5), sequential_scans: 18_221, index_scans: 12, rows_per_scan: 1_400_000 },
    ],
    sequences: [
      { schema: "public", name: `${name(0)}_id_seq`, last_value: 2_104_533_975, end: 2_147_483_647, used_ratio: 0.98 },
      { schema: "public", name: `${name(1)}_id_seq`, last_value: 1_395_864_371, end: 2_147_483_647, used_ratio: 0.65 },
      { schema: "public", name: `${name(2)}_id_seq`, last_value: null, end: 9_007_199_254_740_991, used_ratio: 0 },
    ],
    replication: [
      { name: "standby1", state: "streaming", sync_state: "sync", lag_bytes: 0, lag_seconds: 0.002 },
      { name: "standby2", state: "catchup", sync_state: "async", lag_bytes: 734_003_200, lag_seconds: null },
    ],
    statements: several(12, (index) => ({
      query: `select * from ${name(index)} where owner_id = $1 order by made_at desc limit $2`,
      calls: 4_100_000 / (index + 1),
      total_seconds: 91_000 / (index + 1),
      mean_seconds: 0.0222,
      rows: 8_100_000,
    })),
    missing: {},
  };
}

/** A reading in which no part could be read, each for its reason. */
export function nothingRead(reason = (part) => `permission denied for ${part}`) {
  const parts = Object.keys(reading()).filter((part) => part !== "missing");
  return {
    ...Object.fromEntries(parts.map((part) => [part, null])),
    missing: Object.fromEntries(parts.map((part) => [part, reason(part)])),
  };
}

/** A reading of a server on which all is well. */
export function quiet() {
  const lists = ["queries", "locks", "tables", "unused_indexes", "unindexed_foreign_keys", "scanned_tables"];
  return {
    ...reading(),
    ...Object.fromEntries([...lists, "sequences", "replication", "statements"].map((part) => [part, []])),
    connections: { limit: 97, used: 6, by_state: { idle: 5, active: 1 } },
  };
}

const PHASES = ["inspect", "census", "plan", "create", "copy", "finish", "analyze", "verify"];

/** A migration of so many tables in the midst of its copy. */
export function migration({ many = 12, name = (index) => `table_${index}`, ...rest } = {}) {
  const tables = Array.from({ length: many }, (_, index) => {
    const rows_total = 1_000 + 37_000 * ((index * 7) % 13);
    const status = ["copied", "copying", "waiting"][Math.min(2, Math.floor(index / Math.max(1, many / 3)))];
    const copied = status === "copied" ? rows_total : status === "copying" ? Math.floor(rows_total / 3) : 0;
    return { name: name(index), rows_total, copied, bytes: copied * 84, verified: 0, status };
  });
  const rows = tables.reduce((sum, table) => sum + table.copied, 0);
  const rows_total = tables.reduce((sum, table) => sum + table.rows_total, 0);
  return {
    source: "shop.db",
    target: "postgresql://app:***@db.example.com:5432/shop",
    status: "running",
    error: null,
    started_at: NOW - 64,
    seconds: 64.2,
    phase: "copy",
    phases: PHASES.map((phase, index) => ({
      name: phase,
      status: index < 4 ? "done" : index === 4 ? "running" : "waiting",
      seconds: index < 4 ? [0.02, 14.2, 0.3, 0.8][index] : null,
      rows: phase === "copy" ? rows_total : null,
      steps: phase === "finish" ? 31 : null,
      steps_done: 0,
    })),
    rows,
    rows_total,
    bytes: rows * 84,
    rows_per_second: 184_223.4,
    seconds_left: 47,
    tables,
    steps: [],
    notices: [],
    findings: [],
    verify: null,
    ...rest,
  };
}

export const FINDINGS = [
  {
    severity: "error", code: "orphans", object: "orders.customer_id",
    message: "3 rows refer to customers that are not there", hint: "--on-orphan 'orders.customer_id=quarantine'",
  },
  {
    severity: "warning", code: "type-changed", object: "product.weight",
    message: "becomes text: declared INTEGER, but it holds 10 texts, 3547 whole numbers",
    hint: "nothing is lost; mend those rows in SQLite to get bigint, or decide with --cast 'product.weight=TYPE'",
  },
  ...Array.from({ length: 9 }, (_, index) => ({
    severity: "note", code: "collation-nocase", object: `customer.email${index}`,
    message: "compares by NOCASE in SQLite; on PostgreSQL its keys do so too, queries do not", hint: null,
  })),
];

/** The same migration at its end; `worse` is what else is the case. */
export function ended(worse = {}) {
  const before = migration();
  return {
    ...before,
    status: "done",
    phase: null,
    seconds: 131.7,
    seconds_left: null,
    phases: before.phases.map((phase) => ({ ...phase, status: "done", seconds: phase.seconds ?? 12.5 })),
    rows: before.rows_total,
    tables: before.tables.map((table) => ({
      ...table, copied: table.rows_total, verified: table.rows_total, status: "match",
    })),
    steps: Array.from({ length: 20 }, (_, index) => ({ step: `index table_${index}_owner`, seconds: 0.3 * index })),
    notices: ["the source has a rollback journal: writes of the application wait until the rows are copied"],
    findings: FINDINGS.slice(1),
    verify: { level: "digest", status: "match", tables_match: before.tables.length, tables_differ: 0 },
    ...worse,
  };
}
