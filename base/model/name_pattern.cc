#include "base/model/name_pattern.h"

#include <boost/regex.hpp>

#include "base/error.h"

namespace stack::model {
namespace {

// Boost's text points into the pattern with a marker of its own; only the reason is reported.
std::string reason_of(const std::string& text) {
  std::string reason = text.substr(0, text.find("  The error occurred"));
  while (reason.ends_with('.') || reason.ends_with(' ')) reason.pop_back();
  return reason;
}

}  // namespace

struct NamePattern::Compiled {
  boost::regex expression;
};

NamePattern::NamePattern(const std::string& pattern) {
  try {
    compiled_ = std::make_unique<Compiled>(Compiled{boost::regex{pattern, boost::regex::perl}});
  } catch (const boost::regex_error& error) {
    throw Error(ErrorKind::invalid, "\"" + pattern + "\" is not a regular expression: " + reason_of(error.what()));
  }
}

NamePattern::~NamePattern() = default;

bool NamePattern::matches(const std::string& name) const {
  try {
    return boost::regex_search(name, compiled_->expression);
  } catch (const std::runtime_error& error) {
    throw Error(ErrorKind::invalid, "matching \"" + compiled_->expression.str() + "\" takes too many steps");
  }
}

}  // namespace stack::model
