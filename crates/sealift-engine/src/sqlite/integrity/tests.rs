//! SQLite itself is the oracle: what passes here passes `PRAGMA quick_check`.

use super::super::introspect::introspect;
use super::super::key::TableKey;
use super::super::stored::{Rows, StoredTable, Trouble};
use super::quick_check::quick_check;
use super::{LeafCheck, Soundness, integrity};
use proptest::collection::vec;
use proptest::prelude::*;
use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

static GO_ON: AtomicBool = AtomicBool::new(false);

/// Every kind of page there is: interior and leaf, of tables and indexes, chains of both, free pages, free
/// blocks and fragments.
const EVERYTHING: &str = "
    create table t (id integer primary key, a text, b blob);
    create index i on t (a);
    create index long on t (b);
    create table w (k text primary key, v) without rowid;
    create table empty (x);
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 400)
    insert into t select i, printf('%d %s', i * 7919 % 400, hex(zeroblob(i % 40))), zeroblob(i % 9 * 300) from n;
    insert into w select a, id from t;
    delete from t where id % 3 = 0 or id between 100 and 180;
    update t set a = substr(a, 1, 3) where id % 5 = 0;
    delete from w where v % 2 = 0;";

fn file(page_size: u32, sql: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch(&format!("pragma page_size = {page_size}; pragma synchronous = off; {sql}"))
        .unwrap();
    connection.close().unwrap();
    (folder, path)
}

fn open(path: &Path) -> Connection {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    connection.execute_batch("begin").unwrap();
    connection
}

/// Returns whether a file is found to be sound without SQLite, by one alone.
fn passes(connection: &Connection) -> bool {
    let alone = Soundness::of(connection, BTreeSet::new());
    alone.look(connection, &GO_ON).is_ok() && !alone.is_doubtful() && alone.is_seen()
}

/// Returns the same, where the leaves of `t` are looked at by those who read its rows: two, up to a rowid
/// and from there on.
fn passes_together(connection: &Connection, middle: i64) -> bool {
    let Ok(schema) = introspect(connection) else { return false };
    let key = TableKey::of(&schema.tables[0]);
    assert_eq!(key.table(), "t");
    let stored = StoredTable::of(connection, &key).unwrap().unwrap();
    let shared = Soundness::of(connection, BTreeSet::from([stored.root()]));
    let looked = shared.look(connection, &GO_ON).is_ok();
    let read = |after, up_to| {
        let mut rows = Rows::after(connection, &stored, after)?;
        let mut check = LeafCheck::of(&shared, stored.root()).ok_or(Trouble)?;
        while rows.advance()?.is_some_and(|met| met.rowid <= up_to) {
            check.look(&mut rows);
        }
        check.end();
        Ok::<_, Trouble>(())
    };
    let read = read(None, middle).and_then(|()| read(Some(middle), i64::MAX));
    looked && read.is_ok() && !shared.is_doubtful() && shared.is_seen()
}

