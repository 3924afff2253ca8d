use super::size::{GB, MB};
use super::*;

fn setting(name: &str, value: &str, unit: Option<&str>, context: Context) -> ServerSetting {
    ServerSetting {
        name: name.to_owned(),
        setting: value.to_owned(),
        unit: unit.map(str::to_owned),
        context,
        pending_restart: false,
    }
}

/// A server as it comes from the distribution, on a machine of 8 GB.
fn fresh() -> ServerFacts {
    ServerFacts {
        database: Ident::new("app").unwrap(),
        memory: Some(8 * GB),
        max_connections: 100,
        settings: vec![
            setting("shared_buffers", "16384", Some("8kB"), Context::Postmaster),
            setting("work_mem", "4096", Some("kB"), Context::User),
            setting("maintenance_work_mem", "65536", Some("kB"), Context::User),
            setting("effective_cache_size", "524288", Some("8kB"), Context::User),
            setting("max_wal_size", "1024", Some("MB"), Context::Sighup),
            setting("checkpoint_timeout", "300", Some("s"), Context::Sighup),
            setting("random_page_cost", "4", None, Context::User),
            setting("default_statistics_target", "100", None, Context::User),
            setting("fsync", "on", None, Context::Sighup),
            setting("full_page_writes", "on", None, Context::Sighup),
            setting("synchronous_commit", "remote_write", None, Context::User),
            setting("autovacuum", "on", None, Context::Sighup),
        ],
        may_alter_system: true,
        owns_database: true,
        provider: None,
        checkpoints: Some(Checkpoints { timed: 90, requested: 3 }),
        large_tables: Vec::new(),
    }
}

fn one(facts: &ServerFacts, name: &str) -> SettingAdvice {
    settings(facts).into_iter().find(|advice| advice.name == name).unwrap()
}

fn changes(facts: &ServerFacts) -> Vec<String> {
    let changed = settings(facts).into_iter().filter(|advice| advice.todo == Todo::Change);
    changed.map(|advice| format!("{} {} {}", advice.name, advice.now, advice.advised)).collect()
}

#[test]
fn a_fresh_server_gets_the_memory_of_its_machine() {
    assert_eq!(
        changes(&fresh()),
        [
            "shared_buffers 128MB 2GB",
            "work_mem 4MB 20MB",
            "maintenance_work_mem 64MB 512MB",
            "random_page_cost 4 1.1",
        ]
    );
    let advice = one(&fresh(), "shared_buffers");
    assert_eq!(advice.effect, Effect::Restart);
    assert_eq!(advice.sql.unwrap().as_str(), "alter system set shared_buffers = '2GB'");
}

#[test]
fn advice_that_was_followed_is_not_given_again() {
    let mut facts = fresh();
    facts.checkpoints = Some(Checkpoints { timed: 10, requested: 90 });
    for _ in 0..2 {
        for advice in settings(&facts) {
            let setting = facts.settings.iter_mut().find(|one| one.name == advice.name).unwrap();
            if advice.todo == Todo::Change {
                let (number, unit): (String, String) =
                    advice.advised.chars().partition(|c| c.is_ascii_digit() || *c == '.');
                setting.setting = number;
                setting.unit = Some(unit).filter(|unit| !unit.is_empty());
            }
        }
        facts.checkpoints = None;
    }
    assert_eq!(changes(&facts), [""; 0]);
}

#[test]
fn a_machine_that_nobody_can_look_at_leaves_memory_open() {
    let facts = ServerFacts { memory: None, ..fresh() };
    assert_eq!(changes(&facts), ["random_page_cost 4 1.1"]);
    assert_eq!(one(&facts, "shared_buffers").todo, Todo::Unknown);
    assert_eq!(one(&facts, "shared_buffers").advised, "128MB");
}

