//! What SQLite's errors mean here.

use driveever_core::error::StoreError;

/// SQLite's primary result codes (<https://www.sqlite.org/rescode.html>) that have a meaning of their own here.
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const READONLY: i32 = 8;
    pub(super) const IOERR: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANTOPEN: i32 = 14;
    pub(super) const TOOBIG: i32 = 18;
    pub(super) const CONSTRAINT: i32 = 19;
    pub(super) const NOTADB: i32 = 26;
    pub(super) const CONSTRAINT_PRIMARYKEY: i32 = 1_555;
    pub(super) const CONSTRAINT_UNIQUE: i32 = 2_067;
}

/// What an error of the driver is to a caller, `kind` being what was read or written.
pub(crate) fn store_error(error: sqlx::Error, kind: &'static str) -> StoreError {
    let Some(database) = error.as_database_error() else {
        return unavailable(driver_advice(&error), error);
    };
    let extended = code_of(database);
    match (extended, extended & 0xff) {
        (code::CONSTRAINT_PRIMARYKEY | code::CONSTRAINT_UNIQUE, _) => {
            StoreError::Duplicate { kind, columns: columns_of(database.message()) }
        }
        (_, code::CONSTRAINT) => StoreError::Unstorable { kind, detail: database.message().to_owned() },
        (_, code::TOOBIG) => StoreError::Unstorable { kind, detail: "it is larger than SQLite keeps".to_owned() },
        (_, primary) => unavailable(advice(primary).to_owned(), error),
    }
}

/// Whether an error concerns one write alone, so that others of its group can go on.
pub(crate) const fn is_refusal(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Duplicate { .. }
            | StoreError::Stale { .. }
            | StoreError::Missing { .. }
            | StoreError::Unstorable { .. }
    )
}

/// Whether another process, or another connection of this one, has the lock that was needed.
pub(crate) fn is_busy(error: &StoreError) -> bool {
    let StoreError::Unavailable { source: Some(source), .. } = error else { return false };
    let database = source.downcast_ref::<sqlx::Error>().and_then(sqlx::Error::as_database_error);
    database.is_some_and(|database| matches!(code_of(database) & 0xff, code::BUSY | code::LOCKED))
}

/// An error that an operator has to look at.
pub(crate) fn unavailable(detail: impl Into<String>, error: sqlx::Error) -> StoreError {
    StoreError::Unavailable { detail: detail.into(), source: Some(Box::new(error)) }
}

/// The same, without a fault of the driver behind it.
pub(crate) fn refused(detail: impl Into<String>) -> StoreError {
    StoreError::Unavailable { detail: detail.into(), source: None }
}

fn code_of(error: &dyn sqlx::error::DatabaseError) -> i32 {
    error.code().and_then(|code| code.parse().ok()).unwrap_or(0)
}

fn driver_advice(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::WorkerCrashed => "the connection's thread ended".to_owned(),
        other => format!("SQLite's driver failed: {other}"),
    }
}

fn advice(primary: i32) -> &'static str {
    match primary {
        code::BUSY | code::LOCKED => {
            "the database is locked by another process: wait for it to finish, or stop it if it hangs"
        }
        code::READONLY => {
            "the database is read-only: make the file and its folder writable for this user, and check that the file was \
             not moved"
        }
        code::IOERR => "reading or writing the database file failed: check the disk and the system's log",
        code::CORRUPT => "the database file is damaged: stop, keep a copy of it, and restore a backup",
        code::FULL => "the disk or the database is full: free some space; nothing of this write was stored",
        code::CANTOPEN => {
            "the database file cannot be opened: check that its folder exists and that this user may use it"
        }
        code::NOTADB => "the file is no SQLite database: check the path, or restore a backup",
        _ => "SQLite refused a statement",
    }
}

/// The columns in SQLite's message `UNIQUE constraint failed: table.a, table.b`, separated by commas.
fn columns_of(message: &str) -> String {
    let names = message.rsplit(": ").next().unwrap_or_default();
    let columns = names.split(", ").map(|name| name.rsplit('.').next().unwrap_or(name));
    columns.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_from_the_message() {
        assert_eq!(columns_of("UNIQUE constraint failed: user_users.email"), "email");
        assert_eq!(
            columns_of("UNIQUE constraint failed: t.owner_id, t.registration_number"),
            "owner_id, registration_number"
        );
    }
}
