//! Secrets from the system's randomness.

use aws_lc_rs::rand;
use driveever_core::{Error, user::SecretGenerator};

/// Fills `N` bytes with the system's cryptographic randomness.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| Error::internal("the system gives no random bytes"))?;
    Ok(bytes)
}

/// The system's cryptographic random number generator, as aws-lc seeds it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemSecrets;

impl SecretGenerator for SystemSecrets {
    fn bytes(&self) -> Result<[u8; 32], Error> {
        random()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_secrets_are_alike() {
        let secrets: std::collections::HashSet<_> = (0..1_000).map(|_| SystemSecrets.bytes().unwrap()).collect();
        assert_eq!(secrets.len(), 1_000);
    }
}
