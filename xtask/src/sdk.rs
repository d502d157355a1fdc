//! The providers' own clients against the doubles: a double that they do not accept is none.

use std::{
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use crate::{Outcome, cargo, python, run};

const FOLDER: &str = "target/sdk";
const TOLD: &str = "xtask/sdk";

/// Starts the double as a program, and lets `check.py` ask it by the clients in `requirements.txt`.
pub(crate) fn check() -> Outcome {
    let tools = python::environment(Path::new(FOLDER), Path::new(TOLD))?;
    cargo(["build", "--package", "driveever-doubles", "--example", "provider_doubles"])?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), std::path::PathBuf::from);
    let program = target.join("debug/examples").join(format!("provider_doubles{}", env::consts::EXE_SUFFIX));
    let mut command = Command::new(program);
    command.arg("127.0.0.1:0").stdout(Stdio::piped());
    let mut double = command.spawn().map_err(|error| format!("{command:?} could not start: {error}"))?;
    let checked =
        double.stdout.take().ok_or_else(|| "the double's output is not there".to_owned()).and_then(|output| {
            // Kept until the end: the double says more, and has nobody to say it to when this is gone.
            let mut lines = BufReader::new(output).lines().map_while(Result::ok);
            let first = lines.next().unwrap_or_default();
            let address = first.split_once('=').and_then(|(_, base)| base.strip_suffix("/openai/v1"));
            let address = address.ok_or_else(|| format!("the double did not say where it listens: {first}"))?;
            // A proxy of this machine's has no business between the two.
            run(Command::new(tools.join("python")).args([&format!("{TOLD}/check.py"), address]).envs([
                ("NO_PROXY", "127.0.0.1"),
                ("no_proxy", "127.0.0.1"),
                ("PYTHONDONTWRITEBYTECODE", "1"),
            ]))
        });
    // It may have ended already.
    let _ = double.kill();
    let _ = double.wait();
    checked
}
