"""A script in the manner of the guides: SQLAlchemy reads the tables of SQLite, makes them on PostgreSQL, and
moves the rows as dictionaries, a thousand at a time."""

import os

from sqlalchemy import MetaData, create_engine, event, insert, select

source = create_engine("sqlite:///" + os.environ["RACE_SOURCE"])
target = create_engine(os.environ["RACE_URL"].replace("postgresql://", "postgresql+psycopg://"))

metadata = MetaData()


@event.listens_for(metadata, "column_reflect")
def as_the_other_database_has_it(inspector, table, column):
    column["type"] = column["type"].as_generic()
    # `default 1` of a boolean is an error on PostgreSQL.
    column["default"] = None


metadata.reflect(bind=source)
metadata.create_all(target)

with source.connect() as reader, target.begin() as writer:
    for table in metadata.sorted_tables:
        rows = reader.execution_options(stream_results=True).execute(select(table)).mappings()
        for batch in rows.partitions(1000):
            writer.execute(insert(table), [dict(row) for row in batch])
