//! The database that is moved: a shop with messages, the same bytes on every machine.

use rusqlite::{Connection, Statement, params};
use std::path::Path;

/// Raised with every change of what is made, so that a cached file is not taken for the new one.
pub(crate) const VERSION: u32 = 1;

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

const WORDS: [&str; 32] = [
    "harbour", "invoice", "please", "the", "a", "of", "and", "shipment", "tomorrow", "price",
    "you", "we", "offer", "crate", "déjà", "Größe", "delivery", "when", "is", "it", "ready",
    "thanks", "regards", "customer", "number", "paid", "late", "north", "south", "pier", "✓",
    "returned",
];

/// Makes a file of about `megabytes` at `path`.
///
/// # Panics
///
/// Panics when it cannot be written.
pub(crate) fn make(path: &Path, megabytes: u32) {
    let unfinished = path.with_extension("unfinished");
    if unfinished.exists() {
        std::fs::remove_file(&unfinished).expect("remove a half-made database");
    }
    let connection = Connection::open(&unfinished).expect("make the database");
    connection
        .execute_batch("pragma journal_mode = off; pragma synchronous = off; begin")
        .expect("settle the database");
    connection.execute_batch(SCHEMA).expect("make the tables");
    let mut random = Random(0x5EA1_1F7B_ED0C_0DE5);
    let [users, items] = [USERS_PER_MB * megabytes, ITEMS_PER_MB * megabytes];
    make_users(&connection, users, &mut random);
    make_items(&connection, items, users, &mut random);
    make_trades(&connection, TRADES_PER_MB * megabytes, (items, users), &mut random);
    make_messages(&connection, MESSAGES_PER_MB * megabytes, users, &mut random);
    connection.execute_batch(INDEXES).expect("make the indexes");
    connection.execute_batch("commit; pragma journal_mode = wal").expect("finish the database");
    drop(connection);
    std::fs::rename(&unfinished, path).expect("name the finished database");
}

fn make_users(connection: &Connection, count: u32, random: &mut Random) {
    let mut insert = prepare(connection, "insert into users values (?, ?, ?, ?, ?, ?, ?, ?, ?)");
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
        insert.execute(values).expect("insert a user");
    }
}

fn make_items(connection: &Connection, count: u32, users: u32, random: &mut Random) {
    let mut insert = prepare(connection, "insert into items values (?, ?, ?, ?, ?, ?, ?)");
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
        insert.execute(values).expect("insert an item");
    }
}

fn make_trades(
    connection: &Connection,
    count: u32,
    (items, users): (u32, u32),
    random: &mut Random,
) {
    let states = ["open", "paid", "sent", "returned"];
    let mut insert = prepare(connection, "insert into trades values (?, ?, ?, ?, ?, ?, ?)");
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
        insert.execute(values).expect("insert a trade");
    }
}

fn make_messages(connection: &Connection, count: u32, users: u32, random: &mut Random) {
    let mut insert = prepare(connection, "insert into messages values (?, ?, ?, ?, ?, ?)");
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
        insert.execute(values).expect("insert a message");
    }
}

fn prepare<'a>(connection: &'a Connection, sql: &str) -> Statement<'a> {
    connection.prepare(sql).expect("prepare an insert")
}

/// Returns an amount with two decimal places.
fn cents(amount: u32) -> f64 {
    f64::from(amount) / 100.0
}

/// A xorshift generator: the same values everywhere, without a dependency.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.next() % u64::from(bound)).expect("smaller than the bound")
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let count = u32::try_from(from.len()).expect("a short list");
        let at = usize::try_from(self.below(count)).expect("a short list");
        from.get(at).copied().unwrap_or_default()
    }

    fn word(&mut self) -> &'static str {
        self.pick(&WORDS)
    }

    /// Returns words of about `length` bytes.
    fn text(&mut self, length: u32) -> String {
        let length = usize::try_from(length).expect("a short text");
        let mut text = String::with_capacity(length + 16);
        while text.len() < length {
            text.push_str(self.word());
            text.push(' ');
        }
        text
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        std::iter::repeat_with(|| self.next().to_le_bytes()).flatten().take(length).collect()
    }

    /// Returns a time of the years 2020 to 2023, as most frameworks write it.
    fn time(&mut self) -> String {
        format!(
            "{}-{:02}-{:02} {:02}:{:02}:{:02}",
            2020 + self.below(4),
            1 + self.below(12),
            1 + self.below(28),
            self.below(24),
            self.below(60),
            self.below(60)
        )
    }
}
