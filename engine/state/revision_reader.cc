#include "engine/state/revision_reader.h"

#include "engine/state/reading.h"

namespace stack::state {
namespace {

// The columns project, number, hash, record and resolved.
std::vector<RevisionRow> rows(const std::filesystem::path& file, const char* sql, const std::string& project,
                              std::int64_t number) {
  std::vector<RevisionRow> rows;
  Reading{file, "revisions"}.rows(sql, {project, number}, [&](sqlite3_stmt* at) {
    rows.push_back({Reading::text(at, 0), sqlite3_column_int64(at, 1), Reading::text(at, 2), Reading::text(at, 3),
                    Reading::text(at, 4)});
  });
  return rows;
}

}  // namespace

std::vector<RevisionRow> read_revisions(const std::filesystem::path& file, const std::string& project) {
  return rows(
      file,
      "SELECT project, number, hash, record, NULL FROM revision WHERE project = ? AND number >= ? ORDER BY number DESC",
      project, 0);
}

std::optional<RevisionRow> read_revision(const std::filesystem::path& file, const std::string& project,
                                         std::int64_t number) {
  std::vector<RevisionRow> found =
      rows(file,
           "SELECT project, number, revision.hash, record, resolved FROM revision LEFT JOIN model ON model.hash = "
           "revision.hash WHERE project = ? AND number = ?",
           project, number);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

}  // namespace stack::state
