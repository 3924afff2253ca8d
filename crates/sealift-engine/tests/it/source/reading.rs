//! Schema, census, orphans and rows.

use super::Fixture;
use rusqlite::Connection;
use sealift_core::convert::{ColumnCodec, Misfit, Reading};
use sealift_core::copyfmt;
use sealift_core::mapping::PgType;
use sealift_core::schema::source::{self, RowKey};
use sealift_core::verify::{Hashed, RangeDigest};
use sealift_engine::ErrorKind;
use sealift_engine::ops::Events;
use sealift_engine::sqlite::{
    self, CellMemory, CellMisfit, Chunk, KeyRange, ReadJob, Source, TableCensus, TableKey,
};
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

const MEMORY: CellMemory = CellMemory::Around(256 << 20);

fn census_of(
    fixture: &Fixture,
    jobs: usize,
    memory: CellMemory,
) -> (source::Schema, Vec<TableCensus>) {
    let source = Source::open(&fixture.path()).unwrap();
    let snapshot = source.snapshot(jobs).unwrap();
    let schema = sqlite::introspect(&snapshot.metadata()).unwrap();
    let events = Events::silent();
    let stop = AtomicBool::new(false);
    let (found, _) = sqlite::census(&snapshot, &schema, jobs, memory, &stop, &events).unwrap();
    (schema, found)
}

fn codec(data_type: PgType) -> ColumnCodec {
    ColumnCodec::new(data_type, Reading::Plain).unwrap()
}

fn job(table: &source::Table, columns: &[(&str, PgType)], range: KeyRange) -> ReadJob {
    ReadJob {
        key: TableKey::of(table),
        columns: columns.iter().map(|(name, _)| (*name).to_owned()).collect(),
        codecs: columns.iter().map(|(_, data_type)| codec(*data_type)).collect(),
        range,
        hashed: Hashed::Rows,
        large_cells: true,
        apart: None,
    }
}

/// Reads a range whole; returns the stream and the digest.
fn stream(connection: &Connection, job: &ReadJob) -> (Vec<u8>, RangeDigest) {
    let mut bytes = Vec::new();
    let mut rows = 0;
    let mut sink = |chunk: Chunk| {
        bytes.extend_from_slice(&chunk.bytes);
        rows += chunk.rows;
        ControlFlow::Continue(())
    };
    let summary = sqlite::read_range(connection, job, &mut sink).unwrap();
    assert_eq!(summary.rows, rows);
    assert_eq!(summary.bytes, u64::try_from(bytes.len()).unwrap());
    assert_eq!(summary.digest.rows, rows);
    (bytes, summary.digest)
}

/// The rows of a stream, each as its fields.
fn rows(stream: &[u8]) -> Vec<Vec<Option<Vec<u8>>>> {
    let mut rest = copyfmt::skip_header(stream).unwrap();
    let mut rows = Vec::new();
    loop {
        let (count, tail) = rest.split_first_chunk::<2>().unwrap();
        rest = tail;
        let count = i16::from_be_bytes(*count);
        if count < 0 {
            assert!(rest.is_empty());
            return rows;
        }
        let mut row = Vec::new();
        for _ in 0..count {
            let (length, tail) = rest.split_first_chunk::<4>().unwrap();
            let length = i32::from_be_bytes(*length);
            let (field, tail) = tail.split_at(usize::try_from(length).unwrap_or(0));
            row.push((length >= 0).then(|| field.to_vec()));
            rest = tail;
        }
        rows.push(row);
    }
}

