#include "engine/state/migrations.h"

namespace stack::state {

const std::vector<std::string_view>& migrations() {
  static const std::vector<std::string_view> steps{
      R"sql(
        CREATE TABLE meta      (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE container (id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE network   (id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE volume    (name TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE project   (name TEXT PRIMARY KEY, generation INTEGER NOT NULL, resolved TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE event     (sequence INTEGER PRIMARY KEY, json TEXT NOT NULL);
      )sql",
      // The plans that were applied, and each model once.
      R"sql(
        CREATE TABLE model    (hash TEXT PRIMARY KEY, resolved TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE revision (id INTEGER PRIMARY KEY, project TEXT NOT NULL, number INTEGER NOT NULL, hash TEXT NOT NULL,
                               record TEXT NOT NULL, UNIQUE (project, number));
        CREATE INDEX revision_by_hash ON revision (hash);
      )sql",
  };
  return steps;
}

}  // namespace stack::state
