-- The relayer's record: what it watches, how far it searched, what every deposit waits for, what is
-- to be done, and which transactions may be on their way.
--
-- PostgreSQL gets the same tables in a folder of its own: INTEGER is BIGINT there and BLOB is BYTEA;
-- queries are shared. Blobs that hold a state start with a version byte, so that a later relayer
-- reads what an earlier one wrote.

-- Whose record this is: one relayer's, for one bridge. Another bridge's states mean nothing here.
CREATE TABLE identity (
    single INTEGER PRIMARY KEY NOT NULL CHECK (single = 1),
    instance BLOB NOT NULL CHECK (length(instance) = 32)
) STRICT;

CREATE TABLE descriptors (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 32),
    -- Order of arrival: pages do not shift when descriptors are added.
    position INTEGER NOT NULL UNIQUE,
    announcement BLOB NOT NULL,
    -- Every block up to this height was searched for it.
    scanned_to INTEGER NOT NULL CHECK (scanned_to >= 0)
) STRICT;

-- A block moves all cursors that stand right below it.
CREATE INDEX descriptors_by_scanned_to ON descriptors (scanned_to);

-- The newest searched blocks by hash. A reorganisation that happened while the process was dead is
-- noticed by comparing them with the best chain of today.
CREATE TABLE scanned_blocks (
    height INTEGER PRIMARY KEY NOT NULL CHECK (height >= 0),
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE deposits (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 32),
    descriptor_id BLOB NOT NULL REFERENCES descriptors (id),
    facts BLOB NOT NULL,
    -- The name in `state`, for people who look; `state` decides.
    state_name TEXT NOT NULL,
    state BLOB NOT NULL,
    -- 1 when nothing can happen any more: such rows are not loaded at a start.
    terminal INTEGER NOT NULL CHECK (terminal IN (0, 1))
) STRICT;

CREATE INDEX deposits_by_descriptor ON deposits (descriptor_id);
CREATE INDEX deposits_by_terminal ON deposits (terminal);

-- Written with the state that issues them, removed with the one that ends them: never apart.
CREATE TABLE deposit_duties (
    deposit_id BLOB NOT NULL REFERENCES deposits (id),
    duty TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (deposit_id, duty)
) STRICT;

CREATE TABLE header_relay (
    single INTEGER PRIMARY KEY NOT NULL CHECK (single = 1),
    state BLOB NOT NULL,
    duties BLOB NOT NULL
) STRICT;

-- Signed transactions, durable before they are first broadcast, until their nonce is spent for good.
CREATE TABLE transaction_intents (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 32),
    purpose BLOB NOT NULL,
    attempts BLOB NOT NULL
) STRICT;
