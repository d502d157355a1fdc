//! Vehicle records from files in the JSON shapes of the DVLA and the DVSA: a folder of one's own ([`FileVehicleSource`]) and
//! the vehicles that ship with DriveEver ([`DemonstrationVehicles`]).
//!
//! A vehicle is two files named by its normalised mark: `AB19ABC.ves.json`, the body of a DVLA Vehicle Enquiry answer, and
//! `AB19ABC.dvsa.json`, the body of a DVSA MOT history answer. Either may be missing, which means that the service does not
//! know the vehicle, and either may hold the service's error, so that outages can be tried. A file that cannot be read or
//! understood costs that service's facts only. Records are merged as those of the services themselves are.

mod demonstration;

use std::{
    borrow::Cow,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
pub use demonstration::DemonstrationVehicles;
use driveever_core::{
    time::Clock,
    vehicle::{
        record::VehicleRecord,
        registration::Registration,
        source::{Freshness, SourceError, VehicleDataSource},
        wire::{Reply, WireError, WireLimits, parse_dvsa_within, parse_ves_within},
    },
};

use crate::heard::{self, Heard};

/// A folder of vehicle files. Files are read anew at each look-up, so that they can be changed while the server runs.
#[derive(Clone)]
pub struct FileVehicleSource {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    limits: WireLimits,
}

/// Why a folder cannot be a source.
#[derive(Debug, thiserror::Error)]
#[error("the vehicle folder {} cannot be used: {reason}; name a folder that this process may read", folder.display())]
pub struct OpenFolderError {
    /// The folder.
    pub folder: PathBuf,
    /// What is wrong.
    pub reason: io::Error,
}

impl FileVehicleSource {
    /// The name under which answers, logs and metrics speak of it.
    pub const NAME: &'static str = "files";

    /// A source over `folder`; `clock` gives the time of reading and the day that MOT states are worked out for.
    ///
    /// # Errors
    /// When it is not a folder or may not be read.
    pub fn open(folder: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Result<Self, OpenFolderError> {
        let folder = folder.into();
        match fs::read_dir(&folder) {
            Ok(_) => Ok(Self { folder, clock, limits: WireLimits::default() }),
            Err(reason) => Err(OpenFolderError { folder, reason }),
        }
    }

    /// With other bounds on a file's size and content.
    pub fn with_limits(self, limits: WireLimits) -> Self {
        Self { limits, ..self }
    }
}

#[async_trait]
impl VehicleDataSource for FileVehicleSource {
    fn name(&self) -> &str {
        Self::NAME
    }

    async fn lookup(&self, registration: &Registration, _: Freshness) -> Result<VehicleRecord, SourceError> {
        let (source, registration) = (self.clone(), registration.clone());
        // Disks block; an async worker must not.
        let work = tokio::task::spawn_blocking(move || {
            let read = |service| read_body(&source.folder, &registration, service, source.limits.max_bytes);
            let bodies = Bodies { ves: read("ves"), dvsa: read("dvsa") };
            bodies.into_record(&registration, source.clock.as_ref(), &source.limits, Self::NAME, false)
        });
        work.await.unwrap_or_else(|stopped| {
            Err(SourceError::Unavailable { detail: format!("reading the files was stopped: {stopped}") })
        })
    }
}

/// What is in the place of one service's answer.
enum Body {
    Missing,
    Read(Cow<'static, [u8]>),
    Unreadable(io::Error),
}

/// What is in the places of both services' answers.
struct Bodies {
    ves: Body,
    dvsa: Body,
}

impl Bodies {
    /// The merged record, unless neither file says anything.
    fn into_record(
        self,
        registration: &Registration,
        clock: &dyn Clock,
        limits: &WireLimits,
        source: &'static str,
        demonstration: bool,
    ) -> Result<VehicleRecord, SourceError> {
        let at = clock.now();
        let ves = Heard { at, said: self.ves.said(|bytes| parse_ves_within(bytes, limits)) };
        let dvsa = Heard { at, said: self.dvsa.said(|bytes| parse_dvsa_within(bytes, limits)) };
        heard::record(source, registration, Some(ves), Some(dvsa), demonstration)
    }
}

impl Body {
    /// What the service says in it.
    fn said<T>(self, parse: impl FnOnce(&[u8]) -> Result<Reply<T>, WireError>) -> Result<Option<T>, SourceError> {
        let unreadable = |detail| Err(SourceError::Unavailable { detail });
        match self {
            Self::Missing => Ok(None),
            Self::Unreadable(error) => unreadable(format!("a file cannot be read: {error}")),
            Self::Read(bytes) => match parse(&bytes) {
                Ok(Reply::Found(vehicle)) => Ok(Some(vehicle)),
                Ok(Reply::NotFound) => Ok(None),
                Ok(Reply::Fault(fault)) => Err(fault.into()),
                Err(error) => unreadable(error.to_string()),
            },
        }
    }
}

/// Reads the file of `service`, and at most one byte more than `max_bytes`, which tells that it is too large.
///
/// A [`Registration`] holds letters and digits only, so the name cannot lead out of the folder.
fn read_body(folder: &Path, registration: &Registration, service: &str, max_bytes: usize) -> Body {
    let path = folder.join(format!("{}.{service}.json", registration.as_str()));
    let read = || -> io::Result<Vec<u8>> {
        // Opening a pipe or device could wait for ever.
        if !fs::metadata(&path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
        }
        let mut bytes = Vec::new();
        let most = u64::try_from(max_bytes).unwrap_or(u64::MAX).saturating_add(1);
        File::open(&path)?.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    match read() {
        Ok(bytes) => Body::Read(bytes.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Body::Missing,
        Err(error) => Body::Unreadable(error),
    }
}

#[cfg(test)]
mod tests;
