//! Django's own pool of psycopg (<https://docs.djangoproject.com/en/5.2/ref/databases/#connection-pool>).

use super::super::application::Framework;
use super::super::pool::Kind;
use super::{Situation, Snippet, sqlalchemy};

pub(super) fn snippet(situation: &Situation) -> Snippet {
    let pool = situation.pool;
    let options = match pool.kind {
        Kind::PerRequest => String::new(),
        Kind::Sized | Kind::One => format!(
            "
            \"pool\": {{
                \"min_size\": {},
                \"max_size\": {},
                \"timeout\": {},
                \"max_lifetime\": {},
            }},",
            pool.base,
            pool.total(),
            pool.timeout_seconds,
            pool.recycle_seconds
        ),
    };
    let cursors = match situation.loses_sessions {
        true => "\n        \"DISABLE_SERVER_SIDE_CURSORS\": True,",
        false => "",
    };
    let needs = match pool.kind {
        Kind::PerRequest => "Django 4.2, psycopg 3",
        Kind::Sized | Kind::One => "Django 5.1, psycopg[pool] 3.2",
    };
    Snippet {
        framework: Framework::Django,
        file: "settings.py",
        needs,
        text: format!(
            "\
import os
from urllib.parse import parse_qsl, unquote, urlsplit

_url = urlsplit(os.environ[\"DATABASE_URL\"])
DATABASES = {{
    \"default\": {{
        \"ENGINE\": \"django.db.backends.postgresql\",
        \"HOST\": unquote(_url.hostname or \"\"),
        \"PORT\": _url.port or \"\",
        \"USER\": unquote(_url.username or \"\"),
        \"PASSWORD\": unquote(_url.password or \"\"),
        \"NAME\": unquote(_url.path.lstrip(\"/\")),
        # The pool keeps connections; requests must not.
        \"CONN_MAX_AGE\": 0,
        \"CONN_HEALTH_CHECKS\": True,{cursors}
        \"OPTIONS\": {{
            **dict(parse_qsl(_url.query)),{options}
        }},
    }}
}}
"
        ),
        start: sqlalchemy::start(situation).map(|start| start.replace("app:app", "project.wsgi")),
    }
}
