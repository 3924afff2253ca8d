//! Files in the shape of one framework each, and the columns that it makes on PostgreSQL.

use crate::support::moved;

/// Fails unless a table arrives with these columns.
async fn becomes(script: &str, table: &str, columns: &[&str]) {
    assert_eq!(moved(script).await.columns(table).await, columns);
}

#[tokio::test]
async fn rails() {
    becomes(
        "CREATE TABLE \"schema_migrations\" (\"version\" varchar NOT NULL PRIMARY KEY);
         CREATE TABLE \"ar_internal_metadata\" (\"key\" varchar NOT NULL PRIMARY KEY, \"value\" varchar, \"created_at\" datetime(6) NOT NULL, \"updated_at\" datetime(6) NOT NULL);
         CREATE TABLE \"users\" (\"id\" integer PRIMARY KEY AUTOINCREMENT NOT NULL);
         CREATE TABLE \"posts\" (\"id\" integer PRIMARY KEY AUTOINCREMENT NOT NULL, \"user_id\" integer NOT NULL, \"blog_id\" integer, \"likes\" integer DEFAULT 0 NOT NULL, \"grade\" integer(2), \"size\" integer(8), \"open\" boolean DEFAULT 0 NOT NULL, \"price\" decimal(10,2), \"facts\" json DEFAULT '{}', \"title\" varchar, \"slug\" varchar(40), \"created_at\" datetime(6) NOT NULL, CONSTRAINT \"fk_rails_1\" FOREIGN KEY (\"user_id\") REFERENCES \"users\" (\"id\"));
         insert into users values (1);
         insert into posts values (1, 1, 7, 5, 3, 8, 't', 9.25, '{\"b\":1,  \"a\":2}', 'x', 'y', '2024-01-02 03:04:05.678901');",
        "posts",
        &[
            "id bigint not null identity",
            "user_id bigint not null",
            "blog_id bigint",
            "likes integer not null default 0",
            "grade smallint",
            "size bigint",
            "open boolean not null default false",
            "price numeric(10,2)",
            "facts json default '{}'::json",
            "title text",
            "slug character varying(40)",
            "created_at timestamp without time zone not null",
        ],
    )
    .await;
}

#[tokio::test]
async fn laravel() {
    let script = "create table \"migrations\" (\"id\" integer primary key autoincrement not null, \"migration\" varchar not null, \"batch\" integer not null);
         create table \"jobs\" (\"id\" integer primary key autoincrement not null, \"attempts\" integer not null, \"reserved_at\" integer, \"available_at\" integer not null);
         create table \"posts\" (\"id\" integer primary key autoincrement not null, \"user_id\" integer not null, \"likes\" integer not null default '0', \"open\" tinyint(1) not null default '1', \"price\" numeric, \"created_at\" datetime);
         insert into migrations values (1, '0001_create', 1);
         insert into jobs values (1, 0, null, 1704164645);
         insert into posts values (1, 2, 3, 0, 1.5, '2024-01-02 03:04:05');";
    let moved = moved(script).await;
    assert_eq!(
        moved.columns("posts").await,
        [
            "id bigint not null identity",
            "user_id bigint not null",
            "likes bigint not null default 0",
            "open boolean not null default true",
            "price numeric",
            "created_at timestamp without time zone",
        ]
    );
    assert_eq!(
        moved.columns("jobs").await,
        [
            "id bigint not null identity",
            "attempts smallint not null",
            "reserved_at integer",
            "available_at integer not null",
        ]
    );
    assert_eq!(moved.columns("migrations").await[0], "id integer not null identity");
}

#[tokio::test]
async fn knex() {
    becomes(
        "create table `knex_migrations` (`id` integer not null primary key autoincrement, `name` varchar(255), `batch` integer, `migration_time` datetime);
         create table `posts` (`id` integer not null primary key autoincrement, `key` char(36), `open` boolean default '0', `at` datetime, `day` datetime default CURRENT_TIMESTAMP);
         insert into posts values (1, 'a3bb189e-8bf9-4c8e-9f1d-2c6f0a7b5d31', 1, 1704164645678, '2024-01-02 03:04:05');",
        "posts",
        &[
            "id integer not null identity",
            "key uuid",
            "open boolean default false",
            "at timestamp with time zone",
            "day timestamp without time zone default date_trunc('second'::text, (now() AT TIME ZONE 'utc'::text))",
        ],
    )
    .await;
}

#[tokio::test]
async fn strapi() {
    becomes(
        "create table `strapi_migrations` (`id` integer not null primary key autoincrement, `name` varchar(255), `time` datetime);
         create table `articles` (`id` integer not null primary key autoincrement, `document_id` varchar(255) null, `likes` integer null, `facts` json null, `published_at` datetime null);
         insert into articles values (1, 'abc', 5, '{\"b\": 1}', 1704164645678), (2, null, null, null, null);",
        "articles",
        &[
            "id integer not null identity",
            "document_id character varying(255)",
            "likes integer",
            "facts jsonb",
            "published_at timestamp without time zone",
        ],
    )
    .await;
}

