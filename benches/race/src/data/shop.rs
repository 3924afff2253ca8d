//! A shop with messages: many short rows (trades), long texts with JSON and blobs (messages).

use super::random::Random;
use rusqlite::{Connection, Result, params};

/// What the rows of one megabyte are, over all tables.
const USERS_PER_MB: u32 = 40;
const ITEMS_PER_MB: u32 = 200;
const TRADES_PER_MB: u32 = 2000;
const MESSAGES_PER_MB: u32 = 380;

const SCHEMA: &str = "
    create table users (
        id integer primary key,
        name varchar(80) not null,
        email text not null,
        country text,
        balance real not null default 0,
        is_active boolean not null default 1,
        settings json,
        avatar blob,
        created_at datetime not null
    );
    create table items (
        id integer primary key,
        owner_id integer not null references users (id),
        title varchar(200) not null,
        description text,
        price numeric not null,
        tags json,
        created_at datetime not null
    );
    create table trades (
        id integer primary key,
        item_id integer not null references items (id),
        buyer_id integer not null,
        quantity integer not null,
        price real not null,
        status text not null,
        traded_at datetime not null
    );
    create table messages (
        id integer primary key,
        sender_id integer not null references users (id),
        body text not null,
        payload json,
        attachment blob,
        sent_at datetime not null
    );";

const INDEXES: &str = "
    create unique index users_email on users (email);
    create index users_created_at on users (created_at);
    create index items_owner_id on items (owner_id);
    create index items_title on items (title);
    create index trades_item_id on trades (item_id);
    create index trades_buyer_id on trades (buyer_id, traded_at);
    create index trades_traded_at on trades (traded_at);
    create index messages_sender_id on messages (sender_id);
    create index messages_sent_at on messages (sent_at);";

/// Fills a database with about `megabytes`.
pub(super) fn fill(connection: &Connection, megabytes: u32) -> Result<()> {
    connection.execute_batch(SCHEMA)?;
    let mut random = Random::new();
    let [users, items] = [USERS_PER_MB * megabytes, ITEMS_PER_MB * megabytes];
    make_users(connection, users, &mut random)?;
    make_items(connection, items, users, &mut random)?;
    make_trades(connection, TRADES_PER_MB * megabytes, (items, users), &mut random)?;
    make_messages(connection, MESSAGES_PER_MB * megabytes, users, &mut random)?;
    connection.execute_batch(INDEXES)
}

fn make_users(connection: &Connection, count: u32, random: &mut Random) -> Result<()> {
    let mut insert = connection.prepare("insert into users values (?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
    for id in 1..=count {
        let name = format!("{} {}", random.word(), random.word());
        let email = format!("{}.{id}@example.org", random.word());
        let country = (random.below(9) > 0).then(|| random.word());
        let settings = format!(
            "{{\"theme\": \"{}\", \"page\": {}, \"mail\": {}}}",
            random.word(),
            random.below(100),
            random.below(2) == 0
        );
        let avatar = (random.below(4) == 0).then(|| random.bytes(4096));
        let balance = cents(random.below(10_000_000));
        let is_active = random.below(10) > 0;
        let values =
            params![id, name, email, country, balance, is_active, settings, avatar, random.time()];
        insert.execute(values)?;
    }
    Ok(())
}

fn make_items(connection: &Connection, count: u32, users: u32, random: &mut Random) -> Result<()> {
    let mut insert = connection.prepare("insert into items values (?, ?, ?, ?, ?, ?, ?)")?;
    for id in 1..=count {
        let tags = format!("[\"{}\", \"{}\", {}]", random.word(), random.word(), random.below(9));
        let length = 50 + random.below(500);
        let values = params![
            id,
            1 + random.below(users),
            random.text(30),
            random.text(length),
            cents(random.below(1_000_000)),
            tags,
            random.time()
        ];
        insert.execute(values)?;
    }
    Ok(())
}

fn make_trades(
    connection: &Connection,
    count: u32,
    (items, users): (u32, u32),
    random: &mut Random,
) -> Result<()> {
    let states = ["open", "paid", "sent", "returned"];
    let mut insert = connection.prepare("insert into trades values (?, ?, ?, ?, ?, ?, ?)")?;
    for id in 1..=count {
        let values = params![
            id,
            1 + random.below(items),
            1 + random.below(users),
            1 + random.below(20),
            cents(random.below(1_000_000)),
            random.pick(&states),
            random.time()
        ];
        insert.execute(values)?;
    }
    Ok(())
}

fn make_messages(
    connection: &Connection,
    count: u32,
    users: u32,
    random: &mut Random,
) -> Result<()> {
    let mut insert = connection.prepare("insert into messages values (?, ?, ?, ?, ?, ?)")?;
    for id in 1..=count {
        let length = 200 + random.below(1600);
        let payload = (random.below(3) == 0).then(|| {
            format!(
                "{{\"thread\": {}, \"tags\": [\"{}\", \"{}\"], \"quote\": \"{}\"}}",
                random.below(1_000_000),
                random.word(),
                random.word(),
                random.text(120)
            )
        });
        let attachment = (random.below(8) == 0).then(|| random.bytes(1800));
        let values = params![
            id,
            1 + random.below(users),
            random.text(length),
            payload,
            attachment,
            random.time()
        ];
        insert.execute(values)?;
    }
    Ok(())
}

/// Returns an amount with two decimal places.
fn cents(amount: u32) -> f64 {
    f64::from(amount) / 100.0
}
