//! Path and query parameters, every bad one named at once.

use std::{collections::BTreeMap, fmt::Display, str::FromStr};

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use driveever_core::{id::Id, page::PageRequest, validate::Violation};

use super::problem::Problem;

/// A query string, taken apart.
///
/// A handler takes what it knows and then calls [`QueryParameters::finish`], which refuses what was bad or is unknown.
#[derive(Debug, Default)]
pub struct QueryParameters {
    values: BTreeMap<String, String>,
    violations: Vec<Violation>,
}

impl<S: Send + Sync> FromRequestParts<S> for QueryParameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

impl QueryParameters {
    /// From the text after the question mark.
    pub fn parse(query: &str) -> Self {
        let mut parameters = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (percent_decode(name), percent_decode(value)) {
                (Some(name), Some(value)) => {
                    if parameters.values.insert(name.clone(), value).is_some() {
                        parameters.fault(name, "is given more than once");
                    }
                }
                _ => parameters.fault(name, "is not percent-encoded UTF-8"),
            }
        }
        parameters
    }

    /// Notes a fault, which `finish` will name.
    pub fn fault(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.violations.push(Violation::new(field, message));
    }

    /// A parameter's text.
    pub fn text(&mut self, name: &str) -> Option<String> {
        self.values.remove(name)
    }

    /// A parameter that parses.
    pub fn parsed<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        let text = self.values.remove(name)?;
        text.parse().map_err(|error: T::Err| self.fault(name, error.to_string())).ok()
    }

    /// A parameter that parses and must not be left out.
    pub fn required<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        if !self.values.contains_key(name) {
            self.fault(name, "is required");
        }
        self.parsed(name)
    }

    /// A parameter that is true or false.
    pub fn flag(&mut self, name: &str) -> Option<bool> {
        let text = self.values.remove(name)?;
        match text.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                self.fault(name, "must be true or false");
                None
            }
        }
    }

    /// A parameter that is a finite number between two bounds.
    pub fn number(&mut self, name: &str, min: f64, max: f64) -> Option<f64> {
        let text = self.values.remove(name)?;
        match text.parse::<f64>() {
            Ok(number) if (min..=max).contains(&number) => Some(number),
            _ => {
                self.fault(name, format!("must be a number between {min} and {max}"));
                None
            }
        }
    }

    fn integer(&mut self, name: &str) -> Option<i64> {
        let text = self.values.remove(name)?;
        match text.parse() {
            Ok(number) => Some(number),
            Err(_) => {
                self.fault(name, "must be a whole number");
                None
            }
        }
    }

    /// `page`, `limit` and `cursor`.
    pub fn page(&mut self) -> PageRequest {
        let (page, limit) = (self.integer("page"), self.integer("limit"));
        let cursor = self.values.remove("cursor");
        PageRequest::parse(page, limit, cursor.as_deref()).unwrap_or_else(|violations| {
            self.violations.extend(violations);
            PageRequest::default()
        })
    }

    /// `page` and `limit` of a list that has no cursors.
    pub fn numbered_page(&mut self) -> PageRequest {
        let (page, limit) = (self.integer("page"), self.integer("limit"));
        PageRequest::parse(page, limit, None).unwrap_or_else(|violations| {
            self.violations.extend(violations);
            PageRequest::default()
        })
    }

    /// `sort`: one of the known fields, with a minus in front for the contrary order.
    pub fn sort(&mut self, known: &[&'static str]) -> Option<(&'static str, bool)> {
        let text = self.values.remove("sort")?;
        let (name, descending) = text.strip_prefix('-').map_or((text.as_str(), false), |name| (name, true));
        let found = known.iter().find(|field| **field == name);
        if found.is_none() {
            self.fault("sort", format!("must be one of {}, with - in front for descending order", known.join(", ")));
        }
        found.map(|field| (*field, descending))
    }

    /// Refuses what was bad and what is unknown.
    ///
    /// # Errors
    /// A problem that names all of it.
    pub fn finish(mut self) -> Result<(), Problem> {
        let unknown: Vec<_> = self.values.keys().map(|name| Violation::new(name, "is not a known parameter")).collect();
        self.violations.extend(unknown);
        if self.violations.is_empty() { Ok(()) } else { Err(Problem::invalid(self.violations)) }
    }
}

/// The query string of an operation that takes no query parameters: anything in it is refused.
#[derive(Debug, Clone, Copy)]
pub struct NoParameters;

impl<S: Send + Sync> FromRequestParts<S> for NoParameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let Some(query) = parts.uri.query() else { return Ok(Self) };
        QueryParameters::parse(query).finish().map(|()| Self)
    }
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// The id in the path's `{id}`.
#[derive(Debug)]
pub struct PathId<E>(pub Id<E>);

impl<E, S: Send + Sync> FromRequestParts<S> for PathId<E> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        PathParameters::from_request_parts(parts, state).await?.parsed("id").map(Self)
    }
}

/// The path's parameters by name.
#[derive(Debug)]
pub struct PathParameters(BTreeMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for PathParameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let parameters = RawPathParams::from_request_parts(parts, state).await;
        let parameters =
            parameters.map_err(|_| Problem::invalid([Violation::new("path", "is not percent-encoded UTF-8")]))?;
        Ok(Self(parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
    }
}

impl PathParameters {
    /// A parameter that parses.
    ///
    /// # Errors
    /// A problem that names it.
    pub fn parsed<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T, Problem> {
        let text = self.0.get(name).map(String::as_str).unwrap_or_default();
        text.parse().map_err(|error: T::Err| Problem::invalid([Violation::new(name, error.to_string())]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_and_unknown_parameters_are_named_together() {
        let mut query = QueryParameters::parse("limit=101&page=0&active=yes&colour=red&q=a%20b%2Bc&q=d");
        query.page();
        assert_eq!(query.flag("active"), None);
        query.text("q");
        let problem = query.finish().unwrap_err();
        let mut fields: Vec<_> = problem.errors.iter().map(|error| error.field.as_str()).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["active", "colour", "limit", "page", "q"]);
    }

    #[test]
    fn limits_out_of_range_are_refused() {
        for bad in [
            "limit=0",
            "limit=-1",
            "limit=101",
            "limit=1e9",
            "limit=1000000000",
            "limit=99999999999999999999",
            "page=-1",
            "cursor=zzz",
            "cursor=&page=1",
        ] {
            let mut query = QueryParameters::parse(bad);
            query.page();
            assert!(query.finish().is_err(), "{bad}");
        }
    }

    #[test]
    fn text_is_decoded() {
        assert_eq!(QueryParameters::parse("q=brake+fluid%21").text("q").as_deref(), Some("brake fluid!"));
        assert!(QueryParameters::parse("q=%ff").finish().is_err());
        assert!(QueryParameters::parse("q=%4").finish().is_err());
    }
}
