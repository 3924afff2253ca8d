//! Flask-SQLAlchemy 3 (<https://flask-sqlalchemy.readthedocs.io/en/stable/config/>).

use super::super::application::Framework;
use super::super::pool::Kind;
use super::{Situation, Snippet, sqlalchemy};

pub(super) fn snippet(situation: &Situation) -> Snippet {
    let import = match situation.pool.kind {
        Kind::PerRequest => "\nfrom sqlalchemy.pool import NullPool",
        Kind::Sized | Kind::One => "",
    };
    let options =
        sqlalchemy::options(situation, |name, value| format!("    \"{name}\": {value},\n"));
    Snippet {
        framework: Framework::Flask,
        file: "config.py",
        needs: "Flask-SQLAlchemy 3, SQLAlchemy 2, psycopg 3",
        text: format!(
            "\
import os

from sqlalchemy.engine import make_url{import}

SQLALCHEMY_DATABASE_URI = make_url(os.environ[\"DATABASE_URL\"]).set(
    drivername=\"postgresql+psycopg\"
)
SQLALCHEMY_ENGINE_OPTIONS = {{
{options}}}
"
        ),
        start: sqlalchemy::start(situation),
    }
}
