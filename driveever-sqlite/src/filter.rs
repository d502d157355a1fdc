//! Filters, orders and places in a list as SQL, with parameters only.
//!
//! The meaning is that of [`Filter::matches`](driveever_core::query::Filter::matches), which knows true and false. SQL
//! also knows unknown: where a null could make a comparison unknown below a negation, the comparison says that the
//! column is not null, so that it is false there as well. Elsewhere unknown counts as false, and the plain form lets
//! indexes be used.

use std::{fmt::Write as _, sync::Arc};

use driveever_core::{
    entity::Schema,
    error::StoreError,
    query::{Comparison, Deleted, Node, Start, words},
    reads::Read,
    validate::Violation,
    value::Value,
};

use crate::ddl::searches;

/// A piece of SQL and its parameters.
#[derive(Debug, Default)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) binds: Vec<Value>,
}

/// Up to so many values of a list are parameters of their own; more travel as one JSON list.
const MAX_LIST_PARAMETERS: usize = 64;
/// SQLite refuses expressions deeper than 1,000; conditions beyond this many are put in groups.
const MAX_CHAIN: usize = 200;

/// The limit as a parameter. SQLite looks into a bare `LIMIT ?` when it plans, and for that prepares the statement anew
/// each time that it is bound, which costs more than running it; the sign hides the parameter from the planner
/// (`sqlite3ExprIsInteger` in its source).
pub(crate) const LIMIT: &str = " LIMIT +?";

impl Sql {
    /// The statement of a query for these columns.
    pub(crate) fn of_read(columns: &str, read: &Read) -> Result<Self, StoreError> {
        let mut sql = Self { text: format!("SELECT {columns} FROM {}", read.schema.table), binds: Vec::new() };
        sql.push_where(read.schema, &read.filter, read.deleted);
        sql.push_page(read)?;
        Ok(sql)
    }

    /// Several queries as one statement, which sees one state of the file and is one trip. A row begins with the number of
    /// its query and ends in nulls where another query has more columns.
    ///
    /// A query that finds one row at most is found again where others belong to its row: that is two steps down an index,
    /// and without it SQLite would set up a temporary table. Every other is a table expression, to be found by its name.
    pub(crate) fn of_reads(reads: &[Read], columns: impl Fn(&Read) -> Arc<str>) -> Result<Self, StoreError> {
        let widest = reads.iter().map(|read| read.schema.columns.len()).max().unwrap_or(0);
        let single = single_rows(reads);
        let (mut whole, mut rows) = (Self::default(), Self::default());
        for (place, read) in reads.iter().enumerate() {
            if place > 0 {
                rows.text.push_str(" UNION ALL ");
            }
            let nulls = ", NULL".repeat(widest - read.schema.columns.len());
            let (columns, table) = (columns(read), read.schema.table);
            if single.get(place) == Some(&true) {
                let _ = write!(rows.text, "SELECT {place}, {columns}{nulls} FROM {table}");
                rows.push_which(reads, &single, read);
            } else {
                let with = if whole.text.is_empty() { "WITH" } else { "," };
                let _ = write!(whole.text, "{with} found_{place} AS (SELECT {columns} FROM {table}");
                whole.push_which(reads, &single, read);
                whole.push_page(read)?;
                whole.text.push(')');
                let _ = write!(rows.text, "SELECT {place}, *{nulls} FROM found_{place}");
            }
        }
        whole.text.push(' ');
        whole.text.push_str(&rows.text);
        whole.binds.extend(rows.binds);
        Ok(whole)
    }

    /// Adds which rows a query wants, and to what they belong.
    fn push_which(&mut self, reads: &[Read], single: &[bool], read: &Read) {
        self.push_where(read.schema, &read.filter, read.deleted);
        let Some(of) = read.of else { return };
        let (column, key) = (of.column, of.to_column);
        match reads.get(of.to).filter(|_| single.get(of.to) == Some(&true)) {
            Some(earlier) => {
                let _ = write!(self.text, " AND \"{column}\" = (SELECT \"{key}\" FROM {}", earlier.schema.table);
                self.push_which(reads, single, earlier);
                self.text.push(')');
            }
            None => {
                let _ = write!(self.text, " AND \"{column}\" IN (SELECT \"{key}\" FROM found_{})", of.to);
            }
        }
    }

