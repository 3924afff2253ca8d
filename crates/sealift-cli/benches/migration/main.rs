//! How far a whole migration is from the limit of the server; `benches/README.md` says how to read
//! it. Started by `benches/run.sh`, which also starts a server.
//!
//! ```text
//! … [--size MB] [--runs N] [--jobs N] [--source FILE] [--sealift COMMAND]
//! ```
#![expect(
    clippy::print_stdout,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a benchmark prints its table, and fails loudly"
)]

mod limit;
mod sealift;
mod source;

use limit::Limit;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The schema that the limit is measured in: a migration makes it once.
const REFERENCE: &str = "bench_limit";

/// The kinds of runs that are compared with the limit.
const KINDS: [(&str, &[&str]); 3] = [
    ("sealift, --verify none --no-backup", &["--verify", "none", "--no-backup"]),
    ("sealift, --no-backup", &["--no-backup"]),
    ("sealift", &[]),
];

struct Options {
    megabytes: u32,
    runs: usize,
    jobs: usize,
    source: Option<PathBuf>,
    sealift: PathBuf,
}

fn main() {
    let options = options();
    let runtime = tokio::runtime::Runtime::new().expect("start a runtime");
    let url = sealift_testkit::server_url();
    let folder = work_folder();
    let source = options.source.clone().unwrap_or_else(|| {
        let name = format!("shop-{}mb-v{}.db", options.megabytes, source::VERSION);
        let path = folder.join(name);
        if !path.exists() {
            println!("making {} …", path.display());
            source::make(&path, options.megabytes);
        }
        path
    });
    let jobs = options.jobs.to_string();
    let with_jobs = |given: &[&'static str]| -> Vec<String> {
        let given = given.iter().map(|option| (*option).to_owned());
        given.chain(["--jobs".to_owned(), jobs.clone()]).collect()
    };
    let migrate = |schema: &str, given: &[&'static str]| {
        let given = with_jobs(given);
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        let run = sealift::migrate(&options.sealift, &source, &url, schema, &given);
        remove_backups(&source);
        run
    };
    println!("the reference: one migration, exported …");
    let first = migrate(REFERENCE, &["--verify", "none", "--no-backup"]);
    // The server writes the files: they go where it may.
    let exported = std::env::temp_dir().join("sealift-bench");
    std::fs::create_dir_all(&exported).expect("make a folder for the files");
    open_to_all(&exported);
    let limit = runtime.block_on(Limit::take(&url, REFERENCE, &exported));

    let mut limits = Vec::new();
    let mut runs: Vec<Vec<sealift::Run>> = KINDS.iter().map(|_| Vec::new()).collect();
    for number in 1..=options.runs {
        println!("run {number} of {} …", options.runs);
        limits.push(runtime.block_on(limit.run(&url, options.jobs)));
        for ((_, given), runs) in KINDS.iter().zip(&mut runs) {
            runs.push(migrate("bench", given));
        }
    }
    std::fs::remove_dir_all(&exported).unwrap_or_default();
    let settings = runtime.block_on(settings(&url));
    let size = std::fs::metadata(&source).map_or(0, |found| found.len());
    let results = Results { limits, runs, rows: first.rows, bytes: limit.bytes, size, settings };
    println!("{}", results.table());
    let file = folder.join("migration.json");
    std::fs::write(&file, results.json(&options)).expect("write the results");
    println!("written to {}", file.display());
}

fn options() -> Options {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let sealift = PathBuf::from(env!("CARGO_BIN_EXE_sealift"));
    let mut options = Options { megabytes: 1024, runs: 3, jobs: cores, source: None, sealift };
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        // Cargo adds it.
        if name == "--bench" {
            continue;
        }
        let value = given.next().unwrap_or_else(|| panic!("{name} needs a value"));
        let number = || value.parse().unwrap_or_else(|_| panic!("{name} {value}: not a number"));
        match name.as_str() {
            "--size" => options.megabytes = number(),
            "--runs" => options.runs = value.parse().expect("--runs is a number"),
            "--jobs" => options.jobs = value.parse().expect("--jobs is a number"),
            "--sealift" => {
                options.sealift = Path::new(&value).canonicalize().expect("find --sealift");
            }
            "--source" => options.source = Some(PathBuf::from(value)),
            _ => panic!(
                "{name} is not an option: --size MB, --runs N, --jobs N, --source FILE, --sealift COMMAND"
            ),
        }
    }
    options
}

