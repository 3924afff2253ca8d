//! What Sealift promises, held against what was measured.

use super::{Entry, Heat};
use crate::data::Shape;
use serde::{Deserialize, Serialize};

/// Memory that Sealift may take, and the blob of the heat `blob`.
const MEMORY: f64 = 150.0;
const BLOB: f64 = 500.0;

/// Sizes that count as the 1 GB and the 10 GB of the promise, in megabytes.
const ONE_GIGABYTE: u32 = 900;
const TEN_GIGABYTES: u32 = 9000;

/// A promise, and whether it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    /// The heat that it is measured in; none when there was none.
    pub(crate) heat: Option<String>,
    pub(crate) wanted: String,
    pub(crate) measured: Option<f64>,
    /// The same of the limit, where it has such a number: what PostgreSQL itself would get.
    #[serde(default)]
    pub(crate) limit: Option<f64>,
    pub(crate) verdict: Verdict,
}

impl Target {
    /// Returns a promise held against what was measured, of Sealift and of the limit.
    fn held(
        name: &str,
        heat: Option<String>,
        wanted: Wanted,
        (measured, limit): (Option<f64>, Option<f64>),
    ) -> Self {
        Self {
            name: name.to_owned(),
            heat,
            wanted: wanted.words(),
            measured,
            limit: measured.and(limit),
            verdict: wanted.verdict(measured),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    Met,
    NotMet,
    NotMeasured,
}

impl Verdict {
    /// Returns its words for people.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "**not met**",
            Self::NotMeasured => "not measured",
        }
    }
}

/// What is wanted of a number.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    AtMost(f64, &'static str),
    AtLeast(f64, &'static str),
}

impl Wanted {
    fn verdict(self, measured: Option<f64>) -> Verdict {
        let Some(measured) = measured else { return Verdict::NotMeasured };
        let met = match self {
            Self::AtMost(bound, _) => measured <= bound,
            Self::AtLeast(bound, _) => measured >= bound,
        };
        if met { Verdict::Met } else { Verdict::NotMet }
    }

    fn words(self) -> String {
        match self {
            Self::AtMost(bound, unit) => format!("≤ {bound} {unit}"),
            Self::AtLeast(bound, unit) => format!("≥ {bound} {unit}"),
        }
    }
}

/// Holds all promises against the heats.
pub(crate) fn check(heats: &[Heat]) -> Vec<Target> {
    let main = shop(heats, |size| size >= ONE_GIGABYTE).or_else(|| shop(heats, |_| true));
    let ten = shop(heats, |size| size >= TEN_GIGABYTES);
    let blob = of_shape(heats, Shape::Blob);
    let tables = of_shape(heats, Shape::Tables);
    let of = |heat: Option<&Heat>| heat.map(|heat| heat.name.clone());
    let target = |name: &str, heat: Option<&Heat>, wanted: Wanted, measure: Measure| {
        Target::held(name, of(heat), wanted, (heat.and_then(measure), None))
    };
    let faster = |than: &'static str, name: &str, by: &'static str, bound| {
        let measure = |whose| main.and_then(|heat| times_faster(heat, than, whose));
        let wanted = Wanted::AtLeast(bound, "× faster");
        Target::held(name, of(main), wanted, (measure(by), measure("limit")))
    };
    let limit = |bound| Wanted::AtMost(bound, "× the limit");
    let memory = |bound| Wanted::AtMost(bound, "MB");
    let [growth, own_growth] = linear(heats);
    vec![
        target("rows copied, × the limit's copy", main, limit(1.25), copy),
        target("everything but the comparison", main, limit(1.10), |heat| {
            times_limit(heat, "sealift-unverified")
        }),
        target("with the comparison", main, limit(1.35), |heat| {
            times_limit(heat, "sealift-digest")
        }),
        target(
            "census, part of everything but the comparison",
            main,
            Wanted::AtMost(10.0, "%"),
            census,
        ),
        faster("pgloader", "against pgloader, the same work", "sealift-unverified", 4.0),
        faster("pgloader", "against pgloader, with our comparison", "sealift-digest", 1.0),
        faster("duckdb", "against DuckDB and the keys, the same work", "sealift-unverified", 1.0),
        faster("duckdb", "against the same, with our comparison", "sealift-digest", 1.0),
        target("memory, 1 GB", main, memory(MEMORY), peak),
        target("memory, 10 GB", ten, memory(MEMORY), peak),
        target("memory, a blob of 500 MB", blob, memory(BLOB + MEMORY), peak),
        target("a thousand tables", tables, limit(1.5), |heat| {
            times_limit(heat, "sealift-unverified")
        }),
        growth,
        own_growth,
        target("time that plan predicts, off by", main, Wanted::AtMost(30.0, "%"), time_predicted),
        target("room that plan predicts, off by", main, Wanted::AtMost(30.0, "%"), room_predicted),
    ]
}