#[tokio::test]
async fn typeorm() {
    becomes(
        "CREATE TABLE \"migrations\" (\"id\" integer PRIMARY KEY AUTOINCREMENT NOT NULL, \"timestamp\" bigint NOT NULL, \"name\" varchar NOT NULL);
         CREATE TABLE \"post\" (\"id\" integer PRIMARY KEY AUTOINCREMENT NOT NULL, \"likes\" integer NOT NULL DEFAULT (0), \"views\" bigint, \"at\" datetime NOT NULL DEFAULT (datetime('now')), \"open\" boolean NOT NULL DEFAULT (1));
         insert into post values (1, 2, 3, '2024-01-02 03:04:05.678', 0);",
        "post",
        &[
            "id integer not null identity",
            "likes integer not null default 0",
            "views bigint",
            "at timestamp without time zone not null default date_trunc('second'::text, (now() AT TIME ZONE 'utc'::text))",
            "open boolean not null default true",
        ],
    )
    .await;
}

#[tokio::test]
async fn sequelize() {
    becomes(
        "CREATE TABLE `SequelizeMeta` (`name` VARCHAR(255) NOT NULL UNIQUE PRIMARY KEY);
         CREATE TABLE `posts` (`id` INTEGER PRIMARY KEY AUTOINCREMENT, `open` TINYINT(1) NOT NULL DEFAULT 1, `likes` INTEGER, `key` UUID, `createdAt` DATETIME NOT NULL, `seenAt` DATETIME);
         insert into posts values (1, 0, 5, 'a3bb189e-8bf9-4c8e-9f1d-2c6f0a7b5d31', '2024-01-02 03:04:05.678 +00:00', '2024-01-02 03:04:05'),
             (2, 1, 5, null, '2024-01-02 03:04:05.678 +00:00', '2024-01-02 03:04:05.678 +00:00');",
        "posts",
        &[
            "id integer not null identity",
            "open boolean not null default true",
            "likes integer",
            "key uuid",
            "createdAt timestamp with time zone not null",
            "seenAt timestamp with time zone",
        ],
    )
    .await;
}

#[tokio::test]
async fn mikroorm() {
    becomes(
        "create table `mikro_orm_migrations` (`id` integer not null primary key autoincrement, `name` text null, `executed_at` datetime null default CURRENT_TIMESTAMP);
         create table `post` (`id` integer not null primary key autoincrement, `at` datetime not null, `facts` json null);
         insert into post values (1, 1704164645678, '[1]');",
        "post",
        &[
            "id integer not null identity",
            "at timestamp with time zone not null",
            "facts jsonb",
        ],
    )
    .await;
}

#[tokio::test]
async fn diesel() {
    becomes(
        "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
         CREATE TABLE users (uuid TEXT NOT NULL PRIMARY KEY, kdf_iter INTEGER NOT NULL DEFAULT 100000, enabled BOOLEAN NOT NULL DEFAULT 1, seen DATETIME NOT NULL, key BLOB);
         insert into users values ('a3bb189e-8bf9-4c8e-9f1d-2c6f0a7b5d31', 600000, 1, '2024-01-02 03:04:05.678901', x'00');",
        "users",
        &[
            "uuid text not null",
            "kdf_iter integer not null default 100000",
            "enabled boolean not null default true",
            "seen timestamp without time zone not null",
            "key bytea",
        ],
    )
    .await;
}

#[tokio::test]
async fn xorm() {
    becomes(
        "CREATE TABLE `user` (`id` INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, `is_admin` INTEGER DEFAULT false NOT NULL, `stars` INTEGER DEFAULT 0 NOT NULL, `created_unix` INTEGER NULL);
         CREATE INDEX `IDX_user_created_unix` ON `user` (`created_unix`);
         CREATE TABLE `issue` (`id` INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, `number` INTEGER NULL);
         CREATE UNIQUE INDEX `UQE_issue_number` ON `issue` (`number`);
         insert into user values (1, 1, 1, 1704164645);",
        "user",
        &[
            "id bigint not null identity",
            "is_admin boolean not null default false",
            "stars bigint not null default 0",
            "created_unix bigint",
        ],
    )
    .await;
}

#[tokio::test]
async fn entity_framework_says_that_its_file_tells_no_types() {
    let moved = moved(
        "CREATE TABLE \"__EFMigrationsHistory\" (\"MigrationId\" TEXT NOT NULL CONSTRAINT \"PK___EFMigrationsHistory\" PRIMARY KEY, \"ProductVersion\" TEXT NOT NULL);
         CREATE TABLE \"Posts\" (\"Id\" INTEGER NOT NULL CONSTRAINT \"PK_Posts\" PRIMARY KEY AUTOINCREMENT, \"Open\" INTEGER NOT NULL, \"At\" TEXT NOT NULL);
         insert into Posts values (1, 1, '2024-01-02 03:04:05');",
    )
    .await;
    assert_eq!(
        moved.columns("Posts").await,
        ["Id bigint not null identity", "Open bigint not null", "At text not null"]
    );
    assert!(moved.finding("profile-says-little").hint.as_ref().unwrap().contains("--like URL"));
}
