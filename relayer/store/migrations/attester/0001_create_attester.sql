-- An attester's record: what it signed. A database of its own, because an attester shares nothing with
-- a relayer, not even when both run on one machine.
--
-- Losing it, or restoring an old copy, cannot make it pay a redemption twice: it then signs only what
-- spends the proven custody output. It costs children of forgotten transactions their signature.

-- Whose record this is: one attester's, for one bridge.
CREATE TABLE identity (
    single INTEGER PRIMARY KEY NOT NULL CHECK (single = 1),
    instance BLOB NOT NULL CHECK (length(instance) = 32)
) STRICT;

CREATE TABLE signed_intents (
    txid BLOB PRIMARY KEY NOT NULL CHECK (length(txid) = 32),
    -- Height of the attester's Bitcoin tip when it first signed: no block up to it holds the
    -- transaction.
    signed_height INTEGER NOT NULL CHECK (signed_height >= 0),
    -- Version byte and JSON.
    intent BLOB NOT NULL
) STRICT;
