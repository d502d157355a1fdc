//! One attempt at a secret: counted when it begins, given back when it succeeds.

use super::{
    limiter::{Bucket, BucketKey, Quota, client_network},
    model::UserId,
    service::Client,
    users::Users,
};
use crate::error::Error;

/// What is attempted.
#[derive(Debug, Clone, Copy)]
pub(super) enum AttemptKind<'a> {
    /// A log-in with this address, whether it has an account or not.
    Login(&'a str),
    /// A new account.
    Registration,
    /// A change of this user's password.
    PasswordChange(UserId),
}

impl AttemptKind<'_> {
    const fn what(self) -> &'static str {
        match self {
            Self::Login(_) => "attempts to log in",
            Self::Registration => "registrations",
            Self::PasswordChange(_) => "attempts to change the password",
        }
    }
}

/// An attempt that was counted.
pub(super) struct Attempt {
    buckets: Vec<Bucket>,
    pair: Option<BucketKey>,
}

impl Users {
    /// Counts an attempt, or says how long to wait.
    pub(super) async fn begin_attempt(&self, kind: AttemptKind<'_>, client: &Client) -> Result<Attempt, Error> {
        let limits = &self.options.attempts;
        let mut attempt = Attempt { buckets: Vec::new(), pair: None };
        if !limits.enabled {
            return Ok(attempt);
        }
        let network = client.address.map(client_network);
        let mut count = |scope: &str, parts: [&str; 2], quota: Quota| {
            let key = BucketKey::of(&[scope, parts[0], parts[1]]);
            attempt.buckets.push(Bucket { key, quota });
            key
        };
        match kind {
            AttemptKind::Login(email) => {
                if let Some(network) = &network {
                    let pair = count("login", [email, network], limits.account_and_address);
                    count("address", ["", network], limits.address);
                    if !self.ports.limiter.trusts(pair).await? {
                        count("account", [email, ""], limits.account);
                    }
                    attempt.pair = Some(pair);
                } else {
                    count("account", [email, ""], limits.account);
                }
            }
            AttemptKind::Registration => {
                if let Some(network) = &network {
                    count("registration", ["", network], limits.registrations);
                }
            }
            AttemptKind::PasswordChange(user) => {
                count("password", [&user.to_string(), ""], limits.password_changes);
            }
        }
        match self.ports.limiter.take(&attempt.buckets).await? {
            None => Ok(attempt),
            Some(retry_after) => Err(Error::RateLimited { what: kind.what(), retry_after }),
        }
    }

    /// Gives back an attempt that came to nothing.
    pub(super) async fn take_back(&self, attempt: &Attempt) -> Result<(), Error> {
        self.ports.limiter.give_back(&attempt.buckets).await
    }

    /// Gives a successful attempt back, and trusts its address with its account from now on.
    pub(super) async fn succeed(&self, attempt: &Attempt) -> Result<(), Error> {
        self.take_back(attempt).await?;
        if let Some(pair) = attempt.pair {
            self.ports.limiter.trust(pair, self.options.attempts.trust).await?;
        }
        Ok(())
    }
}
