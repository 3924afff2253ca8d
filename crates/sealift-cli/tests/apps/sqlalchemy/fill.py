"""Fills the database through SQLAlchemy's own API."""
import datetime as dt
import uuid
from decimal import Decimal

from models import State, Task, User, labels, open_session

with open_session() as session:
    for number in range(5):
        session.add(
            User(
                key=uuid.UUID(int=number + 10**30),
                name=f"Jürgen {number} 🐍 'x' \\",
                is_active=number != 3,
                joined=dt.datetime(2024, 2, 29, 23, 59, number, 123456, tzinfo=dt.timezone.utc),
                settings=None if number == 2 else {"n": number, "list": [1, None, "ü"], "f": 1.5},
            )
        )
    session.flush()
    before = None
    for number in range(60):
        task = Task(
            owner_id=1 + number % 5,
            after_id=before,
            title=f"Aufgabe {number}\nzweite Zeile",
            state=State.DONE if number % 2 else State.OPEN,
            cost=None if number % 7 == 0 else Decimal(number * 333) / 100,
            share=None if number % 5 == 0 else number / 3,
            large=number * 10**15,
            due=None if number % 3 else dt.date(2023, 12, 31),
            at=None if number % 3 == 1 else dt.time(23, 59, number % 60, number),
            changed=None if number % 4 else dt.datetime(1999, 12, 31, 23, 59, 59, number),
            body=None if number % 6 else bytes(range(256)),
        )
        session.add(task)
        session.flush()
        before = task.id if number % 4 else None
        session.execute(labels.insert().values(task_id=task.id, label=f"l{number % 3}"))
    session.commit()
