//! One record from what the two services were heard to say, whether over the network or from files.

use driveever_core::{
    time::{Timestamp, london_day},
    vehicle::{
        merge::{Answer, Reading, merge},
        record::VehicleRecord,
        registration::Registration,
        source::SourceError,
        wire::{DvsaVehicle, VesVehicle},
    },
};

/// What one service said of a vehicle, and when; nothing where it does not know it.
pub(crate) struct Heard<T> {
    pub(crate) at: Timestamp,
    pub(crate) said: Result<Option<T>, SourceError>,
}

impl<T> Heard<T> {
    /// The reading for the record, and why there is none.
    fn reading(self) -> (Reading<T>, Option<SourceError>) {
        let (answer, fault) = match self.said {
            Ok(Some(vehicle)) => (Answer::Found(vehicle), None),
            Ok(None) => (Answer::NotFound, None),
            Err(fault) => (Answer::Failed, Some(fault)),
        };
        (Reading { fetched_at: self.at, answer }, fault)
    }
}

/// The merged record, unless no service that was asked said anything. Absent: the service was not asked.
pub(crate) fn record(
    source: &str,
    registration: &Registration,
    ves: Option<Heard<VesVehicle>>,
    dvsa: Option<Heard<DvsaVehicle>>,
    demonstration: bool,
) -> Result<VehicleRecord, SourceError> {
    let asked = usize::from(ves.is_some()) + usize::from(dvsa.is_some());
    let at = ves.as_ref().map(|heard| heard.at).max(dvsa.as_ref().map(|heard| heard.at));
    let (ves, ves_fault) = ves.map(Heard::reading).unzip();
    let (dvsa, dvsa_fault) = dvsa.map(Heard::reading).unzip();
    let faults = [("dvla", ves_fault.flatten()), ("dvsa", dvsa_fault.flatten())];
    let mut faults: Vec<(&str, SourceError)> =
        faults.into_iter().filter_map(|(service, fault)| Some((service, fault?))).collect();
    for (service, fault) in &faults {
        let registration = registration.masked();
        if matches!(fault, SourceError::Misconfigured { .. }) {
            tracing::error!(source, service, registration, %fault, "a vehicle service refuses access");
        } else {
            tracing::warn!(source, service, registration, %fault, "a vehicle service gave no answer");
        }
    }
    match (at, faults.len() == asked) {
        (Some(at), false) => Ok(merge(registration, ves, dvsa, london_day(at), demonstration)),
        _ if faults.is_empty() => Err(SourceError::Misconfigured { detail: "no service is configured".to_owned() }),
        _ => Err(faults.swap_remove(0).1),
    }
}
