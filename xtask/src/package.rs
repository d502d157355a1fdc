//! What goes to crates.io: that every package can be made, and holds what it needs and no more.
//!
//! Cargo's own verification compiles every package with all its dependencies from nothing, which takes minutes; that is for a
//! release (`cargo package` without `--no-verify`). Here the files that sources include are looked for in each package's list,
//! which is what goes wrong between releases.

use std::{collections::BTreeSet, fs, path::Path};

use crate::{Outcome, cargo, cargo_command};

/// The packages and their folders, in the order in which they can be published.
const PACKAGES: [(&str, &str); 9] = [
    ("driveever-core", "driveever-core"),
    ("driveever-memory", "driveever-memory"),
    ("driveever-testkit", "driveever-testkit"),
    ("driveever-auth", "driveever-auth"),
    ("driveever-doubles", "driveever-doubles"),
    ("driveever-providers", "driveever-providers"),
    ("driveever-sqlite", "driveever-sqlite"),
    ("driveever", "."),
    ("driveever-server", "driveever-server"),
];

/// What every package has.
const NEEDED: [&str; 4] = ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];
/// Files that whoever builds a crate has no use for.
const NEEDLESS: [&str; 3] = [".github/", ".ci/", "target/"];
/// The largest package, unpacked; crates.io takes 10 MB packed.
const MAX_BYTES: u64 = 4_500_000;

/// Makes every package and looks at what is in it.
pub(crate) fn check() -> Outcome {
    let names = PACKAGES.iter().flat_map(|(name, _)| ["--package", name]);
    cargo(["package", "--no-verify", "--allow-dirty", "--quiet"].into_iter().chain(names))?;
    PACKAGES.iter().try_for_each(|(name, folder)| check_files(name, Path::new(folder)))
}

fn check_files(name: &str, folder: &Path) -> Outcome {
    let mut command = cargo_command(["package", "--list", "--allow-dirty", "--package", name]);
    let output = command.output().map_err(|error| format!("{command:?} could not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let listed = String::from_utf8_lossy(&output.stdout);
    let files: BTreeSet<&str> = listed.lines().collect();
    let mut missing: Vec<String> =
        NEEDED.iter().filter(|file| !files.contains(*file)).map(ToString::to_string).collect();
    let mut bytes = 0;
    for file in &files {
        // What cargo makes itself is not in the folder.
        let Ok(content) = fs::read(folder.join(file)) else { continue };
        bytes += content.len() as u64;
        if file.starts_with("src/") && Path::new(file).extension().is_some_and(|extension| extension == "rs") {
            let included = included(file, &String::from_utf8_lossy(&content));
            missing.extend(included.into_iter().filter(|path| !files.contains(path.as_str())));
        }
    }
    let needless: Vec<_> = files.iter().filter(|file| NEEDLESS.iter().any(|prefix| file.starts_with(prefix))).collect();
    println!("{name}: {} files, {} kB", files.len(), bytes / 1_000);
    if missing.is_empty() && needless.is_empty() && bytes <= MAX_BYTES {
        return Ok(());
    }
    Err(format!("{name}: missing {missing:?}, needless {needless:?}, {bytes} bytes of at most {MAX_BYTES}"))
}

/// The files that a source includes by a literal path, from the package's root.
fn included(source: &str, text: &str) -> Vec<String> {
    let calls = ["include_str!(\"", "include_bytes!(\""].into_iter().flat_map(|call| text.split(call).skip(1));
    let literals = calls.filter_map(|rest| rest.split_once('"')).map(|(path, _)| path);
    literals.map(|path| resolve(source, path)).collect()
}

fn resolve(source: &str, path: &str) -> String {
    let mut parts: Vec<&str> = source.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn included_files_are_found() {
        let text = r#"const A: &str = include_str!("../data/a.txt"); const B: &[u8] = include_bytes!("b.bin");"#;
        assert_eq!(included("src/x/mod.rs", text), ["src/data/a.txt", "src/x/b.bin"]);
        assert!(included("src/lib.rs", r#"include_str!(concat!("../", $name))"#).is_empty());
    }
}
