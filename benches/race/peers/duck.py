"""DuckDB with its extensions for SQLite and PostgreSQL: `insert … select`, as many tables at once as there
are jobs. The tables are there; keys and indexes come afterwards, since it does not carry them."""

import os
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import duckdb

source, url, schema = (os.environ[name] for name in ("RACE_SOURCE", "RACE_URL", "RACE_SCHEMA"))
jobs = int(os.environ["RACE_JOBS"])

database = duckdb.connect(config={"threads": jobs})
for package in ("sqlite_scanner", "postgres_scanner"):
    # They come as Python packages, since the server of extensions is not reached from everywhere.
    folder = Path(import_module(f"duckdb_extension_{package}").__file__).parent
    (extension,) = folder.glob(f"extensions/*/{package}.duckdb_extension")
    database.load_extension(str(extension))
database.execute(f"attach '{source}' as source (type sqlite, read_only)")
database.execute(f"attach '{url}' as target (type postgres, schema '{schema}')")


def columns(table: str) -> list[tuple[str, str, str]]:
    return database.cursor().execute(
        "select t.column_name, t.data_type, s.data_type"
        " from duckdb_columns() t join duckdb_columns() s using (column_name, table_name)"
        " where t.database_name = 'target' and t.schema_name = ? and s.database_name = 'source'"
        " and t.table_name = ? order by t.column_index",
        [schema, table],
    ).fetchall()


def carry(table: str) -> None:
    known = columns(table)
    names = ", ".join(f'"{name}"' for name, _, _ in known)
    database.cursor().execute(
        f'insert into target.{schema}."{table}" ({names}) select {names} from source."{table}"'
    )


tables = [row[0] for row in database.execute(
    "select table_name from duckdb_tables() where database_name = 'source' order by estimated_size desc"
).fetchall()]
with ThreadPoolExecutor(jobs) as pool:
    for _ in pool.map(carry, tables):
        pass