    /// Adds ` WHERE ...` for the rows of a query, wherever it starts.
    pub(crate) fn push_where(&mut self, schema: &Schema, filter: &Node, deleted: Deleted) {
        self.text.push_str(" WHERE ");
        if schema.versioned {
            match deleted {
                Deleted::Excluded => self.text.push_str("deleted_at IS NULL AND "),
                Deleted::Only => self.text.push_str("deleted_at IS NOT NULL AND "),
                Deleted::Included => {}
            }
        } else if deleted == Deleted::Only {
            self.text.push_str("0 AND ");
        }
        self.node(schema, filter, false);
    }

    /// Adds the place where a query starts, its order and its limit.
    fn push_page(&mut self, read: &Read) -> Result<(), StoreError> {
        if let Start::After(key) = &read.start {
            if key.len() != read.order.len() {
                return Err(StoreError::Cursor(Violation::new("cursor", "does not fit the list's order")));
            }
            self.text.push_str(" AND ");
            self.after(&read.order, key);
        }
        self.text.push_str(" ORDER BY ");
        for (place, (column, descending)) in read.order.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            let direction = if *descending { " DESC" } else { "" };
            let _ = write!(self.text, "{comma}\"{column}\"{direction}");
        }
        self.text.push_str(LIMIT);
        self.binds.push(Value::Int(i64::from(read.limit)));
        if let Start::Offset(offset) = read.start {
            self.text.push_str(" OFFSET ?");
            self.binds.push(Value::Int(i64::try_from(offset).unwrap_or(i64::MAX)));
        }
        Ok(())
    }

    /// `(a, b) > (?, ?)` when all columns run in one direction; else the same spelled out, with the bound of the first
    /// column in front, which an index can use.
    fn after(&mut self, order: &[(&'static str, bool)], key: &[Value]) {
        let Some((leading, descends)) = order.first() else { return };
        let beyond = |descending: bool| if descending { "<" } else { ">" };
        if order.iter().all(|(_, descending)| descending == descends) {
            let columns: Vec<_> = order.iter().map(|(column, _)| format!("\"{column}\"")).collect();
            let marks = vec!["?"; key.len()].join(", ");
            let _ = write!(self.text, "({}) {} ({marks})", columns.join(", "), beyond(*descends));
            self.binds.extend(key.iter().cloned());
            return;
        }
        let _ = write!(self.text, "\"{leading}\" {}= ? AND (", beyond(*descends));
        self.binds.extend(key.first().cloned());
        for (place, ((column, descending), value)) in order.iter().zip(key).enumerate() {
            if place > 0 {
                self.text.push_str(" OR ");
            }
            self.text.push('(');
            for ((equal, _), value) in order.iter().zip(key).take(place) {
                let _ = write!(self.text, "\"{equal}\" = ? AND ");
                self.binds.push(value.clone());
            }
            let _ = write!(self.text, "\"{column}\" {} ?)", beyond(*descending));
            self.binds.push(value.clone());
        }
        self.text.push(')');
    }

    fn node(&mut self, schema: &Schema, node: &Node, negated: bool) {
        match node {
            Node::All(nodes) => self.chain(schema, nodes, " AND ", "1", negated),
            Node::Any(nodes) => self.chain(schema, nodes, " OR ", "0", negated),
            Node::Not(node) => {
                self.text.push_str("NOT (");
                self.node(schema, node, true);
                self.text.push(')');
            }
            Node::Compare { value: Value::Null, .. } => self.text.push('0'),
            Node::Compare { column, op, value } => {
                let open = self.open_guard(schema, column, negated);
                let _ = write!(self.text, "\"{column}\" {} ?", operator(*op));
                self.binds.push(value.clone());
                self.close_guard(open);
            }
            Node::OneOf { values, .. } if values.is_empty() => self.text.push('0'),
            Node::OneOf { column, values } => {
                let open = self.open_guard(schema, column, negated);
                let _ = write!(self.text, "\"{column}\" IN (");
                self.list(values);
                self.text.push(')');
                self.close_guard(open);
            }
            Node::IsNull { column, null } => {
                let _ = write!(self.text, "\"{column}\" IS {}NULL", if *null { "" } else { "NOT " });
            }
            Node::Has { column, item } => {
                let table = schema.table;
                let _ = write!(
                    self.text,
                    "EXISTS (SELECT 1 FROM json_each({table}.\"{column}\") AS item WHERE item.value = ?)"
                );
                self.binds.push(Value::Text(item.clone()));
            }
            Node::Search(text) => self.search(schema, text),
        }
    }

    fn chain(&mut self, schema: &Schema, nodes: &[Node], joint: &str, empty: &str, negated: bool) {
        match nodes {
            [] => self.text.push_str(empty),
            [node] => self.node(schema, node, negated),
            nodes if nodes.len() > MAX_CHAIN => {
                for (place, group) in nodes.chunks(nodes.len().div_ceil(MAX_CHAIN)).enumerate() {
                    self.text.push_str(if place == 0 { "(" } else { joint });
                    self.chain(schema, group, joint, empty, negated);
                }
                self.text.push(')');
            }
            nodes => {
                for (place, node) in nodes.iter().enumerate() {
                    self.text.push_str(if place == 0 { "(" } else { joint });
                    self.node(schema, node, negated);
                }
                self.text.push(')');
            }
        }
    }

    fn open_guard(&mut self, schema: &Schema, column: &str, negated: bool) -> bool {
        let spec = schema.position(column).and_then(|position| schema.columns.get(position));
        let guarded = negated && spec.is_none_or(|spec| spec.nullable);
        if guarded {
            let _ = write!(self.text, "(\"{column}\" IS NOT NULL AND ");
        }
        guarded
    }

    fn close_guard(&mut self, guarded: bool) {
        if guarded {
            self.text.push(')');
        }
    }

    fn list(&mut self, values: &[Value]) {
        if values.len() > MAX_LIST_PARAMETERS
            && let Some((expression, list)) = packed(values)
        {
            let _ = write!(self.text, "SELECT {expression} FROM json_each(?)");
            self.binds.push(list);
            return;
        }
        // Lists of similar length share one text, and so one prepared statement: the last value is repeated.
        let places = values.len().next_power_of_two();
        self.text.push_str(&vec!["?"; places].join(", "));
        self.binds.extend(values.iter().chain(values.last().into_iter().cycle()).take(places).cloned());
    }

    fn search(&mut self, schema: &Schema, text: &str) {
        // Words hold letters and digits only, so that none can end the quotes.
        let query: Vec<String> = words(text).map(|word| format!("\"{word}\"*")).collect();
        if query.is_empty() || !searches(schema) {
            self.text.push('0');
            return;
        }
        let table = schema.table;
        let _ = write!(self.text, "{table}.rowid IN (SELECT rowid FROM {table}_search WHERE {table}_search MATCH ?)");
        self.binds.push(Value::Text(query.join(" ")));
    }
}

/// Which queries find one row at most, from its start and whatever their order: those by id.
fn single_rows(reads: &[Read]) -> Vec<bool> {
    let mut single = Vec::with_capacity(reads.len());
    for read in reads {
        let whole = matches!(read.start, Start::First | Start::Offset(0)) && read.limit > 0;
        let of_one = read.of.is_some_and(|of| of.column == "id" && single.get(of.to) == Some(&true));
        single.push(whole && (of_one || names_an_id(&read.filter)));
    }
    single
}

fn names_an_id(node: &Node) -> bool {
    match node {
        Node::Compare { column, op, .. } => *column == "id" && *op == Comparison::Equal,
        Node::All(nodes) => nodes.iter().any(names_an_id),
        _ => false,
    }
}

/// A long list as one JSON parameter, and how its items become what the column holds; numbers with a fraction are left
/// out, because SQLite reads their text less exactly than it stores them.
fn packed(values: &[Value]) -> Option<(&'static str, Value)> {
    let mut expression = "value";
    let items = values.iter().map(|value| match value {
        Value::Bool(value) => Some(i64::from(*value).into()),
        Value::Int(value) => Some((*value).into()),
        Value::Time(value) => Some(value.as_micros().into()),
        Value::Text(value) | Value::Json(value) => Some(value.as_str().into()),
        Value::Date(value) => Some(value.to_string().into()),
        Value::Uuid(value) => {
            expression = "unhex(value)";
            Some(value.simple().to_string().into())
        }
        Value::Null | Value::Real(_) => None,
    });
    let items: Option<Vec<serde_json::Value>> = items.collect();
    Some((expression, Value::Json(serde_json::Value::Array(items?).to_string())))
}

const fn operator(op: Comparison) -> &'static str {
    match op {
        Comparison::Equal => "=",
        Comparison::NotEqual => "<>",
        Comparison::Less => "<",
        Comparison::AtMost => "<=",
        Comparison::Greater => ">",
        Comparison::AtLeast => ">=",
    }
}
