//! Users, sessions and access tokens.

mod email;
mod limiter;
mod model;
mod password;
mod personal;
mod secret;
mod service;

pub use email::{EmailAddress, ParseEmailError};
pub use limiter::{AttemptLimiter, AttemptLimits, Bucket, BucketKey, MemoryAttemptLimiter, Quota, client_network};
pub use model::{User, UserContext, UserId};
pub use password::{LengthError, PasswordRules};
pub use personal::PersonalData;
pub use secret::{PasswordHash, SealedKey, TokenHash};
pub use service::UserService;
