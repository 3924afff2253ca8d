"""${message}"""
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
${imports if imports else ""}
from alembic import op
import sqlalchemy as sa


def upgrade():
    ${upgrades if upgrades else "pass"}
