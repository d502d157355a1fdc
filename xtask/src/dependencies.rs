//! What the crates may depend on.

use std::collections::BTreeSet;

use crate::{Outcome, cargo_command};

/// Crates whose presence below `driveever-core` would mean that it does I/O or drags a runtime along.
const NOT_IN_CORE: [&str; 16] = [
    "async-std",
    "axum",
    "hyper",
    "mio",
    "rusqlite",
    "libsqlite3-sys",
    "redis",
    "reqwest",
    "rustls",
    "smol",
    "socket2",
    "sqlx",
    "tokio",
    "tonic",
    "tracing-subscriber",
    "ureq",
];

/// How many crates `driveever-core`, and core with the in-memory store, may pull in, those of procedural macros and build
/// scripts counted: see docs/performance.md. Thirteen are chosen, the rest comes with them; who adds one says why in a
/// decision.
const LIGHT: [(&str, usize); 2] = [("driveever-core", 42), ("driveever-memory", 42)];

/// Crates that no build of ours may have (see `deny.toml` for the reasons).
const BANNED: [&str; 4] = ["native-tls", "openssl-sys", "ring", "rsa"];

/// Licences that a dependency may have (see `deny.toml`); an `OR` needs one of them, an `AND` all.
const LICENCES: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

fn tree(arguments: &[&str]) -> Result<String, String> {
    let mut command = cargo_command(["tree", "--prefix", "none"].into_iter().chain(arguments.iter().copied()));
    let output = command.output().map_err(|error| format!("{command:?} could not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}

/// Everything about dependencies that needs no build.
pub(crate) fn check() -> Outcome {
    check_core()?;
    check_size()?;
    check_doubles()
}

/// Fails when core gains a runtime, HTTP, SQL or socket dependency.
fn check_core() -> Outcome {
    let tree = tree(&["--package", "driveever-core", "--edges", "normal,build", "--all-features", "--format", "{p}"])?;
    let found: Vec<_> = tree.lines().filter_map(name_of).filter(|name| NOT_IN_CORE.contains(name)).collect();
    if found.is_empty() { Ok(()) } else { Err(format!("driveever-core depends on {}", found.join(", "))) }
}

/// Fails when core, or core with the in-memory store, pulls in more crates than it may.
fn check_size() -> Outcome {
    for (package, limit) in LIGHT {
        let tree = tree(&["--package", package, "--edges", "normal,build", "--format", "{p}"])?;
        let crates: BTreeSet<_> =
            tree.lines().filter_map(name_of).filter(|name| !name.starts_with("driveever")).collect();
        println!("{package}: {} crates, at most {limit}", crates.len());
        if crates.len() > limit {
            return Err(format!("{package} pulls in {} crates instead of {limit}: {crates:?}", crates.len()));
        }
    }
    Ok(())
}

/// Fails when a crate that is shipped has doubles for tests in it.
fn check_doubles() -> Outcome {
    let tree = tree(&["--workspace", "--edges", "normal,build", "--format", "{p}"])?;
    let found = tree.lines().filter_map(name_of).any(|name| name.starts_with("mockall"));
    if found {
        Err("a shipped crate turns on the feature `mock`: cargo tree --invert mockall".to_owned())
    } else {
        Ok(())
    }
}

fn name_of(line: &str) -> Option<&str> {
    line.split(' ').next().filter(|name| !name.is_empty())
}

/// Fails when a banned crate is built for some platform with some features. The lock file would not do: it names crates
/// behind optional dependencies that nobody turns on.
pub(crate) fn check_banned() -> Outcome {
    let tree =
        tree(&["--workspace", "--all-features", "--target", "all", "--edges", "normal,build", "--format", "{p}"])?;
    let names: BTreeSet<_> = tree.lines().filter_map(name_of).collect();
    let found: Vec<_> = BANNED.iter().filter(|name| names.contains(**name)).copied().collect();
    if found.is_empty() { Ok(()) } else { Err(format!("banned crates: {}", found.join(", "))) }
}

/// Fails when a dependency that is built has a licence that is not allowed.
pub(crate) fn check_licences() -> Outcome {
    let tree = tree(&["--workspace", "--edges", "normal,build", "--format", "{p}\t{l}"])?;
    let refused: Vec<_> = tree
        .lines()
        .filter_map(|line| line.trim_end_matches(" (*)").split_once('\t'))
        .filter(|(_, licence)| !is_allowed(licence))
        .map(|(package, licence)| format!("{package}: {licence:?}"))
        .collect();
    if refused.is_empty() { Ok(()) } else { Err(format!("licences not allowed: {}", refused.join("; "))) }
}

fn is_allowed(expression: &str) -> bool {
    let plain = expression.replace(['(', ')'], "").replace('/', " OR ");
    plain.split(" OR ").any(|choice| choice.split(" AND ").all(|licence| LICENCES.contains(&licence.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licence_expressions_are_read() {
        for allowed in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0 OR MIT",
            "Apache-2.0 WITH LLVM-exception OR MIT",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
        ] {
            assert!(is_allowed(allowed), "{allowed}");
        }
        for refused in ["", "GPL-3.0", "MIT AND GPL-3.0"] {
            assert!(!is_allowed(refused), "{refused}");
        }
    }
}
