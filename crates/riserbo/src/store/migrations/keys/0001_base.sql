-- Wrapped keys and key state, in a store of their own (DESIGN section 5).

CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE root_key (
  id         {id},
  provider   TEXT NOT NULL,
  reference  TEXT NOT NULL,
  state      TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE domain (
  id         {id},
  name       TEXT NOT NULL UNIQUE,
  state      TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE domain_key (
  domain_id    BIGINT NOT NULL,
  version      BIGINT NOT NULL,
  root_id      BIGINT NOT NULL,
  root_version BIGINT NOT NULL,
  wrapped      {bytes} NOT NULL,
  state        TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  PRIMARY KEY (domain_id, version)
);

-- Search keys, the log's signing key, token keys: wrapped by their domain key.
CREATE TABLE secret (
  domain_id BIGINT NOT NULL,
  label     TEXT NOT NULL,
  version   BIGINT NOT NULL,
  wrapped   {bytes} NOT NULL,
  PRIMARY KEY (domain_id, label)
);

-- One row a record: its entries, one wrapped key for each category in use.
-- `record` = noun << 53 | id, so that the row id is the key.
-- `next`: the change of one of its keys that is under way (store/keys.rs).
-- `gone`: ids of its destroyed keys, 8 bytes each, so that a value whose key was
-- destroyed is told from one that was moved or damaged.
CREATE TABLE record_key (
  record  {id},
  entries {bytes} NOT NULL,
  next    {bytes},
  gone    {bytes}
);
