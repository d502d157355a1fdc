//! The vehicles that ship with DriveEver, so that it can be tried without access to any register.
//!
//! They are invented: makes and models do not exist, and a mark that is also a real vehicle's is chance. `data/vehicles/README.md`
//! says what each shows. Every record that comes from here is labelled as demonstration data. To add one, add its two files
//! there, a row here and a row to the table of the tests.

use std::sync::Arc;

use async_trait::async_trait;
use driveever_core::{
    time::Clock,
    vehicle::{
        record::VehicleRecord,
        registration::Registration,
        source::{Freshness, SourceError, VehicleDataSource},
        wire::WireLimits,
    },
};

use super::{Bodies, Body};

/// The answers of both services for one vehicle.
struct Vehicle {
    mark: &'static str,
    ves: &'static str,
    dvsa: &'static str,
}

macro_rules! vehicle {
    ($mark:literal) => {
        Vehicle {
            mark: $mark,
            ves: include_str!(concat!("../../data/vehicles/", $mark, ".ves.json")),
            dvsa: include_str!(concat!("../../data/vehicles/", $mark, ".dvsa.json")),
        }
    };
}

/// Sorted by mark.
static VEHICLES: [Vehicle; 32] = [
    vehicle!("AA19DSL"),
    vehicle!("AA19EEE"),
    vehicle!("AA19MOT"),
    vehicle!("AA19PPP"),
    vehicle!("AA19SRN"),
    vehicle!("AB08GAS"),
    vehicle!("AB11DGT"),
    vehicle!("AB12NVS"),
    vehicle!("AB13DDM"),
    vehicle!("AB14EXP"),
    vehicle!("AB15RCL"),
    vehicle!("AB16KMS"),
    vehicle!("AB16XPT"),
    vehicle!("AB17DGR"),
    vehicle!("AB18CNF"),
    vehicle!("AB20DUE"),
    vehicle!("AB21TAX"),
    vehicle!("AB22HYB"),
    vehicle!("AB22MTR"),
    vehicle!("AB23EVN"),
    vehicle!("AB23FST"),
    vehicle!("AB64CLK"),
    vehicle!("AB70NDV"),
    vehicle!("ABZ4417"),
    vehicle!("ER19MNT"),
    vehicle!("ER19NFD"),
    vehicle!("KLM214C"),
    vehicle!("L2WPS"),
    vehicle!("LK76NEW"),
    vehicle!("Q412KTX"),
    vehicle!("R207MPT"),
    vehicle!("WPS204"),
];

/// The vehicles that ship with DriveEver. A registration that is not among them is unknown, and no
/// demonstration.
#[derive(Clone)]
pub struct DemonstrationVehicles {
    clock: Arc<dyn Clock>,
}

impl DemonstrationVehicles {
    /// The name under which answers, logs and metrics speak of it.
    pub const NAME: &'static str = "demonstration";

    /// The set; `clock` gives the day that MOT states are worked out for.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }

    /// The marks in the set, normalised and in order.
    pub fn marks() -> impl Iterator<Item = &'static str> {
        VEHICLES.iter().map(|vehicle| vehicle.mark)
    }
}

#[async_trait]
impl VehicleDataSource for DemonstrationVehicles {
    fn name(&self) -> &str {
        Self::NAME
    }

    async fn lookup(&self, registration: &Registration, _: Freshness) -> Result<VehicleRecord, SourceError> {
        let found = VEHICLES.binary_search_by(|vehicle| vehicle.mark.cmp(registration.as_str()));
        let vehicle = found.ok().and_then(|at| VEHICLES.get(at));
        let bodies = match vehicle {
            Some(vehicle) => Bodies {
                ves: Body::Read(vehicle.ves.as_bytes().into()),
                dvsa: Body::Read(vehicle.dvsa.as_bytes().into()),
            },
            None => Bodies { ves: Body::Missing, dvsa: Body::Missing },
        };
        bodies.into_record(registration, self.clock.as_ref(), &WireLimits::default(), Self::NAME, vehicle.is_some())
    }
}
