// A regular expression over names, as the options env-regex and labels-regex of logs take them: Go's syntax as far as Perl's is the
// same, which is everything but its names of classes. Any thread; matching is bounded, and a pattern cannot stall its caller.
#pragma once

#include <memory>
#include <string>

namespace stack::model {

class NamePattern {
 public:
  // Throws stack::Error(invalid), which says what is wrong with the pattern.
  explicit NamePattern(const std::string& pattern);
  ~NamePattern();
  NamePattern(const NamePattern&) = delete;
  NamePattern& operator=(const NamePattern&) = delete;

  // Whether some part of `name` matches. Throws stack::Error(invalid) when that takes too many steps to find out.
  [[nodiscard]] bool matches(const std::string& name) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace stack::model
