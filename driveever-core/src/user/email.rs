//! E-mail addresses.
//!
//! A small parser of its own: what it accepts is a subset of RFC 5321 that mail providers really give out, in one spelling,
//! so that one mailbox is one account. Quoted local parts, comments and address literals are refused. So is everything
//! outside ASCII: letters that look or fold alike (`К`, the Kelvin sign, combining accents) would let somebody register the
//! look-alike of another's address, and an internationalised domain has its ASCII form (`xn--...`).

use std::{fmt, str::FromStr};

/// An e-mail address in lower case, at most 254 characters long.
///
/// ```
/// use driveever_core::user::EmailAddress;
/// let address: EmailAddress = " Ann.Smith+cars@Example.ORG ".parse()?;
/// assert_eq!(address.as_str(), "ann.smith+cars@example.org");
/// assert!("ann@example".parse::<EmailAddress>().is_err());
/// # Ok::<(), driveever_core::user::ParseEmailError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

/// The longest address that fits a mail transaction (RFC 5321 section 4.5.3.1.3, less the angle brackets).
pub(super) const MAX_ADDRESS: usize = 254;
/// The longest local part (RFC 5321 section 4.5.3.1.1).
const MAX_LOCAL: usize = 64;
/// The longest label of a domain (RFC 1035 section 2.3.4).
const MAX_LABEL: usize = 63;

impl EmailAddress {
    /// As it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EmailAddress {
    /// Personal data: not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(hidden)")
    }
}

/// Why a text is no e-mail address; it does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseEmailError {
    /// Nothing but spaces.
    #[error("must not be empty or blank")]
    Empty,
    /// Over 254 characters.
    #[error("must have at most {MAX_ADDRESS} characters")]
    TooLong,
    /// A character outside ASCII.
    #[error("must be in plain ASCII; write an international domain in its xn-- form")]
    NotAscii,
    /// Not of the form name@domain.
    #[error("must be an e-mail address such as ann@example.org")]
    Malformed,
}

impl FromStr for EmailAddress {
    type Err = ParseEmailError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ParseEmailError::Empty);
        }
        if text.len() > MAX_ADDRESS {
            return Err(ParseEmailError::TooLong);
        }
        if !text.is_ascii() {
            return Err(ParseEmailError::NotAscii);
        }
        let (local, domain) = text.split_once('@').ok_or(ParseEmailError::Malformed)?;
        if is_local_part(local) && is_domain(domain) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(ParseEmailError::Malformed)
        }
    }
}

/// Dot-separated atoms (RFC 5322 section 3.2.3).
fn is_local_part(local: &str) -> bool {
    let is_atom = |atom: &str| {
        let symbol = |byte: u8| b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
        !atom.is_empty() && atom.bytes().all(|byte| byte.is_ascii_alphanumeric() || symbol(byte))
    };
    local.len() <= MAX_LOCAL && local.split('.').all(is_atom)
}

/// At least two labels, the last not all digits, which would be an IP address.
fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let top = domain.rsplit_once('.').map(|(_, top)| top);
    top.is_some_and(|top| !top.bytes().all(|byte| byte.is_ascii_digit())) && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_mailbox_has_one_spelling() {
        for text in ["ANN@EXAMPLE.ORG", "ann@example.org", "\tAnn@Example.org\n"] {
            assert_eq!(text.parse::<EmailAddress>().unwrap().as_str(), "ann@example.org");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long_local = format!("{}@example.org", "a".repeat(65));
        let long_label = format!("a@{}.org", "b".repeat(64));
        for bad in [
            "ann",
            "@example.org",
            "ann@",
            "ann@@example.org",
            "a@b@example.org",
            ".ann@example.org",
            "ann.@example.org",
            "a..b@example.org",
            "ann@example",
            "ann@-example.org",
            "ann@example-.org",
            "ann@example..org",
            "ann@.org",
            "ann@example.org.",
            "ann@127.0.0.1",
            "ann smith@example.org",
            "\"ann\"@example.org",
            "ann@[::1]",
            "ann@exa_mple.org",
            "ann\0@example.org",
            "ann@example.org\r\nBcc: bob@example.org",
            &long_local,
            &long_label,
        ] {
            assert_eq!(bad.parse::<EmailAddress>(), Err(ParseEmailError::Malformed), "{bad:?}");
        }
        assert_eq!("  ".parse::<EmailAddress>(), Err(ParseEmailError::Empty));
        assert_eq!("a".repeat(10_000_000).parse::<EmailAddress>(), Err(ParseEmailError::TooLong));
    }

    #[test]
    fn look_alikes_outside_ascii_are_refused() {
        // Cyrillic a, Kelvin sign (whose lower case is the letter k), decomposed accent, right-to-left mark, full-width @.
        for bad in [
            "\u{430}nn@example.org",
            "\u{212a}im@example.org",
            "rene\u{301}@example.org",
            "ann\u{200f}@example.org",
            "ann\u{ff20}example.org",
        ] {
            assert_eq!(bad.parse::<EmailAddress>(), Err(ParseEmailError::NotAscii), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_idempotent(text in "\\PC{0,80}|[a-zA-Z0-9.+_-]{1,70}@[a-zA-Z0-9.-]{1,80}") {
            if let Ok(address) = text.parse::<EmailAddress>() {
                prop_assert_eq!(address.as_str().parse::<EmailAddress>(), Ok(address.clone()));
            }
        }
    }
}
