//! The files that are read: the same bytes on every machine.

use rusqlite::{Connection, params};
use std::path::Path;

/// Enough rows that what a table costs once does not count, few enough that a scenario takes seconds.
const TRADES: u32 = 8000;
const USERS: u32 = 800;
const MESSAGES: u32 = 1500;

/// As many tables as in the case of many small ones.
const WIDE_TABLES: u32 = 1000;

/// Many short rows of numbers; profiles with JSON and small pictures; long texts.
const SHOP: &str = "
    create table users (
        id integer primary key,
        name varchar(80) not null,
        email text not null,
        country text,
        balance numeric not null default 0,
        is_active boolean not null default 1,
        settings json,
        avatar blob,
        created_at datetime not null
    );
    create table trades (
        id integer primary key,
        user_id integer not null references users (id),
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
    );
    create unique index users_email on users (email);
    create index trades_user_id on trades (user_id, traded_at);
    create index messages_sender_id on messages (sender_id);";

const WORDS: [&str; 32] = [
    "harbour", "invoice", "please", "the", "a", "of", "and", "shipment", "tomorrow", "price",
    "you", "we", "offer", "crate", "déjà", "Größe", "delivery", "when", "is", "it", "ready",
    "thanks", "regards", "customer", "number", "paid", "late", "north", "south", "pier", "✓",
    "returned",
];

/// Makes a file of three tables, some 4 MB.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn make_shop(path: &Path) -> rusqlite::Result<()> {
    make(path, |connection| {
        connection.execute_batch(SHOP)?;
        let mut random = Random(0x5EA1_1F7B_ED0C_0DE5);
        make_users(connection, &mut random)?;
        make_trades(connection, &mut random)?;
        make_messages(connection, &mut random)
    })
}

/// Makes a file of a thousand empty tables with defaults, checks, indexes and foreign keys.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn make_wide(path: &Path) -> rusqlite::Result<()> {
    make(path, |connection| {
        for number in 0..WIDE_TABLES {
            let parent = number.saturating_sub(1);
            connection.execute_batch(&format!(
                "create table part_{number:04} (
                    id integer primary key,
                    parent_id integer references part_{parent:04} (id) on delete cascade,
                    code varchar(20) not null unique,
                    title text not null default 'none',
                    amount decimal(10, 2) not null default 0 check (amount >= 0),
                    is_open boolean not null default 1,
                    details json,
                    made_at datetime not null default current_timestamp
                );
                create index part_{number:04}_made_at on part_{number:04} (made_at, amount);"
            ))?;
        }
        Ok(())
    })
}

fn make(
    path: &Path,
    fill: impl FnOnce(&Connection) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let connection = Connection::open(path)?;
    connection.execute_batch("pragma journal_mode = off; pragma synchronous = off; begin")?;
    fill(&connection)?;
    connection.execute_batch("commit")
}

fn make_users(connection: &Connection, random: &mut Random) -> rusqlite::Result<()> {
    let mut insert = connection.prepare("insert into users values (?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
    for id in 1..=USERS {
        let name = format!("{} {}", random.word(), random.word());
        let email = format!("{}.{id}@example.org", random.word());
        let country = (random.below(9) > 0).then(|| random.word());
        let balance = cents(random.below(10_000_000));
        let is_active = random.below(10) > 0;
        let settings = format!(
            "{{\"theme\": \"{}\", \"page\": {}, \"mail\": {}}}",
            random.word(),
            random.below(100),
            random.below(2) == 0
        );
        let avatar = (random.below(4) == 0).then(|| random.bytes(4096));
        insert.execute(params![
            id,
            name,
            email,
            country,
            balance,
            is_active,
            settings,
            avatar,
            random.time()
        ])?;
    }
    Ok(())
}

fn make_trades(connection: &Connection, random: &mut Random) -> rusqlite::Result<()> {
    let states = ["open", "paid", "sent", "returned"];
    let mut insert = connection.prepare("insert into trades values (?, ?, ?, ?, ?, ?)")?;
    for id in 1..=TRADES {
        let (user, quantity) = (1 + random.below(USERS), 1 + random.below(20));
        let price = cents(random.below(1_000_000));
        let status = random.pick(&states);
        insert.execute(params![id, user, quantity, price, status, random.time()])?;
    }
    Ok(())
}

fn make_messages(connection: &Connection, random: &mut Random) -> rusqlite::Result<()> {
    let mut insert = connection.prepare("insert into messages values (?, ?, ?, ?, ?, ?)")?;
    for id in 1..=MESSAGES {
        let sender = 1 + random.below(USERS);
        let length = 200 + random.below(1600);
        let body = random.text(length);
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
        insert.execute(params![id, sender, body, payload, attachment, random.time()])?;
    }
    Ok(())
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
        u32::try_from(self.next() % u64::from(bound)).unwrap_or_default()
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        let at = self.below(u32::try_from(from.len()).unwrap_or(u32::MAX));
        usize::try_from(at).ok().and_then(|at| from.get(at)).copied().unwrap_or_default()
    }

    fn word(&mut self) -> &'static str {
        self.pick(&WORDS)
    }

    /// Returns words of `length` bytes or a few more.
    fn text(&mut self, length: u32) -> String {
        let length = usize::try_from(length).unwrap_or_default();
        let mut text = String::new();
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
