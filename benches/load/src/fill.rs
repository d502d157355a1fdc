//! A large database without the hours that it takes to make it over HTTP: copies of one prompt, row by row as the server
//! wrote it, under ids and names of their own.

use std::path::Path;

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, SqliteConnection, sqlite::SqliteConnectOptions,
};

use crate::Fault;

/// Copies the prompt with this id, and its newest version, so many times. Nobody else may have the file open.
pub(crate) async fn copy(database: &Path, prompt: &str, copies: u32) -> Result<(), Fault> {
    let options = SqliteConnectOptions::new().filename(database).pragma("synchronous", "OFF");
    let mut connection = options.connect().await?;
    // Ids are made by time, and so end in what is random: counted through there, they stay in the prompt's place.
    let id = |of: &str| format!("unhex(substr(hex({of}), 1, 20) || printf('%012x', counter.value))");
    let changed = [
        ("prompt_prompts", "id", id("p.id")),
        ("prompt_prompts", "name", "p.name || '-' || counter.value".to_owned()),
        ("prompt_prompts", "latest_version_id", id("v.id")),
        ("prompt_prompts", "production_version_id", id("v.id")),
        ("prompt_versions", "id", id("v.id")),
        ("prompt_versions", "prompt_id", id("p.id")),
    ];
    for (table, alias) in [("prompt_prompts", "p"), ("prompt_versions", "v")] {
        let columns = columns(&mut connection, table).await?;
        let value = |column: &String| {
            let change = changed.iter().find(|(of, name, _)| *of == table && name == column);
            change.map_or_else(|| format!("{alias}.\"{column}\""), |(_, _, value)| value.clone())
        };
        let (names, values): (Vec<_>, Vec<_>) =
            columns.iter().map(|column| (format!("\"{column}\""), value(column))).unzip();
        let sql = format!(
            "WITH RECURSIVE counter (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM counter WHERE value < ?) \
             INSERT INTO {table} ({}) SELECT {} FROM counter, prompt_prompts p \
             JOIN prompt_versions v ON v.id = p.latest_version_id WHERE p.id = unhex(?)",
            names.join(", "),
            values.join(", ")
        );
        sqlx::query(AssertSqlSafe(sql)).bind(copies).bind(prompt.replace('-', "")).execute(&mut connection).await?;
    }
    connection.close().await?;
    Ok(())
}

async fn columns(connection: &mut SqliteConnection, table: &str) -> Result<Vec<String>, Fault> {
    let sql = "SELECT name FROM pragma_table_info(?) WHERE name <> 'rowid'";
    let rows = sqlx::query(sql).bind(table).fetch_all(connection).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
