//! Commands on the store.

use driveever::core::analytics::RebuildMode;
use serde_json::json;

use super::{CommandError, open, output};
use crate::{cli::Settings, config::StoreConfig};

/// Opening brings the store to this version's form.
pub(super) async fn migrate(settings: Settings) -> Result<(), CommandError> {
    let (config, wired) = open(&settings).await?;
    wired.close().await;
    match config.store {
        StoreConfig::Sqlite(path) => output::line(format_args!("{} has this version's form", path.display()))?,
        StoreConfig::Memory => output::line("a store in memory has no form to bring up to date")?,
    }
    Ok(())
}

pub(super) async fn seed(settings: Settings, json: bool) -> Result<(), CommandError> {
    let (_, wired) = open(&settings).await?;
    let report = wired.app.prepare().await?;
    wired.close().await;
    let object = json!({
        "created": report.created.len(),
        "updated": report.updated.len(),
        "unchanged": report.unchanged.len(),
        "kept": report.kept.len(),
    });
    let words = format!(
        "golden library: {} created, {} updated, {} unchanged, {} kept as editors left them",
        object["created"], object["updated"], object["unchanged"], object["kept"]
    );
    output::either(json, &object, words)?;
    Ok(())
}

pub(super) async fn rebuild_analytics(settings: Settings, compare: bool, json: bool) -> Result<(), CommandError> {
    let (_, wired) = open(&settings).await?;
    let mode = if compare { RebuildMode::Compare } else { RebuildMode::Replace };
    wired.app.settle().await?;
    let report = wired.app.projections().rebuild(wired.app.log().as_ref(), mode).await?;
    wired.close().await;
    let object = json!({ "events": report.events, "rows": report.rows, "differing": report.differing });
    let words = format!("{} events, {} rows, {} differing", report.events, report.rows, report.differing);
    output::either(json, &object, words)?;
    if compare && report.differing > 0 {
        return Err(CommandError::Other(format!("{} rows differ from the event logs", report.differing)));
    }
    Ok(())
}
