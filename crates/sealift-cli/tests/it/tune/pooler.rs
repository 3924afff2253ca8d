//! The configuration of PgBouncer, carried out as it stands.

use super::{MAX_CONNECTIONS, Small, connect, tune};
use sealift_testkit::PgBouncer;

/// Far more than the server has.
const CLIENTS: usize = 90;

/// Only what a test has to be different in is replaced: the port, and the login.
fn start(ini: &str) -> PgBouncer {
    PgBouncer::start_with(|port, folder| {
        let users = folder.join("userlist.txt");
        std::fs::write(&users, "\"app\" \"\"\n").unwrap();
        let replaced = [
            ("listen_port = 6432", format!("listen_port = {port}\nunix_socket_dir =")),
            ("auth_type = scram-sha-256", "auth_type = trust".to_owned()),
            ("auth_file = /etc/pgbouncer/userlist.txt", format!("auth_file = {}", users.display())),
        ];
        replaced.into_iter().fold(ini.to_owned(), |ini, (from, to)| {
            assert!(ini.contains(from), "{ini}");
            ini.replacen(from, &to, 1)
        })
    })
}

#[test]
fn a_pooler_lets_few_connections_serve_many_clients() {
    let small = Small::start();
    let advice = small.tune(&["--pooler", "--framework", "sqlx", "--environment", "development"]);
    assert_eq!(advice["pools"]["verdict"], "pooled");
    let ini = advice["pgbouncer"].as_str().expect("a configuration");
    let pooler = start(ini);
    let url = small.url().replacen(
        &format!(":{}/", small.server.port()),
        &format!(":{}/", pooler.port()),
        1,
    );
    let most = small.runtime.block_on(async {
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            match connect(&url).await {
                Ok(client) => clients.push(client),
                // More than the pools of the application can open.
                Err(_) => break,
            }
        }
        for _ in 0..3 {
            let work = clients.iter().map(|client| client.batch_execute("select pg_sleep(0.02)"));
            let done = futures_of(work).await;
            assert!(done.iter().all(Result::is_ok), "{done:?}");
        }
        clients.len()
    });
    let clients = advice["pools"]["pooler"]["client_connections"].as_u64().unwrap();
    assert_eq!(u64::try_from(most).unwrap(), std::cmp::min(clients, 90));
    let server = advice["pools"]["pooler"]["server_connections"].as_u64().unwrap();
    assert!(small.held() <= server && server < MAX_CONNECTIONS, "{} of {server}", small.held());
    assert!(!small.has_refused(), "{}", small.server.log());

    // Behind it, the application is told to do without prepared statements.
    let advice = tune(&["--json", "--framework", "sqlx", "--to", &url]).json();
    assert!(advice["snippet"]["text"].as_str().unwrap().contains("statement_cache_capacity(0)"));
    assert!(advice["pools"]["because"].as_str().unwrap().starts_with("a pooler stands"));
}

/// Waits for all, side by side.
async fn futures_of<T>(work: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut pending: Vec<_> = work.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        pending.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(value) => {
                done.push(value);
                false
            }
            std::task::Poll::Pending => true,
        });
        if pending.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}
