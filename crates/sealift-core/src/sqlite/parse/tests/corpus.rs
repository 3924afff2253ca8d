//! Statements in bulk: the shared cases when they are there, and mutations of our own.

use super::*;
use std::path::PathBuf;

/// One of every construct; the seed of the mutations.
const SEEDS: [&str; 6] = [
    "CREATE TABLE \"a b\"(id INTEGER PRIMARY KEY AUTOINCREMENT, x TEXT COLLATE NOCASE DEFAULT 'q' \
     CHECK (x IN ('a', \"b\", 0x1F, 1_0.5e-3)), y AS (x || 'é') STORED, z REFERENCES p(q) ON DELETE \
     SET NULL DEFERRABLE INITIALLY DEFERRED, CONSTRAINT u UNIQUE (x, z DESC)) STRICT",
    "CREATE UNIQUE INDEX i ON t(lower(a), \"b\" COLLATE RTRIM DESC) WHERE a IS NOT NULL AND b > -1",
    "CREATE VIEW v(a, b) AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 9, \
     3) SELECT t.*, count(*) FILTER (WHERE n > 1) OVER (PARTITION BY n ORDER BY n ROWS BETWEEN 1 \
     PRECEDING AND CURRENT ROW) FROM c LEFT JOIN (t JOIN u USING (n)) ON c.n IN (SELECT 1), \
     json_each('[1]') AS j WHERE n NOT BETWEEN 1 AND 2 OR x LIKE '%' ESCAPE '!' GROUP BY 1",
    "CREATE TRIGGER g AFTER UPDATE OF a ON t WHEN new.a IS NOT old.a BEGIN INSERT INTO u VALUES (1) \
     ON CONFLICT DO NOTHING; SELECT CASE WHEN 1 THEN RAISE(ABORT, 'x') END; END",
    "CREATE VIRTUAL TABLE f USING fts5(a, 'b c', tokenize = \"x 'y'\")",
    "SELECT CASE a WHEN 1 THEN x'00' ELSE CAST(b AS INT) END, (1, 2) = (3, 4), ?1, -~+a, NOT b, \
     EXISTS (VALUES (1), (2)), a ->> '$.x' ISNULL ORDER BY 1 DESC NULLS LAST",
];

/// Reads the text as whatever it begins with; `None` where it is a statement of no schema.
fn read_any(sql: &str) -> Option<Result<String>> {
    let words: Vec<String> = sql
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && *word != "x")
        .take(3)
        .map(str::to_ascii_uppercase)
        .filter(|word| word != "TEMP" && word != "TEMPORARY")
        .collect();
    match words.iter().map(String::as_str).take(2).collect::<Vec<_>>().as_slice() {
        ["CREATE", "TABLE"] => Some(parse_create_table(sql).map(|tree| format!("{tree:?}"))),
        ["CREATE", "UNIQUE" | "INDEX"] => {
            Some(parse_create_index(sql).map(|tree| format!("{tree:?}")))
        }
        ["CREATE", "VIEW"] => Some(parse_create_view(sql).map(|tree| format!("{tree:?}"))),
        ["CREATE", "TRIGGER"] => Some(parse_create_trigger(sql).map(|tree| format!("{tree:?}"))),
        ["CREATE", "VIRTUAL"] => {
            Some(parse_create_virtual_table(sql).map(|tree| format!("{tree:?}")))
        }
        ["SELECT", ..] => Some(parse_select(sql).map(|tree| format!("{tree:?}"))),
        _ => None,
    }
}

/// Returns the shared cases, or nothing where they are not at hand.
#[expect(clippy::disallowed_methods, reason = "the place of the test data is the tester's")]
fn shared_cases() -> Option<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var("SEALIFT_SHARED").map_or(root, PathBuf::from);
    std::fs::read_to_string(folder.join("ddl-cases.txt")).ok()
}

