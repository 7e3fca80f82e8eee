#include "engine/api/error_json.h"

#include <string>

#include <nlohmann/json.hpp>

namespace stack::api {
namespace {

using nlohmann::json;

const char* kind_name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::internal:
      return "internal";
    case ErrorKind::invalid:
      return "invalid";
    case ErrorKind::not_found:
      return "not_found";
    case ErrorKind::conflict:
      return "conflict";
    case ErrorKind::unsupported:
      return "unsupported";
    case ErrorKind::unavailable:
      return "unavailable";
    case ErrorKind::not_permitted:
      return "not_permitted";
    case ErrorKind::not_executable:
      return "not_executable";
    case ErrorKind::no_such_command:
      return "no_such_command";
  }
  return "internal";
}

ErrorKind kind_of(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(ErrorKind::no_such_command); ++i) {
    if (name == kind_name(static_cast<ErrorKind>(i))) return static_cast<ErrorKind>(i);
  }
  return ErrorKind::internal;
}

}  // namespace

json error_value(const Error& error) {
  json value{{"message", error.message()}, {"kind", kind_name(error.kind())}};
  if (!error.remedy_text().empty()) value["remedy"] = error.remedy_text();
  return value;
}

Error error_from_json(const json& value) {
  Error error{kind_of(value.value("kind", "internal")), value.value("message", "unknown error")};
  if (const std::string remedy = value.value("remedy", ""); !remedy.empty()) error.remedy(remedy);
  return error;
}

}  // namespace stack::api
