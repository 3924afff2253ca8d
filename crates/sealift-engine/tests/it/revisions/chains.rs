//! Copies of real databases that are changed again and again: the difference is carried out by the engine, then there is
//! none, and the way back leads to what the migration had made. Where the data is not there, nothing is tested.

use super::sqlite::{changed, compared, migrated};
use super::{go, model};
use sealift_core::revision::file::{Id, Parents};
use sealift_core::revision::graph::Target;
use sealift_core::revision::model::Model;
use sealift_core::revision::way::Way;
use sealift_core::sql::Sql;
use sealift_engine::revision::folder::Folder;
use sealift_engine::revision::state::Goal;
use sealift_testkit::{Database, shared_data};
use std::path::Path;

/// Changes the declared type of a column, which SQLite has no statement for.
fn redeclared(table: &str, old: &str, new: &str) -> String {
    format!(
        "pragma writable_schema = on;
         update sqlite_master set sql = replace(sql, '{old}', '{new}') where type = 'table' and name = '{table}';
         pragma writable_schema = reset;"
    )
}

/// Follows a file of the shared data.
async fn chain(name: &str, changes: &[&str]) {
    if let Some(path) = shared_data(name) {
        follow(&path, changes).await;
    }
}

/// Migrates a real file, and follows its copy through these changes.
async fn follow(path: &Path, changes: &[&str]) {
    let name = path.display();
    let database = migrated(path).await;
    let before = model(&database, "public").await;
    let rows = counts(&database, &before).await;
    let place = tempfile::tempdir().unwrap();
    let mut file = changed(path, "");
    for (at, change) in changes.iter().enumerate() {
        file = changed(file.path(), change);
        let found = compared(&database, file.path()).await;
        assert!(!found.difference.steps.is_empty(), "{name}: {change} is no difference");
        assert_eq!(found.difference.not_covered, [""; 0], "{name}: {change}");
        let folder = Folder::read(place.path()).unwrap();
        let first = folder.next_id(&Id::new("20260101000000").unwrap());
        let head = folder.graph().head().unwrap();
        let parents = head.map_or(Parents::None, |head| Parents::These(vec![head]));
        for one in found.difference.revisions(&first, parents, &format!("change {at}")) {
            folder.write(&one.id, &one.slug, &one.up, &one.down).unwrap();
        }
        go(&database, place.path(), Goal { way: Way::Up, target: Target::Head }).await;
        let is = model(&database, "public").await;
        assert_eq!(is.fingerprint(), found.wanted.fingerprint(), "{name}: {change}");
        let again = compared(&database, file.path()).await;
        assert!(again.difference.is_empty(), "{name}: {change}: {:?}", again.difference);
    }
    go(&database, place.path(), Goal { way: Way::Down, target: Target::Base }).await;
    assert_eq!(model(&database, "public").await.fingerprint(), before.fingerprint(), "{name}");
    assert_eq!(counts(&database, &before).await, rows, "{name}");
}

/// Returns how many rows each table has.
async fn counts(database: &Database, model: &Model) -> Vec<Vec<Option<String>>> {
    let one = |table| Sql::raw("select count(*) from ").ident(table);
    let all = Sql::new().join(model.tables.iter().map(|table| one(&table.name)), "; ");
    database.query_text(all.as_str()).await
}

#[tokio::test]
async fn chinook() {
    let longer = redeclared("Artist", "NVARCHAR(120)", "NVARCHAR(240)");
    chain(
        "chinook.db",
        &[
            "alter table Artist add column Country text default 'unknown' not null;
             drop index IFK_TrackGenreId; create index TrackByName on Track (Name);",
            &longer,
            "create table Label (LabelId integer primary key, Name nvarchar(80) not null unique,
                                 ArtistId integer references Artist (ArtistId));
             insert into Label values (1, 'x', 1);
             create view Names as select Name, Country from Artist;",
            "alter table Customer drop column Fax; drop index TrackByName;
             create unique index TrackByName on Track (Name, TrackId) where Bytes > 0;",
        ],
    )
    .await;
}

#[tokio::test]
async fn northwind() {
    chain(
        "northwind_small.db",
        &[
            "alter table Categories add column Position integer;
             create table Tags (Id integer primary key, Word text not null unique,
                                ProductID integer references Products (ProductID));
             drop view \"Current Product List\";
             create view \"Current Product List\" as
                 select ProductID, ProductName, UnitPrice from Products where Discontinued = '0';",
            "update Employees set BirthDate = 'long ago' where EmployeeID = 1;",
            "drop view \"Summary of Sales by Year\"; alter table \"Order Details\" add column Note text;
             create index ByCity on Customers (City, lower(Country));",
        ],
    )
    .await;
}

#[tokio::test]
async fn sakila() {
    let longer = redeclared("category", "name VARCHAR(25)", "name VARCHAR(60)");
    chain(
        "sakila.db",
        &[
            "alter table actor add column nick varchar(20); drop trigger ins_film;
             create index actor_by_name on actor (last_name, first_name);",
            // Views stand on it.
            &longer,
            "drop view staff_list; create table tag (tag_id integer primary key autoincrement, word text not null,
                 film_id integer not null references film (film_id) on delete cascade);",
        ],
    )
    .await;
}

#[tokio::test]
async fn mlflow() {
    let longer = redeclared("runs", "name VARCHAR(250)", "name VARCHAR(500)");
    chain(
        "mlflow.db",
        &[
            "alter table experiments add column owner varchar(80); drop index idx_experiments_workspace;",
            &longer,
            "create table notes (id integer primary key, run varchar(32) references runs (run_uuid) on delete cascade,
                 words text not null, written bigint default 0 not null);
             create index notes_run on notes (run);
             drop trigger prevent_secrets_aad_mutation;",
        ],
    )
    .await;
}

#[tokio::test]
async fn wagtail() {
    let longer = redeclared("auth_user", "\"username\" varchar(150)", "\"username\" varchar(180)");
    chain(
        "wagtail.db",
        &[
            "alter table auth_user add column nick varchar(30) default '' not null;
             drop index base_content_object_idx;",
            &longer,
            "create table notes (id integer primary key, page_id integer references wagtailcore_page (id),
                 words text not null, seen bool default false not null);
             create index notes_page on notes (page_id);",
        ],
    )
    .await;
}

/// What PROJ knows of coordinates, with checks, views and many triggers (Debian: `proj-data`).
#[tokio::test]
async fn proj() {
    let path = Path::new("/usr/share/proj/proj.db");
    if path.exists() {
        let changes = [
            "alter table celestial_body add column moons integer default 0 not null;
             create index alias_by_source on alias_name (source);",
            "create table notes (id integer primary key, auth_name text not null, code text not null,
                 words varchar(200) check (length(words) > 1),
                 foreign key (auth_name, code) references celestial_body (auth_name, code));
             create view moons as select name, moons from celestial_body where moons > 0;",
            "drop view moons; drop index alias_by_source; alter table celestial_body drop column moons;",
        ];
        follow(path, &changes).await;
    }
}