#[test]
fn every_shared_case_is_read() {
    let Some(file) = shared_cases() else { return };
    let cases: Vec<&str> = file.split("=== ").skip(1).collect();
    assert_eq!(cases.len(), 109);
    let mut failures = Vec::new();
    for case in cases {
        let (title, rest) = case.split_once('\n').unwrap();
        let sql = rest.split_once("--->\n").unwrap().1.trim_end_matches('\n');
        match read_any(sql) {
            Some(Ok(_)) => {}
            // SQLite stores the result of this form, not its text.
            Some(Err(_)) if title == "create table as" => {}
            // `ALTER TABLE` is applied to the stored text; a schema never holds it.
            None if sql.starts_with("ALTER TABLE") => {}
            Some(Err(error)) => failures.push(format!("{title}: {error}")),
            None => failures.push(format!("{title}: no reader for it")),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_seeds_themselves_are_read() {
    for seed in SEEDS {
        assert!(matches!(read_any(seed), Some(Ok(_))), "{seed}: {:?}", read_any(seed));
    }
}

/// A small generator (xorshift64*), so that the same inputs come up on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(high).unwrap() % limit
    }
}

fn mutate(random: &mut Random, seed: &str) -> String {
    let mut characters: Vec<char> = seed.chars().collect();
    for _ in 0..=random.below(4) {
        let at = random.below(characters.len());
        match random.below(5) {
            0 => drop(characters.remove(at)),
            1 => {
                let pool: Vec<char> = "()'\"`[],;.-*/\0é0x_eE \n".chars().collect();
                characters.insert(at, pool[random.below(pool.len())]);
            }
            2 => {
                let end = std::cmp::min(at + random.below(20), characters.len());
                let piece: Vec<char> = characters[at..end].to_vec();
                characters.splice(at..at, piece);
            }
            3 => {
                let end = std::cmp::min(at + random.below(12), characters.len());
                characters.drain(at..end);
            }
            _ => characters.truncate(at),
        }
        if characters.is_empty() {
            break;
        }
    }
    characters.into_iter().collect()
}

#[test]
fn mutated_statements_give_a_tree_or_an_error_and_never_a_panic() {
    let mut random = Random(0x5EA1_1F70);
    let (mut read, mut refused) = (0, 0);
    for round in 0..6_000 {
        let sql = mutate(&mut random, SEEDS[round % SEEDS.len()]);
        match read_any(&sql) {
            Some(Ok(_)) => read += 1,
            Some(Err(error)) => {
                assert!(!error.message.is_empty(), "{sql}");
                refused += 1;
            }
            None => {}
        }
        drop(parse_expression(&sql));
    }
    assert!(read > 300 && refused > 300, "{read} read, {refused} refused");
}

#[test]
fn deep_nesting_needs_no_more_than_a_threads_stack_and_too_deep_is_an_error() {
    // Test threads have 2 MiB, like the threads of an engine.
    let nested = |open: &str, close: &str, depth: usize| {
        parse_expression(&format!("{}1{}", open.repeat(depth), close.repeat(depth)))
    };
    let query = ("(SELECT ", ")");
    for (open, close) in [("abs(", ")"), ("1 + (", ")"), ("NOT ", ""), ("- ", "")] {
        assert!(nested(open, close, 240).is_ok(), "{open}");
        assert!(nested(open, close, 900).is_err(), "{open}");
    }
    assert!(nested(query.0, query.1, 120).is_ok());
    assert!(nested(query.0, query.1, 900).is_err());
    assert!(nested("abs(", ")", 100_000).is_err());
}

#[test]
fn parentheses_and_chains_as_long_as_sqlite_allows_are_read() {
    let sql = format!("{}1{}", "(".repeat(900), ")".repeat(900));
    assert_eq!(parse_expression(&sql), Ok(integer(1)));
    assert!(parse_expression(&format!("1{}", " AND 1".repeat(1_000))).is_ok());
    assert!(parse_expression(&format!("1{}", " AND 1".repeat(20_000))).is_err());
}
