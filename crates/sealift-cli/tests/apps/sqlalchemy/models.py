"""A small SQLAlchemy application that tests move from SQLite to PostgreSQL."""
import datetime as dt
import decimal
import enum
import os
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# A native enum is a type of its own on PostgreSQL, which no file of SQLite tells.
NATIVE_ENUM = "APP_TEXT_ENUM" not in os.environ


class State(enum.Enum):
    OPEN = "open"
    DONE = "done"


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    key: Mapped[uuid.UUID] = mapped_column(sa.Uuid, unique=True)
    name: Mapped[str] = mapped_column(sa.String(50))
    is_active: Mapped[bool] = mapped_column(sa.Boolean, default=True)
    joined: Mapped[dt.datetime] = mapped_column(sa.DateTime(timezone=True))
    settings: Mapped[dict | None] = mapped_column(sa.JSON(none_as_null=True))
    tasks: Mapped[list["Task"]] = relationship(back_populates="owner")


class Task(Base):
    __tablename__ = "tasks"
    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    after_id: Mapped[int | None] = mapped_column(sa.ForeignKey("tasks.id"))
    title: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[State] = mapped_column(
        sa.Enum(State, name="state", native_enum=NATIVE_ENUM), default=State.OPEN
    )
    cost: Mapped[decimal.Decimal | None] = mapped_column(sa.Numeric(12, 2))
    share: Mapped[float | None] = mapped_column(sa.Float)
    large: Mapped[int | None] = mapped_column(sa.BigInteger)
    due: Mapped[dt.date | None] = mapped_column(sa.Date)
    at: Mapped[dt.time | None] = mapped_column(sa.Time)
    changed: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    body: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    owner: Mapped[User] = relationship(back_populates="tasks")


labels = sa.Table(
    "labels",
    Base.metadata,
    sa.Column("task_id", sa.ForeignKey("tasks.id"), primary_key=True),
    sa.Column("label", sa.String(20), primary_key=True),
)


def url():
    database = os.environ["APP_DATABASE"]
    if database.startswith("postgresql:"):
        return database.replace("postgresql:", "postgresql+psycopg:", 1)
    return "sqlite:///" + database


def open_session():
    return Session(sa.create_engine(url()))
