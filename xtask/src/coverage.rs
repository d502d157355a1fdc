//! How many lines of the core its tests run, by cargo-tarpaulin.
//!
//! The core's services are tested over the in-memory store and by the conformance suite, so the tests of these three crates
//! count. Doctests do not: only a nightly rustdoc can measure them.

use std::{fs, path::Path};

use crate::{Outcome, cargo, cargo_command};

const FOLDER: &str = "target/coverage";
const PACKAGES: [&str; 3] = ["driveever-core", "driveever-memory", "driveever-testkit"];
const MEASURED: &str = "driveever-core/src/";
/// The share of lines, in per cent, below which the command fails.
const LEAST_PERCENT: usize = 90;
/// How many of the files that are tested least are shown.
const SHOWN: usize = 20;

/// How many lines of a file can run, and how many did.
#[derive(Debug, Clone, PartialEq)]
struct Lines {
    file: String,
    all: usize,
    run: usize,
}

impl Lines {
    /// What ran, in tenths of a per cent, rounded down; all of a file without lines.
    fn tenths(&self) -> usize {
        (self.run * 1_000).checked_div(self.all).unwrap_or(1_000)
    }
}

/// Runs the tests with counters in the code; fails when they run too few of the core's lines.
pub(crate) fn check() -> Outcome {
    if !cargo_command(["tarpaulin", "--version"]).output().is_ok_and(|output| output.status.success()) {
        return Err("cargo-tarpaulin is needed: cargo install cargo-tarpaulin".to_owned());
    }
    fs::create_dir_all(FOLDER).map_err(|error| format!("{FOLDER}: {error}"))?;
    let included = format!("{MEASURED}*");
    // The engine of LLVM, as the other one stops every process at every line. One test trains the classifier, which takes
    // minutes with counters in it.
    let fixed = ["tarpaulin", "--engine", "llvm", "--skip-clean", "--all-features", "--timeout", "900"];
    let places = ["--target-dir", FOLDER, "--include-files", &included, "--out", "Lcov", "--output-dir", FOLDER];
    cargo(fixed.into_iter().chain(places).chain(PACKAGES.into_iter().flat_map(|package| ["--packages", package])))?;
    let report = Path::new(FOLDER).join("lcov.info");
    let text = fs::read_to_string(&report).map_err(|error| format!("{}: {error}", report.display()))?;
    judge(lines(&text))
}

/// Shows the figures, those of the files that are tested least first.
fn judge(mut files: Vec<Lines>) -> Outcome {
    let sum = |of: fn(&Lines) -> usize| files.iter().map(of).sum();
    let whole = Lines {
        file: format!("{} files of {MEASURED}", files.len()),
        all: sum(|file| file.all),
        run: sum(|file| file.run),
    };
    if whole.all == 0 {
        return Err("nothing was measured".to_owned());
    }
    files.sort_by_key(Lines::tenths);
    println!();
    for shown in files.iter().take(SHOWN).chain([&whole]) {
        let (tenths, Lines { file, all, run }) = (shown.tenths(), shown);
        println!("{:>3}.{} %  {run:>5} of {all:>5} lines  {file}", tenths / 10, tenths % 10);
    }
    if whole.run * 100 < whole.all * LEAST_PERCENT {
        return Err(format!("the tests run less than {LEAST_PERCENT} % of the core's lines"));
    }
    Ok(())
}

/// The files of the core in a report of the form that lcov defined.
fn lines(report: &str) -> Vec<Lines> {
    report.split("end_of_record").filter_map(file_of).collect()
}

fn file_of(record: &str) -> Option<Lines> {
    let value = |key: &str| record.lines().find_map(|line| line.strip_prefix(key));
    let place = value("SF:")?;
    let place = place.get(place.find(MEASURED)? + MEASURED.len()..)?;
    let number = |key: &str| value(key)?.trim().parse().ok();
    Some(Lines { file: place.to_owned(), all: number("LF:")?, run: number("LH:")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "TN:\nSF:/x/driveever-core/src/order/run.rs\nFN:1,run\nDA:1,3\nDA:2,0\nLF:10\nLH:9\nend_of_record\n\
        TN:\nSF:/x/driveever-core/tests/it/main.rs\nLF:5\nLH:0\nend_of_record\n\
        TN:\nSF:/x/driveever-core/src/money.rs\nLF:3\nLH:2\nend_of_record\n";

    fn counted(file: &str, all: usize, run: usize) -> Lines {
        Lines { file: file.to_owned(), all, run }
    }

    #[test]
    fn a_report_is_read_and_only_the_core_counts() {
        assert_eq!(lines(REPORT), [counted("order/run.rs", 10, 9), counted("money.rs", 3, 2)]);
        assert_eq!(counted("money.rs", 3, 2).tenths(), 666);
        assert_eq!(counted("empty.rs", 0, 0).tenths(), 1_000);
    }

    #[test]
    fn too_few_lines_and_none_fail() {
        assert!(judge(vec![counted("a.rs", 100, 80), counted("b.rs", 100, 100)]).is_ok());
        assert!(judge(vec![counted("a.rs", 100, 79), counted("b.rs", 100, 100)]).is_err());
        assert!(judge(lines("")).is_err());
    }
}
