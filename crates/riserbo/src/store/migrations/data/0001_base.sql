-- Records. In clear stand only ids, times, status, counts, category, kind,
-- confidence band and state of each slot, and what the field map calls plain
-- (DESIGN I2). Everything in a `cells` column is sealed value by value.
-- {bytes} and {id} are replaced for each database (see store/migrate.rs).

CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE seq (
  noun TEXT PRIMARY KEY,
  next BIGINT NOT NULL
);

-- (source, noun, source id) makes an import idempotent. `digest` is a keyed
-- digest of the row as it was last imported.
CREATE TABLE source_row (
  source    BIGINT NOT NULL,
  noun      BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  id        BIGINT NOT NULL,
  digest    BIGINT NOT NULL,
  PRIMARY KEY (source, noun, source_id)
) {clustered};

CREATE TABLE attr_vector (
  id      {id},
  encoded {bytes} NOT NULL,
  UNIQUE (encoded)
);

CREATE TABLE organization (
  id         {id},
  name       TEXT NOT NULL,
  tags       TEXT NOT NULL,
  domain_id  BIGINT NOT NULL,
  cells      {bytes} NOT NULL,
  cats       BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  generated_at BIGINT NOT NULL
);

CREATE TABLE customer (
  id              {id},
  handle          TEXT NOT NULL UNIQUE,
  organization_id BIGINT,
  domain_id       BIGINT NOT NULL,
  vector_id       BIGINT NOT NULL,
  locale          TEXT,
  time_zone       TEXT,
  flags           BIGINT NOT NULL,
  tags            TEXT NOT NULL,
  cells           {bytes} NOT NULL,
  cats            BIGINT NOT NULL,
  doc             BIGINT NOT NULL,
  created_at      BIGINT NOT NULL,
  updated_at      BIGINT NOT NULL,
  generated_at    BIGINT NOT NULL
);
CREATE INDEX customer_organization ON customer (organization_id);
CREATE INDEX customer_generated ON customer (generated_at, id);

-- Keyed tokens of complete identifiers (DESIGN I4, lookup): 64 bits of them,
-- for a row more or less costs more than the rare second look.
CREATE TABLE identifier (
  token BIGINT NOT NULL,
  noun  BIGINT NOT NULL,
  id    BIGINT NOT NULL,
  PRIMARY KEY (token, noun, id)
) {clustered};
CREATE INDEX identifier_record ON identifier (noun, id);

CREATE TABLE ticket (
  id              {id},
  requester_id    BIGINT NOT NULL,
  submitter_id    BIGINT,
  assignee_id     BIGINT,
  group_id        BIGINT,
  organization_id BIGINT,
  brand_id        BIGINT,
  form_id         BIGINT,
  status          BIGINT NOT NULL,
  priority        BIGINT NOT NULL,
  type            BIGINT NOT NULL,
  channel         TEXT NOT NULL,
  domain_id       BIGINT NOT NULL,
  vector_id       BIGINT NOT NULL,
  tags            TEXT NOT NULL,
  plain           TEXT NOT NULL,
  cells           {bytes} NOT NULL,
  cats            BIGINT NOT NULL,
  doc             BIGINT NOT NULL,
  comments        BIGINT NOT NULL,
  created_at      BIGINT NOT NULL,
  updated_at      BIGINT NOT NULL,
  generated_at    BIGINT NOT NULL,
  solved_at       BIGINT
);
CREATE INDEX ticket_requester ON ticket (requester_id);
CREATE INDEX ticket_assignee ON ticket (assignee_id, status);
CREATE INDEX ticket_status ON ticket (status, updated_at);
CREATE INDEX ticket_updated ON ticket (updated_at, id);
CREATE INDEX ticket_generated ON ticket (generated_at, id);

CREATE TABLE comment (
  id         {id},
  ticket_id  BIGINT NOT NULL,
  author_id  BIGINT NOT NULL,
  public     BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  doc        BIGINT NOT NULL,
  audit_id   BIGINT,
  cells      {bytes} NOT NULL,
  cats       BIGINT NOT NULL
);
CREATE INDEX comment_ticket ON comment (ticket_id);

CREATE TABLE attachment (
  id           {id},
  ticket_id    BIGINT NOT NULL,
  comment_id   BIGINT NOT NULL,
  content_type TEXT NOT NULL,
  size         BIGINT NOT NULL,
  inlined      BIGINT NOT NULL,
  cells        {bytes} NOT NULL,
  cats         BIGINT NOT NULL,
  created_at   BIGINT NOT NULL
);
CREATE INDEX attachment_ticket ON attachment (ticket_id);

-- Staff and software. Names and addresses are sealed in `sealed`.
CREATE TABLE staff (
  id         {id},
  login      {bytes} NOT NULL UNIQUE,
  software   BIGINT NOT NULL,
  state      BIGINT NOT NULL,
  roles      TEXT NOT NULL,
  group_ids  TEXT NOT NULL,
  sealed     {bytes} NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE agent_group (
  id   {id},
  name TEXT NOT NULL
);

CREATE TABLE brand (
  id   {id},
  name TEXT NOT NULL
);

CREATE TABLE field_def (
  noun     BIGINT NOT NULL,
  id       BIGINT NOT NULL,
  name     TEXT NOT NULL,
  type     TEXT NOT NULL,
  title    TEXT NOT NULL,
  handling TEXT NOT NULL,
  PRIMARY KEY (noun, id)
);

CREATE TABLE api_token (
  id         {id},
  staff_id   BIGINT NOT NULL,
  hash       {bytes} NOT NULL UNIQUE,
  label      TEXT NOT NULL,
  scopes     TEXT NOT NULL,
  networks   TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  used_at    BIGINT,
  revoked_at BIGINT
);
CREATE INDEX api_token_staff ON api_token (staff_id);

-- An open reveal: `slot` of `cell` may be shown to `staff_id` until `expires_at`.
CREATE TABLE reveal (
  id         {id},
  staff_id   BIGINT NOT NULL,
  noun       BIGINT NOT NULL,
  record_id  BIGINT NOT NULL,
  part       BIGINT NOT NULL,
  item       BIGINT NOT NULL,
  slot       BIGINT NOT NULL,
  category   BIGINT NOT NULL,
  context    BIGINT,
  expires_at BIGINT NOT NULL
);
CREATE INDEX reveal_staff ON reveal (staff_id, expires_at);

-- Budgets of acts by person and window (compare-and-swap; in doubt deny).
CREATE TABLE budget (
  staff_id BIGINT NOT NULL,
  act      TEXT NOT NULL,
  window_start BIGINT NOT NULL,
  used     BIGINT NOT NULL,
  PRIMARY KEY (staff_id, act, window_start)
);

-- What the index still has to take over. Committed with the data.
CREATE TABLE outbox (
  id      {id},
  payload {bytes} NOT NULL
);

-- Keys of records that are being replaced or destroyed: hits are dropped.
CREATE TABLE closing (
  noun      BIGINT NOT NULL,
  record_id BIGINT NOT NULL,
  category  BIGINT NOT NULL,
  op        TEXT NOT NULL,
  PRIMARY KEY (noun, record_id, category)
);

-- The operation whose data has been committed (DESIGN section 5, write order).
CREATE TABLE op_data (
  op   TEXT PRIMARY KEY,
  at   BIGINT NOT NULL
);

CREATE TABLE import_run (
  id         {id},
  source     BIGINT NOT NULL,
  state      TEXT NOT NULL,
  progress   TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE policy_version (
  version    {id},
  matrix     TEXT NOT NULL,
  extra      TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
