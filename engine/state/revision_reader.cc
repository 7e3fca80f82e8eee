#include "engine/state/revision_reader.h"

#include <memory>

#include <sqlite3.h>

#include "base/error.h"

namespace stack::state {
namespace {

struct Close {
  void operator()(sqlite3* handle) const { sqlite3_close(handle); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

class Reader {
 public:
  explicit Reader(const std::filesystem::path& file) : file_(file.string()) {
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
    handle_.reset(raw);
    if (code != SQLITE_OK) fail();
    sqlite3_busy_timeout(raw, kBusyMs);
  }

  // The columns project, number, hash, record and resolved.
  std::vector<RevisionRow> rows(const char* sql, const std::string& project, std::int64_t number) {
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v2(handle_.get(), sql, -1, &raw, nullptr) != SQLITE_OK) fail();
    const std::unique_ptr<sqlite3_stmt, Close> statement{raw};
    sqlite3_bind_text(raw, 1, project.data(), static_cast<int>(project.size()), SQLITE_STATIC);
    sqlite3_bind_int64(raw, 2, number);
    std::vector<RevisionRow> rows;
    for (;;) {
      const int code = sqlite3_step(raw);
      if (code == SQLITE_DONE) return rows;
      if (code != SQLITE_ROW) fail();
      rows.push_back({text(raw, 0), sqlite3_column_int64(raw, 1), text(raw, 2), text(raw, 3), text(raw, 4)});
    }
  }

 private:
  static constexpr int kBusyMs = 5000;

  static std::string text(sqlite3_stmt* statement, int column) {
    const unsigned char* bytes = sqlite3_column_text(statement, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
    return bytes == nullptr ? std::string{} : std::string{reinterpret_cast<const char*>(bytes), size};
  }
  [[noreturn]] void fail() const {
    throw Error("the engine's state in " + file_ + ": reading revisions: " + sqlite3_errmsg(handle_.get()));
  }

  std::string file_;
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace

std::vector<RevisionRow> read_revisions(const std::filesystem::path& file, const std::string& project) {
  return Reader{file}.rows(
      "SELECT project, number, hash, record, NULL FROM revision WHERE project = ? AND number >= ? ORDER BY number DESC",
      project, 0);
}

std::optional<RevisionRow> read_revision(const std::filesystem::path& file, const std::string& project,
                                         std::int64_t number) {
  std::vector<RevisionRow> rows = Reader{file}.rows(
      "SELECT project, number, revision.hash, record, resolved FROM revision LEFT JOIN model ON model.hash = "
      "revision.hash WHERE project = ? AND number = ?",
      project, number);
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

}  // namespace stack::state
