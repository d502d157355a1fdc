//! The registers of vehicles: the DVLA's Vehicle Enquiry Service and the DVSA's MOT history service.
//!
//! Each is asked when what its keeper issued is set, all of it.

use std::num::NonZeroU32;

use driveever::providers::registers::{DvlaSettings, DvsaSettings, Pace, RegisterSettings};

use super::Sources;

/// What the DVSA issues, all of which it wants.
const DVSA: [&str; 4] = ["dvsa_api_key", "dvsa_client_id", "dvsa_client_secret", "dvsa_token_url"];

/// The services that are set; none of them is none.
pub(super) fn read(sources: &mut Sources) -> Option<RegisterSettings> {
    let settings = RegisterSettings { dvla: dvla(sources), dvsa: dvsa(sources), ..RegisterSettings::default() };
    (settings.dvla.is_some() || settings.dvsa.is_some()).then_some(settings)
}

/// What is set and goes unasked, or is missing beside what is set, in words for an operator.
pub(super) fn warnings(registers: Option<&RegisterSettings>, others: &[(&str, bool)]) -> Vec<String> {
    let Some(registers) = registers else { return Vec::new() };
    if let Some((name, _)) = others.iter().find(|(_, on)| *on) {
        return vec![format!("vehicle records come from {name}; the DVLA and the DVSA are not asked")];
    }
    match (&registers.dvla, &registers.dvsa) {
        (Some(_), None) => {
            vec![
                "the DVSA is not asked: no MOT history, models or recalls; it takes DVSA_API_KEY and its like"
                    .to_owned(),
            ]
        }
        (None, Some(_)) => vec!["the DVLA is not asked: no tax; it takes DVLA_API_KEY".to_owned()],
        _ => Vec::new(),
    }
}

fn dvla(sources: &mut Sources) -> Option<DvlaSettings> {
    let (key, base_url) = (sources.secret("dvla_api_key"), sources.text("dvla_base_url"));
    let default = DvlaSettings::new(String::new().into()).pace;
    let pace = pace(sources, "dvla", default);
    let Some(key) = key else {
        if base_url.is_some() {
            sources.refuse("dvla_base_url", "an address beside a key: set DVLA_API_KEY too");
        }
        return None;
    };
    let base_url = base_url.unwrap_or_else(|| DvlaSettings::BASE_URL.to_owned());
    Some(DvlaSettings { base_url, pace, ..DvlaSettings::new(key) })
}

fn dvsa(sources: &mut Sources) -> Option<DvsaSettings> {
    let issued = DVSA.map(|key| sources.secret(key));
    let (base_url, scope) = (sources.text("dvsa_base_url"), sources.text("dvsa_scope"));
    let default = DvsaSettings::new(String::new().into(), "", String::new().into(), String::new().into()).pace;
    let pace = pace(sources, "dvsa", default);
    let missing: Vec<String> =
        DVSA.iter().zip(&issued).filter(|(_, set)| set.is_none()).map(|(key, _)| key.to_uppercase()).collect();
    let [Some(key), Some(client_id), Some(client_secret), Some(token_url)] = issued else {
        let set = DVSA.iter().chain(&["dvsa_base_url", "dvsa_scope"]).find(|key| sources.was_set(key));
        if let Some(set) = set {
            sources.refuse(set, &format!("effect with all that the DVSA issued: set {} too", missing.join(", ")));
        }
        return None;
    };
    let token_url = secrecy::ExposeSecret::expose_secret(&token_url).to_owned();
    Some(DvsaSettings {
        base_url: base_url.unwrap_or_else(|| DvsaSettings::BASE_URL.to_owned()),
        scope: scope.unwrap_or_else(|| DvsaSettings::SCOPE.to_owned()),
        pace,
        ..DvsaSettings::new(key, token_url, client_id, client_secret)
    })
}

fn pace(sources: &mut Sources, service: &str, default: Pace) -> Pace {
    let mut number = |key: &str, default: NonZeroU32| {
        let number = sources.bounded(&format!("{service}_{key}"), "requests", 1, 10_000, u64::from(default.get()));
        u32::try_from(number).ok().and_then(NonZeroU32::new).unwrap_or(default)
    };
    let (per_second, burst) = (number("per_second", default.per_second), number("burst", default.burst));
    let per_day =
        default.per_day.map(|most| sources.bounded(&format!("{service}_per_day"), "requests", 1, 1_000_000_000, most));
    Pace { per_second, burst, per_day }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, ConfigError};

    fn read(environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let mut sources = Sources::default();
        sources.environment(environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Config::read(sources)
    }

    const ISSUED: [(&str, &str); 4] = [
        ("DVSA_API_KEY", "k3y"),
        ("DVSA_CLIENT_ID", "client-1"),
        ("DVSA_CLIENT_SECRET", "s3cret"),
        ("DVSA_TOKEN_URL", "https://login.example.org/t3nant/token"),
    ];

    #[test]
    fn what_was_issued_turns_a_service_on_and_never_shows() {
        assert!(read(&[]).unwrap().registers.is_none());
        let more =
            [("DVLA_API_KEY", "k3y"), ("DRIVEEVER_DVSA_PER_DAY", "1000"), ("DVSA_BASE_URL", "http://localhost:9")];
        let all: Vec<_> = ISSUED.into_iter().chain(more).collect();
        let config = read(&all).unwrap();
        let registers = config.registers.as_ref().unwrap();
        let (taxes, tests) = (registers.dvla.as_ref().unwrap(), registers.dvsa.as_ref().unwrap());
        assert_eq!((taxes.base_url.as_str(), tests.base_url.as_str()), (DvlaSettings::BASE_URL, "http://localhost:9"));
        assert_eq!((tests.pace.per_day, tests.pace.per_second.get()), (Some(1_000), 15));
        assert_eq!(config.warnings, Vec::<String>::new());
        let shown = format!("{config:?}");
        assert!(!shown.contains("k3y") && !shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn one_alone_and_one_unasked_are_said() {
        let warned = |environment: &[(&str, &str)]| read(environment).unwrap().warnings.join("\n");
        assert!(warned(&[("DVLA_API_KEY", "k3y")]).contains("no MOT history"));
        assert!(warned(&ISSUED).contains("no tax"));
        assert!(warned(&[("DVLA_API_KEY", "k3y"), ("DRIVEEVER_DEMO", "on")]).contains("come from demo"));
    }

    #[test]
    fn half_of_what_was_issued_is_refused_by_name() {
        let wrong = |environment: &[(&str, &str)]| read(environment).unwrap_err().to_string();
        let half = wrong(&[ISSUED[0], ISSUED[2]]);
        assert!(half.contains("DVSA_API_KEY has a value; it takes effect with all"), "{half}");
        assert!(half.contains("DVSA_CLIENT_ID, DVSA_TOKEN_URL too") && !half.contains("k3y"), "{half}");
        assert!(wrong(&[("DVSA_BASE_URL", "http://x")]).contains("set DVSA_API_KEY"));
        assert!(wrong(&[("DVLA_BASE_URL", "http://x")]).contains("set DVLA_API_KEY too"));
        assert!(
            wrong(&[("DVLA_API_KEY", "k"), ("DRIVEEVER_DVLA_PER_SECOND", "0")]).contains("DRIVEEVER_DVLA_PER_SECOND")
        );
    }
}