/// Returns `target/bench`.
fn work_folder() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("a workspace");
    let folder = root.join("target/bench");
    std::fs::create_dir_all(&folder).expect("make target/bench");
    folder
}

fn remove_backups(source: &Path) {
    let folder = source.parent().expect("the database is in a folder");
    for entry in std::fs::read_dir(folder).expect("list the folder").flatten() {
        if entry.file_name().to_string_lossy().contains(".db.backup.") {
            std::fs::remove_file(entry.path()).expect("remove a backup");
        }
    }
}

/// The server may be another user than the one that measures.
fn open_to_all(folder: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(folder, mode).expect("open the folder to the server");
    }
}

/// Returns the settings that decide how fast a server loads.
async fn settings(url: &str) -> Vec<[String; 2]> {
    let sql = "select name, current_setting(name) from pg_settings where name in
        ('server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'wal_level',
         'max_wal_size', 'shared_buffers', 'maintenance_work_mem',
         'max_parallel_maintenance_workers') order by name";
    limit::rows(&limit::connect(url).await, sql).await
}

struct Results {
    limits: Vec<limit::Phases>,
    runs: Vec<Vec<sealift::Run>>,
    rows: u64,
    bytes: u64,
    size: u64,
    settings: Vec<[String; 2]>,
}

impl Results {
    /// Returns the median of all runs' seconds of the limit.
    fn limit_seconds(&self) -> f64 {
        median(self.limits.iter().map(|phases| phases.iter().map(|(_, it)| it).sum()).collect())
    }

    fn table(&self) -> String {
        let mut text = String::new();
        let limit = self.limit_seconds();
        let speed = |seconds: f64| {
            let rows = self.rows as f64 / seconds;
            let megabytes = self.bytes as f64 / seconds / 1e6;
            format!("{rows:>10.0} rows/s {megabytes:>7.1} MB/s")
        };
        let file = self.size as f64 / 1e6;
        let copied = self.bytes as f64 / 1e6;
        line(
            &mut text,
            &format!("{} rows, {file:.0} MB in SQLite, {copied:.0} MB copied", self.rows),
        );
        line(&mut text, &format!("{:<36} {limit:>7.1} s {}", "limit", speed(limit)));
        for (at, (phase, _)) in self.limits[0].iter().enumerate() {
            let seconds = median(self.limits.iter().map(|phases| phases[at].1).collect());
            line(&mut text, &format!("    {phase:<32} {seconds:>7.1} s"));
        }
        for ((kind, _), runs) in KINDS.iter().zip(&self.runs) {
            let seconds = median(runs.iter().map(|run| run.seconds).collect());
            let peak = runs.iter().map(|run| run.peak_memory).max().unwrap_or(0) as f64 / 1e6;
            let ratio = seconds / limit;
            line(
                &mut text,
                &format!(
                    "{kind:<36} {seconds:>7.1} s {}  {ratio:.2} × limit  peak {peak:.0} MB",
                    speed(seconds)
                ),
            );
            for (at, (phase, _)) in runs[0].phases.iter().enumerate() {
                let seconds = median(runs.iter().map(|run| run.phases[at].1).collect());
                line(&mut text, &format!("    {phase:<32} {seconds:>7.1} s"));
            }
        }
        text
    }

    fn json(&self, options: &Options) -> String {
        let limit = self.limit_seconds();
        let kinds: Vec<serde_json::Value> = KINDS
            .iter()
            .zip(&self.runs)
            .map(|((kind, _), runs)| {
                let seconds = median(runs.iter().map(|run| run.seconds).collect());
                serde_json::json!({
                    "kind": kind,
                    "median_seconds": seconds,
                    "times_limit": seconds / limit,
                    "runs": runs.iter().map(|run| serde_json::json!({
                        "seconds": run.seconds,
                        "phases": run.phases,
                        "peak_memory": run.peak_memory,
                    })).collect::<Vec<_>>(),
                })
            })
            .collect();
        let results = serde_json::json!({
            "rows": self.rows,
            "copied_bytes": self.bytes,
            "sqlite_bytes": self.size,
            "jobs": options.jobs,
            "server": self.settings,
            "limit": { "median_seconds": limit, "runs": self.limits },
            "sealift": kinds,
        });
        format!("{results:#}\n")
    }
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a String takes everything");
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
