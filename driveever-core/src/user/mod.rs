//! Users, sessions and access tokens.

mod model;

pub use model::{User, UserContext, UserId};
