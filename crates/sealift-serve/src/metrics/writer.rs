//! [`Writer`]: metrics with their samples, in Prometheus' text.

use super::names::Metric;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use sealift_engine::histogram::HistogramReading;
use std::fmt;

/// A sample's labels.
pub(super) type Labels<'a> = Vec<(&'static str, &'a str)>;

/// Writes metrics; one without samples is left out.
pub(super) struct Writer<'a>(pub(super) DescriptorEncoder<'a>);

impl Writer<'_> {
    /// Writes a gauge without labels, if there is a value.
    pub(super) fn gauge(&mut self, metric: &'static Metric, value: Option<f64>) -> fmt::Result {
        self.gauges(metric, value.map(|value| (Labels::new(), value)))
    }

    /// Writes a gauge with a sample for each set of labels.
    pub(super) fn gauges<'l>(
        &mut self,
        metric: &'static Metric,
        samples: impl IntoIterator<Item = (Labels<'l>, f64)>,
    ) -> fmt::Result {
        self.samples(metric, samples, |mut family, value| family.encode_gauge(&value))
    }

    /// Writes a counter without labels, if there is a value.
    pub(super) fn counter(&mut self, metric: &'static Metric, value: Option<u64>) -> fmt::Result {
        self.counters(metric, value.map(|value| (Labels::new(), value)))
    }

    /// Writes a counter with a sample for each set of labels.
    pub(super) fn counters<'l>(
        &mut self,
        metric: &'static Metric,
        samples: impl IntoIterator<Item = (Labels<'l>, u64)>,
    ) -> fmt::Result {
        self.samples(metric, samples, |mut family, value| {
            family.encode_counter::<NoLabelSet, u64, f64>(&value, None)
        })
    }

    fn samples<'l, V>(
        &mut self,
        metric: &'static Metric,
        samples: impl IntoIterator<Item = (Labels<'l>, V)>,
        encode: impl Fn(MetricEncoder<'_>, V) -> fmt::Result,
    ) -> fmt::Result {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() {
            return Ok(());
        }
        let mut encoder = self.0.encode_descriptor(metric.name, metric.help, None, metric.kind)?;
        for (labels, value) in samples {
            encode(encoder.encode_family(&labels)?, value)?;
        }
        Ok(())
    }

    /// Writes a histogram.
    pub(super) fn histogram(
        &mut self,
        metric: &'static Metric,
        reading: &HistogramReading,
    ) -> fmt::Result {
        let mut encoder = self.0.encode_descriptor(metric.name, metric.help, None, metric.kind)?;
        let HistogramReading { buckets, sum, count } = reading;
        encoder.encode_histogram::<NoLabelSet>(*sum, *count, buckets, None)
    }

    /// Writes what only has labels.
    pub(super) fn info(&mut self, metric: &'static Metric, labels: Labels<'_>) -> fmt::Result {
        let mut encoder = self.0.encode_descriptor(metric.name, metric.help, None, metric.kind)?;
        encoder.encode_info(&labels)
    }
}
