//! Every phase of a run through every fault of a network.

use super::{CONTENTS, options, run, shop, undisturbed};
use sealift_engine::ops::Phase;
use sealift_testkit::{
    Fault, Heal, NewConnections, Proxy, Strikes, TempSqlite, database, server_url,
};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

/// The phases in which a run talks to the server: while it looks at the target (the plan is made
/// before), and then all that follow.
const PHASES: [Phase; 6] =
    [Phase::Plan, Phase::Create, Phase::Copy, Phase::Finish, Phase::Analyze, Phase::Verify];

fn server() -> SocketAddr {
    let url = server_url();
    let (_, place) = url.rsplit_once('@').unwrap();
    let (address, _) = place.split_once('/').unwrap();
    address.to_socket_addrs().unwrap().next().unwrap()
}

/// Those in which connections are open when they begin.
const CONNECTED: &[Phase] =
    &[Phase::Create, Phase::Copy, Phase::Finish, Phase::Analyze, Phase::Verify];

/// Lets a fault strike at the beginning of each phase; the run must end equal each time.
async fn every_phase(fault: Fault, struck: impl Fn(&Strikes) -> u64) {
    each_of(&PHASES, fault, struck).await;
}

/// The phases take turns in pairs: most of the time is spent waiting.
async fn each_of(phases: &[Phase], fault: Fault, struck: impl Fn(&Strikes) -> u64) {
    let file = shop();
    for pair in phases.chunks(2) {
        let runs = pair.iter().map(|phase| ends_equal(&file, *phase, fault, &struck));
        futures_util::future::join_all(runs).await;
    }
}

async fn ends_equal(
    file: &TempSqlite,
    phase: Phase,
    fault: Fault,
    struck: &impl Fn(&Strikes) -> u64,
) {
    let database = database().await;
    let proxy = Arc::new(Proxy::start(server()));
    let url = format!("{}&connect_timeout=2", proxy.url(&database.url));
    let injected = Arc::clone(&proxy);
    let disturb = move || {
        injected.inject(fault);
        if fault == Fault::HalfOpen(NewConnections::Hang) {
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(1500));
                injected.heal();
            });
        }
    };
    let ran = run(options(file, &database, &url), phase, disturb).await;
    match &ran.outcome {
        Ok(report) => crate::support::assert_equal(report),
        Err(error) => panic!("{fault:?} in {phase}: {error}; {:#?}", ran.notices),
    }
    assert!(struck(&proxy.strikes()) > 0, "{fault:?} in {phase} did not strike");
    assert_eq!(database.query_text(CONTENTS).await, undisturbed().await, "{fault:?} in {phase}");
}

#[tokio::test]
async fn a_slow_network_delays_and_nothing_else() {
    every_phase(Fault::Delay(Duration::from_millis(5)), |strikes| strikes.delayed).await;
}

#[tokio::test]
async fn a_narrow_network_delays_and_nothing_else() {
    every_phase(Fault::RateLimit(400_000), |strikes| strikes.limited).await;
}

#[tokio::test]
async fn bytes_may_arrive_one_by_one() {
    every_phase(Fault::OneByte, |strikes| strikes.single_bytes).await;
}

#[tokio::test]
async fn connections_that_are_cut_are_opened_again() {
    each_of(CONNECTED, Fault::Cut(Heal::AtOnce), |strikes| strikes.cut).await;
}

#[tokio::test]
async fn a_network_that_is_down_for_a_while_is_waited_for() {
    let down = Fault::Cut(Heal::After(Duration::from_millis(700)));
    every_phase(down, |strikes| strikes.cut).await;
}

#[tokio::test]
async fn half_open_connections_are_noticed_and_opened_again() {
    let silent = Fault::HalfOpen(NewConnections::Work);
    each_of(CONNECTED, silent, |strikes| strikes.silent).await;
}

#[tokio::test]
async fn new_connections_that_hear_nothing_are_given_up_and_opened_again() {
    every_phase(Fault::HalfOpen(NewConnections::Hang), |strikes| strikes.silent).await;
}

#[tokio::test]
async fn a_commit_that_did_not_arrive_is_made_again() {
    every_phase(Fault::ResetBeforeCommit(1), |strikes| strikes.before_commit).await;
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_not_made_twice() {
    every_phase(Fault::ResetAfterCommit(1), |strikes| strikes.after_commit).await;
}

#[tokio::test]
async fn a_network_that_stays_down_ends_the_run_resumably_and_the_same_command_goes_on() {
    let (file, database) = (shop(), database().await);
    let proxy = Arc::new(Proxy::start(server()));
    let url = format!("{}&connect_timeout=2", proxy.url(&database.url));
    let mut impatient = options(&file, &database, &url);
    impatient.recovery.retry_for = Duration::from_secs(1);
    let injected = Arc::clone(&proxy);
    let down = move || injected.inject(Fault::Cut(Heal::Never));
    let ran = run(impatient.clone(), Phase::Finish, down).await;
    assert!(ran.error().is_resumable(), "{}", ran.error());
    assert!(ran.error().to_string().starts_with("gave up trying again: "), "{}", ran.error());
    assert!(ran.attempts_more() > 0);
    proxy.heal();
    let ran = run(impatient, Phase::Finish, || ()).await;
    assert!(ran.outcome.unwrap().resumed);
    assert_eq!(database.query_text(CONTENTS).await, undisturbed().await);
}
