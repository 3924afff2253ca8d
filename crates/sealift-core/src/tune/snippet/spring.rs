//! HikariCP, as Spring Boot sets it (<https://github.com/brettwooldridge/HikariCP#gear-configuration-knobs-baby>).
//! It tries a connection before it hands it out, unless it was used in the last half second.

use super::super::application::Framework;
use super::{Situation, Snippet};

pub(super) fn snippet(situation: &Situation) -> Snippet {
    let pool = situation.pool;
    let statements = match situation.loses_sessions {
        true => "      data-source-properties:\n        prepareThreshold: 0\n",
        false => "",
    };
    let milliseconds = |seconds: u64| seconds.saturating_mul(1000);
    Snippet {
        framework: Framework::Spring,
        file: "application.yml",
        needs: "Spring Boot 3, PostgreSQL JDBC 42",
        text: format!(
            "\
spring:
  datasource:
    # jdbc:postgresql://HOST:5432/DATABASE?sslmode=require
    url: ${{JDBC_DATABASE_URL}}
    username: ${{JDBC_DATABASE_USERNAME}}
    password: ${{JDBC_DATABASE_PASSWORD}}
    hikari:
      minimum-idle: {}
      maximum-pool-size: {}
      connection-timeout: {}
      max-lifetime: {}
{statements}",
            pool.base,
            pool.total(),
            milliseconds(pool.timeout_seconds),
            milliseconds(pool.recycle_seconds)
        ),
        start: None,
    }
}