#[test]
fn a_schema_full_of_strangers_is_read() {
    let fixture = Fixture::new();
    let writer = fixture.writer();
    writer.create_collation("unicase", |a: &str, b: &str| a.cmp(b)).unwrap();
    let flags = rusqlite::functions::FunctionFlags::SQLITE_DETERMINISTIC;
    writer.create_scalar_function("own", 1, flags, |context| context.get::<i64>(0)).unwrap();
    writer
        .execute_batch(
            "create table people (id integer primary key autoincrement, name text collate unicase,
               n integer check (own(n) > 0), rowid text);
             create index by_name on people (name);
             create index by_own on people (own(n));
             create table pair (a text, b text, primary key (b, a)) without rowid;
             create table covered (rowid, oid, _rowid_);
             create table computed (x, y as (own(x)));
             create view good as select name as who, count(*) from people group by name;
             create view broken as select x from nowhere;
             create virtual table words using fts5(body);
             create trigger log after insert on people begin delete from pair; end;
             insert into people (id, name, n) values (5, 'a', 1);
             delete from people; insert into people (name, n) values ('b', 2);
             insert into computed (x) values (1);
             pragma writable_schema = on;
             insert into sqlite_schema values ('table', 'map', 'map', 0,
               'create virtual table map using mapsoftheworld(x)');",
        )
        .unwrap();
    drop(writer);
    let (schema, censuses) = census_of(&fixture, 2, MEMORY);
    let names: Vec<&str> = schema.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["people", "pair", "covered", "computed", "words"]);
    assert_eq!(schema.tables[0].row_key, RowKey::Alias { column: 0 });
    assert_eq!(schema.tables[0].sequence, Some(6));
    assert_eq!(schema.tables[0].indexes.len(), 2);
    assert_eq!(schema.tables[1].primary_key, [1, 0]);
    assert_eq!(schema.tables[2].row_key, RowKey::Unreachable);
    assert_eq!(schema.views[0].columns, ["who", "count(*)"]);
    assert!(schema.views[1].broken.as_ref().unwrap().contains("nowhere"));
    let virtual_tables: Vec<&str> =
        schema.virtual_tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(virtual_tables, ["words", "map"]);
    assert_eq!(schema.triggers.len(), 1);
    assert!(schema.unreadable.is_empty(), "{:?}", schema.unreadable);
    assert_eq!(censuses[0].rows, 1);
    assert_eq!(censuses[3].columns[0].integers, 1);
    assert!(censuses[3].unreadable[0].1.contains("own"));

    let source = Source::open(&fixture.path()).unwrap();
    let connection = source.connect().unwrap();
    let plain = job(&schema.tables[0], &[("name", PgType::Text)], KeyRange::ALL);
    assert_eq!(rows(&stream(&connection, &plain).0), [[Some(b"b".to_vec())]]);
    assert!(sqlite::integrity(&connection, &AtomicBool::new(false)).is_ok());
    assert_eq!(sqlite::stand_in_collations(&connection).unwrap(), ["unicase"]);
}

/// 10,000 rows of 4 kB of which the last half has ids from 10¹⁵ on.
fn skewed() -> Fixture {
    Fixture::with(
        "create table t (id integer primary key, x text, y);
         with recursive n(i) as (values (1) union all select i + 1 from n where i < 10000)
         insert into t select iif(i > 5000, 1000000000000000 + i, i * 3),
           hex(randomblob(2000)), i % 7 from n;",
    )
}

#[test]
fn the_census_counts_each_row_once_however_it_is_divided() {
    let fixture = skewed();
    let (_, alone) = census_of(&fixture, 1, MEMORY);
    for jobs in [2, 5] {
        let (_, together) = census_of(&fixture, jobs, MEMORY);
        assert_eq!(together[0].columns, alone[0].columns);
        assert_eq!(together[0].bytes, alone[0].bytes);
        assert_eq!(together[0].rows, 10_000);
        assert_eq!(together[0].first_rowid, Some(3));
        assert_eq!(together[0].last_rowid, Some(1_000_000_000_010_000));
        assert!(together[0].splits.is_sorted());
    }
    assert_eq!(alone[0].splits.len(), 1, "40 MB are a full range and a rest");
}

#[test]
fn ranges_together_are_the_table() {
    let fixture = skewed();
    let (schema, censuses) = census_of(&fixture, 3, MEMORY);
    let columns = [("id", PgType::BigInt), ("x", PgType::Text), ("y", PgType::SmallInt)];
    let source = Source::open(&fixture.path()).unwrap();
    let connection = source.connect().unwrap();
    let (all, digest) = stream(&connection, &job(&schema.tables[0], &columns, KeyRange::ALL));
    let all = rows(&all);
    assert_eq!(all.len(), 10_000);
    let ranges = censuses[0].ranges();
    assert!(ranges.len() > 1);
    let (mut parts, mut sum) = (Vec::new(), RangeDigest::default());
    for range in ranges {
        let (bytes, digest) = stream(&connection, &job(&schema.tables[0], &columns, range));
        parts.extend(rows(&bytes));
        sum.merge(&digest);
    }
    assert!(parts == all);
    assert_eq!(sum, digest);
}

