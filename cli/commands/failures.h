// A command over several names: each is tried, and what fails is reported together at the end.
#pragma once

#include <utility>
#include <vector>

#include "base/error.h"

namespace stack::cli {

class Failures {
 public:
  Failures() = default;
  explicit Failures(std::vector<Error> errors) : errors_(std::move(errors)) {}

  // Calls `work`; a stack::Error of it is kept.
  template <typename Work>
  void attempt(Work&& work) {
    try {
      work();
    } catch (const Error& error) {
      errors_.push_back(error);
    }
  }

  // Throws what was kept as one error, with the kind and the remedy of the first; returns when all went well.
  void report() const;

 private:
  std::vector<Error> errors_;
};

}  // namespace stack::cli
