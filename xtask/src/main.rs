//! Every developer habit as a command: `cargo xtask help`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a command for people")]

mod ci;
mod contract;
mod coverage;
mod dependencies;
mod manifest;
mod package;
mod python;
mod sdk;

use std::{
    env,
    process::{Command, ExitCode},
};

const HELP: &str = "\
cargo xtask COMMAND

  test            every test of every crate, doctests included
  ci [STEP]... [--skip STEP]...
                  all that CI checks: format, purity, lints, features, tests, documentation, openapi, contract, sdk, examples,
                  benches, package, policy
  sdk             the model providers' own clients against the doubles (PyPI)
  contract [--seconds N] [--seed N]
                  schemathesis with all checks against the running server, N seconds as admin and N as user; it is
                  installed from PyPI into a virtual environment below target/
  coverage        how many lines of driveever-core its tests run; fails below 90 % (needs cargo-tarpaulin)
  bench [FILTER]  criterion benchmarks whose name has FILTER: pure, stores/sqlite, road/memory/whole, ...
  load [ARGS]     load harness against the release binary; see docs/performance.md
  openapi         writes docs/openapi.json from the code
  seed            seeds the golden library into the configured store
";

/// What went wrong, in words.
type Outcome = Result<(), String>;

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let command = arguments.next().unwrap_or_else(|| "help".to_owned());
    let rest: Vec<String> = arguments.collect();
    let outcome = match command.as_str() {
        "test" => ci::test(),
        "ci" => ci::all(&rest),
        "contract" => contract::check(&rest),
        "coverage" => coverage::check(),
        "sdk" => sdk::check(),
        "bench" => cargo(
            ["bench", "--package", "driveever", "--all-features", "--benches", "--"]
                .into_iter()
                .chain(rest.iter().map(String::as_str)),
        ),
        "load" => cargo(
            ["run", "--release", "--package", "driveever-load", "--"]
                .into_iter()
                .chain(rest.iter().map(String::as_str)),
        ),
        "openapi" => ci::write_openapi(),
        "seed" => cargo(["run", "--release", "--", "seed"].into_iter().chain(rest.iter().map(String::as_str))),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(format!("no such command: {other}\n\n{HELP}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Runs cargo and fails as it does.
fn cargo<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
    run(&mut cargo_command(arguments))
}

fn cargo_command<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

fn run(command: &mut Command) -> Outcome {
    println!("+ {command:?}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} failed: {status}")),
        Err(error) => Err(format!("{command:?} could not start: {error}")),
    }
}
