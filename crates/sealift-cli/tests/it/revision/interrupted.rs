//! Killed at each moment, refused half way, and what goes on by itself.

use super::{Project, shop};
use sealift_engine::ops::{Moment, RevisionStep};

/// How often a moment is tried: more often than there are statements.
const MOST: usize = 8;

fn mixed() -> Project {
    let project = shop();
    project.revision(
        "3_by_hand",
        "-- sealift: transaction=off\n\
         set my.word = 'kept';\n\
         insert into users values (2, 'once');\n\
         create index concurrently users_name on users (name);\n\
         begin;\ninsert into users values (3, current_setting('my.word'));\ninsert into users values (4, 'd');\ncommit;\n\
         vacuum users;",
        "-- sealift: transaction=off\n\
         drop index concurrently users_name;\ndelete from users where id > 1;",
    );
    project
}

const STATE: &str = "select string_agg(id || name, ',' order by id) || ' ' || (select count(*) \
    from pg_index where indexrelid = to_regclass('users_name') and indisvalid) || ' ' \
    || (select string_agg(id || how, ',' order by id) from _sealift.revision where going is null) from users";

/// Kills `upgrade` at the nth time that each moment comes, and lets the next one finish.
#[test]
fn whenever_it_is_killed_the_next_upgrade_ends_as_if_nothing_had_been() {
    for step in RevisionStep::ALL {
        for moment in [Moment::Before, Moment::After] {
            let mut struck = 0;
            for nth in 0..MOST {
                let project = mixed();
                let first = if nth == 0 { String::new() } else { format!("{nth}*off->") };
                let point = format!("{moment} {}={first}1*return(die)", step.name());
                if project.broken(&["upgrade"], &point).is_some() {
                    break;
                }
                struck += 1;
                project.done(&["upgrade"]);
                let expected = "1a;b,2once,3kept,4d 1 1run,2run,3run";
                assert_eq!(project.value(STATE), expected, "{point}");
                project.done(&["check"]);
            }
            assert!(struck > 0, "{moment} {} was not reached", step.name());
        }
    }
}

#[test]
fn whenever_it_is_killed_the_next_downgrade_ends_as_if_nothing_had_been() {
    for step in RevisionStep::ALL {
        for nth in 0..MOST {
            let project = mixed();
            project.done(&["upgrade"]);
            let first = if nth == 0 { String::new() } else { format!("{nth}*off->") };
            let point = format!("after {}={first}1*return(die)", step.name());
            let down = ["downgrade", "base", "--yes"];
            if project.broken(&down, &point).is_some() {
                break;
            }
            project.done(&down);
            let left = "select count(*) from pg_tables where schemaname = 'public'";
            assert_eq!(project.value(left), "0", "{point}");
            assert_eq!(project.value("select count(*) from _sealift.revision"), "0", "{point}");
        }
    }
}

#[test]
fn a_lost_connection_is_made_again() {
    let project = mixed();
    let status = project.broken(&["upgrade"], "after revision-statement=3*off->1*return(lost)");
    assert_eq!(status, Some(0));
    project.done(&["check"]);
}

/// `+2` means the two that were next when it was typed, whatever happens on the way.
#[test]
fn steps_are_counted_once() {
    let project = shop();
    project.revision("3_third", "create table third ();", "drop table third;");
    let status = project.broken(&["upgrade", "+2"], "after revision-record=1*return(lost)");
    assert_eq!(status, Some(0));
    assert_eq!(project.value("select count(*) from _sealift.revision"), "2");
}

#[test]
fn an_index_that_was_left_half_built_is_built_again() {
    let project = shop();
    project.done(&["upgrade"]);
    project.database.execute_blocking("insert into users values (7, 'twice'), (8, 'twice')");
    project.revision(
        "3_unique",
        "-- no-transaction\ncreate unique index concurrently users_name on users (name);",
        "-- no-transaction\ndrop index concurrently users_name;",
    );
    let failed = project.run(&["upgrade"]);
    assert_eq!(failed.status, 1, "{failed}");
    assert!(failed.stderr.contains("revisions/3_unique.up.sql:2"), "{failed}");
    assert_eq!(
        project.value(
            "select indisvalid::text from pg_index where indexrelid = 'users_name'::regclass"
        ),
        "false"
    );
    let check = project.run(&["check"]);
    assert!(check.stdout.contains("revision 3 (unique) is unfinished"), "{check}");
    let other_way = project.run(&["downgrade", "-1", "--yes"]);
    assert!(other_way.stderr.contains("sealift revision upgrade"), "{other_way}");
    project.database.execute_blocking("delete from users where id = 8");
    let mended = project.done(&["upgrade"]);
    assert!(mended.stderr.contains("it is dropped and built again"), "{mended}");
    assert_eq!(
        project.value(
            "select indisvalid::text from pg_index where indexrelid = 'users_name'::regclass"
        ),
        "true"
    );
}

#[test]
fn a_file_that_was_mended_goes_on_where_it_stopped() {
    let project = shop();
    let begin = "-- sealift: transaction=off\ninsert into users values (5, 'e');\n";
    project.revision("3_data", &format!("{begin}insert into users values (6, 1/0);"), "");
    let failed = project.run(&["upgrade"]);
    assert!(failed.stderr.contains("goes on with statement 2"), "{failed}");
    let changed = "-- sealift: transaction=off\ninsert into users values (9, 'e');\nselect 1;";
    project.environment.write("revisions/3_data.up.sql", changed);
    let refused = project.run(&["upgrade"]);
    assert_eq!(refused.status, 1, "{refused}");
    assert!(refused.stderr.contains("--resume-at 2"), "{refused}");
    let mended = format!("{begin}insert into users values (6, 'f');");
    project.environment.write("revisions/3_data.up.sql", &mended);
    project.done(&["upgrade"]);
    assert_eq!(project.value("select string_agg(id::text, ',' order by id) from users"), "1,5,6");
    project.done(&["check"]);
}

#[test]
fn where_the_database_does_not_tell_a_person_says_it() {
    let project = shop();
    project.revision("3_call", "-- sealift: transaction=off\ncall grow();", "");
    project.done(&["upgrade", "2"]);
    project.database.execute_blocking(
        "create procedure grow() language sql as 'insert into users values (10, ''x'')'",
    );
    let killed = project.broken(&["upgrade"], "after revision-alone=1*return(die)");
    assert_eq!(killed, None);
    let asked = project.run(&["upgrade"]);
    assert_eq!(asked.status, 1, "{asked}");
    assert!(
        asked.stderr.contains("--resume-at 1 if it was not, --resume-at 2 if it was"),
        "{asked}"
    );
    project.done(&["upgrade", "--resume-at", "2"]);
    assert_eq!(project.value("select count(*) from users where id = 10"), "1");
    project.done(&["check", "--history-only"]);
}
