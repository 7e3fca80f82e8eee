#include "engine/api/exchange.h"

#include "engine/api/stack_json.h"

namespace stack::api {

std::string Request::get(const std::string& name, std::string_view otherwise) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string{otherwise} : found->second;
}

std::vector<std::string> Request::get_all(const std::string& name) const {
  std::vector<std::string> values;
  const auto [first, last] = query.equal_range(name);
  for (auto it = first; it != last; ++it) values.push_back(it->second);
  return values;
}

bool Request::flag(const std::string& name) const {
  std::string value;
  for (const char c : get(name, "0")) value += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  if (value == "1" || value == "true") return true;
  if (value == "0" || value == "false" || value.empty()) return false;
  throw Error(ErrorKind::invalid, "the parameter " + name + " must be true or false, not \"" + value + "\"");
}

void Exchange::fail(const Error& error) { reply(http_status(error.kind()), error_json(error)); }

int http_status(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::internal:
      return 500;
    case ErrorKind::invalid:
    case ErrorKind::not_executable:
    case ErrorKind::no_such_command:
      return 400;
    case ErrorKind::not_found:
      return 404;
    case ErrorKind::conflict:
      return 409;
    case ErrorKind::unsupported:
      return 501;
    case ErrorKind::unavailable:
      return 503;
    case ErrorKind::not_permitted:
      return 403;
  }
  return 500;
}

}  // namespace stack::api
