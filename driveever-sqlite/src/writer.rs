//! The one writer: a task that owns one connection and commits the writes that wait as a group.
//!
//! A disk flush costs far more than a statement, so the writes that arrived while the last group was committed share the
//! next commit. Each has a savepoint of its own: one that is refused (a duplicate, a stale revision) takes back its own
//! statements only. Nothing is acknowledged before the commit returned. When a fault that is not one write's own (a full
//! disk, a lock) breaks a group, the group is taken back and its writes are tried one by one, so that each gets its own
//! answer.
//!
//! The driver runs a connection on a thread of its own and each call is a trip there and back; a write's statements
//! travel as one text, its savepoint in front.
//!
//! Why one writer: SQLite has one writer at a time anyway. Several connections would wait for each other by polling, and
//! could not share a flush.

use std::{fmt, panic::AssertUnwindSafe, sync::Arc};

use driveever_core::{error::StoreError, value::Value};
use futures_util::{FutureExt as _, TryStreamExt as _};
use sqlx::{
    AssertSqlSafe, Connection as _, Either, Executor as _, SqliteConnection,
    sqlite::{SqliteArguments, SqliteRow},
};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::{
    SqliteConfig,
    connection::{FileIdentity, open_writer, row, run},
    count::Written,
    error::{is_refusal, refused, store_error},
    sql::arguments,
    statement::{Effect, Step},
};

/// Statements that travel as one text; the texts of longer writes would crowd the cache of prepared statements.
const STATEMENTS_A_TEXT: usize = 16;

type Answer = Result<Vec<SqliteRow>, StoreError>;

/// One write, ready to be run: its statements in a few texts. Made by the caller, so that the writer only writes.
pub(crate) struct Batch {
    texts: Vec<Text>,
    #[cfg(test)]
    panics: bool,
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
    fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.texts.iter().flat_map(|text| text.effects.iter().map(|(kind, _)| *kind))
    }
}

enum Message {
    Write { batch: Batch, reply: oneshot::Sender<Answer> },
    Close { reply: oneshot::Sender<()> },
}

/// Hands writes to the writer's task.
pub(crate) struct Writer {
    queue: mpsc::Sender<Message>,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("free", &self.queue.capacity()).finish()
    }
}

impl Writer {
    /// Starts the task on the current runtime.
    pub(crate) fn start(connection: SqliteConnection, config: &SqliteConfig, written: Arc<Written>) -> Self {
        let (queue, waiting) = mpsc::channel(config.writer_queue.max(1));
        let file = FileIdentity::of(&config.path);
        let task = Task { connection: Some(connection), config: config.clone(), file, waiting, written };
        tokio::spawn(task.run());
        Self { queue }
    }

    /// Writes all of it or nothing; returns after the commit.
    pub(crate) async fn write(&self, batch: Batch) -> Answer {
        let (reply, answer) = oneshot::channel();
        self.queue.try_send(Message::Write { batch, reply }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy("too many writes wait"),
            mpsc::error::TrySendError::Closed(_) => refused("the store is closed"),
        })?;
        answer.await.unwrap_or_else(|_| Err(refused("the write was given up: a defect, or the runtime ended")))
    }

    /// How many writes wait.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.max_capacity().saturating_sub(self.queue.capacity())
    }

    /// Lets what waits be written, then closes the connection.
    pub(crate) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        // Waits for room: a full queue must not keep a store from closing. An error means that it is closed already.
        if self.queue.send(Message::Close { reply }).await.is_ok() {
            let _ = closed.await;
        }
    }
}

struct Task {
    /// Absent after a fault, until the next group opens it anew.
    connection: Option<SqliteConnection>,
    config: SqliteConfig,
    file: FileIdentity,
    waiting: mpsc::Receiver<Message>,
    written: Arc<Written>,
}

/// What took a whole transaction back.
enum Fault {
    /// It is one write's own, or may be.
    OfOne(StoreError),
    /// It would meet each of them: the transaction could not begin or not be committed.
    OfAll(StoreError),
}

impl Task {
    async fn run(mut self) {
        let group_max = self.config.group_max.max(1);
        let mut closers = Vec::new();
        let mut messages = Vec::with_capacity(group_max);
        while self.waiting.recv_many(&mut messages, group_max).await > 0 {
            let (mut group, mut replies) = (Vec::with_capacity(messages.len()), Vec::with_capacity(messages.len()));
            for message in messages.drain(..) {
                match message {
                    Message::Write { batch, reply } => {
                        group.push(batch);
                        replies.push(reply);
                    }
                    Message::Close { reply } => {
                        self.waiting.close();
                        closers.push(reply);
                    }
                }
            }
            if group.is_empty() {
                continue;
            }
            // A defect must not end the writer: the group's replies are dropped, which refuses its writes, and the
            // connection, whose state is unknown, is opened anew.
            match AssertUnwindSafe(self.commit(&group)).catch_unwind().await {
                // A caller that has gone away does not need the answer.
                Ok(answers) => replies.into_iter().zip(answers).for_each(|(reply, answer)| drop(reply.send(answer))),
                Err(_) => self.connection = None,
            }
        }
        if let Some(mut connection) = self.connection.take() {
            // SQLite does so when the last connection closes, and a reader whose caller went away may be later than this one.
            let _ = run(&mut connection, "PRAGMA wal_checkpoint(TRUNCATE)").await;
            let _ = connection.close().await;
        }
        for reply in closers {
            let _ = reply.send(());
        }
    }

