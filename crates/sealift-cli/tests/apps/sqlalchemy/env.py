"""What alembic asks for."""
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
import sqlalchemy as sa
from alembic import context
from models import Base, url

with sa.create_engine(url()).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
