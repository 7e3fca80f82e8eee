// What is wrong with a template, in parts: our words are the error's message; who speaks as Docker does puts Go's together
// (cli/args/docker_template.h). Values; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "base/error.h"

namespace stack::format {

struct TemplateFault {
  // The first four are found in the text, the others while it is played over a value.
  enum class Kind { syntax, no_end, no_close, no_function, no_field, bad_call };
  Kind kind = Kind::syntax;
  std::size_t offset = 0;  // in the template, from 0; of a path with several fields the second one's, as Go counts
  std::string source{};    // the operand or call: ".State.Foo"
  std::string name{};      // of the function or field
  enum class In { root, object, text, nothing, other };
  In in = In::other;     // what has no such field
  std::string reason{};  // of a bad call, and of what cannot be read
};

class TemplateError : public Error {
 public:
  TemplateError(TemplateFault fault, const Error& error) : Error(error), fault_(std::move(fault)) {}
  [[nodiscard]] const TemplateFault& fault() const { return fault_; }

 private:
  TemplateFault fault_;
};

}  // namespace stack::format
