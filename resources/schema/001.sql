-- Concierge's database, version 1. Each file here takes the one before it a version further; none changes
-- once it was released. A statement ends with a semicolon at the end of a line.

-- `secret`: 32 bytes, of this installation. `run`: how often the database was opened for serving; positions
-- of a run begin at run * 2^40.
CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value NOT NULL
) WITHOUT ROWID;

-- What waits for users. Ids and data are bytes as they came; NULL is empty.
CREATE TABLE waiting (
    position INTEGER PRIMARY KEY,
    user BLOB NOT NULL,
    stored_at INTEGER NOT NULL,  -- wall time, ms
    kind INTEGER NOT NULL,       -- 1: message, 2: receipt
    flags INTEGER NOT NULL,      -- of a message: 1 appendSenderId, 2 appendTimestamp, 4 appendMessageId; of a receipt: its state
    peer BLOB,                   -- of a message: the sender, of a receipt: the receiver
    message_id BLOB,
    chat BLOB,
    timestamp INTEGER NOT NULL,  -- wall time, ms
    data BLOB,
    attachments BLOB             -- each with its length before it, 4 bytes, the highest first
);

-- Members of chats, in the order of joining.
CREATE TABLE member (
    joined INTEGER PRIMARY KEY,
    chat BLOB NOT NULL,
    user BLOB NOT NULL,
    UNIQUE (chat, user)
);

-- Which ids were taken from whom, and who received what; server/chat/Ledger.cpp knows the bytes.
CREATE TABLE ledger (
    number INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL
);
