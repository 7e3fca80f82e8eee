// A connection to the state file that only reads, for what is asked beside the file's one writer.
//
// Blocking; not for the daemon's loop. What is committed is seen. Throws stack::Error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <sqlite3.h>

namespace stack::state {

class Reading {
 public:
  // `what` is read, for messages: "revisions".
  Reading(const std::filesystem::path& file, const char* what);

  // Values of the statement's parameters, in their order.
  struct Parameter {
    Parameter(const std::string& value) : text(&value) {}  // NOLINT(google-explicit-constructor)
    Parameter(std::int64_t value) : number(value) {}       // NOLINT(google-explicit-constructor)
    const std::string* text = nullptr;
    std::int64_t number = 0;
  };
  // Calls `each` with the statement standing on a row, for every row.
  template <class Each>
  void rows(const char* sql, const std::vector<Parameter>& parameters, Each each) {
    const Statement statement = prepare(sql, parameters);
    while (step(statement.get())) each(statement.get());
  }

  static std::string text(sqlite3_stmt* statement, int column);

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Close>;

  Statement prepare(const char* sql, const std::vector<Parameter>& parameters);
  bool step(sqlite3_stmt* statement);
  [[noreturn]] void fail() const;

  std::string file_;
  const char* what_;
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace stack::state
