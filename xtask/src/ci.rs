//! What CI checks, step by step; each can be run alone by the command that it prints.

use std::{fs, path::Path, time::Instant};

use crate::{Outcome, cargo, cargo_command, contract, dependencies, run};

/// Feature sets of the facade besides the one of the usual loop.
const FEATURE_SETS: [&str; 4] = ["", "memory", "memory,runtime", "sqlite,runtime"];
const OPENAPI: &str = "docs/openapi.json";

/// A named step.
type Step = (&'static str, fn() -> Outcome);

/// Everything, in the order of what fails quickest.
const STEPS: [Step; 10] = [
    ("format", || cargo(["fmt", "--all", "--check"])),
    ("purity", dependencies::check_core),
    ("lints", lints),
    ("features", features),
    ("tests", test),
    ("documentation", documentation),
    ("openapi", openapi_is_current),
    ("contract", || contract::check(&[])),
    ("examples", examples),
    ("policy", policy),
];

pub(crate) fn all(arguments: &[String]) -> Outcome {
    let skipped: Vec<&str> = arguments.iter().map(String::as_str).filter(|argument| *argument != "--skip").collect();
    if let Some(unknown) = skipped.iter().find(|skipped| !STEPS.iter().any(|(name, _)| name == *skipped)) {
        return Err(format!("no such step: {unknown}"));
    }
    for (name, step) in STEPS {
        if skipped.contains(&name) {
            continue;
        }
        let began = Instant::now();
        println!("\n=== {name}");
        step().map_err(|error| format!("{name}: {error}"))?;
        println!("=== {name}: ok after {} s", began.elapsed().as_secs());
    }
    Ok(())
}

fn lints() -> Outcome {
    cargo(["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"])
}

fn features() -> Outcome {
    for features in FEATURE_SETS {
        cargo(["check", "--package", "driveever", "--no-default-features", "--features", features])?;
    }
    Ok(())
}

/// Every test; with nextest where it is installed, which runs them side by side across crates.
pub(crate) fn test() -> Outcome {
    let has_nextest = cargo_command(["nextest", "--version"]).output().is_ok_and(|output| output.status.success());
    if has_nextest {
        cargo(["nextest", "run", "--workspace", "--all-features", "--no-fail-fast"])?;
    } else {
        cargo(["test", "--workspace", "--all-features", "--all-targets", "--no-fail-fast"])?;
    }
    cargo(["test", "--workspace", "--all-features", "--doc"])
}

fn documentation() -> Outcome {
    let mut command = cargo_command(["doc", "--workspace", "--all-features", "--no-deps"]);
    run(command.env("RUSTDOCFLAGS", "-D warnings"))
}

fn openapi() -> Result<String, String> {
    let mut command =
        cargo_command(["run", "--quiet", "--package", "driveever-server", "--all-features", "--", "openapi"]);
    let output = command.output().map_err(|error| format!("{command:?} could not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}

pub(crate) fn write_openapi() -> Outcome {
    fs::write(OPENAPI, openapi()?).map_err(|error| format!("{OPENAPI}: {error}"))
}

fn openapi_is_current() -> Outcome {
    let kept = fs::read_to_string(OPENAPI).map_err(|error| format!("{OPENAPI}: {error}"))?;
    if kept == openapi()? { Ok(()) } else { Err(format!("{OPENAPI} differs from the code: run `cargo xtask openapi`")) }
}

/// Runs every example of the facade; an example that does not end by itself takes `--check`.
fn examples() -> Outcome {
    let entries = fs::read_dir("examples").map_err(|error| format!("examples: {error}"))?;
    let mut names: Vec<String> = entries.filter_map(|entry| name_of(&entry.ok()?.path())).collect();
    names.sort();
    for name in names {
        cargo(["run", "--quiet", "--package", "driveever", "--all-features", "--example", &name])?;
    }
    Ok(())
}

fn name_of(path: &Path) -> Option<String> {
    (path.extension()? == "rs").then(|| path.file_stem()?.to_str().map(str::to_owned)).flatten()
}

/// Banned crates, licences and sources, by cargo-deny where it is installed, and by the lock file everywhere.
fn policy() -> Outcome {
    dependencies::check_banned()?;
    let has_deny = cargo_command(["deny", "--version"]).output().is_ok_and(|output| output.status.success());
    if has_deny { cargo(["deny", "check", "bans", "licenses", "sources"]) } else { dependencies::check_licences() }
}
