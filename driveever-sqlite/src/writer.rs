//! The one writer: a task that owns one connection and commits the writes that wait as a group.
//!
//! A disk flush costs far more than a statement, so the writes that arrived while the last group was committed share the
//! next commit. One that is refused (a duplicate, a stale revision) takes the group back, which is then tried again with a
//! savepoint for each write: a refused one takes back its own statements only. Savepoints copy every page that is about to
//! change, so that they are not made for nothing; for some groups after a refusal they are made at once, so that refusals
//! that follow each other cost no second try. Nothing is acknowledged before the commit returned. When a fault that is not
//! one write's own (a full disk, a lock) breaks a group, the group is taken back and its writes are tried one by one, so
//! that each gets its own answer.
//!
//! Why one writer: SQLite has one writer at a time anyway. Several connections would wait for each other by polling, and
//! could not share a flush.

use std::{
    fmt,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use driveever_core::error::StoreError;
use futures_util::FutureExt as _;
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use crate::{
    SqliteConfig,
    connection::{FileIdentity, open_writer, run},
    count::Written,
    error::refused,
    transaction::{Answer, Batch, Fault, transaction},
};

/// Groups after a refused write whose writes have savepoints at once.
const WARY_GROUPS: u32 = 64;

enum Message {
    Write { batch: Batch, reply: oneshot::Sender<Answer> },
    Close { reply: oneshot::Sender<()> },
}

/// Hands writes to the writer's task.
pub(crate) struct Writer {
    queue: mpsc::Sender<Message>,
    /// Whether nothing of the last group could be written.
    failing: Arc<AtomicBool>,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("free", &self.queue.capacity()).field("failing", &self.failing).finish()
    }
}

impl Writer {
    /// Starts the task on the current runtime.
    pub(crate) fn start(connection: SqliteConnection, config: &SqliteConfig, written: Arc<Written>) -> Self {
        let (queue, waiting) = mpsc::channel(config.writer_queue.max(1));
        let file = FileIdentity::of(&config.path);
        let failing = Arc::new(AtomicBool::new(false));
        let task = Task {
            connection: Some(connection),
            config: config.clone(),
            file,
            waiting,
            written,
            wary: 0,
            failing: failing.clone(),
        };
        tokio::spawn(task.run());
        Self { queue, failing }
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

    /// Whether nothing of the last group could be written.
    pub(crate) fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
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
    failing: Arc<AtomicBool>,
    /// How many groups more have savepoints from the start.
    wary: u32,
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
                Ok(answers) => {
                    let lost = |answer: &Answer| matches!(answer, Err(StoreError::Unavailable { .. }));
                    self.failing.store(answers.iter().all(lost), Ordering::Relaxed);
                    // A caller that has gone away does not need the answer.
                    replies.into_iter().zip(answers).for_each(|(reply, answer)| drop(reply.send(answer)));
                }
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
        let mut outcome = self.attempt(group, self.wary > 0).await;
        self.wary = self.wary.saturating_sub(1);
        if matches!(outcome, Err(Fault::Refused(_))) {
            self.wary = WARY_GROUPS;
            outcome = self.attempt(group, true).await;
        }
        match outcome {
            Ok(answers) => answers,
            Err(Fault::Refused(_) | Fault::OfOne(_)) if group.len() > 1 => {
                let mut answers = Vec::with_capacity(group.len());
                for batch in group {
                    let answer = self.attempt(std::slice::from_ref(batch), false).await;
                    answers.extend(answer.unwrap_or_else(|fault| vec![Err(fault.into_error())]));
                }
                answers
            }
            Err(fault) => {
                let error = fault.into_error();
                let others = group.iter().skip(1).map(|_| Err(again(&error))).collect::<Vec<_>>();
                let mut answers = vec![Err(error)];
                answers.extend(others);
                answers
            }
        }
    }

    /// One transaction over these writes: each one's answer, or the fault that took all of them back.
    async fn attempt(&mut self, group: &[Batch], savepoints: bool) -> Result<Vec<Answer>, Fault> {
        self.file.check().map_err(Fault::OfAll)?;
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => open_writer(&self.config).await.map_err(Fault::OfAll)?,
        };
        let outcome = transaction(&mut connection, group, savepoints).await;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{connection::rows, statement::Step};
    use driveever_core::value::Value;

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
        let mut broken = insert(1);
        broken.panics = true;
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
    async fn refusals_that_follow_each_other_leave_the_others_of_each_group() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, config) = writer(&folder, |config| config.group_max = 4).await;
        let ids = (1..=200).flat_map(|id| [id, if id % 7 == 0 { id } else { 1_000 + id }]);
        let outcomes = futures_util::future::join_all(ids.map(|id| writer.write(insert(id)))).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_err()).count(), 200 / 7);
        assert!(outcomes.iter().flat_map(Result::as_ref).all(Vec::is_empty));
        assert_eq!(count(&config).await, 400 - 200 / 7);
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
