//! Two transactions that take two tables in opposite orders: it is the revision that makes room.

use super::super::go;
use super::{BEFORE, DEADLINE, ROWS};
use sealift_core::revision::graph::Target;
use sealift_core::revision::way::Way;
use sealift_engine::revision::state::Goal;
use sealift_testkit::{Database, database};
use std::time::{Duration, Instant};

/// The first lock is held for half of the time after which the server looks for a circle, so that the application's wait is the
/// older one and would be looked at first.
const REVISION: &str =
    "alter table users add a int;\nselect pg_sleep(0.5);\nalter table posts add b int;";

#[tokio::test]
async fn an_application_is_not_ended_for_a_circle_with_a_revision() {
    let database = database().await;
    database.execute(&format!("{BEFORE} {ROWS}")).await;
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("1_both.up.sql"), REVISION).unwrap();
    let application = database.connect().await;
    application.batch_execute("begin; update posts set n = n + 1 where id = 1").await.unwrap();
    let other_way_round = async {
        until_users_is_locked(&database).await;
        application.batch_execute("update users set n = n + 1 where id = 1; commit").await
    };
    let goal = Goal { way: Way::Up, target: Target::Head };
    let ((), went_on) = tokio::join!(go(&database, place.path(), goal), other_way_round);
    went_on.unwrap();
    let raised =
        "select sum(n) from (select n from users union all select n from posts) as both_tables";
    assert_eq!(database.query_value(raised).await.as_deref(), Some("2"));
}

async fn until_users_is_locked(database: &Database) {
    let held = "select count(*) from pg_locks where relation = 'users'::regclass and granted \
                and mode = 'AccessExclusiveLock'";
    let began = Instant::now();
    while database.query_value(held).await.as_deref() == Some("0") {
        assert!(began.elapsed() < DEADLINE, "the revision does not begin");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
