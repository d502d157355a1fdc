//! DriveEver's cryptography: Argon2id password hashes, EdDSA access tokens and random secrets.
