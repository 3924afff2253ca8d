"""Asks the database through SQLAlchemy's own API; the same data gives the same lines."""
import datetime as dt
import uuid

import sqlalchemy as sa
from models import State, Task, User, labels, open_session


def moment(value):
    # SQLite gives moments back without their offset, which is UTC.
    return value if value.tzinfo is None else value.astimezone(dt.timezone.utc).replace(tzinfo=None)


with open_session() as session:
    for user in session.scalars(sa.select(User).order_by(User.id)):
        print("user", user.id, user.key, user.name, user.is_active, moment(user.joined), user.settings)
        print("tasks", [task.id for task in sorted(user.tasks, key=lambda task: task.id)])
    for task in session.scalars(sa.select(Task).order_by(Task.id)):
        print("task", [repr(getattr(task, column.key)) for column in sa.inspect(Task).columns])
    print("labels", session.execute(sa.select(labels).order_by(labels.c.task_id)).all())
    print("states", session.execute(sa.select(Task.state, sa.func.count()).group_by(Task.state).order_by(sa.func.count(), sa.cast(Task.state, sa.String))).all())
    print("open", session.scalars(sa.select(Task.id).where(Task.state == State.OPEN, Task.cost > 50).order_by(Task.id)).all())
    print("sums", session.execute(sa.select(sa.func.max(Task.large), sa.func.count(Task.cost), sa.func.min(Task.due))).all())
    print("by key", session.scalars(sa.select(User.id).where(User.key == uuid.UUID(int=10**30 + 4))).one())
    print("inactive", session.scalars(sa.select(User.id).where(User.is_active.is_(False))).all())
    print("json", session.scalars(sa.select(User.id).where(User.settings["n"].as_integer() >= 3).order_by(User.id)).all())
    print("null", session.scalars(sa.select(User.id).where(User.settings.is_(None))).all())
