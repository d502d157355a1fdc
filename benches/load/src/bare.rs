//! The peer: the fewest lines of axum and sqlx that answer the same rows.

use std::path::Path;

use axum::{
    Router,
    extract::{Path as UrlPath, State},
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use sqlx::{Row, SqlitePool, sqlite::SqliteConnectOptions};

use crate::Fault;

/// Serves prompts by id and by page until the process is killed.
pub(crate) async fn serve(database: &Path, port: u16) -> Result<(), Fault> {
    let options = SqliteConnectOptions::new().filename(database).read_only(true);
    let pool = SqlitePool::connect_with(options).await?;
    let router = Router::new().route("/prompts/{id}", get(prompt)).route("/prompts", get(page)).with_state(pool);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

/// A prompt with its version: what the server's answer is made of.
async fn prompt(State(pool): State<SqlitePool>, UrlPath(id): UrlPath<String>) -> impl IntoResponse {
    let id = id.replace('-', "");
    let row = sqlx::query(
        "SELECT p.name, p.description, p.category, p.tags, p.revision, v.template, v.variables, v.expected_output \
         FROM prompt_prompts p JOIN prompt_versions v ON v.prompt_id = p.id AND v.number = p.latest_version \
         WHERE p.id = unhex(?) AND p.deleted_at IS NULL",
    )
    .bind(id)
    .fetch_optional(&pool)
    .await;
    match row {
        Ok(Some(row)) => {
            let text = |column: &str| row.get::<String, _>(column);
            let body = serde_json::json!({
                "name": text("name"), "description": text("description"), "category": text("category"),
                "tags": text("tags"), "revision": row.get::<i64, _>("revision"), "template": text("template"),
                "variables": text("variables"), "expectedOutput": text("expected_output"),
            });
            ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A page of twenty with its total.
async fn page(State(pool): State<SqlitePool>) -> impl IntoResponse {
    let total = sqlx::query("SELECT count(*) FROM prompt_prompts WHERE deleted_at IS NULL").fetch_one(&pool).await;
    let rows = sqlx::query(
        "SELECT name, description, category, tags, revision FROM prompt_prompts WHERE deleted_at IS NULL \
         ORDER BY id LIMIT 20",
    )
    .fetch_all(&pool)
    .await;
    match (total, rows) {
        (Ok(total), Ok(rows)) => {
            let row = |row: &sqlx::sqlite::SqliteRow| {
                let text = |column: &str| row.get::<String, _>(column);
                serde_json::json!({
                    "name": text("name"), "description": text("description"), "category": text("category"),
                    "tags": text("tags"), "revision": row.get::<i64, _>("revision"),
                })
            };
            let data: Vec<_> = rows.iter().map(row).collect();
            let body = serde_json::json!({ "data": data, "total": total.get::<i64, _>(0) });
            ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
