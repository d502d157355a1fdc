//! Secrets as types: what they hold never shows in a debug print, a log line or an error.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::value::{Column, ColumnType, Value, ValueError};

macro_rules! hidden_text {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// From its text.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// Its text, for the port that made it.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(hidden)"))
            }
        }

        impl Column for $name {
            const TYPE: ColumnType = ColumnType::Text;

            fn to_value(&self) -> Value {
                Value::Text(self.0.clone())
            }

            fn from_value(value: Value) -> Result<Self, ValueError> {
                match value {
                    Value::Text(text) => Ok(Self(text)),
                    // Without the value, which an error would show.
                    _ => Err(ValueError::new(stringify!($name), "another kind of value")),
                }
            }
        }
    };
}

hidden_text! {
    /// A password's hash with its algorithm, parameters and salt, as the [`PasswordHasher`](super::PasswordHasher) wrote it
    /// (a PHC string).
    PasswordHash
}

hidden_text! {
    /// A private key, encrypted by the [`TokenSigner`](super::TokenSigner) under a key that is not in the store.
    SealedKey
}

hidden_text! {
    /// The SHA-256 of a refresh token in 64 hexadecimal digits. A plain hash is enough: the token has 256 random bits,
    /// which nobody can search.
    TokenHash
}

impl TokenHash {
    /// Of this token.
    ///
    /// ```
    /// use driveever_core::user::TokenHash;
    /// let hash = TokenHash::of("abc");
    /// assert!(hash.expose().starts_with("ba7816bf8f01cfea"));
    /// assert_eq!(format!("{hash:?}"), "TokenHash(hidden)");
    /// ```
    pub fn of(token: &str) -> Self {
        Self(hexadecimal(&Sha256::digest(token.as_bytes())))
    }
}

/// Bytes as lower-case hexadecimal digits.
fn hexadecimal(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
