//! What is promised of every pool, whatever the numbers.

use super::application::{Application, Environment, Framework, PoolWish};
use super::connections::Connections;
use super::pool::{Kind, PoolAdvice, Route, Verdict, advise};
use proptest::prelude::*;

const ENVIRONMENTS: [Environment; 4] = [
    Environment::Development,
    Environment::Staging,
    Environment::Production,
    Environment::Serverless,
];

const ROUTES: [Route; 4] =
    [Route::Direct, Route::NewPooler, Route::SessionPooler, Route::TransactionPooler];

fn connections() -> impl Strategy<Value = Connections> {
    let limit = || proptest::option::of(0_u64..3000);
    let held = (0_u64..300, 0_u64..300, 0_u64..300, 0_u64..300);
    (1_u64..3000, 0_u64..50, 0_u64..50, limit(), limit(), held).prop_map(
        |(max, superuser_reserved, reserved, role_limit, database_limit, held)| Connections {
            max,
            superuser_reserved,
            reserved,
            role_limit,
            database_limit,
            own: held.0,
            others: held.1,
            others_of_role: held.2,
            others_in_database: held.3,
        },
    )
}

fn application() -> impl Strategy<Value = Application> {
    let framework = proptest::option::of(proptest::sample::select(Framework::ALL.to_vec()));
    let environment = proptest::sample::select(ENVIRONMENTS.to_vec());
    let workers = proptest::option::of(1_u64..200);
    let base = proptest::option::of(1_u64..500);
    (framework, environment, workers, 1_u64..60, 1_u64..130, base).prop_map(
        |(framework, environment, workers, instances, processors, base)| Application {
            framework,
            environment,
            workers,
            instances,
            processors,
            wish: PoolWish { base, timeout: None, recycle: None },
        },
    )
}

/// What the server is asked for by pools that connect to it, and to a pooler.
fn asked(advice: &PoolAdvice) -> (u64, u64) {
    let each = advice.pool.map_or(0, |pool| pool.total());
    let pools = advice.workers.count * advice.instances * each;
    match advice.pooler {
        None => (pools, 0),
        Some(pooler) => (pooler.server_connections, pools),
    }
}

proptest! {
    #[test]
    fn the_server_is_never_asked_for_more_than_is_free(
        application in application(),
        connections in connections(),
        route in proptest::sample::select(ROUTES.to_vec()),
    ) {
        let advice = advise(&application, &connections, route);
        let (at_the_server, at_the_pooler) = asked(&advice);
        prop_assert!(at_the_server <= connections.free(), "{advice:?}");
        prop_assert!(advice.connections <= connections.available(), "{advice:?}");
        if let Some(pooler) = advice.pooler {
            prop_assert!(at_the_pooler < pooler.client_connections, "{advice:?}");
        }
    }

    #[test]
    fn every_pool_has_a_connection_or_is_said_not_to_fit(
        application in application(),
        connections in connections(),
        route in proptest::sample::select(ROUTES.to_vec()),
    ) {
        let advice = advise(&application, &connections, route);
        match advice.pool {
            Some(pool) => prop_assert!(pool.base >= 1, "{advice:?}"),
            None => {
                prop_assert_eq!(advice.verdict, Verdict::NothingFree);
                prop_assert_eq!(connections.available(), 0);
            }
        }
        prop_assert!(advice.workers.count >= 1);
        if let Some(workers) = application.workers {
            prop_assert_eq!(advice.workers.count, workers);
        }
    }

    #[test]
    fn more_connections_never_make_a_smaller_pool(
        application in application(),
        connections in connections(),
        more in 0_u64..500,
    ) {
        let workers = application.workers.unwrap_or(3);
        let application = Application { workers: Some(workers), ..application };
        let size = |connections: &Connections| {
            let advice = advise(&application, connections, Route::Direct);
            match advice.pooler {
                None => advice.pool.map_or(0, |pool| pool.total()),
                Some(_) => 0,
            }
        };
        let larger = Connections { max: connections.max + more, ..connections };
        prop_assert!(size(&larger) >= size(&connections));
    }
}

const SERVER: Connections = Connections {
    max: 100,
    superuser_reserved: 3,
    reserved: 0,
    role_limit: None,
    database_limit: None,
    own: 0,
    others: 0,
    others_of_role: 0,
    others_in_database: 0,
};

fn shop(environment: Environment) -> Application {
    Application {
        framework: Some(Framework::Django),
        environment,
        workers: Some(4),
        instances: 1,
        processors: 2,
        wish: PoolWish::default(),
    }
}

#[test]
fn a_wish_that_fits_is_granted() {
    let application = Application { workers: Some(3), ..shop(Environment::Development) };
    let advice = advise(&application, &SERVER, Route::Direct);
    let pool = advice.pool.unwrap();
    assert_eq!((advice.verdict, pool.base, pool.overflow), (Verdict::Fits, 10, 20));
    assert_eq!((advice.connections, advice.available), (90, 93));
    assert_eq!((pool.timeout_seconds, pool.recycle_seconds, pool.pre_ping), (30, 3600, true));
}

#[test]
fn a_wish_that_does_not_fit_is_shrunk_in_proportion() {
    let advice = advise(&shop(Environment::Production), &SERVER, Route::Direct);
    let pool = advice.pool.unwrap();
    assert_eq!((advice.verdict, pool.base, pool.overflow), (Verdict::Shrunk, 7, 16));
    assert_eq!(advice.connections, 92);
    let small = Connections { max: 20, ..SERVER };
    let advice = advise(&shop(Environment::Production), &small, Route::Direct);
    let pool = advice.pool.unwrap();
    assert_eq!((advice.verdict, pool.base, pool.overflow), (Verdict::Tight, 1, 3));
}

#[test]
fn too_many_processes_want_a_pooler() {
    let application = Application { instances: 50, ..shop(Environment::Staging) };
    let advice = advise(&application, &SERVER, Route::Direct);
    assert_eq!(advice.verdict, Verdict::Pooled);
    let (pool, pooler) = (advice.pool.unwrap(), advice.pooler.unwrap());
    assert_eq!((pool.base, pool.overflow), (20, 40));
    assert_eq!((pooler.server_connections, pooler.client_connections), (93, 12_020));
    let full = Connections { others: 97, ..SERVER };
    assert_eq!(advise(&application, &full, Route::NewPooler).verdict, Verdict::NothingFree);
}

#[test]
fn a_function_keeps_no_pool_and_a_process_of_php_one_connection() {
    let functions = Application { workers: None, instances: 40, ..shop(Environment::Serverless) };
    let advice = advise(&functions, &SERVER, Route::Direct);
    let pool = advice.pool.unwrap();
    assert_eq!((pool.kind, pool.total(), advice.connections), (Kind::PerRequest, 1, 40));
    let many = Application { instances: 400, ..functions };
    assert_eq!(advise(&many, &SERVER, Route::Direct).verdict, Verdict::Pooled);
    let php = Application { framework: Some(Framework::Laravel), ..shop(Environment::Production) };
    let pool = advise(&php, &SERVER, Route::Direct).pool.unwrap();
    assert_eq!((pool.kind, pool.total()), (Kind::One, 1));
}

#[test]
fn the_applications_own_settings_are_its_wish() {
    let wish = PoolWish { base: Some(5), timeout: Some(7), recycle: Some(600) };
    let application = Application { wish, ..shop(Environment::Production) };
    let pool = advise(&application, &SERVER, Route::Direct).pool.unwrap();
    assert_eq!((pool.base, pool.overflow), (5, 10));
    assert_eq!((pool.timeout_seconds, pool.recycle_seconds), (7, 600));
}
