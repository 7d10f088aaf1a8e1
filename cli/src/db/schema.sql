-- Everything here derives from coverage/ and repos/: an older schema is compiled anew.
-- Times are seconds since 1970 UTC. `idx` columns are positions in the order of the build's table:
-- files by path as built, funcs by file and line, units by file as a text profile sorts them.

CREATE TABLE facts (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE report_sources (
  id            INTEGER PRIMARY KEY,
  dir           TEXT NOT NULL UNIQUE,          -- below coverage/
  cluster       TEXT NOT NULL,
  namespace     TEXT NOT NULL,
  pod           TEXT NOT NULL,
  container     TEXT NOT NULL,
  image         TEXT NOT NULL,
  binary        TEXT NOT NULL,
  hostname      TEXT NOT NULL,
  is_host       INTEGER NOT NULL,
  discovered_at INTEGER,
  collected_at  INTEGER,
  failed        INTEGER NOT NULL,              -- 1: something of it could not be read
  labels        TEXT NOT NULL,                 -- KEY=VALUE, as a JSON list
  listing       TEXT NOT NULL                  -- digest of all this and of its files by name, size
                                               -- and times
) STRICT;

CREATE TABLE builds (
  id            INTEGER PRIMARY KEY,
  hash          TEXT NOT NULL UNIQUE,          -- 32 hex digits of the meta hash
  binary        TEXT NOT NULL,
  module        TEXT NOT NULL,
  go_version    TEXT,
  mode          TEXT NOT NULL,
  granularity   TEXT NOT NULL,
  n_units       INTEGER NOT NULL,
  statements    INTEGER NOT NULL,
  covered       INTEGER NOT NULL,              -- by anyone
  funcs         INTEGER NOT NULL,
  funcs_covered INTEGER NOT NULL,
  last_seen     INTEGER,
  meta          BLOB NOT NULL,                 -- zlib: the meta file up to its packages
  ran           BLOB NOT NULL,                 -- zlib: one bit a unit, by anyone
  input         TEXT NOT NULL                  -- digest of what all this was computed from; empty:
                                               -- something of it could not be read, so try again
) STRICT;

-- Packages of meta files: programs share many.
CREATE TABLE packages (
  id     INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE,
  bytes  BLOB NOT NULL                         -- zlib
) STRICT;

-- A meta file is the build's `meta` and these, one after another.
CREATE TABLE build_packages (
  build_id   INTEGER NOT NULL REFERENCES builds,
  idx        INTEGER NOT NULL,
  package_id INTEGER NOT NULL REFERENCES packages,
  PRIMARY KEY (build_id, idx)
) STRICT, WITHOUT ROWID;

-- The identity of a file: path as built and digest of its unit list.
CREATE TABLE source_files (
  id         INTEGER PRIMARY KEY,
  path       TEXT NOT NULL,
  digest     BLOB NOT NULL,
  statements INTEGER NOT NULL,
  covered    INTEGER NOT NULL,                 -- in any build, by anyone
  units      BLOB NOT NULL,                    -- varints, zlib: statements of each unit
  UNIQUE (path, digest)
) STRICT;

CREATE TABLE build_files (
  build_id   INTEGER NOT NULL REFERENCES builds,
  idx        INTEGER NOT NULL,
  file_id    INTEGER NOT NULL REFERENCES source_files,
  first_unit INTEGER NOT NULL,
  PRIMARY KEY (build_id, idx)
) STRICT, WITHOUT ROWID;
CREATE INDEX build_files_by_file ON build_files (file_id);

CREATE TABLE owners (
  id        INTEGER PRIMARY KEY,
  cluster   TEXT NOT NULL,
  namespace TEXT NOT NULL,
  kind      TEXT NOT NULL,
  name      TEXT NOT NULL,
  binary    TEXT NOT NULL,
  evidence  TEXT NOT NULL,
  UNIQUE (cluster, namespace, kind, name, binary)
) STRICT;

CREATE TABLE owner_reports (
  owner_id  INTEGER NOT NULL REFERENCES owners,
  report_id INTEGER NOT NULL REFERENCES report_sources,
  PRIMARY KEY (owner_id, report_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE owner_builds (
  owner_id      INTEGER NOT NULL REFERENCES owners,
  build_id      INTEGER NOT NULL REFERENCES builds,
  age           INTEGER NOT NULL,              -- 0: the owner's newest build
  statements    INTEGER NOT NULL,
  covered       INTEGER NOT NULL,
  funcs         INTEGER NOT NULL,
  funcs_covered INTEGER NOT NULL,
  processes     INTEGER NOT NULL,
  first_seen    INTEGER,
  last_seen     INTEGER,
  counts        BLOB NOT NULL,                 -- varints, zlib: one count a unit
  seen          BLOB NOT NULL,                 -- varints, zlib: when each unit was first seen to
                                               -- have run: number of times, times (each less the
                                               -- one before), and for each unit 0 (unknown) or
                                               -- the time's position from 1
  PRIMARY KEY (owner_id, build_id)
) STRICT, WITHOUT ROWID;

-- A pid of a report. When it restarted, several processes held it one after another.
CREATE TABLE processes (
  id         INTEGER PRIMARY KEY,
  owner_id   INTEGER NOT NULL REFERENCES owners,
  report_id  INTEGER NOT NULL REFERENCES report_sources,
  build_id   INTEGER NOT NULL REFERENCES builds,
  pid        INTEGER,                          -- null: a meta file without counters
  runs       INTEGER NOT NULL,                 -- 1 and the restarts
  first_seen INTEGER,
  last_seen  INTEGER,
  bits       BLOB NOT NULL                     -- zlib: one bit a unit, lowest bit first
) STRICT;
CREATE INDEX processes_by_build ON processes (build_id, owner_id);
CREATE INDEX processes_by_owner ON processes (owner_id, build_id);
CREATE INDEX processes_by_report ON processes (report_id);
CREATE INDEX owner_builds_by_build ON owner_builds (build_id);

CREATE TABLE owner_file_stats (
  owner_id      INTEGER NOT NULL REFERENCES owners,
  build_id      INTEGER NOT NULL REFERENCES builds,
  idx           INTEGER NOT NULL,
  statements    INTEGER NOT NULL,
  covered       INTEGER NOT NULL,
  PRIMARY KEY (owner_id, build_id, idx)
) STRICT, WITHOUT ROWID;

-- Where images were built from, each evidence as a row of its own.
CREATE TABLE image_sources (
  image    TEXT NOT NULL,                      -- or host:<binary>
  evidence TEXT NOT NULL,                      -- mapping, info, labels
  url      TEXT NOT NULL,
  repo     TEXT NOT NULL,                      -- host/org/repo
  commit_id TEXT NOT NULL,
  PRIMARY KEY (image, evidence, url, commit_id)
) STRICT, WITHOUT ROWID;

-- Images whose registry was asked; what it said is kept.
CREATE TABLE inspected_images (
  image TEXT PRIMARY KEY                       -- registry/name@sha256:…
) STRICT, WITHOUT ROWID;

-- Their labels, and of their environment what says where they were built from.
CREATE TABLE image_labels (
  image TEXT NOT NULL REFERENCES inspected_images,
  kind  TEXT NOT NULL,                         -- label, variable
  name  TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (image, kind, name)
) STRICT, WITHOUT ROWID;

-- The best evidence of each build.
CREATE TABLE build_sources (
  build_id  INTEGER NOT NULL REFERENCES builds,
  evidence  TEXT NOT NULL,
  url       TEXT NOT NULL,
  repo      TEXT NOT NULL,
  commit_id TEXT NOT NULL,
  PRIMARY KEY (build_id)
) STRICT, WITHOUT ROWID;

-- What is in repos/: outlives compiling.
CREATE TABLE checkouts (
  repo        TEXT NOT NULL,
  commit_id   TEXT NOT NULL,                   -- the wanted one
  url         TEXT NOT NULL,
  text_commit TEXT NOT NULL,                   -- the one that was had; differs after a fallback
  PRIMARY KEY (repo, commit_id)
) STRICT, WITHOUT ROWID;

-- Where the text of each file of a build is; no row: unresolved.
CREATE TABLE resolutions (
  build_id   INTEGER NOT NULL REFERENCES builds,
  idx        INTEGER NOT NULL,
  repo       TEXT NOT NULL,
  commit_id  TEXT NOT NULL,
  repo_path  TEXT NOT NULL,
  evidence   TEXT NOT NULL,
  resolution TEXT NOT NULL,
  reason     TEXT NOT NULL,                    -- why a text does not fit
  generated  INTEGER NOT NULL,
  PRIMARY KEY (build_id, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE problems (
  id       INTEGER PRIMARY KEY,
  stage    TEXT NOT NULL,
  build    TEXT NOT NULL,                      -- hash of the build it was met with; may be empty
  severity TEXT NOT NULL,
  kind     TEXT NOT NULL,
  item     TEXT NOT NULL,
  place    TEXT NOT NULL,
  cause    TEXT NOT NULL,
  remedy   TEXT NOT NULL
) STRICT;

CREATE VIEW schema_version AS SELECT user_version AS version FROM pragma_user_version;

CREATE VIEW v_owners AS
SELECT o.cluster, o.namespace, o.kind AS owner_kind, o.name AS owner, o.evidence, o.binary,
       b.hash AS build,
       (SELECT count(DISTINCT r.pod) FROM processes p JOIN report_sources r ON r.id = p.report_id
         WHERE p.owner_id = o.id AND p.build_id = b.id AND r.is_host = 0) AS pods,
       (SELECT count(DISTINCT r.hostname) FROM processes p JOIN report_sources r ON r.id = p.report_id
         WHERE p.owner_id = o.id AND p.build_id = b.id) AS hosts,
       ob.processes, ob.statements, ob.covered,
       CASE WHEN ob.statements = 0 THEN NULL
            WHEN ob.covered IN (0, ob.statements) THEN 100.0 * ob.covered / ob.statements
            ELSE min(max(round(100.0 * ob.covered / ob.statements, 2), 0.01), 99.99) END AS percent,
       ob.funcs, ob.funcs_covered, s.repo, s.commit_id AS "commit", ob.first_seen, ob.last_seen
FROM owner_builds ob
JOIN owners o ON o.id = ob.owner_id
JOIN builds b ON b.id = ob.build_id
LEFT JOIN build_sources s ON s.build_id = b.id;

CREATE VIEW v_files AS
SELECT o.cluster, o.namespace, o.kind AS owner_kind, o.name AS owner, o.binary, b.hash AS build,
       f.path, r.repo_path, coalesce(r.resolution, 'unresolved') AS resolution, r.evidence,
       coalesce(r.generated, 0) AS generated, s.statements, s.covered,
       CASE WHEN s.statements = 0 THEN NULL
            WHEN s.covered IN (0, s.statements) THEN 100.0 * s.covered / s.statements
            ELSE min(max(round(100.0 * s.covered / s.statements, 2), 0.01), 99.99) END AS percent
FROM owner_file_stats s
JOIN owners o ON o.id = s.owner_id
JOIN builds b ON b.id = s.build_id
JOIN build_files bf ON bf.build_id = s.build_id AND bf.idx = s.idx
JOIN source_files f ON f.id = bf.file_id
LEFT JOIN resolutions r ON r.build_id = s.build_id AND r.idx = s.idx;
