//! Amounts of money: integer minor units with an ISO 4217 currency.
//!
//! Sums are checked and currencies never mix: floating point loses pennies, and an overflow that wraps is a refund of
//! nine quadrillion pounds.

use std::fmt;

pub use iso_currency::Currency;
use serde::{Deserialize, Serialize};

/// An amount in a currency's minor unit: 50 with GBP is £0.50.
///
/// ```
/// use driveever_core::money::Money;
/// let price = Money::gbp(50);
/// assert_eq!(price.times(3)?, Money::gbp(150));
/// assert_eq!(price.to_string(), "GBP 0.50");
/// # Ok::<(), driveever_core::money::MoneyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Money {
    /// Minor units: pence for GBP.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

/// Why an amount could not be calculated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// The result does not fit.
    #[error("the amount is out of range: at most {max} minor units", max = i64::MAX)]
    Overflow,
    /// Two currencies met.
    #[error("currencies do not mix: {0:?} and {1:?}")]
    CurrencyMismatch(Currency, Currency),
}

impl Money {
    /// An amount of `minor` units.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// An amount in pence.
    pub const fn gbp(pence: i64) -> Self {
        Self::new(pence, Currency::GBP)
    }

    /// Nothing, in this currency.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Whether it is below nothing.
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// The sum.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        self.minor.checked_add(other.minor).map(|minor| Self { minor, ..self }).ok_or(MoneyError::Overflow)
    }

    /// The difference.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        self.minor.checked_sub(other.minor).map(|minor| Self { minor, ..self }).ok_or(MoneyError::Overflow)
    }

    /// This many of it.
    pub fn times(self, quantity: u32) -> Result<Self, MoneyError> {
        self.minor.checked_mul(i64::from(quantity)).map(|minor| Self { minor, ..self }).ok_or(MoneyError::Overflow)
    }

    /// The amount the other way round: a posting's counterpart.
    pub fn negated(self) -> Result<Self, MoneyError> {
        self.minor.checked_neg().map(|minor| Self { minor, ..self }).ok_or(MoneyError::Overflow)
    }

    /// The sum of all, in `currency`; zero when there are none.
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::plus)
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::CurrencyMismatch(self.currency, other.currency))
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = usize::from(self.currency.exponent().unwrap_or(0));
        let unit = 10_u64.pow(u32::try_from(digits).unwrap_or(0));
        let (sign, amount) = (if self.minor < 0 { "-" } else { "" }, self.minor.unsigned_abs());
        write!(f, "{} {sign}{}", self.currency.code(), amount / unit)?;
        if digits > 0 { write!(f, ".{:0digits$}", amount % unit) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_follows_the_currency() {
        assert_eq!(Money::gbp(-5).to_string(), "GBP -0.05");
        assert_eq!(Money::new(1_234, Currency::JPY).to_string(), "JPY 1234");
        assert_eq!(Money::gbp(i64::MIN).to_string(), "GBP -92233720368547758.08");
    }

    #[test]
    fn amounts_are_added_up_to_the_penny() {
        let (five, seven) = (Money::gbp(5), Money::gbp(7));
        assert_eq!((five.plus(seven), five.minus(seven)), (Ok(Money::gbp(12)), Ok(Money::gbp(-2))));
        assert_eq!((five.times(3), five.times(0)), (Ok(Money::gbp(15)), Ok(Money::zero(Currency::GBP))));
        assert_eq!((five.negated(), Money::gbp(-5).negated()), (Ok(Money::gbp(-5)), Ok(five)));
        assert_eq!(Money::sum(Currency::GBP, [five, seven, Money::gbp(-2)]), Ok(Money::gbp(10)));
        assert_eq!(Money::sum(Currency::JPY, []), Ok(Money::new(0, Currency::JPY)));
        assert_eq!(
            Money::sum(Currency::JPY, [five]),
            Err(MoneyError::CurrencyMismatch(Currency::JPY, Currency::GBP)),
            "nothing of one currency is not nothing of another"
        );
    }

    #[test]
    fn nothing_is_between_what_is_owed_and_what_is_had() {
        let signs = |pence| (Money::gbp(pence).is_negative(), Money::gbp(pence).is_zero());
        assert_eq!([signs(-1), signs(0), signs(1)], [(true, false), (false, true), (false, false)]);
        assert_eq!(Money::gbp(0).to_string(), "GBP 0.00");
    }

    #[test]
    fn overflow_and_mixing_are_errors() {
        assert_eq!(Money::gbp(i64::MAX).plus(Money::gbp(1)), Err(MoneyError::Overflow));
        assert_eq!(Money::gbp(i64::MIN).minus(Money::gbp(1)), Err(MoneyError::Overflow));
        assert_eq!(Money::gbp(i64::MIN).negated(), Err(MoneyError::Overflow));
        assert_eq!(Money::gbp(i64::MAX / 2).times(3), Err(MoneyError::Overflow));
        assert_eq!(
            Money::gbp(1).plus(Money::new(1, Currency::EUR)),
            Err(MoneyError::CurrencyMismatch(Currency::GBP, Currency::EUR))
        );
    }
}
