//! Databases that are extreme in one way each.

use super::random::Random;
use rusqlite::{Connection, Result, params, params_from_iter};

/// Rows of each of [`tables`].
const ROWS_OF_A_TABLE: u32 = 1000;

/// Megabytes of a thousand of [`tables`], measured.
pub(super) const A_THOUSAND_TABLES: u32 = 123;

/// Columns of [`wide`]: its key and others of four kinds in turn.
const COLUMNS: usize = 40;

/// Fills one table with rows of a few bytes.
pub(super) fn narrow(connection: &Connection, megabytes: u32) -> Result<()> {
    connection.execute_batch(
        "create table readings (id integer primary key, sensor integer not null, value real);",
    )?;
    let mut random = Random::new();
    let mut insert = connection.prepare("insert into readings values (?, ?, ?)")?;
    for id in 1..=megabytes * 34_000 {
        let value = (random.below(20) > 0).then(|| f64::from(random.below(100_000)) / 8.0);
        insert.execute(params![id, random.below(1000), value])?;
    }
    connection.execute_batch("create index readings_sensor on readings (sensor)")
}

/// Fills one table with rows of [`COLUMNS`] columns.
pub(super) fn wide(connection: &Connection, megabytes: u32) -> Result<()> {
    let columns = (1..COLUMNS).map(|at| {
        let kind = ["integer", "real", "text", "datetime"].get(at % 4).copied().unwrap_or_default();
        format!("c{at} {kind}")
    });
    let columns: Vec<String> = columns.collect();
    connection.execute_batch(&format!(
        "create table facts (id integer primary key, {})",
        columns.join(", ")
    ))?;
    let marks = vec!["?"; COLUMNS].join(", ");
    let mut insert = connection.prepare(&format!("insert into facts values ({marks})"))?;
    let mut random = Random::new();
    for id in 1..=megabytes * 2200 {
        let values = (0..COLUMNS).map(|at| wide_value(&mut random, id, at));
        insert.execute(params_from_iter(values))?;
    }
    Ok(())
}

fn wide_value(random: &mut Random, id: u32, at: usize) -> rusqlite::types::Value {
    match (at, at % 4) {
        (0, _) => i64::from(id).into(),
        _ if random.below(6) == 0 => rusqlite::types::Value::Null,
        (_, 0) => i64::from(random.below(1_000_000)).into(),
        (_, 1) => (f64::from(random.below(1_000_000)) / 100.0).into(),
        (_, 2) => random.text(12).into(),
        _ => random.time().into(),
    }
}

/// Fills one table with texts of 1 to 20 kilobytes.
pub(super) fn text(connection: &Connection, megabytes: u32) -> Result<()> {
    connection.execute_batch(
        "create table pages (id integer primary key, title text not null, body text not null)",
    )?;
    let mut random = Random::new();
    let mut insert = connection.prepare("insert into pages values (?, ?, ?)")?;
    for id in 1..=megabytes * 85 {
        let length = 1000 + random.below(20_000);
        insert.execute(params![id, random.text(30), random.text(length)])?;
    }
    connection.execute_batch("create index pages_title on pages (title)")
}

/// Fills one table with blobs, most of some kilobytes, one in a hundred of a megabyte.
pub(super) fn blobs(connection: &Connection, megabytes: u32) -> Result<()> {
    connection.execute_batch(
        "create table files (id integer primary key, name text not null, content blob not null)",
    )?;
    let mut random = Random::new();
    let mut insert = connection.prepare("insert into files values (?, ?, ?)")?;
    for id in 1..=megabytes * 46 {
        let small = usize::try_from(random.below(24_000)).unwrap_or(0);
        let length = if id % 100 == 0 { 1 << 20 } else { small };
        insert.execute(params![id, random.text(20), random.bytes(length)])?;
    }
    Ok(())
}

/// Fills one table with a single blob of `megabytes`.
pub(super) fn blob(connection: &Connection, megabytes: u32) -> Result<()> {
    connection.execute_batch("create table films (id integer primary key, content blob)")?;
    let length = usize::try_from(megabytes).unwrap_or(0) << 20;
    let content = Random::new().bytes(length);
    connection.execute("insert into films values (1, ?)", [content]).map(drop)
}

/// Makes a thousand tables of [`ROWS_OF_A_TABLE`] rows each, or fewer for fewer megabytes.
pub(super) fn tables(connection: &Connection, megabytes: u32) -> Result<()> {
    let mut random = Random::new();
    for table in 0..megabytes * 1000 / A_THOUSAND_TABLES {
        connection.execute_batch(&format!(
            "create table t{table:04} (id integer primary key, name text not null, amount real)"
        ))?;
        let mut insert =
            connection.prepare(&format!("insert into t{table:04} values (?, ?, ?)"))?;
        for id in 1..=ROWS_OF_A_TABLE {
            insert.execute(params![id, random.text(40), f64::from(random.below(9999)) / 4.0])?;
        }
        connection
            .execute_batch(&format!("create index t{table:04}_name on t{table:04} (name)"))?;
    }
    Ok(())
}

/// Fills one table of middling rows, with two indexes.
pub(super) fn one(connection: &Connection, megabytes: u32) -> Result<()> {
    connection.execute_batch(
        "create table events (id integer primary key, kind text not null, account integer not null,
                              note text, at datetime not null)",
    )?;
    let mut random = Random::new();
    let mut insert = connection.prepare("insert into events values (?, ?, ?, ?, ?)")?;
    for id in 1..=megabytes * 7800 {
        let note = (random.below(4) > 0).then(|| random.text(60));
        let account = random.below(500_000);
        insert.execute(params![id, random.word(), account, note, random.time()])?;
    }
    connection.execute_batch(
        "create index events_account on events (account); create index events_at on events (at)",
    )
}
