//! SQLAlchemy's asyncio extension, under FastAPI
//! (<https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html>).
//!
//! psycopg is the driver and not asyncpg: it takes `sslmode` in the URL as every other program does, and
//! can do without prepared statements, which a pooler in transaction mode loses.

use super::super::application::Framework;
use super::super::pool::Kind;
use super::{Situation, Snippet, sqlalchemy};

pub(super) fn snippet(situation: &Situation) -> Snippet {
    let import = match situation.pool.kind {
        Kind::PerRequest => "\nfrom sqlalchemy.pool import NullPool",
        Kind::Sized | Kind::One => "",
    };
    let options = sqlalchemy::options(situation, |name, value| format!("    {name}={value},\n"));
    let start = match situation.pool.kind {
        Kind::PerRequest => None,
        Kind::Sized | Kind::One => Some(format!("uvicorn app:app --workers {}", situation.workers)),
    };
    Snippet {
        framework: Framework::Fastapi,
        file: "database.py",
        needs: sqlalchemy::NEEDS,
        text: format!(
            "\
import os

from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine{import}

engine = create_async_engine(
    make_url(os.environ[\"DATABASE_URL\"]).set(drivername=\"postgresql+psycopg\"),
{options})
sessions = async_sessionmaker(engine, expire_on_commit=False)


async def session():
    async with sessions() as opened:
        yield opened
"
        ),
        start,
    }
}
