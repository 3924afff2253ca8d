//! What is raced, in which order: a database, a network, and who takes part.

use crate::contestant::Contestant;
use crate::data::{Dataset, Shape};
use crate::network::Network;
use crate::options::Options;
use std::path::PathBuf;

/// The round trips of `--network`, in milliseconds: one building, one country, two continents.
const ROUND_TRIPS: [u32; 3] = [1, 10, 50];

/// The rate limit of `--network`, in bytes a second and direction: a gigabit line.
const LINE_RATE: u64 = 125_000_000;

/// One heat: the same database for everybody.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) name: String,
    pub(crate) source: Source,
    pub(crate) network: Option<Network>,
    pub(crate) contestants: Vec<Contestant>,
    /// How often each of them runs.
    pub(crate) runs: usize,
}

/// Where the database comes from.
#[derive(Debug)]
pub(crate) enum Source {
    Made(Dataset),
    /// A file of the user's own.
    Given(PathBuf),
}

/// Returns the heats that were asked for, the main one first.
pub(crate) fn courses(options: &Options) -> Vec<Course> {
    let mut courses = Vec::new();
    if !options.without_main {
        courses.push(main(options));
    }
    if options.linear {
        let sizes = options.linear_sizes.iter().filter(|size| !is_main(options, **size));
        courses.extend(sizes.map(|size| of(options, Dataset::new(Shape::Shop, *size), None)));
    }
    if options.shapes {
        let others = Shape::ALL.into_iter().filter(|shape| *shape != Shape::Shop);
        let sized = |shape| Dataset::new(shape, options.shape_size);
        courses.extend(others.map(|shape| of(options, sized(shape), None)));
    }
    if options.network {
        let networks = std::iter::once(None).chain(ROUND_TRIPS.into_iter().map(Some));
        courses.extend(networks.map(|round_trip| {
            let network =
                Network { round_trip_ms: round_trip.unwrap_or(0), bytes_a_second: LINE_RATE };
            of(options, Dataset::new(Shape::Shop, options.network_size), Some(network))
        }));
    }
    courses
}

/// Returns the main race.
pub(crate) fn main(options: &Options) -> Course {
    let source = options.source.as_ref().map_or_else(
        || Source::Made(Dataset::new(options.shape, options.size)),
        |path| Source::Given(path.clone()),
    );
    let mut contestants = Contestant::all_of_sealift();
    if options.peers.is_some() {
        contestants.extend(Contestant::peers());
    }
    let name = match &source {
        Source::Made(dataset) => dataset.title(),
        Source::Given(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    };
    let runs = options.main_runs.unwrap_or(options.runs);
    Course { name, source, network: None, contestants, runs }
}

/// A heat without peers and without a backup.
fn of(options: &Options, dataset: Dataset, network: Option<Network>) -> Course {
    let over = network.map(|network| format!(", over {network}")).unwrap_or_default();
    let name = format!("{}{over}", dataset.title());
    let contestants = vec![Contestant::Limit, Contestant::Unverified, Contestant::Digest];
    Course { name, source: Source::Made(dataset), network, contestants, runs: options.runs }
}

/// Whether the main race is one of the sizes of `--linear` already.
fn is_main(options: &Options, size: u32) -> bool {
    let made = options.source.is_none() && options.shape == Shape::Shop;
    !options.without_main && made && options.size == size
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn courses_of(given: &[&str]) -> Vec<Course> {
        let fixed = ["race", "--url", "u", "--sealift", "s", "--out", "o", "--cache", "c"];
        courses(&Options::parse_from(fixed.iter().chain(given)))
    }

    fn names(given: &[&str]) -> Vec<String> {
        courses_of(given).into_iter().map(|course| course.name).collect()
    }

    #[test]
    fn only_the_main_race_is_run_unless_more_is_asked_for() {
        assert_eq!(names(&[]), ["shop, 1024 MB"]);
        assert_eq!(names(&["--size", "8", "--shape", "wide"]), ["wide, 8 MB"]);
        assert!(names(&["--without-main"]).is_empty());
    }

    #[test]
    fn the_main_race_is_one_of_the_sizes_and_is_not_run_twice() {
        assert_eq!(names(&["--linear"]), ["shop, 1024 MB", "shop, 102 MB", "shop, 10240 MB"]);
        assert_eq!(names(&["--linear", "--without-main"]).len(), 3);
        assert_eq!(names(&["--linear", "--size", "5"]).len(), 4);
    }

    #[test]
    fn every_shape_and_every_network_has_a_heat() {
        let shapes = names(&["--without-main", "--shapes"]);
        assert_eq!(shapes.len(), Shape::ALL.len() - 1);
        assert!(shapes.contains(&"blob, 500 MB".to_owned()));
        let networks = names(&["--without-main", "--network"]);
        assert_eq!(networks.len(), ROUND_TRIPS.len() + 1);
        assert!(networks.contains(&"shop, 100 MB, over 1000 Mbit/s, 50 ms round trip".to_owned()));
    }

    #[test]
    fn the_main_race_may_be_run_more_often_than_the_others() {
        let courses = courses_of(&["--shapes", "--runs", "2", "--main-runs", "5"]);
        let runs: Vec<usize> = courses.iter().map(|course| course.runs).collect();
        assert_eq!(runs[0], 5);
        assert!(runs[1..].iter().all(|runs| *runs == 2));
    }

    #[test]
    fn a_file_of_ones_own_takes_the_place_of_the_main_database() {
        assert_eq!(names(&["--source", "/x/app.db"]), ["app.db"]);
    }
}
