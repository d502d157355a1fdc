//! The server under load, and what it costs.

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use tokio::process::{Child, Command};

use crate::{
    Fault,
    driver::{Call, Http},
};

/// A started server.
pub(crate) struct Server {
    child: Child,
    pub(crate) http: Http,
    /// From start to healthy.
    pub(crate) startup: Duration,
}

/// What a process has used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// User and system processor time.
    pub(crate) cpu: Duration,
    /// Resident memory in bytes.
    pub(crate) memory: u64,
}

impl Server {
    /// Starts a program and waits until `health` answers 200.
    pub(crate) async fn start(mut command: Command, port: u16, health: &str) -> Result<Self, Fault> {
        let began = Instant::now();
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn()?;
        let http = Http::new(format!("http://127.0.0.1:{port}"));
        let call = Call { method: "GET", path: health.to_owned(), token: None, body: None };
        loop {
            if http.send(&call).await.is_ok_and(|(status, _)| status < 500) {
                return Ok(Self { child, http, startup: began.elapsed() });
            }
            if began.elapsed() > Duration::from_secs(30) {
                return Err("the server was not healthy within 30 s".into());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// What it has used so far (Linux: `/proc/PID/stat` and `statm`).
    pub(crate) fn usage(&self) -> Result<Usage, Fault> {
        let pid = self.child.id().ok_or("the server is not running")?;
        let process = Path::new("/proc").join(pid.to_string());
        let stat = std::fs::read_to_string(process.join("stat"))?;
        // The command's name may hold spaces; fields are counted after its closing bracket.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
        let statm = std::fs::read_to_string(process.join("statm"))?;
        let pages: u64 = statm.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
        // utime and stime in hundredths of a second, memory in pages of 4 KiB: Linux on x86-64 and aarch64.
        Ok(Usage { cpu: Duration::from_millis((ticks(11) + ticks(12)) * 10), memory: pages * 4096 })
    }

    pub(crate) async fn stop(mut self) -> Result<(), Fault> {
        self.child.kill().await?;
        Ok(())
    }
}

/// A port that is free now.
pub(crate) fn free_port() -> Result<u16, Fault> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
