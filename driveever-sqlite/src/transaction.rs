//! One transaction over several writes: each one's statements, and what becomes of it.
//!
//! The driver runs a connection on a thread of its own and each call is a trip there and back; a write's statements
//! travel as one text, its savepoint in front.

use std::sync::Arc;

use driveever_core::{error::StoreError, value::Value};
use futures_util::TryStreamExt as _;
use sqlx::{
    AssertSqlSafe, Either, Executor as _, SqliteConnection,
    sqlite::{SqliteArguments, SqliteRow},
};
use uuid::Uuid;

use crate::{
    connection::{row, run},
    error::{is_refusal, store_error},
    sql::arguments,
    statement::{Effect, Step},
};

/// Statements that travel as one text; the texts of longer writes would crowd the cache of prepared statements.
const STATEMENTS_A_TEXT: usize = 16;

/// What a write returned, or why it was not made.
pub(crate) type Answer = Result<Vec<SqliteRow>, StoreError>;

/// One write, ready to be run: its statements in a few texts. Made by the caller, so that the writer only writes.
pub(crate) struct Batch {
    texts: Vec<Text>,
    #[cfg(test)]
    pub(crate) panics: bool,
}

struct Text {
    sql: String,
    arguments: SqliteArguments,
    /// What each statement writes, and what it must come to.
    effects: Vec<(&'static str, Effect)>,
}

impl Batch {
    /// These statements, in their order.
    pub(crate) fn new(steps: Vec<Step>) -> Result<Self, StoreError> {
        let mut texts = Vec::with_capacity(steps.len().div_ceil(STATEMENTS_A_TEXT));
        let mut steps = steps.into_iter().peekable();
        while steps.peek().is_some() {
            let (mut sql, mut binds, mut effects) = (String::new(), Vec::new(), Vec::new());
            for step in steps.by_ref().take(STATEMENTS_A_TEXT) {
                sql.push_str(&step.sql);
                sql.push(';');
                binds.extend(step.binds);
                effects.push((step.kind, step.effect));
            }
            texts.push(Text { sql, arguments: arguments(binds)?, effects });
        }
        Ok(Self {
            texts,
            #[cfg(test)]
            panics: false,
        })
    }

    /// What kinds of row it writes.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.texts.iter().flat_map(|text| text.effects.iter().map(|(kind, _)| *kind))
    }
}

/// What took a whole transaction back.
pub(crate) enum Fault {
    /// One of several was refused, and had no savepoint to go back to.
    Refused(StoreError),
    /// It is one write's own, or may be.
    OfOne(StoreError),
    /// It would meet each of them: the transaction could not begin or not be committed.
    OfAll(StoreError),
}

impl Fault {
    pub(crate) fn into_error(self) -> StoreError {
        match self {
            Self::Refused(error) | Self::OfOne(error) | Self::OfAll(error) => error,
        }
    }
}

/// Runs these writes, with a savepoint for each or without any, and commits.
pub(crate) async fn transaction(
    connection: &mut SqliteConnection,
    group: &[Batch],
    savepoints: bool,
) -> Result<Vec<Answer>, Fault> {
    let mut answers = Vec::with_capacity(group.len());
    let alone = group.len() == 1;
    // The last write's savepoint stays open until the next one's opens or the commit releases it.
    let (begin, opening): (_, &[&str]) = if savepoints && !alone {
        ("BEGIN IMMEDIATE; SAVEPOINT one", &["RELEASE one", "SAVEPOINT one"])
    } else {
        ("BEGIN IMMEDIATE", &[])
    };
    run(connection, begin).await.map_err(|error| Fault::OfAll(store_error(error, "write")))?;
    for batch in group {
        let answer = write(connection, opening, batch).await;
        match answer {
            Err(error) if alone || !is_refusal(&error) => return Err(Fault::OfOne(error)),
            Err(error) if !savepoints => return Err(Fault::Refused(error)),
            Err(_) => {
                let undone = run(connection, "ROLLBACK TO one").await;
                undone.map_err(|error| Fault::OfOne(store_error(error, "write")))?;
            }
            Ok(_) => {}
        }
        answers.push(answer);
    }
    run(connection, "COMMIT").await.map_err(|error| Fault::OfAll(store_error(error, "write")))?;
    Ok(answers)
}

async fn write(connection: &mut SqliteConnection, opening: &[&str], batch: &Batch) -> Answer {
    #[cfg(test)]
    assert!(!batch.panics, "asked to");
    let mut rows = Vec::new();
    for (place, text) in batch.texts.iter().enumerate() {
        let opening = if place == 0 { opening } else { &[] };
        match statements(connection, opening, text, &mut rows).await {
            Ok(()) => {}
            Err(Stop::Unmet(kind, id, exists)) => {
                return Err(match row(connection, exists, vec![Value::Uuid(id)], kind).await? {
                    Some(_) => StoreError::Stale { kind, id },
                    None => StoreError::Missing { kind, id },
                });
            }
            Err(Stop::Failed(StoreError::Duplicate { kind, columns }, Some(Effect::NewRow { id, exists }))) => {
                let same_id = row(connection, exists, vec![Value::Uuid(*id)], kind).await?.is_some();
                let columns = if same_id { "id".to_owned() } else { columns };
                return Err(StoreError::Duplicate { kind, columns });
            }
            Err(Stop::Failed(error, _)) => return Err(error),
        }
    }
    Ok(rows)
}

/// Why the statements of a text did not do what they had to.
enum Stop<'t> {
    /// One changed no row though it had to: what it writes, the row's id, and how to ask whether that exists. Those after
    /// it ran as well, and the caller takes all of them back.
    Unmet(&'static str, Uuid, &'t Arc<str>),
    /// SQLite refused one, which had this effect in mind.
    Failed(StoreError, Option<&'t Effect>),
}

/// Runs statements as one text.
async fn statements<'t>(
    connection: &mut SqliteConnection,
    opening: &[&str],
    text: &'t Text,
    rows: &mut Vec<SqliteRow>,
) -> Result<(), Stop<'t>> {
    let mut sql = opening.join(";");
    if !opening.is_empty() {
        sql.push(';');
    }
    sql.push_str(&text.sql);
    let mut effects = text.effects.iter();
    let mut opened = 0;
    let mut unmet = Ok(());
    let mut stream = connection.fetch_many(sqlx::query_with(AssertSqlSafe(sql), text.arguments.clone()));
    // Every result is taken: the driver drops the statements that follow when nobody listens.
    loop {
        let next = effects.as_slice().first();
        let item = stream.try_next().await.map_err(|error| match next {
            Some((kind, effect)) => Stop::Failed(store_error(error, kind), Some(effect)),
            None => Stop::Failed(store_error(error, "write"), None),
        })?;
        match item {
            None => return unmet,
            Some(Either::Right(found)) => rows.push(found),
            Some(Either::Left(_)) if opened < opening.len() => opened += 1,
            Some(Either::Left(result)) => {
                if let Some((kind, Effect::Row { id, exists })) = effects.next()
                    && result.rows_affected() == 0
                {
                    unmet = unmet.and(Err(Stop::Unmet(kind, *id, exists)));
                }
            }
        }
    }
}
