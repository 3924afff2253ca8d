use super::*;
use sealift_core::plan::Filling;
use sealift_core::schema::target;
use sealift_core::sql::Sql;

const LARGE: u64 = 100 << 20;

fn ident(name: &str) -> Ident {
    Ident::new(name).unwrap()
}

fn table((name, bytes): (&str, u64)) -> TablePlan {
    TablePlan {
        source: name.to_owned(),
        rows: 1,
        bytes,
        columns: Vec::new(),
        target: target::Table {
            name: ident(name),
            columns: Vec::new(),
            primary_key: None,
            unique: Vec::new(),
            checks: Vec::new(),
            foreign_keys: Vec::new(),
            indexes: Vec::new(),
            derived: Vec::new(),
        },
        filling: Filling::default(),
        orphans: Vec::new(),
        quarantine_checks: Vec::new(),
        quarantine_nulls: false,
    }
}

/// A table of the plan with one range.
fn range(position: usize, bytes: u64) -> RangeJob {
    RangeJob { table: position, number: 0, after: None, up_to: None, weight: bytes }
}

/// So many ranges of a table of the plan.
fn ranges(position: usize, count: usize, bytes: u64) -> Vec<RangeJob> {
    (0..count).map(|number| RangeJob { number, ..range(position, bytes) }).collect()
}

fn statement(id: &str, stage: Stage, locks: &[(&str, bool)]) -> Statement {
    let lock = |(table, exclusive): &(&str, bool)| TableLock {
        table: ident(table),
        exclusive: *exclusive,
    };
    Statement {
        id: id.to_owned(),
        stage,
        table: ident(locks[0].0),
        locks: locks.iter().map(lock).collect(),
        sql: Sql::new(),
    }
}

fn index(id: &str, table: &str) -> Statement {
    statement(id, Stage::Indexes, &[(table, false)])
}

fn key(id: &str, table: &str) -> Statement {
    statement(id, Stage::Indexes, &[(table, true)])
}

fn foreign_key(id: &str, child: &str, parent: &str) -> Statement {
    statement(id, Stage::Constraints, &[(child, true), (parent, true)])
}

/// Returns a board for two workers; a table that is loaded already has no range.
fn board(tables: &[(&str, u64)], loaded: bool, statements: Vec<Statement>) -> Board {
    let planned: Vec<TablePlan> = tables.iter().copied().map(table).collect();
    let ranges = tables.iter().enumerate().map(|(position, (_, bytes))| range(position, *bytes));
    let waves = if loaded { Vec::new() } else { vec![ranges.collect()] };
    Board::new(&planned, waves, statements, 2)
}

/// Says what is next, and takes it.
fn told(board: &mut Board) -> String {
    match board.next() {
        Next::Copy(jobs) => {
            let tables = jobs.iter().map(|job| job.table.to_string());
            format!("copy {}", tables.collect::<Vec<_>>().join(" "))
        }
        Next::Build(statements, _) => {
            statements.iter().map(|it| it.id.clone()).collect::<Vec<_>>().join(" ")
        }
        Next::Analyze(tables) => {
            let names = tables.iter().map(|table| table.as_str().to_owned());
            format!("analyze {}", names.collect::<Vec<_>>().join(" "))
        }
        Next::Wait => "wait".to_owned(),
        Next::Nothing => "nothing".to_owned(),
    }
}

#[test]
fn a_table_is_built_while_another_is_still_on_its_way() {
    let tables = [("t", LARGE), ("u", 2 * LARGE)];
    let mut board = board(&tables, false, vec![index("i", "t"), index("j", "u")]);
    assert_eq!([told(&mut board), told(&mut board)], ["copy 1", "copy 0"]);
    assert_eq!(told(&mut board), "wait");
    assert_eq!(board.copied(&[range(0, LARGE)]), [0]);
    assert_eq!(told(&mut board), "i");
    assert!(!board.is_loaded());
    assert_eq!(board.copied(&[range(1, LARGE)]), [1]);
    assert!(board.is_loaded() && !board.is_built());
    assert_eq!(told(&mut board), "j");
}

#[test]
fn two_sessions_load_one_table_only_when_nothing_else_is_left() {
    let planned = [("t", 4 * LARGE), ("u", 2 * LARGE), ("v", LARGE)].map(table);
    let all = [ranges(0, 4, LARGE), ranges(1, 2, LARGE), ranges(2, 1, LARGE)].concat();
    let mut board = Board::new(&planned, vec![all.clone()], Vec::new(), 2);
    // What is under way: the first worker's, and the second's.
    assert_eq!([told(&mut board), told(&mut board)], ["copy 0", "copy 1"]);
    board.copied(&all[4..5]);
    assert_eq!(told(&mut board), "copy 1", "the other one is not helped yet");
    board.copied(&all[0..1]);
    assert_eq!(told(&mut board), "copy 0", "the largest again");
    board.copied(&all[5..6]);
    assert_eq!(told(&mut board), "copy 2");
    board.copied(&all[6..7]);
    assert_eq!(told(&mut board), "copy 0", "nothing else is left");
    board.copied(&all[1..3]);
    assert_eq!(told(&mut board), "copy 0", "the last of all");
    assert_eq!(board.copied(&all[3..4]), [0]);
    assert!(board.is_loaded());
}