/// What a heat says of a promise; none when somebody it takes is missing.
type Measure = fn(&Heat) -> Option<f64>;

/// Returns the first heat of the shop, at full speed, whose size will do.
fn shop(heats: &[Heat], fits: impl Fn(u32) -> bool) -> Option<&Heat> {
    shops(heats).find(|(size, _)| fits(*size)).map(|(_, heat)| heat)
}

fn shops(heats: &[Heat]) -> impl Iterator<Item = (u32, &Heat)> {
    let direct = heats.iter().filter(|heat| heat.network.is_none());
    direct.filter_map(|heat| {
        let dataset = heat.dataset.filter(|dataset| dataset.shape == Shape::Shop)?;
        Some((dataset.megabytes, heat))
    })
}

fn of_shape(heats: &[Heat], shape: Shape) -> Option<&Heat> {
    heats.iter().find(|heat| heat.dataset.is_some_and(|dataset| dataset.shape == shape))
}

fn seconds(heat: &Heat, contestant: &str) -> Option<f64> {
    Some(heat.entry(contestant)?.seconds()?.median)
}

fn times_limit(heat: &Heat, contestant: &str) -> Option<f64> {
    Some(seconds(heat, contestant)? / heat.limit_seconds()?)
}

/// Returns how many times as long another one takes.
fn times_faster(heat: &Heat, than: &str, by: &str) -> Option<f64> {
    Some(seconds(heat, than)? / seconds(heat, by)?)
}

fn copy(heat: &Heat) -> Option<f64> {
    let copy = |contestant| Some(heat.entry(contestant)?.spread(|run| run.phase("copy"))?.median);
    Some(copy("sealift-unverified")? / copy("limit")?)
}

fn census(heat: &Heat) -> Option<f64> {
    let entry = heat.entry("sealift-unverified")?;
    Some(entry.spread(|run| run.phase("census") / run.seconds * 100.0)?.median)
}

/// Returns the most memory of any way of using Sealift, in megabytes.
fn peak(heat: &Heat) -> Option<f64> {
    let sealift = heat.entries.iter().filter(|entry| entry.contestant.starts_with("sealift"));
    let peaks = sealift.filter_map(Entry::peak_memory).max()?;
    Some(peaks as f64 / 1e6)
}

/// Returns by how many percent of the real time a prediction is off. What is predicted is `migrate`
/// as it is used; without that, the run that comes next to it.
fn time_predicted(heat: &Heat) -> Option<f64> {
    let real = seconds(heat, "sealift").or_else(|| seconds(heat, "sealift-digest"))?;
    Some(percent_off(heat.estimate.as_ref()?.seconds, real))
}

fn room_predicted(heat: &Heat) -> Option<f64> {
    let real = heat.entry("sealift-digest")?.spread(|run| run.target_bytes as f64)?.median;
    Some(percent_off(heat.estimate.as_ref()?.bytes as f64, real))
}

fn percent_off(predicted: f64, real: f64) -> f64 {
    (predicted / real - 1.0).abs() * 100.0
}