/// Returns whether every row can be read: from its pages, or where it has no rowid by a query.
fn is_readable(connection: &Connection) -> bool {
    let by_query = "select sum(length(k) + length(v)) from w";
    if connection.query_row(by_query, [], |_| Ok(())).is_err() {
        return false;
    }
    let key = TableKey::of(&introspect(connection).unwrap().tables[0]);
    assert_eq!(key.table(), "t");
    let stored = StoredTable::of(connection, &key).unwrap().unwrap();
    let Ok(mut rows) = Rows::after(connection, &stored, None) else { return false };
    loop {
        match rows.advance().and_then(|met| rows.load().map(|()| met)) {
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

#[test]
fn a_sound_file_passes_whatever_its_page_size() {
    for page_size in [512, 1024, 4096, 65536] {
        let (_folder, path) = file(page_size, EVERYTHING);
        let connection = open(&path);
        let free: u32 =
            connection.pragma_query_value(None, "freelist_count", |row| row.get(0)).unwrap();
        assert!(free > 0 || page_size == 65536, "{page_size}");
        assert!(passes(&connection), "{page_size}");
        for middle in [0, 1, 150, 200, 399, 400] {
            assert!(passes_together(&connection, middle), "{page_size}, {middle}");
        }
        assert!(integrity(&connection, &GO_ON).unwrap().is_empty());
    }
}

#[test]
fn the_log_is_looked_at_too() {
    let (_folder, path) = file(1024, "pragma journal_mode = wal");
    let writer = Connection::open(&path).unwrap();
    writer.execute_batch(EVERYTHING).unwrap();
    assert!(passes(&open(&path)));
}

#[test]
fn pages_that_move_on_their_own_are_left_to_sqlite() {
    let (_folder, path) = file(1024, &format!("pragma auto_vacuum = full; {EVERYTHING}"));
    let connection = open(&path);
    assert!(!passes(&connection));
    assert!(integrity(&connection, &GO_ON).unwrap().is_empty());
}

#[test]
fn values_of_other_types_and_null_are_no_damage() {
    let sql = "create table t (a text not null, b int); insert into t values ('1', 2);
        pragma writable_schema = on;
        update sqlite_schema set sql = 'create table t (a int not null, b text not null)'";
    let (_folder, path) = file(4096, sql);
    let connection = open(&path);
    assert!(integrity(&connection, &GO_ON).unwrap().is_empty());
    // So does SQLite's own check where it is asked.
    assert!(quick_check(&connection, "pragma quick_check").unwrap().is_empty());
}

#[test]
fn an_index_with_fewer_entries_than_its_table_has_rows_is_damage() {
    let sql = "create table t (a); create index i on t (a); create table u (a); create index j on u (a);
        create index part on t (a) where a > 3;
        with recursive n (i) as (select 1 union all select i + 1 from n where i < 9) insert into t select i from n;
        insert into u select a from t where a < 6;";
    let (_sound, path) = file(4096, sql);
    assert!(passes(&open(&path)), "a partial index has fewer");
    // Every page has its place, and is as the format says.
    let swap = "pragma writable_schema = on;
        update sqlite_schema set rootpage = (select sum(rootpage) from sqlite_schema where name in ('i', 'j'))
            - rootpage where name in ('i', 'j')";
    let (_folder, path) = file(4096, &format!("{sql} {swap}"));
    let connection = open(&path);
    assert!(!passes(&connection));
    let found = integrity(&connection, &GO_ON).unwrap();
    assert!(found.iter().any(|line| line.contains("entries in index")), "{found:?}");
}

#[test]
fn rows_that_break_a_check_are_no_damage() {
    let sql = "create table t (a int check (a > 0)) strict; pragma ignore_check_constraints = on;
        insert into t values (-1)";
    let (_folder, path) = file(4096, sql);
    assert!(integrity(&open(&path), &GO_ON).unwrap().is_empty());
}

#[test]
fn a_check_of_the_applications_own_hides_no_damage() {
    let sql = "create table t (a text); insert into t select hex(zeroblob(300)) from sqlite_schema;
        insert into t select a from t; insert into t select a from t; insert into t select a from t;
        pragma writable_schema = on;
        update sqlite_schema set sql = 'create table t (a text check (valid_isbn(a)))'";
    let (_folder, path) = file(1024, sql);
    assert!(integrity(&open(&path), &GO_ON).unwrap().is_empty());
    let mut bytes = fs::read(&path).unwrap();
    // Where the second page, the table's root, says that its cells begin.
    bytes[1024 + 5] = 0;
    bytes[1024 + 6] = 1;
    fs::write(&path, bytes).unwrap();
    assert!(!integrity(&open(&path), &GO_ON).unwrap().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn what_sqlite_calls_damaged_does_not_pass(
        page_size in proptest::sample::select(vec![512_u32, 1024, 4096]),
        middle in 0_i64..400,
        damage in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let (_folder, path) = file(page_size, EVERYTHING);
        let mut bytes = fs::read(&path).unwrap();
        let size = usize::try_from(page_size).unwrap();
        let pages = bytes.len() / size;
        for (page, at, byte) in damage {
            // Most of what can go wrong stands at a page's beginning. The first page's is looked at when
            // the file is opened.
            let at = page.index(pages) * size + at.index(if byte % 2 == 0 { 64 } else { size });
            bytes[std::cmp::max(at, 100)] = byte;
        }
        fs::write(&path, bytes).unwrap();
        let connection = open(&path);
        let alone = passes(&connection);
        // Not the other way round: who reads rows stops at one that cannot be read.
        prop_assert!(alone || !passes_together(&connection, middle));
        if alone {
            let found = quick_check(&connection, "pragma quick_check");
            let found = found.unwrap_or_else(|error| vec![error.to_string()]);
            // A record that cannot be read is met when it is read.
            let is_record = |line: &&String| *line == "database disk image is malformed";
            prop_assert_eq!(found.iter().find(|line| !is_record(line)), None);
            prop_assert!(found.is_empty() || !is_readable(&connection), "{:?}", found);
        }
    }
}
