//! Who may look.

use crate::running::{Running, TOKEN, options, postgres, token};
use sealift_engine::ErrorKind;
use sealift_serve::{Listen, ServeOptions, Server};
use serde_json::json;

/// What needs the token.
const GUARDED: [&str; 4] = ["/", "/metrics", "/api/state", "/api/events"];

fn nobody() -> ServeOptions {
    options(postgres("postgresql://app:hidden@127.0.0.1:1/shop"))
}

async fn guarded() -> Running {
    Running::start(ServeOptions { token: Some(token()), ..nobody() }).await
}

#[tokio::test]
async fn without_the_token_only_the_health_is_told() {
    let server = guarded().await;
    let mut client = server.client().await;
    for path in GUARDED {
        for headers in [
            &[][..],
            &[("Authorization", "Bearer 0123456789abcdeF")],
            &[("Authorization", "Basic 0123456789abcdef")],
            &[("Cookie", "sealift_token=wrong")],
        ] {
            let answer = client.get_with(path, headers).await;
            assert_eq!(answer.status, 401, "{path} {headers:?}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            assert!(!answer.body.contains(TOKEN));
        }
        assert_eq!(client.get(&format!("{path}?token=wrong")).await.status, 401);
    }
    for path in ["/health", "/healthz", "/health/db", "/readyz"] {
        assert_eq!(client.get(path).await.status, 503, "{path}");
    }
    assert_eq!(client.get("/livez").await.status, 200);
}

/// Load balancers and probes of containers can send none.
#[tokio::test]
async fn without_the_token_the_detailed_health_tells_what_the_others_do() {
    let server = guarded().await;
    let mut client = server.client().await;
    let (brief, health) = (client.get("/api/health").await, client.get("/health").await);
    assert_eq!((brief.status, brief.json()), (503, health.json()));
    assert!(!brief.body.contains("shop"), "no name of a database: {}", brief.body);
    for headers in [
        &[("Authorization", "Bearer 0123456789abcdeF")][..],
        &[("Authorization", "Basic 0123456789abcdef")],
        &[("Cookie", "sealift_token=wrong")],
    ] {
        let answer = client.get_with("/api/health", headers).await;
        assert_eq!(answer.status, 401, "{headers:?}");
    }
    assert_eq!(client.get("/api/health?token=wrong").await.status, 401);
    let bearer = format!("Bearer {TOKEN}");
    let told = client.get_with("/api/health", &[("Authorization", &bearer)]).await;
    assert_eq!(told.json()["kind"], "postgresql");
}

#[tokio::test]
async fn with_the_token_everything_is_told() {
    let server = guarded().await;
    let bearer = format!("Bearer {TOKEN}");
    let mut client = server.client().await;
    for path in ["/", "/metrics", "/api/state"] {
        let answer = client.get_with(path, &[("Authorization", &bearer)]).await;
        assert_eq!(answer.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_browser_brings_the_token_once_and_keeps_a_cookie() {
    let server = guarded().await;
    let mut client = server.client().await;
    let answer = client.get(&format!("/?token={TOKEN}")).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert!(!cookie.contains("Secure"), "there is no TLS: {cookie}");
    let (pair, _) = cookie.split_once(';').unwrap();
    assert_eq!(client.get_with("/", &[("Cookie", pair)]).await.status, 200);
}

/// A page of another site may have its own name point to this machine (DNS rebinding).
#[tokio::test]
async fn without_a_token_only_names_of_this_machine_are_answered() {
    let server = Running::start(nobody()).await;
    for (host, status) in [
        ("localhost:7878", 200),
        ("127.0.0.1", 200),
        ("[::1]:7878", 200),
        ("evil.example:7878", 403),
        ("localhost.evil.example", 403),
    ] {
        let mut client = server.client().await.calling(host);
        assert_eq!(client.get("/api/state").await.status, status, "{host}");
        // Probes in a container call it by whatever name it has there.
        assert_eq!(client.get("/livez").await.status, 200, "{host}");
    }
}

#[tokio::test]
async fn an_address_that_others_reach_needs_a_token() {
    let open = || Listen::Address("0.0.0.0:0".parse().unwrap());
    let error = Server::bind(ServeOptions { listen: open(), ..nobody() }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.hint().unwrap().contains("SEALIFT_TOKEN"), "{error}");
    let socket = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let handed = ServeOptions { listen: Listen::Socket(socket), ..nobody() };
    assert_eq!(Server::bind(handed).await.unwrap_err().kind(), ErrorKind::Usage);
    let options = ServeOptions { listen: open(), token: Some(token()), ..nobody() };
    assert!(Server::bind(options).await.is_ok());
}

#[tokio::test]
async fn a_port_that_is_taken_is_said_to_be() {
    let taken = Running::start(nobody()).await;
    let listen = Listen::Address(taken.address);
    let error = Server::bind(ServeOptions { listen, ..nobody() }).await.unwrap_err();
    assert!(error.hint().unwrap().contains("another program has the port"), "{error}");
}

#[tokio::test]
async fn every_answer_forbids_what_a_page_of_ours_does_not_do() {
    let server = guarded().await;
    let mut client = server.client().await;
    let bearer = format!("Bearer {TOKEN}");
    for path in ["/", "/metrics", "/health", "/nothing", "/api/state"] {
        for headers in [&[][..], &[("Authorization", bearer.as_str())]] {
            let answer = client.get_with(path, headers).await;
            let policy = answer.header("content-security-policy").unwrap_or_default();
            for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"] {
                assert!(policy.contains(part), "{path}: {policy}");
            }
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
            assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        }
    }
}

#[tokio::test]
async fn the_password_of_the_database_is_nowhere() {
    let server = Running::start(nobody()).await;
    let mut client = server.client().await;
    for path in ["/api/state", "/api/health", "/metrics", "/health", "/health/db"] {
        let answer = client.get(path).await;
        assert!(!answer.body.contains("hidden"), "{path}: {}", answer.body);
    }
    let state = client.get("/api/state").await.json();
    assert_eq!(state["health"]["target"], "postgresql://app:***@127.0.0.1:1/shop");
    assert_eq!(state["migration"], json!(null));
}
