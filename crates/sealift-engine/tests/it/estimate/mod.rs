//! What a plan predicts, held against what a migration makes; and the probe, which leaves nothing.

mod probe;
mod space;

use crate::support::endpoint;
use sealift_core::plan::Plan;
use sealift_engine::Result;
use sealift_engine::config::PlanOptions;
use sealift_engine::estimate::{Prediction, Wanted, plan};
use sealift_engine::ops::{Cancel, Events};
use std::path::Path;

/// Plans a file and asks the server of a URL.
async fn predict(file: &Path, url: &str, cancel: &Cancel) -> Result<(Plan, Prediction)> {
    let wanted =
        Wanted { server: Ok(endpoint(url)), processors: 2, backup: false, compares_rows: true };
    plan(file, &PlanOptions::default(), &wanted, &Events::silent(), cancel).await
}

/// Plans a file and asks no server.
async fn predict_alone(file: &Path) -> Prediction {
    let wanted = Wanted {
        server: Err("not wanted".to_owned()),
        processors: 2,
        backup: true,
        compares_rows: true,
    };
    plan(file, &PlanOptions::default(), &wanted, &Events::silent(), &Cancel::new()).await.unwrap().1
}
