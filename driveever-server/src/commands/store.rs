//! Commands on the store.

use driveever::core::analytics::RebuildMode;

use super::{CommandError, open};
use crate::cli::Settings;

/// Opening brings the store to this version's form.
pub(super) async fn migrate(settings: Settings) -> Result<(), CommandError> {
    let (config, wired) = open(&settings).await?;
    wired.close().await;
    println!("{:?} has this version's form", config.store);
    Ok(())
}

pub(super) async fn seed(settings: Settings) -> Result<(), CommandError> {
    let (_, wired) = open(&settings).await?;
    let report = wired.app.prepare().await?;
    wired.close().await;
    println!(
        "golden library: {} created, {} updated, {} unchanged, {} kept as editors left them",
        report.created.len(),
        report.updated.len(),
        report.unchanged.len(),
        report.kept.len()
    );
    Ok(())
}

pub(super) async fn rebuild_analytics(settings: Settings, compare: bool) -> Result<(), CommandError> {
    let (_, wired) = open(&settings).await?;
    let mode = if compare { RebuildMode::Compare } else { RebuildMode::Replace };
    wired.app.settle().await?;
    let report = wired.app.projections().rebuild(wired.app.log().as_ref(), mode).await?;
    wired.close().await;
    println!("{} events, {} rows, {} differing", report.events, report.rows, report.differing);
    if compare && report.differing > 0 {
        return Err(CommandError::Other(format!("{} rows differ from the event logs", report.differing)));
    }
    Ok(())
}

pub(super) async fn check(settings: Settings) -> Result<(), CommandError> {
    let (config, wired) = open(&settings).await?;
    wired.check_store().await?;
    wired.close().await;
    println!("configuration: fine\nstore: {:?} answers", config.store);
    if !config.demo && config.vehicles_dir.is_none() {
        println!("vehicle records: none configured; set vehicles_dir, or demo for the demonstration vehicles");
    }
    Ok(())
}
