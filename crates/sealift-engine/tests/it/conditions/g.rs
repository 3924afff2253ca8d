//! Group g: connections and rights. Passwords, TLS, poolers and roles have modules of their own, which
//! `COMPAT.md` names.

use super::{by_cells, series};
use crate::support::{assert_equal, options, run};
use sealift_testkit::{database, sqlite_file};

#[tokio::test]
async fn g08_time_outs_that_a_database_sets_end_no_copy() {
    let database = database().await;
    database
        .execute(&format!(
            "alter database {name} set statement_timeout to '500ms';
             alter database {name} set lock_timeout to '500ms';
             alter database {name} set idle_in_transaction_session_timeout to '500ms';
             alter database {name} set timezone to 'Asia/Tokyo';
             alter database {name} set datestyle to 'German';
             alter database {name} set bytea_output to 'escape';
             alter database {name} set extra_float_digits to 0",
            name = database.name
        ))
        .await;
    let file = sqlite_file(&format!(
        "create table t (id integer primary key, at datetime, r real, b blob);
         {} insert into t select i, '2024-01-02 03:04:05', i / 3.0, x'00ff' from series;
         create index i on t (r); create unique index j on t (id, at);",
        series(150_000)
    ));
    assert_equal(&run(by_cells(options(file.path(), &database))).await.unwrap());
}
