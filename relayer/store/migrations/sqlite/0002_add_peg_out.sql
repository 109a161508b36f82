-- The other way: redemptions, custody, and the attempts to move it.

-- Minted deposits wait for a sweep. Their rows are loaded at a start as long as `awaits_sweep` is 1:
-- until a block that spends them is older than the searched blocks that are kept.
ALTER TABLE deposits ADD COLUMN awaits_sweep INTEGER NOT NULL DEFAULT 0
    CHECK (awaits_sweep IN (0, 1));
-- Height of the block of the best chain that spends the output.
ALTER TABLE deposits ADD COLUMN spent_at INTEGER CHECK (spent_at >= 0);

-- Relayers before this migration forgot a deposit once its mint was final.
UPDATE deposits SET awaits_sweep = 1 WHERE state_name = 'done';

CREATE INDEX deposits_by_awaits_sweep ON deposits (awaits_sweep);

CREATE TABLE redemptions (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id >= 0),
    redemption BLOB NOT NULL,
    -- The name in `state`, for people who look; `state` decides.
    state_name TEXT NOT NULL,
    state BLOB NOT NULL,
    -- 1 when nothing can happen any more: such rows are not loaded at a start.
    terminal INTEGER NOT NULL CHECK (terminal IN (0, 1))
) STRICT;

CREATE INDEX redemptions_by_terminal ON redemptions (terminal);

CREATE TABLE custody (
    single INTEGER PRIMARY KEY NOT NULL CHECK (single = 1),
    state BLOB NOT NULL,
    duties BLOB NOT NULL
) STRICT;

-- Signed transactions that spend a custody output: own ones, durable before they are first broadcast,
-- and those seen in blocks. One that lost may win after a reorganisation.
CREATE TABLE custody_attempts (
    txid BLOB PRIMARY KEY NOT NULL CHECK (length(txid) = 32),
    -- Everything but the block, which a reorganisation changes.
    facts BLOB NOT NULL,
    -- The block of the best chain that holds it, if one does.
    height INTEGER CHECK (height >= 0),
    hash BLOB CHECK (length(hash) = 32),
    CHECK ((height IS NULL) = (hash IS NULL))
) STRICT;

CREATE INDEX custody_attempts_by_height ON custody_attempts (height);

-- How far two other searches got: Bitcoin's blocks for custody transactions, and the contract's
-- events in final blocks.
CREATE TABLE cursors (
    name TEXT PRIMARY KEY NOT NULL CHECK (name IN ('custody-blocks', 'redemption-events')),
    position INTEGER NOT NULL CHECK (position >= 0)
) STRICT;
