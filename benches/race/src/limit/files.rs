//! The rows as binary files, written and read by the server itself.

use super::apart::Table;
use crate::server::{rows, run};
use anyhow::{Context, Result};
use std::collections::HashMap;
use std::path::Path;
use tempfile::TempDir;
use tokio_postgres::Client;

/// Pages of a table that go into one file: 32 MB, as Sealift cuts its ranges.
const FILE_PAGES: u32 = 4096;

/// The files of all tables; they go away with the value.
#[derive(Debug)]
pub(super) struct Files {
    /// Removed at the end.
    _folder: TempDir,
    of: HashMap<String, Vec<File>>,
}

#[derive(Debug)]
struct File {
    /// `copy … from …`, without options.
    load: String,
    bytes: u64,
}

impl Files {
    /// Writes the rows of tables to files, and empties each table that is written: there is no need
    /// for them to be on the disk twice.
    pub(super) async fn export(client: &Client, schema: &str, tables: &[Table]) -> Result<Self> {
        // The server may be another user than we are, so the files go where both may.
        let folder = tempfile::Builder::new().prefix("sealift-race-").tempdir()?;
        open_to_all(folder.path())?;
        let mut of = HashMap::new();
        for (number, table) in tables.iter().enumerate() {
            let mut files = Vec::new();
            let mut first = 0;
            while first == 0 || first < table.pages {
                let file = folder.path().join(format!("{number}.{first}"));
                files.push(write(client, table, first, &file).await?);
                first += FILE_PAGES;
            }
            of.insert(table.name.clone(), files);
        }
        // All at once, since they point at one another. Past a hundred tables there is little in them.
        if tables.len() <= 100 {
            let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
            run(client, &format!("set search_path = {schema}; truncate {}", names.join(", ")))
                .await?;
        }
        Ok(Self { _folder: folder, of })
    }

    /// Returns what loads a table, statement by statement, with the bytes of each.
    pub(super) fn loads(&self, table: &Table, options: &str) -> Vec<(String, u64)> {
        let files = self.of.get(&table.name).into_iter().flatten();
        files.map(|file| (format!("{} with ({options})", file.load), file.bytes)).collect()
    }

    pub(super) fn bytes_of(&self, table: &Table) -> u64 {
        self.of.get(&table.name).into_iter().flatten().map(|file| file.bytes).sum()
    }

    pub(super) fn number_of(&self, table: &Table) -> usize {
        self.of.get(&table.name).map_or(0, Vec::len)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.of.values().flatten().map(|file| file.bytes).sum()
    }
}

async fn write(client: &Client, table: &Table, first: u32, file: &Path) -> Result<File> {
    let Table { name, columns, pages } = table;
    let last = first + FILE_PAGES;
    let until = if last < *pages { format!("and ctid < '({last},0)'") } else { String::new() };
    let path = file.display();
    run(
        client,
        &format!(
            "copy (select {columns} from {name} where ctid >= '({first},0)' {until})
             to '{path}' (format binary)"
        ),
    )
    .await?;
    let sizes =
        rows::<1>(client, &format!("select size::text from pg_stat_file('{path}')")).await?;
    let bytes = sizes.into_iter().flatten().next().context("a file has a size")?.parse()?;
    Ok(File { load: format!("copy {name} ({columns}) from '{path}'"), bytes })
}

fn open_to_all(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o777))
        .context("open the folder to the server")
}
