"""Runs the revisions of a package that came from PyPI: with a database, or without one as SQL."""
import os

import sqlalchemy as sa
from alembic import context

URL = os.environ.get("APP_DATABASE", "").replace("postgresql:", "postgresql+psycopg:", 1)

if context.is_offline_mode():
    context.configure(url="postgresql+psycopg://", literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with sa.create_engine(URL).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
