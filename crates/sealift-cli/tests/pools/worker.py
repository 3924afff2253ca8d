"""A worker of an application: opens the pool that the module `database` (or `settings`) describes, works with
it, takes all of its connections at once, says so, and holds them until its standard input ends.

    worker.py FRAMEWORK CONNECTIONS
"""
import asyncio
import importlib
import sys
import threading
from contextlib import asynccontextmanager, contextmanager

# How often each thread borrows a connection before all are held, and how many threads too many there are.
ROUNDS = 20
EXTRA = 3
PATIENCE = 60


def sqlalchemy():
    return engine(importlib.import_module("database").engine)


def flask():
    from sqlalchemy import create_engine

    config = importlib.import_module("database")
    return engine(
        create_engine(config.SQLALCHEMY_DATABASE_URI, **config.SQLALCHEMY_ENGINE_OPTIONS)
    )


def engine(made):
    @contextmanager
    def lease():
        with made.connect() as connection:
            yield lambda sql: connection.exec_driver_sql(sql).scalar()

    return lease


def psycopg():
    pool = importlib.import_module("database").pool

    @contextmanager
    def lease():
        with pool.connection() as connection:
            yield lambda sql: connection.execute(sql).fetchone()[0]

    return lease


def django():
    import django
    from django.conf import settings

    settings.configure(DATABASES=importlib.import_module("database").DATABASES)
    django.setup()
    from django.db import connection

    def ask(sql):
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]

    @contextmanager
    def lease():
        # As at the end of a request.
        try:
            yield ask
        finally:
            connection.close()

    return lease


async def fastapi():
    made = importlib.import_module("database").engine

    @asynccontextmanager
    async def lease():
        async with made.connect() as connection:

            async def ask(sql):
                return (await connection.exec_driver_sql(sql)).scalar()

            yield ask

    return lease


async def asyncpg():
    pool = await importlib.import_module("database").create_pool()

    @asynccontextmanager
    async def lease():
        async with pool.acquire(timeout=30) as connection:
            yield connection.fetchval

    return lease


def hold(count):
    print("holding", count, flush=True)
    sys.stdin.read()


def threads(lease, count):
    held, release, failures = threading.Barrier(count + 1), threading.Event(), []

    def work(holds):
        try:
            for number in range(ROUNDS):
                with lease() as ask:
                    assert ask(f"select {number}") == number
            if holds:
                with lease() as ask:
                    assert ask("select 42") == 42
                    held.wait(PATIENCE)
                    release.wait()
        except Exception as failure:
            failures.append(failure)
            held.abort()

    started = [threading.Thread(target=work, args=(n < count,)) for n in range(count + EXTRA)]
    for thread in started:
        thread.start()
    try:
        held.wait(PATIENCE)
        hold(count)
    except threading.BrokenBarrierError:
        pass
    release.set()
    for thread in started:
        thread.join()
    if failures:
        raise failures[0]


async def tasks(opening, count):
    lease = await opening
    holding, release = asyncio.Semaphore(0), asyncio.Event()

    async def work(holds):
        for number in range(ROUNDS):
            async with lease() as ask:
                assert await ask(f"select {number}") == number
        if holds:
            async with lease() as ask:
                assert await ask("select 42") == 42
                holding.release()
                await release.wait()

    async def wait():
        for _ in range(count):
            await holding.acquire()
        await asyncio.to_thread(hold, count)
        release.set()

    works = [work(n < count) for n in range(count + EXTRA)]
    await asyncio.gather(wait(), *works)


name, count = sys.argv[1], int(sys.argv[2])
adapters = {
    "sqlalchemy": sqlalchemy,
    "flask": flask,
    "psycopg": psycopg,
    "django": django,
    "fastapi": fastapi,
    "asyncpg": asyncpg,
}
adapter = adapters[name]
if asyncio.iscoroutinefunction(adapter):
    asyncio.run(tasks(adapter(), count))
else:
    threads(adapter(), count)