#[test]
fn an_empty_table_is_a_stream_without_rows() {
    let fixture = Fixture::with("create table t (x)");
    let (schema, censuses) = census_of(&fixture, 2, MEMORY);
    assert_eq!((censuses[0].rows, censuses[0].ranges()), (0, vec![KeyRange::ALL]));
    let connection = Source::open(&fixture.path()).unwrap().connect().unwrap();
    let job = job(&schema.tables[0], &[("x", PgType::Text)], KeyRange::ALL);
    assert!(rows(&stream(&connection, &job).0).is_empty());
}

/// Cells of 5 MB: a blob, a text with a character of two bytes at an odd place, and a small row.
fn large(prefix: &str, table: &str) -> Fixture {
    Fixture::with(&format!(
        "{prefix} {table};
         insert into t (id, b, x) values (1, zeroblob(5000001), 'é' || hex(zeroblob(2500000))),
           (2, x'01', 'small'), (3, null, null), (4, 'text', x'6162');"
    ))
}

#[test]
fn large_cells_are_counted_and_read_in_pieces() {
    let plain = "create table t (id integer primary key, b blob, x text)";
    let shapes = [
        ("", plain),
        ("pragma encoding = 'UTF-16le';", plain),
        ("", "create table t (id integer primary key, b blob, x text, z as (id + 1))"),
        ("", "create table t (id integer primary key, b blob, x text) without rowid"),
    ];
    for (prefix, table) in shapes {
        let fixture = large(prefix, table);
        // A bound of one MiB a cell.
        let (schema, censuses) = census_of(&fixture, 2, CellMemory::Around(1));
        let census = &censuses[0];
        assert_eq!(census.rows, 4, "{table}");
        assert_eq!((census.columns[1].blobs, census.columns[1].longest), (2, 5_000_001));
        assert_eq!((census.columns[2].texts, census.columns[2].text.longest_chars), (2, 5_000_001));
        assert_eq!((census.columns[2].blobs, census.columns[1].texts), (1, 1));
        assert_eq!(census.columns[2].nulls, 1);

        let source = Source::open(&fixture.path()).unwrap();
        let connection = source.connect().unwrap();
        let columns = [("b", PgType::Bytea), ("x", PgType::Text)];
        let job = job(&schema.tables[0], &columns, KeyRange::ALL);
        let (bytes, digest) = stream(&connection, &job);
        let found = rows(&bytes);
        assert_eq!(found[0][0].as_ref().unwrap().len(), 5_000_001);
        let text = found[0][1].as_ref().unwrap();
        assert!(text.starts_with("é000".as_bytes()) && text.len() == 5_000_002);
        assert_eq!(found[1], [Some(vec![1]), Some(b"small".to_vec())]);
        assert_eq!(found[2], [None, None]);
        assert_eq!(found[3], [Some(b"text".to_vec()), Some(b"ab".to_vec())]);
        let whole = ReadJob { large_cells: false, ..job };
        let (same, same_digest) = stream(&connection, &whole);
        assert!(same == bytes);
        assert_eq!(digest, same_digest);
    }
}

