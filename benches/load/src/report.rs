//! Figures in words.

use std::time::Duration;

use crate::{driver::Measured, server::Usage};

/// One measurement.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) name: String,
    pub(crate) measured: Measured,
    pub(crate) seconds: f64,
    pub(crate) before: Usage,
    pub(crate) after: Usage,
}

impl Report {
    /// Good answers for each processor second of the server.
    pub(crate) fn per_cpu_second(&self) -> f64 {
        let cpu = (self.after.cpu.saturating_sub(self.before.cpu)).as_secs_f64();
        count(self.measured.latencies.len()) / cpu.max(0.01)
    }

    pub(crate) fn print(&self) {
        let good = self.measured.latencies.len();
        println!(
            "{:<24} {:>8.0}/s good, {} failed, {} dropped; p50 {} p95 {} p99 {} max {}; {:.0} per CPU second; {} MB",
            self.name,
            count(good) / self.seconds,
            self.measured.failed,
            self.measured.dropped,
            self.percentile(50),
            self.percentile(95),
            self.percentile(99),
            milliseconds(self.measured.latencies.last().copied()),
            self.per_cpu_second(),
            self.after.memory / 1_000_000,
        );
    }

    fn percentile(&self, percent: usize) -> String {
        let all = &self.measured.latencies;
        milliseconds(all.get((all.len() * percent / 100).min(all.len().saturating_sub(1))).copied())
    }
}

fn milliseconds(latency: Option<Duration>) -> String {
    latency.map_or_else(|| "-".to_owned(), |latency| format!("{:.2} ms", latency.as_secs_f64() * 1e3))
}

#[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
fn count(number: usize) -> f64 {
    number as f64
}
