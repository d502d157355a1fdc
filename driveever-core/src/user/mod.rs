//! Users, sessions and access tokens.

mod model;
mod personal;
mod service;

pub use model::{User, UserContext, UserId};
pub use personal::PersonalData;
pub use service::UserService;
