//! `check`: whether a server with this configuration could start. It makes nothing and changes nothing.

use serde_json::json;

use super::{CommandError, config_of, output};
use crate::{
    cli::Settings,
    wiring::{Found, look},
};

pub(super) async fn check(settings: Settings, json: bool) -> Result<(), CommandError> {
    let config = config_of(&settings)?;
    let found = look(&config).await?;
    let mut warnings = config.warnings.clone();
    if !config.demo && config.vehicles_dir.is_none() && config.registers.is_none() {
        warnings.push(
            "vehicle records: none configured; set what the DVLA and the DVSA issued, vehicles_dir, or demo for the demonstration vehicles".to_owned(),
        );
    }
    if !config.rate_limit {
        warnings.push("rate_limit: off, which is for load tests only".to_owned());
    }
    let store = words_of(&found);
    let object = json!({ "configuration": "fine", "store": store, "warnings": warnings });
    let mut words = format!("configuration: fine\nstore: {store}");
    for warning in &warnings {
        words.push_str("\nwarning: ");
        words.push_str(warning);
    }
    output::either(json, &object, words)?;
    Ok(())
}

fn words_of(found: &Found) -> String {
    match found {
        Found::Memory => "in memory: nothing survives the process".to_owned(),
        Found::NoDatabase { path, key_is_there: false } => {
            format!("{} is not there yet; the server makes it when it starts", path.display())
        }
        Found::NoDatabase { path, key_is_there: true } => format!(
            "{} is not there, though a master key is: the server begins a new one; if there was one, put it back first",
            path.display()
        ),
        Found::Database { path, form } if form.version < form.latest => format!(
            "{} answers; it has form {} and will be brought to form {} by migrate or serve",
            path.display(),
            form.version,
            form.latest
        ),
        Found::Database { path, .. } => format!("{} answers", path.display()),
    }
}
