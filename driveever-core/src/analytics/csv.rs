//! Figures as CSV (RFC 4180), safe to open in a spreadsheet: pure.
//!
//! A text that begins as a formula does (`=`, `+`, `-`, `@`, tab, carriage return) is given a leading apostrophe, which
//! spreadsheets take as "this is text" (OWASP, CSV injection). Own code and no crate: this is all that is needed.

use std::fmt::Write as _;

use super::{Amount, Projection};

/// The columns, in order.
pub(super) const HEADER: &str = "day,dimension,key,questions,answers,cancelled,fallbacks,success_rate,ratings,average_rating,\
response_time_p50_ms,response_time_p95_ms,response_time_p99_ms,prompt_tokens,completion_tokens,cost_micros,orders,\
orders_paid,orders_delivered,orders_failed,orders_cancelled,orders_refunded,revenue_minor\r\n";

/// One line.
pub(super) fn line(row: &Projection) -> String {
    let figures = &row.figures;
    let quantile = |q| decimal(figures.response_times.quantile(q), 1);
    let cells = [
        row.start.to_datetime().date_naive().to_string(),
        row.dimension.to_string(),
        text(&row.key),
        figures.questions.to_string(),
        figures.answers.to_string(),
        figures.cancelled.to_string(),
        figures.fallbacks.to_string(),
        decimal(figures.success_rate(), 6),
        figures.rating_count().to_string(),
        decimal(figures.average_rating(), 6),
        quantile(0.5),
        quantile(0.95),
        quantile(0.99),
        figures.prompt_tokens.to_string(),
        figures.completion_tokens.to_string(),
        amounts(&figures.cost_micros()),
        figures.orders.to_string(),
        figures.orders_paid.to_string(),
        figures.orders_delivered.to_string(),
        figures.orders_failed.to_string(),
        figures.orders_cancelled.to_string(),
        figures.orders_refunded.to_string(),
        amounts(&figures.revenue()),
    ];
    cells.join(",") + "\r\n"
}

fn decimal(number: Option<f64>, digits: usize) -> String {
    number.map(|number| format!("{number:.digits$}")).unwrap_or_default()
}

/// `GBP 50` or `GBP 50; USD 7`.
fn amounts(amounts: &[Amount]) -> String {
    amounts.iter().enumerate().fold(String::new(), |mut all, (place, amount)| {
        let separator = if place == 0 { "" } else { "; " };
        // Writing to a String cannot fail.
        let _ = write!(all, "{separator}{} {}", amount.currency.code(), amount.amount);
        all
    })
}

/// A cell of text.
fn text(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if guard.is_empty() && !text.contains(['"', ',', '\r', '\n']) {
        return text.to_owned();
    }
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_quoted_and_never_a_formula() {
        for (plain, cell) in [
            ("openai", "openai"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("-2", "\"'-2\""),
            ("\tx", "\"'\tx\""),
            ("a\nb", "\"a\nb\""),
            ("", ""),
        ] {
            assert_eq!(text(plain), cell);
        }
    }

    #[test]
    fn amounts_of_several_currencies_share_a_cell() {
        use crate::money::Currency;
        let both = [Amount { currency: Currency::GBP, amount: -5 }, Amount { currency: Currency::USD, amount: 7 }];
        assert_eq!(amounts(&both), "GBP -5; USD 7");
    }
}