#[test]
fn a_small_machine_keeps_more_for_the_system() {
    let facts = ServerFacts { memory: Some(512 * MB), ..fresh() };
    assert_eq!(one(&facts, "shared_buffers").todo, Todo::Keep);
    assert_eq!(one(&facts, "effective_cache_size").advised, "384MB");
    let tiny = ServerFacts { memory: Some(1), max_connections: 0, ..fresh() };
    assert_eq!(one(&tiny, "shared_buffers").advised, "1MB");
}

#[test]
fn early_checkpoints_ask_for_a_longer_log() {
    let facts =
        ServerFacts { checkpoints: Some(Checkpoints { timed: 5, requested: 20 }), ..fresh() };
    assert_eq!(one(&facts, "max_wal_size").advised, "4GB");
    assert_eq!(one(&facts, "checkpoint_timeout").advised, "15min");
    assert_eq!(one(&facts, "checkpoint_timeout").effect, Effect::Reload);
    let few = ServerFacts { checkpoints: Some(Checkpoints { timed: 0, requested: 9 }), ..fresh() };
    assert_eq!(one(&few, "max_wal_size").todo, Todo::Keep);
}

#[test]
fn what_must_not_be_off_is_turned_on() {
    let mut facts = fresh();
    for setting in facts.settings.iter_mut().filter(|one| one.unit.is_none()) {
        if setting.setting == "on" || setting.setting == "remote_write" {
            setting.setting = "off".to_owned();
        }
    }
    let off: Vec<&str> = settings(&facts)
        .iter()
        .filter(|advice| advice.advised == "on" && advice.todo == Todo::Change)
        .map(|advice| advice.name)
        .collect();
    assert_eq!(off, ["fsync", "full_page_writes", "synchronous_commit", "autovacuum"]);
}

#[test]
fn a_managed_server_is_set_where_its_provider_says() {
    let facts = ServerFacts { may_alter_system: false, provider: Some(Provider::Rds), ..fresh() };
    let buffers = one(&facts, "shared_buffers");
    assert_eq!((buffers.sql, buffers.by), (None, Some("the DB parameter group of the instance")));
    let work_mem = one(&facts, "work_mem").sql.unwrap();
    assert_eq!(work_mem.as_str(), "alter database \"app\" set work_mem = '20MB'");
    let stranger = ServerFacts { owns_database: false, provider: None, ..facts };
    assert_eq!(one(&stranger, "work_mem").sql, None);
    assert!(one(&stranger, "work_mem").by.unwrap().contains("superuser"));
}

#[test]
fn a_change_that_waits_for_a_restart_is_said_to() {
    let mut facts = fresh();
    facts.settings[0].pending_restart = true;
    let buffers = one(&facts, "shared_buffers");
    assert_eq!((buffers.todo, buffers.sql), (Todo::RestartIsPending, None));
}

fn table(rows: u64, scales: [Option<f64>; 2]) -> LargeTable {
    LargeTable {
        schema: Ident::new("public").unwrap(),
        name: Ident::new("events").unwrap(),
        rows,
        dead: 0,
        vacuum_scale: scales[0],
        analyze_scale: scales[1],
    }
}

#[test]
fn large_tables_are_cleared_more_often() {
    let sql = |rows| tables(&[table(rows, [None, None])]).pop().map(|advice| advice.sql);
    assert_eq!(sql(999_999), None);
    assert_eq!(
        sql(1_000_000).unwrap().as_str(),
        "alter table \"public\".\"events\" set (autovacuum_vacuum_scale_factor = 0.05, \
         autovacuum_analyze_scale_factor = 0.02)"
    );
    assert!(sql(200_000_000).unwrap().as_str().contains("vacuum_scale_factor = 0.01,"));
    assert_eq!(tables(&[table(2_000_000, [Some(0.05), Some(0.01)])]), []);
    assert_eq!(tables(&[table(20_000_000, [Some(0.05), Some(0.01)])]).len(), 1);
}

#[test]
fn very_large_tables_get_more_statistics() {
    let facts = ServerFacts { large_tables: vec![table(10_000_000, [None, None])], ..fresh() };
    assert_eq!(one(&facts, "default_statistics_target").advised, "250");
}