    async fn commit(&mut self, group: &[Batch]) -> Vec<Answer> {
        match self.attempt(group).await {
            Ok(answers) => answers,
            Err(Fault::OfOne(_)) if group.len() > 1 => {
                let mut answers = Vec::with_capacity(group.len());
                for batch in group {
                    let answer = self.attempt(std::slice::from_ref(batch)).await;
                    answers
                        .extend(answer.unwrap_or_else(|(Fault::OfOne(error) | Fault::OfAll(error))| vec![Err(error)]));
                }
                answers
            }
            Err(Fault::OfOne(error) | Fault::OfAll(error)) => {
                let others = group.iter().skip(1).map(|_| Err(again(&error))).collect::<Vec<_>>();
                let mut answers = vec![Err(error)];
                answers.extend(others);
                answers
            }
        }
    }

    /// One transaction over these writes: each one's answer, or the fault that took all of them back.
    async fn attempt(&mut self, group: &[Batch]) -> Result<Vec<Answer>, Fault> {
        self.file.check().map_err(Fault::OfAll)?;
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => open_writer(&self.config).await.map_err(Fault::OfAll)?,
        };
        let outcome = transaction(&mut connection, group).await;
        // A rollback fails when SQLite rolled back by itself; then the connection can still be used.
        let usable = outcome.is_ok()
            || run(&mut connection, "ROLLBACK").await.is_ok()
            || run(&mut connection, "BEGIN; ROLLBACK").await.is_ok();
        if usable {
            self.connection = Some(connection);
        }
        // Before anybody hears that it was written.
        self.written.note(group.iter().flat_map(Batch::kinds));
        outcome
    }
}

/// The same error for another write of the group.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Unavailable { detail, .. } => refused(detail.clone()),
        other => refused(other.to_string()),
    }
}

async fn transaction(connection: &mut SqliteConnection, group: &[Batch]) -> Result<Vec<Answer>, Fault> {
    let mut answers = Vec::with_capacity(group.len());
    // A write alone needs no savepoint. Among several, the last one's stays open until the next one's opens or the commit
    // releases it.
    let (begin, opening): (_, &[&str]) = match group.len() {
        1 => ("BEGIN IMMEDIATE", &[]),
        _ => ("BEGIN IMMEDIATE; SAVEPOINT one", &["RELEASE one", "SAVEPOINT one"]),
    };
    run(connection, begin).await.map_err(|error| Fault::OfAll(store_error(error, "write")))?;
    for batch in group {
        let answer = write(connection, opening, batch).await;
        match answer {
            Err(error) if group.len() == 1 || !is_refusal(&error) => return Err(Fault::OfOne(error)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::rows;

    async fn writer(folder: &tempfile::TempDir, change: impl FnOnce(&mut SqliteConfig)) -> (Writer, SqliteConfig) {
        let mut config = SqliteConfig::at(folder.path().join("writer.db"));
        change(&mut config);
        let mut connection = open_writer(&config).await.unwrap();
        run(&mut connection, "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY)").await.unwrap();
        (Writer::start(connection, &config, Arc::default()), config)
    }

    fn insert(id: i64) -> Batch {
        Batch::new(vec![Step::any("INSERT INTO t VALUES (?)".into(), vec![Value::Int(id)], "row")]).unwrap()
    }

    async fn count(config: &SqliteConfig) -> usize {
        let mut connection = open_writer(config).await.unwrap();
        rows(&mut connection, &"SELECT id FROM t".into(), Vec::new(), "row").await.unwrap().len()
    }

    #[tokio::test]
    async fn a_defect_ends_no_more_than_its_group() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, config) = writer(&folder, |_| {}).await;
        let broken = Batch { panics: true, ..insert(1) };
        let (beside, broken) = tokio::join!(writer.write(insert(2)), writer.write(broken));
        assert!(matches!(broken, Err(StoreError::Unavailable { .. })));
        assert!(matches!(beside, Err(StoreError::Unavailable { .. })));
        writer.write(insert(3)).await.unwrap();
        assert_eq!(count(&config).await, 1);
    }

    #[tokio::test]
    async fn a_refused_write_leaves_the_others_of_its_group() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, config) = writer(&folder, |_| {}).await;
        let pending = [1, 2, 1, 3, 2, 4].map(|id| writer.write(insert(id)));
        let refused = futures_util::future::join_all(pending).await.iter().map(Result::is_err).collect::<Vec<_>>();
        assert_eq!(refused, [false, false, true, false, true, false]);
        assert_eq!(count(&config).await, 4);
    }

    #[tokio::test]
    async fn a_full_queue_is_refused_at_once_and_closing_writes_what_waits() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, config) = writer(&folder, |config| {
            config.writer_queue = 3;
            config.group_max = 2;
        })
        .await;
        let pending = (0..5).map(|id| writer.write(insert(id)));
        let (outcomes, ()) = tokio::join!(futures_util::future::join_all(pending), writer.close());
        assert!(outcomes[..3].iter().all(Result::is_ok));
        assert!(outcomes[3..].iter().all(|outcome| matches!(outcome, Err(StoreError::Busy(_)))));
        assert_eq!(count(&config).await, 3);
        assert!(matches!(writer.write(insert(9)).await, Err(StoreError::Unavailable { .. })));
        writer.close().await;
    }
}
