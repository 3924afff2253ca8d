//! The limit: what the server itself needs to load the same rows from ready-made files and to build
//! the same keys and indexes, with no client in the way.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio_postgres::{Client, NoTls};

/// Pages of a table that go into one file: 32 MB, as Sealift cuts its ranges.
const FILE_PAGES: u32 = 4096;

/// What Sealift allows for sorting an index.
const SETTINGS: &str = "set maintenance_work_mem = '256MB'";

/// A migrated schema, taken apart: how to remove everything and how to make it again.
#[derive(Debug, Default)]
pub(crate) struct Limit {
    /// Statements that leave the bare, empty tables.
    bare: Vec<String>,
    /// `copy … from`, the largest table first.
    loads: Vec<String>,
    /// `create index`, the largest table first; keys too.
    indexes: Vec<String>,
    /// What makes keys of those indexes.
    keys: Vec<String>,
    foreign_keys: Vec<String>,
    analyze: Vec<String>,
    /// Bytes of all files.
    pub(crate) bytes: u64,
}

/// Seconds of each phase.
pub(crate) type Phases = Vec<(&'static str, f64)>;

impl Limit {
    /// Exports the tables of `schema` into `folder` and reads what stands on them. The server
    /// writes the files, so it must be on this machine.
    ///
    /// # Panics
    ///
    /// Panics when the server refuses.
    pub(crate) async fn take(url: &str, schema: &str, folder: &Path) -> Self {
        let client = connect(url).await;
        let mut limit = Self::default();
        let tables = rows(
            &client,
            &format!(
                "select c.oid::text, c.oid::regclass::text, c.relpages::text from pg_class c
                 where c.relnamespace = '{schema}'::regnamespace and c.relkind = 'r'
                 order by pg_table_size(c.oid) desc"
            ),
        )
        .await;
        let (mut foreign_keys, mut keys, mut indexes) = (Vec::new(), Vec::new(), Vec::new());
        for [oid, table, pages] in &tables {
            limit.export(&client, table, pages, folder).await;
            for [name, kind, definition, index] in constraints(&client, oid).await {
                let drop = format!("alter table {table} drop constraint {name}");
                if kind == "f" {
                    foreign_keys.push(drop);
                    let key = format!("alter table {table} add constraint {name} {definition}");
                    limit.foreign_keys.push(key);
                } else {
                    keys.push(drop);
                    let kind = if kind == "p" { "primary key" } else { "unique" };
                    limit.indexes.push(index);
                    limit.keys.push(format!(
                        "alter table {table} add constraint {name} {kind} using index {name}"
                    ));
                }
            }
            for [name, definition] in plain_indexes(&client, oid).await {
                indexes.push(format!("drop index {name}"));
                limit.indexes.push(definition);
            }
            limit.analyze.push(format!("analyze {table}"));
        }
        limit.bare = [foreign_keys, keys, indexes].concat();
        let names: Vec<&str> = tables.iter().map(|[_, table, _]| table.as_str()).collect();
        limit.bare.push(format!("truncate {}", names.join(", ")));
        limit
    }

    async fn export(&mut self, client: &Client, table: &str, pages: &str, folder: &Path) {
        let pages: u32 = pages.parse().expect("pages are a number");
        let mut first = 0;
        while first == 0 || first < pages {
            let file = folder.join(format!("{}.{first}", table.replace('"', "")));
            let file = file.display();
            let last = first + FILE_PAGES;
            let until =
                if last < pages { format!("and ctid < '({last},0)'") } else { String::new() };
            run(
                client,
                &format!(
                    "copy (select * from {table} where ctid >= '({first},0)' {until})
                     to '{file}' (format binary)"
                ),
            )
            .await;
            let [[bytes]] = rows(client, &format!("select size::text from pg_stat_file('{file}')"))
                .await
                .try_into()
                .expect("a file has one size");
            self.bytes += bytes.parse::<u64>().expect("a size is a number");
            self.loads.push(format!("copy {table} from '{file}' (format binary)"));
            first = last;
        }
    }

    /// Empties the tables, then loads and builds everything with `sessions` at once.
    ///
    /// # Panics
    ///
    /// Panics when the server refuses.
    pub(crate) async fn run(&self, url: &str, sessions: usize) -> Phases {
        let client = connect(url).await;
        for statement in &self.bare {
            run(&client, statement).await;
        }
        run(&client, "checkpoint").await;
        let together: [(&str, &[String]); 5] = [
            ("copy", &self.loads),
            ("indexes", &self.indexes),
            ("keys", &self.keys),
            ("foreign keys", &self.foreign_keys),
            ("analyze", &self.analyze),
        ];
        let mut phases = Phases::new();
        for (name, statements) in together {
            let began = Instant::now();
            in_parallel(url, statements, sessions).await;
            phases.push((name, began.elapsed().as_secs_f64()));
        }
        phases
    }
}

async fn constraints(client: &Client, table: &str) -> Vec<[String; 4]> {
    let sql = format!(
        "select quote_ident(conname), contype::text, pg_get_constraintdef(oid),
                coalesce(pg_get_indexdef(conindid), '')
         from pg_constraint where conrelid = {table} and contype in ('p', 'u', 'f')"
    );
    rows(client, &sql).await
}

async fn plain_indexes(client: &Client, table: &str) -> Vec<[String; 2]> {
    let sql = format!(
        "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index
         where indrelid = {table} and not exists
             (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u'))"
    );
    rows(client, &sql).await
}

async fn in_parallel(url: &str, statements: &[String], sessions: usize) {
    let queue: Arc<Mutex<VecDeque<String>>> =
        Arc::new(Mutex::new(statements.iter().cloned().collect()));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..sessions {
        let (url, queue) = (url.to_owned(), Arc::clone(&queue));
        tasks.spawn(async move {
            let client = connect(&url).await;
            run(&client, SETTINGS).await;
            loop {
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                let Some(statement) = next else { return };
                run(&client, &statement).await;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("a session of the limit");
    }
}

/// Connects.
///
/// # Panics
///
/// Panics when the server refuses.
pub(crate) async fn connect(url: &str) -> Client {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.expect("connect to the server");
    tokio::spawn(connection);
    client
}

/// Runs a statement.
pub(crate) async fn run(client: &Client, sql: &str) {
    if let Err(error) = client.batch_execute(sql).await {
        panic!("{sql}: {error:?}");
    }
}

/// Returns the rows of a query whose `N` columns are all text and never NULL.
///
/// # Panics
///
/// Panics when the server refuses.
pub(crate) async fn rows<const N: usize>(client: &Client, sql: &str) -> Vec<[String; N]> {
    let found = client.query(sql, &[]).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    found.iter().map(|row| std::array::from_fn(|at| row.get(at))).collect()
}