#[test]
fn two_indexes_of_a_table_are_built_together_and_a_key_alone() {
    let indexes = vec![index("i1", "t"), index("i2", "t"), key("k", "t")];
    let mut board = board(&[("t", LARGE)], true, indexes.clone());
    assert_eq!([told(&mut board), told(&mut board)], ["i1", "i2"]);
    assert_eq!(told(&mut board), "wait");
    board.built(&indexes[..1]);
    assert_eq!(told(&mut board), "wait");
    board.built(&indexes[1..2]);
    assert_eq!(told(&mut board), "k");
    assert_eq!(told(&mut board), "wait");
    board.built(&indexes[2..]);
    assert!(board.is_built());
    assert_eq!(told(&mut board), "analyze t");
    assert_eq!(told(&mut board), "nothing");
}

#[test]
fn a_foreign_key_waits_for_the_keys_of_both_tables_and_for_nothing_else() {
    let statements =
        vec![key("k", "parent"), index("far", "other"), foreign_key("f", "c", "parent")];
    let tables = [("parent", 2 * LARGE), ("c", LARGE), ("other", LARGE)];
    let mut board = board(&tables, true, statements.clone());
    assert_eq!([told(&mut board), told(&mut board)], ["k", "far"]);
    assert_eq!(told(&mut board), "analyze c");
    board.analyzed(&[ident("c")]);
    board.built(&statements[..1]);
    assert_eq!(told(&mut board), "f");
    assert_eq!(told(&mut board), "wait", "the statistics of the parent wait for its lock");
}

#[test]
fn foreign_keys_that_cross_are_not_made_together() {
    let statements =
        vec![foreign_key("f", "a", "b"), foreign_key("g", "b", "a"), foreign_key("h", "c", "d")];
    let tables = [("a", LARGE), ("b", LARGE), ("c", LARGE), ("d", LARGE)];
    let mut board = board(&tables, true, statements);
    assert_eq!([told(&mut board), told(&mut board)], ["f", "h"]);
    assert_eq!(told(&mut board), "wait");
}

#[test]
fn the_largest_table_goes_first() {
    let tables = [("t", LARGE), ("u", 2 * LARGE)];
    let mut board = board(&tables, true, vec![index("small", "t"), index("large", "u")]);
    assert_eq!([told(&mut board), told(&mut board)], ["large", "small"]);
}

#[test]
fn small_tables_share_a_transaction_until_few_are_left() {
    let names: Vec<String> = (0..20).map(|number| format!("t{number}")).collect();
    let tables: Vec<(&str, u64)> = names.iter().map(|name| (name.as_str(), 1000)).collect();
    let indexes = names.iter().map(|name| key(&format!("k{name}"), name)).collect();
    let mut board = board(&tables, false, indexes);
    assert_eq!(told(&mut board), "copy 0 1");
    assert_eq!(told(&mut board), "copy 2 3");
    let mut last = String::new();
    loop {
        match told(&mut board) {
            next if next == "wait" => break,
            next => last = next,
        }
    }
    assert_eq!(last, "copy 19", "so that all workers end together");
    for position in 0..20 {
        board.copied(&[range(position, 1000)]);
    }
    assert_eq!(told(&mut board), "kt0 kt1");
}

#[test]
fn a_large_table_shares_nothing() {
    let mut tables = vec![("large", LARGE)];
    tables.extend(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"].map(|t| (t, 1)));
    tables.extend(["m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x"].map(|t| (t, 1)));
    let mut board = board(&tables, false, Vec::new());
    assert_eq!(told(&mut board), "copy 0");
    assert_eq!(told(&mut board), "copy 1 2 3");
}

#[test]
fn what_was_given_up_is_not_done() {
    let tables = [("t", LARGE), ("u", LARGE)];
    let mut board = board(&tables, false, vec![index("i", "t")]);
    assert_eq!(told(&mut board), "copy 0");
    board.stop_building();
    assert_eq!(told(&mut board), "copy 1", "rows go on");
    board.copied(&[range(0, LARGE), range(1, LARGE)]);
    assert!(board.is_loaded() && !board.is_built());
    assert_eq!(told(&mut board), "nothing");
    board.stop();
    assert!(!board.is_loaded());
    // A worker whose statement was refused at the same moment.
    board.stop_building();
    assert!(!board.is_loaded());
}

#[test]
fn a_wave_waits_until_the_one_before_has_arrived() {
    let planned = [("parent", LARGE), ("child", LARGE)].map(table);
    let waves = vec![vec![range(0, LARGE)], vec![range(1, LARGE)]];
    let mut board = Board::new(&planned, waves, Vec::new(), 2);
    assert_eq!(told(&mut board), "copy 0");
    assert_eq!(told(&mut board), "wait");
    board.copied(&[range(0, LARGE)]);
    assert_eq!(told(&mut board), "copy 1");
}

#[test]
fn a_statement_that_outlasts_all_others_is_alone() {
    let keys = vec![key("k", "t"), key("j", "u")];
    let mut board = board(&[("t", LARGE), ("u", LARGE)], true, keys);
    // One row counts as eight bytes.
    let Next::Build(_, Company::Among(weight)) = board.next() else { panic!() };
    assert_eq!(weight, LARGE + 8);
    let Next::Build(_, Company::Alone) = board.next() else { panic!() };
}
