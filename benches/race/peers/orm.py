"""A script in the manner of the guides: SQLAlchemy reads the tables of SQLite, makes them on PostgreSQL, and
moves the rows as dictionaries, a thousand at a time."""

import os

from sqlalchemy import MetaData, create_engine, insert, select

source = create_engine("sqlite:///" + os.environ["RACE_SOURCE"])
target = create_engine(os.environ["RACE_URL"].replace("postgresql://", "postgresql+psycopg://"))

metadata = MetaData()
metadata.reflect(bind=source)
metadata.create_all(target)

with source.connect() as reader, target.begin() as writer:
    for table in metadata.sorted_tables:
        rows = reader.execution_options(stream_results=True).execute(select(table)).mappings()
        for batch in rows.partitions(1000):
            writer.execute(insert(table), [dict(row) for row in batch])
