//! The running server against its own OpenAPI document, by schemathesis with all checks.
//!
//! Once as an admin and once as a user, each on a fresh server with a fresh store; then the few operations that end the
//! session which the others need, on a server of their own. `xtask/contract/` has what schemathesis is told.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::{Outcome, cargo, python};

const FOLDER: &str = "target/contract";
const TOLD: &str = "xtask/contract";
const PASSWORD: &str = "seven lanterns over the ford";
const ADMIN: &str = "admin@example.org";

/// Operations after which the session is over; schemathesis takes regular expressions.
const ENDING: &str = "^(delete_own_user|delete_own_session|delete_session)$";

/// Who calls, in which part of the run.
struct Part {
    name: &'static str,
    email: &'static str,
    /// Whether it is the part of the operations that end sessions.
    ends: bool,
}

const PARTS: [Part; 3] = [
    Part { name: "admin", email: ADMIN, ends: false },
    Part { name: "user", email: "user@example.org", ends: false },
    Part { name: "leaving", email: "leaving@example.org", ends: true },
];

/// How long and how it is run.
struct Plan {
    seconds: u32,
    seed: String,
}

impl Plan {
    fn of(arguments: &[String]) -> Result<Self, String> {
        let mut plan = Self { seconds: 45, seed: "1".to_owned() };
        let mut rest = arguments.iter();
        while let Some(name) = rest.next() {
            let value = rest.next().ok_or_else(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--seconds" => plan.seconds = value.parse().map_err(|_| format!("--seconds {value}: no number"))?,
                "--seed" => plan.seed.clone_from(value),
                _ => return Err(format!("no such argument: {name}; there are --seconds N (each caller) and --seed N")),
            }
        }
        Ok(plan)
    }
}

/// Runs it; `--seconds` is the time of each caller.
pub(crate) fn check(arguments: &[String]) -> Outcome {
    let plan = Plan::of(arguments)?;
    let tools = python::environment(Path::new(FOLDER), Path::new(TOLD))?;
    cargo(["build", "--package", "driveever-server", "--all-features"])?;
    for part in PARTS {
        let mut server = Server::start(part.name)?;
        let token = session(&tools, "", ["open", &server.address, part.email, PASSWORD])?;
        schemathesis(&tools, &server, &token, &part, &plan).map_err(|error| format!("as {}: {error}", part.name))?;
        server.is_alive()?;
        // A session that ended half-way would have made the rest a walk along closed doors.
        if !part.ends {
            session(&tools, &token, ["check", &server.address])?;
        }
    }
    Ok(())
}

/// A server of its own, gone when this is dropped.
struct Server {
    process: Child,
    address: String,
    log: PathBuf,
}

impl Server {
    fn start(name: &str) -> Result<Self, String> {
        let folder = Path::new(FOLDER).join(name);
        let gone = |error: std::io::Error| format!("{}: {error}", folder.display());
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(gone)?;
        }
        fs::create_dir_all(&folder).map_err(gone)?;
        let log = folder.join("server.log");
        let mut command = Command::new(server_program());
        command
            .args(["serve", "--demo", "--host", "127.0.0.1", "--port", "0", "--data-dir"])
            .arg(&folder)
            .envs([
                ("DRIVEEVER_ADMIN_EMAIL", ADMIN),
                ("DRIVEEVER_ADMIN_PASSWORD", PASSWORD),
                ("DRIVEEVER_RATE_LIMIT", "off"),
                ("DRIVEEVER_ACCESS_TOKEN_LIFE", "86400"),
                ("DRIVEEVER_LOG", "warn"),
            ])
            .env_remove("DATABASE_URL")
            .stdout(Stdio::piped())
            .stderr(fs::File::create(&log).map_err(gone)?);
        let mut process = command.spawn().map_err(|error| format!("{command:?} could not start: {error}"))?;
        let output = process.stdout.take().ok_or("the server's output is not there")?;
        let mut server = Self { process, address: String::new(), log };
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(address) = line.split_whitespace().find(|word| word.starts_with("http://")) {
                address.clone_into(&mut server.address);
                return Ok(server);
            }
        }
        Err(format!("the server did not start; see {}", server.log.display()))
    }

    fn is_alive(&mut self) -> Outcome {
        match self.process.try_wait() {
            Ok(None) => Ok(()),
            ended => Err(format!("the server ended ({ended:?}); see {}", self.log.display())),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn server_program() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    target.join("debug").join(format!("driveever-server{}", env::consts::EXE_SUFFIX))
}

/// What `session.py` says to these arguments.
fn session<const N: usize>(tools: &Path, token: &str, arguments: [&str; N]) -> Result<String, String> {
    let mut command = Command::new(tools.join("python"));
    command.arg(Path::new(TOLD).join("session.py")).args(arguments).env("CONTRACT_TOKEN", token);
    let output = command.output().map_err(|error| format!("{command:?} could not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("the session: {}", String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).map(|text| text.trim().to_owned()).map_err(|error| error.to_string())
}

fn schemathesis(tools: &Path, server: &Server, token: &str, part: &Part, plan: &Plan) -> Outcome {
    let whole = |path: &Path| fs::canonicalize(path).map_err(|error| format!("{}: {error}", path.display()));
    let (tools, told) = (whole(tools)?, whole(Path::new(TOLD))?);
    let seconds = if part.ends { plan.seconds.min(20) } else { plan.seconds };
    let mut command = Command::new(tools.join("schemathesis"));
    command
        .current_dir(FOLDER)
        .arg("--config-file")
        .arg(told.join("schemathesis.toml"))
        .args(["run", &format!("{}/openapi.json", server.address)])
        .args(["--checks", "all", "--seed", &plan.seed, "--max-time", &seconds.to_string(), "--no-color"])
        .args([if part.ends { "--include-operation-id-regex" } else { "--exclude-operation-id-regex" }, ENDING])
        .args(["--generation-database", "none", "--report", "junit", "--report-dir", part.name]);
    // Said before the token is part of it.
    println!("+ {command:?}");
    command.env("PYTHONPATH", told).env("PYTHONDONTWRITEBYTECODE", "1").env("CONTRACT_TOKEN", token);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("schemathesis: {status}")),
        Err(error) => Err(format!("schemathesis could not start: {error}")),
    }
}
