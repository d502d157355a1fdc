//! What an operator may set.

use std::time::Duration;

use super::{limiter::AttemptLimits, password::PasswordRules};

/// Who issues access tokens, for whom, and how far clocks may differ: what issuer and verifier agree on.
#[derive(Debug, Clone)]
pub struct TokenOptions {
    /// `iss`: who issues them.
    pub issuer: String,
    /// `aud`: whom they are for.
    pub audience: String,
    /// `client_id`: the client that they are issued to, as RFC 9068 demands one.
    pub client_id: String,
    /// How long one is valid. A token that was taken back is known as such for at least as long.
    pub life: Duration,
    /// How far the clocks of issuer and verifier may be apart.
    pub skew: Duration,
    /// After which time a new key signs.
    pub key_rotation: Duration,
    /// How long a verifier may keep the published keys; a new key is published that long before it signs.
    pub key_cache: Duration,
}

impl Default for TokenOptions {
    /// 10 minutes, clocks a minute apart, a new key every 90 days that is published an hour before.
    fn default() -> Self {
        Self {
            issuer: "driveever".to_owned(),
            audience: "driveever".to_owned(),
            client_id: "driveever".to_owned(),
            life: Duration::from_mins(10),
            skew: Duration::from_mins(1),
            key_rotation: Duration::from_hours(90 * 24),
            key_cache: Duration::from_hours(1),
        }
    }
}

/// Options of accounts and sessions.
#[derive(Debug, Clone)]
pub struct UserOptions {
    /// Access tokens.
    pub tokens: TokenOptions,
    /// A session ends when it was not refreshed for so long.
    pub session_idle: Duration,
    /// A session ends after so long in any case.
    pub session_life: Duration,
    /// At most so many sessions a user; a further log-in ends the one unused for longest.
    pub max_sessions: u32,
    /// New passwords.
    pub passwords: PasswordRules,
    /// Attempts.
    pub attempts: AttemptLimits,
    /// The longest name, in characters.
    pub max_name: usize,
}

impl Default for UserOptions {
    /// Sessions of 14 days without use and 90 days in all, 50 of them a user, names of 100 characters.
    fn default() -> Self {
        Self {
            tokens: TokenOptions::default(),
            session_idle: Duration::from_hours(14 * 24),
            session_life: Duration::from_hours(90 * 24),
            max_sessions: 50,
            passwords: PasswordRules::default(),
            attempts: AttemptLimits::default(),
            max_name: 100,
        }
    }
}
