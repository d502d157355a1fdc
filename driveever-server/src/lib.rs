//! DriveEver's server and command line: configuration, HTTP routes and wiring.
