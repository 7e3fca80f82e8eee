// A command over several names: each is tried, and what fails is reported together at the end.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace stack::cli {

struct Failure {
  Error error;
  bool by_engine = false;  // it was reported over the socket
  std::string name{};      // what it was about, where that was said
};

// What several names failed with. As one error it has all messages, and the kind and the remedy of the first.
class FailureList : public Error {
 public:
  FailureList(std::vector<Failure> failures, int exit_code);
  [[nodiscard]] const std::vector<Failure>& failures() const { return failures_; }
  // 0 when Docker takes none of them for a failure of the command.
  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  std::vector<Failure> failures_;
  int exit_code_;
};

class Failures {
 public:
  Failures() = default;
  // Those that the engine reported for single names.
  explicit Failures(const std::vector<Error>& errors);

  // Calls `work`; a stack::Error of it is kept.
  template <typename Work>
  void attempt(Work&& work, const std::string& name = {}) {
    try {
      work();
    } catch (const Error& error) {
      keep(error, name);
    }
  }
  [[nodiscard]] bool empty() const { return failures_.empty(); }

  // Throws what was kept as a FailureList; returns when all went well.
  void report() const;
  // The same of a forced removal, which what is gone already does not fail: Docker's client tells it all the same, ours does not.
  void report_forced(bool docker) const;

 private:
  void keep(const Error& error, const std::string& name);

  std::vector<Failure> failures_;
};

}  // namespace stack::cli