#[test]
fn a_large_text_with_a_nul_is_a_misfit_with_its_key() {
    let fixture = Fixture::with(
        "create table t (name text primary key, x text);
         insert into t values ('k', cast(zeroblob(5000000) as text));",
    );
    let (schema, censuses) = census_of(&fixture, 1, CellMemory::Around(1));
    assert_eq!(censuses[0].columns[1].text.with_nul, 1);
    let connection = Source::open(&fixture.path()).unwrap().connect().unwrap();
    let job = job(&schema.tables[0], &[("x", PgType::Text)], KeyRange::ALL);
    let error =
        sqlite::read_range(&connection, &job, &mut |_| ControlFlow::Continue(())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    let cause = std::error::Error::source(&error).unwrap();
    let misfit = cause.downcast_ref::<CellMisfit>().unwrap();
    assert_eq!((misfit.key.as_str(), misfit.why), ("name=k", Misfit::Nul));
}

#[test]
fn misfits_are_counted_and_the_first_are_named() {
    let fixture = Fixture::with(
        "create table a (id integer primary key, n integer);
         insert into a values (1, 7), (2, 'x'), (3, null), (4, 1.5), (9, 'y');
         create table b (k text, l text, n integer, primary key (k, l)) without rowid;
         insert into b values ('p', 'q', 'z'), ('r', 's', 3);
         create table c (n integer); insert into c values (1), ('w');",
    );
    let (schema, _) = census_of(&fixture, 1, MEMORY);
    let connection = Source::open(&fixture.path()).unwrap().connect().unwrap();
    let keys = |table: usize, limit| {
        let key = TableKey::of(&schema.tables[table]);
        sqlite::misfit_keys(&connection, &key, "n", &codec(PgType::BigInt), limit).unwrap()
    };
    assert_eq!(keys(0, 2), (3, vec!["id=2".to_owned(), "id=4".to_owned()]));
    assert_eq!(keys(1, 2), (1, vec!["k=p, l=q".to_owned()]));
    assert_eq!(keys(2, 2), (1, vec!["rowid=2".to_owned()]));
}

#[test]
fn a_sink_that_breaks_off_stops_the_reading() {
    let fixture = skewed();
    let (schema, _) = census_of(&fixture, 1, MEMORY);
    let connection = Source::open(&fixture.path()).unwrap().connect().unwrap();
    let job = job(&schema.tables[0], &[("x", PgType::Text)], KeyRange::ALL);
    let mut chunks = 0;
    let mut sink = |_| {
        chunks += 1;
        if chunks == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let error = sqlite::read_range(&connection, &job, &mut sink).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stopped);
    assert_eq!(chunks, 3);
}

#[test]
fn a_census_stops_on_request() {
    let fixture = skewed();
    let source = Source::open(&fixture.path()).unwrap();
    let snapshot = source.snapshot(2).unwrap();
    let schema = sqlite::introspect(&snapshot.metadata()).unwrap();
    let stop = AtomicBool::new(true);
    let result = sqlite::census(&snapshot, &schema, 2, MEMORY, &stop, &Events::silent());
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Stopped);
}

#[test]
fn a_key_under_an_unknown_collation_is_not_judged() {
    let fixture = Fixture::new();
    let writer = fixture.writer();
    writer.create_collation("unicase", |_: &str, _: &str| std::cmp::Ordering::Equal).unwrap();
    writer
        .execute_batch(
            "create table parent (name text collate unicase primary key);
             create table child (id integer primary key, p text references parent);
             insert into parent values ('A'); insert into child values (1, 'a');",
        )
        .unwrap();
    drop(writer);
    let (schema, _) = census_of(&fixture, 1, MEMORY);
    let connection = Source::open(&fixture.path()).unwrap().connect().unwrap();
    let found = sqlite::orphans(&connection, &schema, |_| true).unwrap();
    assert_eq!((found.len(), found[0].count), (1, 0));
    assert!(found[0].unchecked.as_ref().unwrap().contains("unicase"));
}

#[test]
fn orphans_are_counted_per_foreign_key() {
    let fixture = Fixture::with(
        "pragma foreign_keys = off;
         create table parent (id integer primary key, code text, plain text);
         create unique index parent_code on parent (code);
         insert into parent values (1, 'a', 'p');
         create table child (id integer primary key, p integer references parent,
           c text references PARENT (code));
         insert into child values (1, 1, 'a'), (2, 2, null), (3, 3, 'b'), (4, null, 'c');
         create table odd (id integer primary key, x text references parent (plain),
           p integer references parent (id), gone integer references nowhere);
         insert into odd values (7, 'q', 99, 1);
         create table keyless (a text, b text, p integer references parent (id),
           primary key (a, b)) without rowid;
         insert into keyless values ('x', 'y', 5);",
    );
    let (schema, _) = census_of(&fixture, 1, MEMORY);
    let connection = Source::open(&fixture.path()).unwrap().connect().unwrap();
    let found: Vec<_> = sqlite::orphans(&connection, &schema, |_| true)
        .unwrap()
        .into_iter()
        .map(|it| (it.table, it.foreign_key, it.count, it.keys.join(" "), it.unchecked.is_some()))
        .collect();
    let row = |table: &str, key, count, keys: &str, unchecked| {
        (table.to_owned(), key, count, keys.to_owned(), unchecked)
    };
    assert_eq!(
        found,
        [
            row("child", 0, 2, "id=2 id=3", false),
            row("child", 1, 2, "id=3 id=4", false),
            row("odd", 0, 0, "", true),
            row("odd", 1, 1, "id=7", false),
            row("odd", 2, 0, "", true),
            row("keyless", 0, 1, "a=x, b=y", false),
        ]
    );
}
