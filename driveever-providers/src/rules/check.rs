//! What a file of rules must hold beside its shape.

use chrono::NaiveDate;

use super::{Figure, RuleSource};

/// A figure is an amount, a quantity with its unit, or a period of days.
pub(super) fn check_figure(figure: &Figure) -> Result<(), String> {
    if figure.name.is_empty() {
        return Err("it has no name".to_owned());
    }
    match (figure.pence, figure.value, &figure.unit) {
        (Some(_), None, None) => {}
        (None, Some(value), Some(unit)) if value.is_finite() && value >= 0.0 && !unit.is_empty() => {}
        (None, None, None) if figure.since.is_some() || figure.until.is_some() => {}
        _ => return Err("it needs either `pence`, or a `value` with its `unit`, or days".to_owned()),
    }
    if figure.from.zip(figure.to).is_some_and(|(from, to)| from > to) {
        return Err("`from` is above `to`".to_owned());
    }
    if figure.since.zip(figure.until).is_some_and(|(since, until)| since > until) {
        return Err("`since` is after `until`".to_owned());
    }
    Ok(())
}

/// Rows of one table and period must not overlap: a key has one answer.
pub(super) fn check_tables(figures: &[Figure]) -> Result<(), String> {
    for (index, a) in figures.iter().enumerate() {
        for b in figures.iter().skip(index + 1).filter(|b| b.name == a.name) {
            let keys =
                a.from.unwrap_or(0) <= b.to.unwrap_or(u32::MAX) && b.from.unwrap_or(0) <= a.to.unwrap_or(u32::MAX);
            let days = a.since.unwrap_or(NaiveDate::MIN) <= b.until.unwrap_or(NaiveDate::MAX)
                && b.since.unwrap_or(NaiveDate::MIN) <= a.until.unwrap_or(NaiveDate::MAX);
            if keys && days {
                return Err(format!("two rows of table {:?} overlap", a.name));
            }
        }
    }
    Ok(())
}

/// A source has a title, a publisher and a day that can be read.
pub(super) fn check_source(source: &RuleSource) -> Result<(), String> {
    if source.title.trim().is_empty() || source.publisher.trim().is_empty() {
        return Err("title or publisher is empty".to_owned());
    }
    match &source.date {
        Some(date) if !is_partial_date(date) => Err(format!("{date:?} is no year, month or day, such as 2018-05-20")),
        _ => Ok(()),
    }
}

/// Whether `text` is `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
fn is_partial_date(text: &str) -> bool {
    let padded = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        10 => text.to_owned(),
        _ => return false,
    };
    padded.parse::<NaiveDate>().is_ok()
}
