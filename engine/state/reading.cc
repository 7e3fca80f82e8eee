#include "engine/state/reading.h"

#include "base/error.h"

namespace stack::state {

namespace {
constexpr int kBusyMs = 5000;
}

Reading::Reading(const std::filesystem::path& file, const char* what) : file_(file.string()), what_(what) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(raw);
  if (code != SQLITE_OK) fail();
  sqlite3_busy_timeout(raw, kBusyMs);
}

Reading::Statement Reading::prepare(const char* sql, const std::vector<Parameter>& parameters) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(handle_.get(), sql, -1, &raw, nullptr) != SQLITE_OK) fail();
  Statement statement{raw};
  int at = 0;
  for (const Parameter& each : parameters) {
    ++at;
    if (each.text != nullptr) {
      sqlite3_bind_text(raw, at, each.text->data(), static_cast<int>(each.text->size()), SQLITE_STATIC);
    } else {
      sqlite3_bind_int64(raw, at, each.number);
    }
  }
  return statement;
}

bool Reading::step(sqlite3_stmt* statement) {
  const int code = sqlite3_step(statement);
  if (code != SQLITE_DONE && code != SQLITE_ROW) fail();
  return code == SQLITE_ROW;
}

std::string Reading::text(sqlite3_stmt* statement, int column) {
  const unsigned char* bytes = sqlite3_column_text(statement, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
  return bytes == nullptr ? std::string{} : std::string{reinterpret_cast<const char*>(bytes), size};
}

void Reading::fail() const {
  throw Error("the engine's state in " + file_ + ": reading " + what_ + ": " + sqlite3_errmsg(handle_.get()));
}

}  // namespace stack::state
