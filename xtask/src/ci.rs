//! What CI checks, step by step; each can be run alone by the command that it prints.

use std::{collections::BTreeSet, fs, path::Path, time::Instant};

use crate::{Outcome, cargo, cargo_command, contract, dependencies, manifest, package, run, sdk};

/// Feature sets of the facade besides the one of the usual loop.
const FEATURE_SETS: [&str; 4] = ["", "memory", "memory,runtime", "sqlite,runtime"];
const OPENAPI: &str = "docs/openapi.json";

/// A named step.
type Step = (&'static str, fn() -> Outcome);

/// Everything, in the order of what fails quickest.
const STEPS: [Step; 13] = [
    ("format", || cargo(["fmt", "--all", "--check"])),
    ("purity", dependencies::check),
    ("lints", lints),
    ("features", features),
    ("tests", test),
    ("documentation", documentation),
    ("openapi", openapi_is_current),
    ("contract", || contract::check(&[])),
    ("sdk", sdk::check),
    ("examples", examples),
    ("benches", benches),
    ("package", package::check),
    ("policy", policy),
];

/// Runs every step, all but those that are skipped, or only those that are named.
pub(crate) fn all(arguments: &[String]) -> Outcome {
    let mut arguments = arguments.iter().map(String::as_str);
    let (mut skipped, mut wanted) = (Vec::new(), Vec::new());
    while let Some(argument) = arguments.next() {
        let name = if argument == "--skip" { arguments.next().unwrap_or_default() } else { argument };
        if !STEPS.iter().any(|(step, _)| *step == name) {
            let steps = STEPS.map(|(step, _)| step).join(", ");
            return Err(format!("no such step: {name:?}; there are {steps}"));
        }
        if argument == "--skip" { skipped.push(name) } else { wanted.push(name) }
    }
    for (name, step) in STEPS {
        if skipped.contains(&name) || !(wanted.is_empty() || wanted.contains(&name)) {
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
        let package = ["clippy", "--package", "driveever", "--no-default-features", "--features", features];
        cargo(package.into_iter().chain(["--", "-D", "warnings"]))?;
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

/// Runs every example of the facade with the features that its manifest says it needs, and the tests of those that have
/// some. Each ends by itself.
fn examples() -> Outcome {
    let manifest = fs::read_to_string("Cargo.toml").map_err(|error| format!("Cargo.toml: {error}"))?;
    let listed = manifest::examples(&manifest);
    let entries = fs::read_dir("examples").map_err(|error| format!("examples: {error}"))?;
    let files: BTreeSet<String> = entries.filter_map(|entry| name_of(&entry.ok()?.path())).collect();
    let named: BTreeSet<String> = listed.iter().map(|example| example.name.clone()).collect();
    if files != named {
        return Err(format!(
            "examples/ has {files:?}, Cargo.toml lists {named:?}: list each with the features that it needs"
        ));
    }
    for example in listed {
        // The features that are listed have to do; all of them, which the tests were built with, save building anew to run it.
        let features = example.features.join(",");
        cargo(["check", "--quiet", "--package", "driveever", "--features", &features, "--example", &example.name])?;
        let arguments = ["--quiet", "--package", "driveever", "--all-features", "--example", &example.name];
        cargo(["run"].into_iter().chain(arguments))?;
        if example.has_tests {
            cargo(["test"].into_iter().chain(arguments))?;
        }
    }
    Ok(())
}

/// Compiles every benchmark and runs each once, without measuring.
fn benches() -> Outcome {
    cargo(["test", "--package", "driveever", "--all-features", "--benches"])
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
