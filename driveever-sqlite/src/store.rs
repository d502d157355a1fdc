//! The store: how it is opened and closed, and how entities are read and changes committed.

use std::{collections::HashSet, fmt::Write as _, sync::Arc};

use async_trait::async_trait;
use driveever_core::{
    changes::Changes,
    entity::{Context, Entity, Row, Schema},
    error::StoreError,
    id::Id,
    query::Query,
    reads::{Found, Read, Reads},
    repository::{ContextStore, Repository},
    value::{Value, ValueError},
};
use parking_lot::RwLock;
use uuid::Uuid;

use crate::{
    SqliteConfig,
    connection::{FileIdentity, at_path, open_existing, open_writer},
    count::{Counts, Written},
    ddl::{ddl, event_ddl, normal},
    error::store_error,
    filter::Sql,
    migrate,
    reader::Readers,
    sql::{Cell, entity, id_list, values},
    statement::{Statements, Step},
    transaction::Batch,
    writer::Writer,
};

/// What [`SqliteStore::inspect`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inspection {
    /// The version of the database's form; 0 for an empty file.
    pub version: i64,
    /// The version that this program brings it to.
    pub latest: i64,
}

/// Every context's rows, events and inboxes in one SQLite file.
///
/// It needs a tokio runtime, the one that it was opened on, for as long as it is used. Wrap it in an
/// [`Arc`] to share it. Dropping it lets the writes that wait be committed while the runtime lives;
/// [`SqliteStore::close`] waits for that.
#[derive(Debug)]
pub struct SqliteStore {
    pub(crate) writer: Writer,
    pub(crate) readers: Readers,
    pub(crate) statements: Statements,
    counts: Counts,
    file: FileIdentity,
    contexts: RwLock<Vec<&'static str>>,
}

impl SqliteStore {
    /// Opens the database, making the file and its tables when they are not there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], whose detail says what to do, when the folder is missing, the file is no database,
    /// damaged, locked, read-only, another program's, made by a newer version, or its migrations are not the ones that
    /// this version knows.
    pub async fn open(config: SqliteConfig) -> Result<Self, StoreError> {
        let at = |error| at_path(error, &config.path);
        let mut connection = open_writer(&config).await?;
        migrate::prepare(&mut connection, config.busy_timeout).await.map_err(at)?;
        let readers = Readers::open(&config).await?;
        let written = Arc::new(Written::default());
        Ok(Self {
            writer: Writer::start(connection, &config, written.clone()),
            readers,
            statements: Statements::default(),
            counts: Counts::new(config.count_cache_age, written),
            file: FileIdentity::of(&config.path),
            contexts: RwLock::new(migrate::contexts()),
        })
    }

    /// Looks at a database without changing it: no file is made, and one of an older version is left so. Beside a program
    /// that works on it, too.
    ///
    /// # Errors
    /// As [`SqliteStore::open`], and where there is no file.
    pub async fn inspect(config: &SqliteConfig) -> Result<Inspection, StoreError> {
        let at = |error| at_path(error, &config.path);
        let mut connection = open_existing(config).await?;
        let found = migrate::inspect(&mut connection).await.map_err(at);
        // Whatever was found, the file is left as it was.
        let closed = sqlx::Connection::close(connection).await.map_err(|error| at(store_error(error, "database")));
        let (version, latest) = found?;
        closed?;
        Ok(Inspection { version, latest })
    }

    /// Lets reads end and what waits be written, then closes every connection. Calls that come later are refused.
    pub async fn close(&self) {
        // The writer last: only a connection that may write can leave one file behind, without its write-ahead log.
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Whether the file is still where it was opened. Reads go on without it; writes are refused.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it was deleted or replaced.
    pub fn in_place(&self) -> Result<(), StoreError> {
        self.file.check()
    }

    /// Whether writes can be made: the file is in place, and where the last writes failed, as on a full disk, one is tried
    /// that changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] with what stands in the way.
    pub async fn writable(&self) -> Result<(), StoreError> {
        self.in_place()?;
        if self.writer.is_failing() {
            self.writer.write(Batch::new(vec![migrate::same_form()])?).await?;
        }
        Ok(())
    }

    /// How many writes wait for the writer.
    pub fn waiting_writes(&self) -> usize {
        self.writer.waiting()
    }

    /// Reads the whole file and checks that it is sound: seconds for a large one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] with the first fault found.
    pub async fn check(&self) -> Result<(), StoreError> {
        let rows = self.readers.rows(&"PRAGMA integrity_check(1)".into(), Vec::new(), "database").await?;
        migrate::sound(&rows)
    }

    /// The statements that [`ddl`] wants for these entities and their contexts' event logs, and that the database has
    /// not got in the same form: for a test that a migration is complete.
    pub async fn missing_ddl(&self, schemas: &[&Schema]) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL".into();
        let rows = self.readers.rows(&sql, Vec::new(), "schema").await?;
        let texts = rows.iter().map(|row| String::read(row, 0).map(|text| normal(&text)));
        let present: HashSet<String> =
            texts.collect::<Result<_, ValueError>>().map_err(|source| corrupt("schema", source))?;
        let mut seen = HashSet::new();
        let contexts = schemas.iter().map(|schema| schema.context).filter(|context| seen.insert(*context));
        let wanted = contexts.flat_map(event_ddl).chain(schemas.iter().flat_map(|schema| ddl(schema)));
        Ok(wanted.filter(|statement| !present.contains(&normal(statement))).collect())
    }

