//! A thousand requests a second, while the database is stopped and started.
//!
//! ```text
//! ├── up ──┤ stop ├── 1 s ──┤── down ──┤ start ├── 1 s ──┤── up ──┤
//!   200            either       503             either      200
//! ```

use crate::client::Client;
use crate::running::{Running, postgres};
use sealift_testkit::{Server, StopMode};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Connections, each of which asks so often.
const CONNECTIONS: u64 = 20;
const EVERY: Duration = Duration::from_millis(20);

/// How soon the truth must be told.
const TRUTH: Duration = Duration::from_secs(1);

/// How much more memory the process may take at the end than after a fifth of the time. An answer that left a
/// hundred bytes behind would take as much in 30 s.
const MORE_MEMORY: u64 = 2 << 20;

/// One request.
#[derive(Clone)]
struct Asked {
    sent: Instant,
    answered: Instant,
    status: u16,
}

/// `SEALIFT_LOAD_SECONDS=30` asks for as long as the promise says.
fn seconds() -> u64 {
    let given = std::env::var_os("SEALIFT_LOAD_SECONDS");
    given.map_or(10, |text| text.to_str().unwrap().parse().expect("a number of seconds"))
}

/// Asks at its pace until the time is over. What is late is caught up with. The notes are written to before the
/// first request, so that they do not count as memory that is needed later.
async fn ask(address: SocketAddr, until: Instant, most: usize) -> Vec<Asked> {
    let mut client = Client::connect(address).await;
    let mut tick = tokio::time::interval(EVERY);
    let mut notes = vec![Asked { sent: until, answered: until, status: 1 }; most];
    let mut count = 0;
    for note in &mut notes {
        tick.tick().await;
        let sent = Instant::now();
        if sent >= until {
            break;
        }
        let status = client.get("/health/db").await.status;
        *note = Asked { sent, answered: Instant::now(), status };
        count += 1;
    }
    notes.truncate(count);
    notes
}

/// Returns how much memory the process has, in bytes.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse().unwrap();
    kibibytes << 10
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_requests_a_second_are_told_the_truth_in_flat_memory() {
    let length = Duration::from_secs(seconds());
    let mut database = Server::start();
    let server = Running::of(postgres(&database.url("postgres"))).await;
    server.client().await.get("/health/db").await;
    let began = Instant::now();
    let most = usize::try_from(length.as_millis() / EVERY.as_millis()).unwrap() + 2;
    let asking: Vec<_> =
        (0..CONNECTIONS).map(|_| tokio::spawn(ask(server.address, began + length, most))).collect();
    tokio::time::sleep(length / 5).await;
    let early = memory();
    let stopping = Instant::now();
    database = tokio::task::spawn_blocking(move || {
        database.stop(StopMode::Fast);
        database
    })
    .await
    .unwrap();
    let stopped = Instant::now();
    tokio::time::sleep(length / 4).await;
    let starting = Instant::now();
    let database = tokio::task::spawn_blocking(move || {
        database.start_again();
        database
    })
    .await
    .unwrap();
    let started = Instant::now();
    let mut notes = Vec::new();
    for task in asking {
        notes.push(task.await.unwrap());
    }
    let late = memory();
    let all: Vec<Asked> = notes.into_iter().flatten().collect();
    let count = |status: u16, wanted: &dyn Fn(&Asked) -> bool| {
        let mut wrong = all.iter().filter(|asked| wanted(asked)).map(|asked| asked.status);
        assert!(wrong.all(|found| found == status), "not all were {status}");
    };
    count(200, &|asked| asked.answered < stopping);
    count(503, &|asked| asked.sent > stopped + TRUTH && asked.answered < starting);
    count(200, &|asked| asked.sent > started + TRUTH);
    let down = all.iter().filter(|asked| asked.status == 503).count();
    assert!(down > 500, "it was down for a while: {down}");
    let mut took: Vec<Duration> = all.iter().map(|asked| asked.answered - asked.sent).collect();
    took.sort_unstable();
    let at = |permille: usize| took[(took.len() - 1) * permille / 1000];
    println!(
        "{} requests in {length:?}, {down} while the server was down; p50 {:?}, p99 {:?}, most {:?}; \
         memory {} KiB after a fifth, {} KiB at the end",
        all.len(),
        at(500),
        at(990),
        at(1000),
        early >> 10,
        late >> 10,
    );
    let wanted = u128::from(CONNECTIONS) * length.as_millis() / EVERY.as_millis();
    assert!(
        u128::try_from(all.len()).unwrap() * 100 >= wanted * 95,
        "{} of {wanted} requests",
        all.len()
    );
    assert!(late < early + MORE_MEMORY, "{early} bytes have become {late}");
    drop(database);
}
