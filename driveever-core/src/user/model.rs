//! Users.

use crate::{entity, entity::Context, id::Id, request::Roles, time::Timestamp};

/// The user service's tables.
#[derive(Debug)]
pub struct UserContext;
impl Context for UserContext {
    const NAME: &'static str = "user";
}

/// A user's id.
pub type UserId = Id<User>;

entity! {
    /// Somebody with an account.
    #[derive(PartialEq)]
    pub struct User in UserContext as versioned "user" in "user_users" {
        unique [["email"]], lookup [], search [],
    } {
        /// E-mail address, in lower case.
        pub email: String => EMAIL,
        /// What they are called.
        pub name: String => NAME,
        /// What they may do.
        pub roles: Roles => ROLES,
        /// When the account was made.
        pub created_at: Timestamp => CREATED_AT,
        /// When it was last changed.
        pub updated_at: Timestamp => UPDATED_AT,
    }
}
