"""Adds rows as the application does afterwards: every key has to be a free one."""
import datetime as dt
import uuid

from models import State, Task, User, open_session

with open_session() as session:
    user = User(key=uuid.uuid4(), name="new", joined=dt.datetime.now(dt.timezone.utc))
    session.add(user)
    session.flush()
    assert user.id == 6, user.id
    task = Task(owner=user, title="new", state=State.DONE)
    session.add(task)
    session.commit()
    assert task.id == 61, task.id
    print("grown")
