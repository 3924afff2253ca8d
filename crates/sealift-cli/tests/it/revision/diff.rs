//! `revision diff`: the model is changed, and the database follows.

use super::Project;

const FILE: &str = "
    create table users (id integer primary key, name text not null, mail varchar(40) unique);
    create table posts (id integer primary key, author integer references users (id), title text);
    insert into users values (1, 'Ann', 'a@x'), (2, 'Bob', null);
    insert into posts values (1, 1, 'one');
";

/// A file that was migrated, and whose schema is the first revision.
fn moved() -> Project {
    let project = Project::new();
    project.environment.sqlite("app.db", FILE);
    let moved = project.environment.run(&["migrate", "app.db", "--to", &project.database.url]);
    assert_eq!(moved.status, 0, "{moved}");
    project.done(&["baseline"]);
    project
}

/// Numbers of revisions are moments.
fn without_moments(text: &str) -> String {
    let mut shown = String::new();
    let mut digits = String::new();
    for letter in text.chars().chain(['\0']) {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        let moment = digits.len() == 14;
        shown.push_str(if moment { "[number]" } else { &digits });
        digits.clear();
        if letter != '\0' {
            shown.push(letter);
        }
    }
    shown
}

#[test]
fn a_changed_file_becomes_a_revision_that_goes_up_and_down() {
    let project = moved();
    let agree = project.done(&["check", "app.db"]);
    assert!(agree.stdout.contains("files, database and model agree"), "{agree}");
    let nothing = project.done(&["diff", "app.db", "-m", "nothing"]);
    assert!(nothing.stdout.contains("nothing differs"), "{nothing}");
    project.environment.sqlite(
        "app.db",
        "alter table users add column age integer default 0 not null;
         create table tags (id integer primary key, word text not null unique);
         create index posts_author on posts (author);",
    );
    let differs = project.run(&["check", "app.db"]);
    assert_eq!(differs.status, 1, "{differs}");
    insta::assert_snapshot!(differs.stdout, @r"
    - the schema is not what the model makes: 3 differences

    to make it what the model makes:
      create table tags
      add column users.age
      build index posts_author on posts
    ");
    assert!(differs.stderr.contains("hint: sealift revision diff app.db -m TEXT"), "{differs}");
    let written = project.done(&["diff", "app.db", "-m", "add tags"]);
    insta::assert_snapshot!(without_moments(&written.stdout), @r"
    revisions/[number]_add_tags_1_of_2.up.sql
    revisions/[number]_add_tags_1_of_2.down.sql
    revisions/[number]_add_tags_build_index_posts_author_on_posts.up.sql
    revisions/[number]_add_tags_build_index_posts_author_on_posts.down.sql

      create table tags
      add column users.age
      build index posts_author on posts
    ");
    project.done(&["upgrade"]);
    project.done(&["check", "app.db"]);
    assert_eq!(project.value("select string_agg(age::text, ',') from users"), "0,0");
    project.done(&["downgrade", "-2", "--yes"]);
    assert_eq!(project.value("select to_regclass('tags')::text"), "null");
    assert_eq!(project.value("select string_agg(name, ',' order by id) from users"), "Ann,Bob");
    project.done(&["upgrade"]);
    project.done(&["check", "app.db"]);
}

#[test]
fn a_rename_is_asked_for_and_never_guessed() {
    let project = moved();
    project.environment.sqlite("app.db", "alter table users rename column name to full_name");
    let asked = project.run(&["diff", "app.db", "-m", "full names"]);
    assert_eq!(asked.status, 1, "{asked}");
    assert!(asked.stderr.contains("--rename 'users.name=users.full_name'"), "{asked}");
    assert!(asked.stderr.contains("--no-renames"), "{asked}");
    let one = ["diff", "app.db", "-m", "full names", "--rename", "users.name=users.full_name"];
    project.done(&one);
    project.done(&["upgrade"]);
    assert_eq!(
        project.value("select string_agg(full_name, ',' order by id) from users"),
        "Ann,Bob"
    );
    project.done(&["check", "app.db"]);
    project.done(&["downgrade", "-1"]);
    assert_eq!(project.value("select string_agg(name, ',' order by id) from users"), "Ann,Bob");
}

#[test]
fn what_is_no_rename_is_dropped_and_made_and_said_to_be() {
    let project = moved();
    project.environment.sqlite(
        "app.db",
        "alter table posts drop column title; alter table posts add column body text;",
    );
    let written = project.done(&["diff", "app.db", "-m", "bodies", "--no-renames"]);
    assert!(written.stdout.contains("loses the values of column posts.title"), "{written}");
    assert_eq!(project.run(&["upgrade"]).status, 2);
    project.done(&["upgrade", "--yes"]);
    project.done(&["check", "app.db"]);
    let down = project.run(&["downgrade", "-1", "--yes"]);
    assert_eq!(down.status, 1, "the cells of a dropped column do not come back: {down}");
    assert!(down.stderr.contains("--accept-loss"), "{down}");
    project.done(&["downgrade", "-1", "--yes", "--accept-loss"]);
    assert_eq!(project.value("select count(title) from posts"), "0");
}

#[test]
fn nothing_is_written_while_revisions_wait_to_be_carried_out() {
    let project = moved();
    project.revision("99990101000000_more", "create table more ();", "drop table more;");
    let refused = project.run(&["diff", "app.db", "-m", "x"]);
    assert_eq!(refused.status, 1, "{refused}");
    assert!(refused.stderr.contains("1 revision still to be carried out"), "{refused}");
}

#[test]
fn a_file_of_sql_another_database_and_head_are_models_too() {
    let project = moved();
    project.environment.write(
        "schema.sql",
        "create table users (id bigint generated by default as identity primary key, name text not null,
             mail varchar(40) unique);
         create table posts (id bigint generated by default as identity primary key,
             author bigint references users (id), title text);
         comment on table posts is 'what people write';",
    );
    let sql = project.done(&["diff", "schema.sql", "--sql"]);
    assert!(sql.stdout.contains("comment on table \"posts\" is 'what people write';"), "{sql}");
    let other = Project::new();
    other.database.execute_blocking("create table users (id bigint primary key)");
    let like = ["diff", other.database.url.as_str(), "--sql", "--no-renames"];
    let sql = project.done(&like);
    assert!(sql.stdout.contains("drop table \"posts\";"), "{sql}");
    project.database.execute_blocking("alter table users add column by_hand int");
    let drift = project.run(&["check"]);
    assert_eq!(drift.status, 1, "{drift}");
    assert!(drift.stdout.contains("drop column users.by_hand"), "{drift}");
    let back = project.done(&["diff", "head", "--sql"]);
    assert!(back.stdout.contains("drop column \"by_hand\";"), "{back}");
    let refused = project.run(&["diff", "head", "-m", "x"]);
    assert_eq!(refused.status, 2, "{refused}");
}

#[test]
fn scripts_get_files_steps_and_dangers() {
    let project = moved();
    project.environment.sqlite("app.db", "alter table posts drop column title");
    let json = project.done(&["diff", "app.db", "-m", "less", "--json"]).json();
    assert_eq!(json["status"], "ok");
    assert_eq!(json["steps"][0], "drop column posts.title");
    assert_eq!(json["dangers"][0]["loses"], "the values of column posts.title");
    let files = json["revisions"][0]["files"].as_array().unwrap();
    assert!(files[0].as_str().unwrap().ends_with("_less.up.sql"), "{files:?}");
}

#[test]
fn without_a_folder_the_way_can_be_printed() {
    let project = Project::new();
    project.environment.sqlite("app.db", FILE);
    std::fs::remove_dir(project.environment.folder().join("revisions")).unwrap();
    let sql = project.done(&["diff", "app.db", "--sql"]);
    assert!(sql.stdout.contains("create table \"posts\""), "{sql}");
    let refused = project.run(&["diff", "app.db", "-m", "x"]);
    assert_eq!(refused.status, 1, "{refused}");
    assert!(refused.stderr.contains("sealift revision init"), "{refused}");
}

#[test]
fn histories_of_the_file_stand_beside_those_of_the_database() {
    let project = Project::new();
    let made = "create table alembic_version (version_num varchar(32) primary key);";
    project
        .environment
        .sqlite("app.db", &format!("{made} insert into alembic_version values ('2b');"));
    project.database.execute_blocking(&format!("{made} insert into alembic_version values ('1a')"));
    let shown = project.done(&["current", "app.db"]);
    assert!(shown.stdout.contains("in the file"), "{shown}");
    let json = project.done(&["current", "app.db", "--json"]).json();
    assert_eq!(json["source"][0]["current"][0], "2b");
    assert_eq!(json["neighbours"][0]["current"][0], "1a");
    let differs = project.run(&["check", "app.db"]);
    let said = "Alembic stands at 2b in the file, and at 1a in the database";
    assert!(differs.stdout.contains(said), "{differs}");
}
