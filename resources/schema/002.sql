-- Concierge's database, version 2: what the platform's own back end (API_URL) is to have.

-- Messages that were taken, in that order, until the back end has taken them.
CREATE TABLE outgoing (
    number INTEGER PRIMARY KEY,
    state INTEGER NOT NULL,      -- 0: to be posted, 1: set aside, because the back end refuses it
    bytes INTEGER NOT NULL,      -- that it is counted for
    flags INTEGER NOT NULL,      -- as waiting's; 16: published by the back end itself
    receivers BLOB,              -- ids, as waiting's attachments; NULL: the members of the chat
    peer BLOB,                   -- the sender
    message_id BLOB,
    chat BLOB,
    timestamp INTEGER NOT NULL,  -- wall time, ms
    data BLOB,
    attachments BLOB,
    reason TEXT                  -- why it was set aside
);

CREATE INDEX outgoing_set_aside ON outgoing (number) WHERE state = 1;
