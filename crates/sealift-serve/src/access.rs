//! Who may look: everybody on this machine, or whoever has the [`Token`].

use crate::health;
use crate::state::App;
use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, LOCATION, SET_COOKIE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::fmt;
use std::net::IpAddr;
use subtle::ConstantTimeEq;

/// Shorter ones can be guessed.
const SHORTEST: usize = 16;

/// The cookie that the page gets instead of the token in its address.
const COOKIE_NAME: &str = "sealift_token";

/// What whoever looks must have. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Returns a token of at least 16 letters, digits, `-`, `.`, `_` and `~`, which mean the same in an
    /// address, a header and a cookie; `None` of anything else.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
        (text.len() >= SHORTEST && text.chars().all(is_plain)).then(|| Self(text.to_owned()))
    }

    /// Returns whether it is this one, in a time that does not tell how much of it is right.
    fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

/// Who asks.
enum Visitor {
    /// Somebody who may look.
    Admitted,
    /// Somebody who brings nothing where a token is needed.
    Unknown,
    /// Somebody who is answered already.
    Answered(Response),
}

/// Lets a request through, or says what it lacks.
pub(crate) async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    match visitor(&app, &request) {
        Visitor::Admitted => next.run(request).await,
        Visitor::Unknown => refuse(),
        Visitor::Answered(response) => response,
    }
}

/// The same where the health is told in full: load balancers and probes of containers bring no token, and are told
/// what they are told everywhere.
pub(crate) async fn check_details(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    match visitor(&app, &request) {
        Visitor::Admitted => next.run(request).await,
        Visitor::Unknown => health::health(State(app)).await.into_response(),
        Visitor::Answered(response) => response,
    }
}

/// Returns who asks. With a token it must be brought; without one a request must be meant for this machine: a page of
/// another site could otherwise have its own name resolve to loopback, and read what is here through the browser (DNS
/// rebinding).
fn visitor(app: &App, request: &Request) -> Visitor {
    let headers = request.headers();
    let Some(token) = app.token() else {
        return match headers.get(HOST).and_then(|host| host.to_str().ok()) {
            Some(host) if !is_this_machine(host) => Visitor::Answered(refuse_host()),
            // Whoever sends none is no browser.
            Some(_) | None => Visitor::Admitted,
        };
    };
    let brought = bearer(headers).or_else(|| cookie(headers));
    if brought.is_some_and(|given| token.is(given)) {
        return Visitor::Admitted;
    }
    match in_address(request.uri()) {
        Some(given) if token.is(given) => {
            Visitor::Answered(hand_over(request.uri(), token, app.is_encrypted()))
        }
        Some(_) => Visitor::Answered(refuse()),
        None if brought.is_some() || headers.contains_key(AUTHORIZATION) => {
            Visitor::Answered(refuse())
        }
        None => Visitor::Unknown,
    }
}

/// Returns the token of `Authorization: Bearer TOKEN` (RFC 6750, section 2.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| name.trim() == COOKIE_NAME).map(|(_, value)| value.trim())
}

fn in_address(uri: &Uri) -> Option<&str> {
    let mut pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| *name == "token").map(|(_, value)| value)
}

/// Answers with the same address without the token, and with the cookie: the address stays in the browser's
/// history.
fn hand_over(uri: &Uri, token: &Token, is_encrypted: bool) -> Response {
    let secure = if is_encrypted { "; Secure" } else { "" };
    let cookie = format!("{COOKIE_NAME}={}; Path=/; HttpOnly; SameSite=Strict{secure}", token.0);
    let headers = [(LOCATION, uri.path().to_owned()), (SET_COOKIE, cookie)];
    (StatusCode::SEE_OTHER, headers, Body::empty()).into_response()
}

fn refuse() -> Response {
    let body = json!({
        "status": "error",
        "reason": "a token is needed: send `Authorization: Bearer TOKEN`, or open /?token=TOKEN once",
    });
    (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer")], Json(body)).into_response()
}

fn refuse_host() -> Response {
    let body = json!({
        "status": "error",
        "reason": "without a token only localhost, 127.0.0.1 and [::1] may be asked for",
    });
    (StatusCode::FORBIDDEN, Json(body)).into_response()
}

/// Returns whether an address can be reached from this machine only.
#[must_use]
pub fn is_loopback(address: IpAddr) -> bool {
    // Also where it is one of version 4, written as one of version 6.
    address.to_canonical().is_loopback()
}

/// Returns whether the name that a browser has asked for means this machine wherever it is resolved.
fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let is_address = name.parse().is_ok_and(is_loopback);
    is_address || name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_token_is_long_and_plain() {
        assert!(Token::new("0123456789abcdef").is_some());
        for text in ["", "short", "0123456789abcde", "0123456789abcde;", "0123456789 abcdef"] {
            assert_eq!(Token::new(text), None, "{text}");
        }
    }

    #[test]
    fn only_the_whole_token_is_the_token() {
        let token = Token::new("0123456789abcdef").unwrap();
        assert!(token.is("0123456789abcdef"));
        for text in ["", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeF"] {
            assert!(!token.is(text), "{text}");
        }
        assert_eq!(format!("{token:?}"), "Token(***)");
    }

    #[test]
    fn it_comes_in_a_header_a_cookie_or_once_in_the_address() {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static("bearer abc"));
        assert_eq!(bearer(&headers), Some("abc"));
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Basic abc"));
        assert_eq!(bearer(&headers), None);
        headers.insert(COOKIE, HeaderValue::from_static("a=b; sealift_token=abc"));
        assert_eq!(cookie(&headers), Some("abc"));
        assert_eq!(in_address(&Uri::from_static("/?x=1&token=abc")), Some("abc"));
        assert_eq!(in_address(&Uri::from_static("/page/token=abc")), None);
    }

    #[test]
    fn names_that_others_can_point_here_are_not_this_machine() {
        for host in
            ["localhost", "LOCALHOST:7878", "127.0.0.1:1", "127.1.2.3", "[::1]:7878", "a.localhost"]
        {
            assert!(is_this_machine(host), "{host}");
        }
        for host in
            ["evil.example", "localhost.evil.example:7878", "192.168.0.1", "[fe80::1]:1", ""]
        {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