    /// Makes the tables of a context of your own, where they are missing. The contexts that DriveEver brings are made by
    /// its migrations; how yours change later is up to you.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when a table of that name has other columns.
    pub async fn create_tables(&self, context: &'static str, schemas: &[&Schema]) -> Result<(), StoreError> {
        let missing = self.missing_ddl(schemas).await?;
        let steps = missing.into_iter().map(|statement| Step::any(statement.into(), Vec::new(), "table"));
        self.writer.write(Batch::new(steps.collect())?).await?;
        let mut contexts = self.contexts.write();
        if !contexts.contains(&context) {
            contexts.push(context);
        }
        Ok(())
    }

    pub(crate) fn contexts(&self) -> Vec<&'static str> {
        self.contexts.read().clone()
    }

    pub(crate) async fn count(&self, sql: &Arc<str>, binds: Vec<Value>, kind: &'static str) -> Result<u64, StoreError> {
        let row = self.readers.row(sql, binds, kind).await?;
        let rows = row.map_or(Ok(0), |row| i64::read(&row, 0)).map_err(|source| corrupt(kind, source))?;
        Ok(u64::try_from(rows).unwrap_or(0))
    }
}

const fn corrupt(kind: &'static str, source: ValueError) -> StoreError {
    StoreError::Corrupt { kind, source }
}

#[async_trait]
impl<C: Context> ContextStore<C> for SqliteStore {
    async fn commit(&self, changes: Changes<C>) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        let steps = self.statements.commit(C::NAME, changes.into_parts())?;
        self.writer.write(Batch::new(steps)?).await.map(|_| ())
    }

    async fn find_all(&self, reads: Reads<C>) -> Result<Found<C>, StoreError> {
        let reads = reads.reads();
        let mut found: Vec<Vec<Row>> = reads.iter().map(|_| Vec::new()).collect();
        if reads.is_empty() {
            return Ok(Found::new(found));
        }
        let sql = Sql::of_reads(reads, |read| Arc::clone(&self.statements.table(read.schema).columns))?;
        for row in self.readers.rows(&sql.text.into(), sql.binds, C::NAME).await? {
            let place = i64::read(&row, 0).map_err(|source| corrupt(C::NAME, source))?;
            let place = usize::try_from(place).unwrap_or(usize::MAX);
            if let Some((read, rows)) = reads.get(place).zip(found.get_mut(place)) {
                rows.push(values(read.schema, &row, 1).map_err(|source| corrupt(read.schema.kind, source))?);
            }
        }
        Ok(Found::new(found))
    }

    async fn handled(&self, events: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
        let sql = self.statements.context(C::NAME);
        let rows = self.readers.rows(&sql.handled, vec![id_list(events)], "handled message").await?;
        let ids = rows.iter().map(|row| Uuid::read(row, 0));
        let known: HashSet<Uuid> =
            ids.collect::<Result<_, _>>().map_err(|source| corrupt("handled message", source))?;
        Ok(events.iter().copied().filter(|id| known.contains(id)).collect())
    }
}

#[async_trait]
impl<E: Entity> Repository<E> for SqliteStore {
    async fn get(&self, id: Id<E>) -> Result<Option<E>, StoreError> {
        let sql = self.statements.table(E::SCHEMA);
        let row = self.readers.row(&sql.get, vec![Value::Uuid(id.uuid())], E::SCHEMA.kind).await?;
        row.as_ref().map(entity).transpose()
    }

    async fn find(&self, query: &Query<E>) -> Result<Vec<E>, StoreError> {
        let Sql { text, binds } = find_sql(&self.statements, query)?;
        let rows = self.readers.rows(&text.into(), binds, E::SCHEMA.kind).await?;
        rows.iter().map(entity).collect()
    }

    /// Exact up to [`EXACT_COUNT`](crate::EXACT_COUNT) for what this process wrote; above, and for what another process wrote, a count that
    /// is up to [`SqliteConfig::count_cache_age`] old.
    async fn count(&self, query: &Query<E>) -> Result<u64, StoreError> {
        let mut condition = Sql::default();
        condition.push_where(E::SCHEMA, query.filter.node(), query.deleted);
        let Sql { text: condition, binds } = condition;
        let (table, kind) = (E::SCHEMA.table, E::SCHEMA.kind);
        let mut key = format!("{table}{condition}");
        let _ = write!(key, "{binds:?}");
        let whole = format!("SELECT COUNT(*) FROM {table}{condition}").into();
        self.counts.get(kind, key, Self::count(self, &whole, binds, kind)).await
    }
}

pub(crate) fn find_sql<E: Entity>(statements: &Statements, query: &Query<E>) -> Result<Sql, StoreError> {
    Sql::of_read(&statements.table(E::SCHEMA).columns, &Read::of(query, None))
}
