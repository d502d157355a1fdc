-- Orders and payments.

CREATE TABLE order_orders (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    user_id BLOB NOT NULL,
    status TEXT NOT NULL,
    payment_status TEXT NOT NULL,
    total_minor INTEGER NOT NULL,
    currency TEXT NOT NULL,
    prompt_id BLOB,
    response_id BLOB,
    metadata TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX order_orders_by_user_id ON order_orders (user_id, id);
CREATE INDEX order_orders_by_status ON order_orders (status, id);

CREATE TABLE order_items (
    id BLOB NOT NULL PRIMARY KEY,
    order_id BLOB NOT NULL,
    line INTEGER NOT NULL,
    product_id BLOB NOT NULL,
    product_type TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    requires_shipping INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    unit_price_minor INTEGER NOT NULL,
    total_minor INTEGER NOT NULL,
    metadata TEXT
) STRICT;
CREATE UNIQUE INDEX order_items_unique_order_id_line ON order_items (order_id, line);

CREATE TABLE order_transitions (
    id BLOB NOT NULL PRIMARY KEY,
    order_id BLOB NOT NULL,
    from_status TEXT,
    to_status TEXT NOT NULL,
    payment_status TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT,
    request_id TEXT NOT NULL,
    occurred_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX order_transitions_unique_order_id_to_status ON order_transitions (order_id, to_status);

CREATE TABLE order_sagas (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    kind TEXT NOT NULL,
    step TEXT NOT NULL,
    active INTEGER NOT NULL,
    input TEXT,
    progress TEXT NOT NULL,
    lease_owner BLOB,
    lease_until INTEGER NOT NULL,
    deadline INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX order_sagas_by_active ON order_sagas (active, id);

CREATE TABLE order_ledger_transactions (
    id BLOB NOT NULL PRIMARY KEY,
    key TEXT NOT NULL,
    operation TEXT NOT NULL,
    user_id BLOB NOT NULL,
    order_id BLOB,
    amount_minor INTEGER NOT NULL,
    currency TEXT NOT NULL,
    reference TEXT,
    note TEXT,
    expires_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX order_ledger_transactions_unique_key ON order_ledger_transactions (key);
CREATE INDEX order_ledger_transactions_by_order_id ON order_ledger_transactions (order_id, id);
CREATE INDEX order_ledger_transactions_by_user_id ON order_ledger_transactions (user_id, id);

CREATE TABLE order_ledger_accounts (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    deleted_at INTEGER,
    user_id BLOB NOT NULL,
    currency TEXT NOT NULL,
    available_minor INTEGER NOT NULL,
    held_minor INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX order_ledger_accounts_unique_user_id_currency
    ON order_ledger_accounts (user_id, currency) WHERE deleted_at IS NULL;
CREATE INDEX order_ledger_accounts_by_user_id ON order_ledger_accounts (user_id, id);

-- Lists in the order of time.
CREATE INDEX order_orders_of_user_by_time ON order_orders (user_id, created_at, id);

CREATE INDEX order_items_by_order_id ON order_items ("order_id", "id");
CREATE INDEX order_transitions_by_order_id ON order_transitions ("order_id", "id");
