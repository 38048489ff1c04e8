/** The tables, form by form. `docs/telemetry.md` names them for people's own SQL, so columns are added and never renamed. */

/** Written into the file's header: the letters `Loom`. */
export const applicationId = 0x4c6f6f6d;

/** What brings a file of one form to the next; the file's `user_version` counts the forms. */
export const forms: readonly string[] = [
  `
  CREATE TABLE calls (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    call_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    modality TEXT NOT NULL,
    stream INTEGER NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    upstream_model TEXT NOT NULL,
    account TEXT NOT NULL,
    status TEXT NOT NULL,
    error TEXT NOT NULL,
    latency_ms REAL NOT NULL,
    first_part_ms REAL,
    latency_bucket INTEGER NOT NULL,
    first_part_bucket INTEGER,
    input_tokens INTEGER,
    output_tokens INTEGER,
    cached_tokens INTEGER,
    cache_write_tokens INTEGER,
    reasoning_tokens INTEGER,
    more_usage TEXT,
    cost_nano_usd INTEGER,
    saved_nano_usd INTEGER,
    cache TEXT NOT NULL,
    deduplicated INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    retries INTEGER NOT NULL,
    failovers INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    user TEXT NOT NULL,
    team TEXT NOT NULL,
    key TEXT NOT NULL,
    format TEXT NOT NULL,
    tags TEXT,
    writer INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX calls_at ON calls (at_ms);
  CREATE INDEX calls_call_id ON calls (call_id);
  CREATE INDEX calls_provider ON calls (provider, at_ms) WHERE provider <> '';
  CREATE INDEX calls_model ON calls (model, at_ms) WHERE model <> '';
  CREATE INDEX calls_account ON calls (account, at_ms) WHERE account <> '';
  CREATE INDEX calls_user ON calls (user, at_ms) WHERE user <> '';
  CREATE INDEX calls_team ON calls (team, at_ms) WHERE team <> '';
  CREATE INDEX calls_key ON calls (key, at_ms) WHERE key <> '';
  CREATE INDEX calls_error ON calls (error, at_ms) WHERE error <> '';
  CREATE INDEX calls_status ON calls (status, at_ms) WHERE status <> 'ok';
  CREATE INDEX calls_cache ON calls (cache, at_ms) WHERE cache NOT IN ('off', 'miss');
  CREATE INDEX calls_modality ON calls (modality, at_ms) WHERE modality <> 'text';
  CREATE INDEX calls_retried ON calls (at_ms) WHERE attempts > 1;

  CREATE TABLE call_tags (
    tag TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    id INTEGER NOT NULL,
    PRIMARY KEY (tag, at_ms, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE call_receipts (id INTEGER PRIMARY KEY, receipt TEXT NOT NULL) STRICT;
  CREATE TABLE call_contents (id INTEGER PRIMARY KEY, content TEXT NOT NULL) STRICT;

  CREATE TABLE call_summaries (
    cube TEXT NOT NULL,
    span_ms INTEGER NOT NULL,
    from_ms INTEGER NOT NULL,
    key TEXT NOT NULL,
    team TEXT NOT NULL,
    user TEXT NOT NULL,
    tag TEXT NOT NULL,
    model TEXT NOT NULL,
    provider TEXT NOT NULL,
    account TEXT NOT NULL,
    error TEXT NOT NULL,
    status TEXT NOT NULL,
    cache TEXT NOT NULL,
    modality TEXT NOT NULL,
    requests INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    cache_hits INTEGER NOT NULL,
    cache_asked INTEGER NOT NULL,
    deduplicated INTEGER NOT NULL,
    retries INTEGER NOT NULL,
    failovers INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    cost_nano_usd INTEGER NOT NULL,
    saved_nano_usd INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    latency BLOB NOT NULL,
    first_part BLOB NOT NULL,
    PRIMARY KEY (cube, span_ms, from_ms, key, team, user, tag, model, provider, account, error, status, cache, modality)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE call_marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
];
