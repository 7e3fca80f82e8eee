// A failure that a caller cannot act on but to stop what it is doing: thrown where it happens, given context as it travels
// outwards, rendered once at an edge (the command line, an API answer, a log line).
//
// Outcomes that a caller does act on are return values instead (std::optional, a variant, sys::Result).
// Values; usable on any thread.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace stack {

// What kind of failure it is, as far as an edge has to tell kinds apart (exit codes, HTTP status).
enum class ErrorKind {
  internal,        // a step failed: 500, exit 1
  invalid,         // the request or file is wrong: 400, exit 1 (15 is not used)
  not_found,       // 404
  conflict,        // the state forbids it: 409
  unsupported,     // known, but this engine or kernel cannot do it: 501
  unavailable,     // the engine does not answer or is leaving: 503
  not_permitted,   // privileges are missing: 403
  not_executable,  // the command exists but cannot be run: exit 126
  no_such_command  // the command does not exist: exit 127
};

class Error : public std::exception {
 public:
  // `message` says what failed and why, in one sentence without a full stop.
  explicit Error(std::string message) : Error(ErrorKind::internal, std::move(message)) {}
  Error(ErrorKind kind, std::string message);
  // From a system call: "<message>: <text of errno>". `err` is an errno value.
  static Error from_errno(int err, std::string_view message);

  // Puts a step in front: "starting container web-1: <message so far>".
  Error& context(std::string_view step);
  // What the user can do about it; rendered on a line of its own. The innermost remedy wins.
  Error& remedy(std::string text);

  // The key of a container's specification that it is about, as a file writes it: "ulimits.nofile". The innermost one wins.
  Error& about(std::string attribute);

  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
  [[nodiscard]] int err() const noexcept { return errno_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  [[nodiscard]] const std::string& remedy_text() const noexcept { return remedy_; }
  [[nodiscard]] const std::string& attribute() const noexcept { return attribute_; }
  // Message and remedy, as a user reads it.
  [[nodiscard]] std::string render() const;
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorKind kind_;
  int errno_ = 0;
  std::string message_;
  std::string remedy_;
  std::string attribute_;
};

}  // namespace stack
