//! Rails (<https://guides.rubyonrails.org/configuring.html#configuring-a-database>). Its pool grows up to
//! `pool` as threads ask for connections; what is idle for long is closed.

use super::super::application::{Environment, Framework};
use super::{Situation, Snippet};

pub(super) fn snippet(situation: &Situation) -> Snippet {
    let Situation { pool, workers, .. } = situation;
    let environment = match situation.environment {
        Environment::Development => "development",
        Environment::Staging => "staging",
        Environment::Production | Environment::Serverless => "production",
    };
    let statements = match situation.loses_sessions {
        true => "  prepared_statements: false\n  advisory_locks: false\n",
        false => "",
    };
    Snippet {
        framework: Framework::Rails,
        file: "config/database.yml",
        needs: "Rails 6",
        text: format!(
            "\
{environment}:
  adapter: postgresql
  encoding: unicode
  url: <%= ENV[\"DATABASE_URL\"] %>
  # As many threads as this at most: RAILS_MAX_THREADS in config/puma.rb.
  pool: {total}
  checkout_timeout: {}
  idle_timeout: 300
{statements}",
            pool.timeout_seconds,
            total = pool.total()
        ),
        start: Some(format!(
            "WEB_CONCURRENCY={workers} RAILS_MAX_THREADS={} bin/rails server",
            pool.base
        )),
    }
}
