-- The outbox's file. Sequences belong to streams and are never reused; a body is written once.
CREATE TABLE IF NOT EXISTS fact (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS stream (
    no       INTEGER PRIMARY KEY,
    key      BLOB NOT NULL UNIQUE CHECK (length(key) = 16),
    kind     TEXT NOT NULL,
    next_seq INTEGER NOT NULL DEFAULT 0,
    current  INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE UNIQUE INDEX IF NOT EXISTS one_current ON stream (kind) WHERE current = 1;

CREATE TABLE IF NOT EXISTS batch (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    stream     INTEGER NOT NULL REFERENCES stream (no),
    seq        INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    size       INTEGER NOT NULL,
    session    BLOB NOT NULL,
    queued_ms  INTEGER NOT NULL,
    mono_ms    INTEGER NOT NULL,
    settled_ms INTEGER,
    UNIQUE (stream, seq)
) STRICT;

CREATE INDEX IF NOT EXISTS waiting ON batch (kind, no) WHERE settled_ms IS NULL;
CREATE INDEX IF NOT EXISTS kept ON batch (settled_ms) WHERE settled_ms IS NOT NULL;

CREATE TABLE IF NOT EXISTS body (
    batch INTEGER PRIMARY KEY REFERENCES batch (no) ON DELETE CASCADE,
    bytes BLOB NOT NULL
) STRICT;

-- Sequences given up before they were receipted. `carrier` is the batch that declares them.
CREATE TABLE IF NOT EXISTS gap (
    no      INTEGER PRIMARY KEY,
    stream  BLOB NOT NULL,
    first   INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    carrier INTEGER
) STRICT;

CREATE TABLE IF NOT EXISTS anchor (
    boot       BLOB PRIMARY KEY,
    offset_ms  INTEGER NOT NULL,
    quality_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO fact VALUES ('bytes', 0);

CREATE TRIGGER IF NOT EXISTS bytes_in AFTER INSERT ON batch BEGIN
    UPDATE fact SET value = value + new.size WHERE name = 'bytes';
END;

CREATE TRIGGER IF NOT EXISTS bytes_changed AFTER UPDATE OF size ON batch BEGIN
    UPDATE fact SET value = value + new.size - old.size WHERE name = 'bytes';
END;

CREATE TRIGGER IF NOT EXISTS bytes_out AFTER DELETE ON batch BEGIN
    UPDATE fact SET value = value - old.size WHERE name = 'bytes';
END;