/// The largest shop may take this much more time for each row than the fastest of the smaller ones: a small
/// one is slowed down by what every run costs, which must not hide that a large one grows too fast. The limit grows
/// too, since sorting does, and the machine may have changed from one heat to the other: both are the same for
/// Sealift and the limit, which run in turn, so what is Sealift's own shows in how their ratio grows.
fn linear(heats: &[Heat]) -> [Target; 2] {
    let mut shops: Vec<(u32, &Heat)> = shops(heats).collect();
    shops.sort_by_key(|(size, _)| *size);
    let far_apart =
        shops.first().zip(shops.last()).is_some_and(|(small, large)| large.0 >= small.0 * 50);
    let compared = shops.split_last().filter(|_| far_apart);
    let growth = |measure: &dyn Fn(&Heat) -> Option<f64>| {
        let ((_, large), smaller) = compared?;
        let least = smaller.iter().filter_map(|(_, heat)| measure(heat)).reduce(f64::min)?;
        Some(measure(large)? / least)
    };
    let heat = compared.map(|((_, large), smaller)| {
        let smaller: Vec<&str> = smaller.iter().map(|(_, heat)| heat.name.as_str()).collect();
        format!("{}; {}", large.name, smaller.join("; "))
    });
    let time = |contestant: &'static str| {
        growth(&|heat| Some(seconds(heat, contestant)? / heat.rows as f64))
    };
    let own = growth(&|heat| times_limit(heat, "sealift-digest"));
    [
        Target::held(
            "the time of the largest database, compared with smaller ones",
            heat.clone(),
            Wanted::AtMost(1.1, "× that for a row"),
            (time("sealift-digest"), time("limit")),
        ),
        Target::held(
            "the same of Sealift's time as a multiple of the limit's",
            heat,
            Wanted::AtMost(1.1, "× that multiple"),
            (own, None),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Estimate;
    use crate::report::samples::{entry, heat};

    fn main_heat() -> Heat {
        let entries = vec![
            entry("limit", &[("copy", 4.0), ("indexes", 6.0)]),
            entry("sealift-unverified", &[("census", 1.2), ("copy", 4.8), ("finish", 6.0)]),
            entry(
                "sealift-digest",
                &[("census", 1.2), ("copy", 4.8), ("finish", 6.0), ("verify", 1.0)],
            ),
            entry("pgloader", &[("everything", 39.0)]),
        ];
        heat(Shape::Shop, 1024, entries)
    }

    fn find<'a>(targets: &'a [Target], name: &str) -> &'a Target {
        targets.iter().find(|target| target.name.starts_with(name)).unwrap()
    }

    #[test]
    fn a_ratio_at_its_bound_is_met_and_one_above_is_not() {
        let targets = check(&[main_heat()]);
        let rows = find(&targets, "rows copied");
        assert_eq!((rows.measured.unwrap() * 100.0).round(), 120.0);
        assert_eq!(rows.verdict, Verdict::Met);
        let whole = find(&targets, "everything but");
        assert_eq!(whole.measured, Some(1.2));
        assert_eq!(whole.verdict, Verdict::NotMet);
        assert_eq!(find(&targets, "with the comparison").verdict, Verdict::Met);
        assert_eq!(find(&targets, "census").verdict, Verdict::Met);
        assert_eq!(find(&targets, "memory, 1 GB").measured.unwrap().round(), 31.0);
    }

    #[test]
    fn a_peer_does_the_same_work_and_is_held_against_more_of_it_too() {
        let targets = check(&[main_heat()]);
        let same = find(&targets, "against pgloader, the same work");
        assert_eq!((same.measured, same.limit), (Some(3.25), Some(3.9)));
        assert_eq!(same.verdict, Verdict::NotMet);
        assert_eq!(find(&targets, "against pgloader, with our").measured, Some(3.0));
    }

    #[test]
    fn what_did_not_race_is_not_measured() {
        let targets = check(&[main_heat()]);
        for name in ["against DuckDB", "memory, 10 GB", "a thousand", "time that plan"] {
            assert_eq!(find(&targets, name).verdict, Verdict::NotMeasured, "{name}");
        }
        assert!(check(&[]).iter().all(|target| target.verdict == Verdict::NotMeasured));
    }

    #[test]
    fn a_prediction_is_off_in_both_directions() {
        let mut heat = main_heat();
        for (seconds, verdict) in [
            (13.0, Verdict::Met),
            (9.5, Verdict::Met),
            (8.0, Verdict::NotMet),
            (18.0, Verdict::NotMet),
        ] {
            heat.estimate = Some(Estimate { seconds, phases: Vec::new(), bytes: 1290 });
            let targets = check(std::slice::from_ref(&heat));
            assert_eq!(find(&targets, "time that plan").verdict, verdict, "{seconds}");
            assert_eq!(find(&targets, "room that plan").verdict, Verdict::Met);
        }
    }

    #[test]
    fn growth_is_measured_by_the_time_for_a_row() {
        let of = |megabytes, seconds| {
            heat(Shape::Shop, megabytes, vec![entry("sealift-digest", &[("copy", seconds)])])
        };
        let linear = |heats: &[Heat]| find(&check(heats), "the time of the largest").clone();
        assert_eq!(linear(&[of(100, 1.0), of(10_000, 105.0)]).verdict, Verdict::Met);
        assert_eq!(linear(&[of(10_000, 120.0), of(100, 1.0)]).verdict, Verdict::NotMet);
        assert_eq!(linear(&[of(100, 1.0), of(200, 9.0)]).verdict, Verdict::NotMeasured);
        let slow_small = [of(100, 2.0), of(1000, 10.0), of(10_000, 120.0)];
        assert_eq!(linear(&slow_small).verdict, Verdict::NotMet);
    }

    #[test]
    fn growth_that_is_the_limits_own_is_told_apart() {
        let of = |megabytes, limit, sealift| {
            let limit = entry("limit", &[("copy", limit)]);
            heat(Shape::Shop, megabytes, vec![limit, entry("sealift-digest", &[("copy", sealift)])])
        };
        let targets = check(&[of(100, 1.0, 1.2), of(1000, 10.0, 12.5), of(10_000, 150.0, 189.0)]);
        let hundredths = |value: Option<f64>| (value.unwrap() * 100.0).round();
        let time = find(&targets, "the time of the largest");
        assert_eq!((time.verdict, hundredths(time.limit)), (Verdict::NotMet, 150.0));
        let own = find(&targets, "the same of Sealift's time");
        assert_eq!((own.verdict, hundredths(own.measured)), (Verdict::Met, 105.0));
    }
}
