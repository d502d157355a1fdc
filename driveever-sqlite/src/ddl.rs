//! Tables from schemas: what a migration has to hold.
//!
//! Migrations are written by hand, so that a released database changes only as its author decided; [`ddl`] says what
//! they must amount to, and [`SqliteStore::missing_ddl`](crate::SqliteStore::missing_ddl) compares. Indexes beyond those
//! named here, for the order of a list or a query of one context, are the migrations' own.
//!
//! How values are kept: `Uuid` as a BLOB of 16 bytes, `Time` as INTEGER microseconds since 1970, `Date` as TEXT
//! `YYYY-MM-DD`, `Bool` as INTEGER 0 or 1, `Json` as TEXT, `Real` as REAL. Tables are STRICT.

use driveever_core::{entity::Schema, value::ColumnType};

/// The statements that make an entity's table, its unique and look-up indexes and, when it has searchable columns, its
/// full-text index.
pub fn ddl(schema: &Schema) -> Vec<String> {
    let table = schema.table;
    let mut lines = Vec::with_capacity(schema.columns.len() + 1);
    if searches(schema) {
        // A row number of its own: the full-text index refers to it, and VACUUM changes numbers that have no column.
        lines.push("rowid INTEGER PRIMARY KEY".to_owned());
    }
    for spec in schema.columns {
        let null = if spec.nullable { "" } else { " NOT NULL" };
        let key = match spec.name {
            "id" if searches(schema) => " UNIQUE",
            "id" => " PRIMARY KEY",
            _ => "",
        };
        lines.push(format!("\"{}\" {}{null}{key}", spec.name, sql_type(spec.kind)));
    }
    let mut statements = vec![format!("CREATE TABLE {table} (\n    {}\n) STRICT", lines.join(",\n    "))];
    let living = if schema.versioned { " WHERE deleted_at IS NULL" } else { "" };
    for columns in schema.unique {
        let (name, list) = (columns.join("_"), quoted(columns));
        statements.push(format!("CREATE UNIQUE INDEX {table}_unique_{name} ON {table} ({list}){living}"));
    }
    for column in schema.lookup {
        // A unique index that begins with the column serves as well, where it covers deleted rows.
        let covered = !schema.versioned && schema.unique.iter().any(|columns| columns.first() == Some(column));
        if covered {
            continue;
        }
        statements.push(format!("CREATE INDEX {table}_by_{column} ON {table} (\"{column}\", \"id\")"));
    }
    if searches(schema) {
        // The words come from `driveever_core::query::search_words`, separated by blanks. This tokenizer leaves all but
        // ASCII punctuation in them alone, so that both sides of a search are cut and folded by the same rule.
        statements.push(format!(
            "CREATE VIRTUAL TABLE {table}_search USING fts5 (words, tokenize = 'ascii', detail = none, columnsize = 0)"
        ));
    }
    statements
}

/// The statements that make a context's event log and inbox.
pub fn event_ddl(context: &str) -> Vec<String> {
    event_sql(context).split(";\n").map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

/// The same as one text.
pub(crate) fn event_sql(context: &str) -> String {
    include_str!("../migrations/events.sql").replace("{context}", context)
}

/// Whether an entity has a full-text index.
pub(crate) const fn searches(schema: &Schema) -> bool {
    !schema.search.is_empty()
}

/// Column names for SQL, quoted because some are its words.
pub(crate) fn quoted(columns: &[&str]) -> String {
    columns.iter().map(|column| format!("\"{column}\"")).collect::<Vec<_>>().join(", ")
}

const fn sql_type(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Bool | ColumnType::Int | ColumnType::Time => "INTEGER",
        ColumnType::Real => "REAL",
        ColumnType::Text | ColumnType::Date | ColumnType::Json => "TEXT",
        ColumnType::Uuid => "BLOB",
    }
}

/// What a statement makes, and its text without what may differ in spelling: blanks, quotes and letter case.
pub(crate) fn normal(statement: &str) -> String {
    let mut normal = String::with_capacity(statement.len());
    let code = statement.lines().map(|line| line.split("--").next().unwrap_or_default());
    for character in code.flat_map(|line| line.chars().chain([' '])) {
        if character.is_whitespace() {
            if normal.ends_with(|last: char| last.is_alphanumeric() || last == '_') {
                normal.push(' ');
            }
        } else if character != '"' {
            if !(character.is_alphanumeric() || character == '_') && normal.ends_with(' ') {
                normal.pop();
            }
            normal.extend(character.to_lowercase());
        }
    }
    normal.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_matter() {
        let a = "CREATE TABLE t (\n  \"a\" TEXT NOT NULL, -- a note\n  b BLOB\n) STRICT";
        let b = "create table t(a TEXT NOT NULL,b  BLOB) STRICT";
        assert_eq!(normal(a), normal(b));
        assert_ne!(normal(a), normal("create table t(a TEXT, b BLOB) STRICT"));
    }
}
