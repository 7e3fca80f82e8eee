// What every codec of the socket's JSON begins with. Pure; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/moment.h"
#include "base/thrown.h"
#include "engine/api/request.h"

namespace stack::api {

// Bytes that are not UTF-8 are replaced: names of files and output of programs may hold any.
inline std::string text_of(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// What `read` gives. Throws stack::Error(invalid), "WHAT is malformed: ...", for JSON that is none or has another shape.
template <class F>
auto reading(const char* what, F read) {
  try {
    return read();
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorKind::invalid, std::string{what} + " is malformed: " + std::string{json_reason(e)});
  }
}

// The object that a body is; an empty body and null are an empty one. Throws stack::Error(invalid): in dockerd's words for a body that is
// cut off or goes on after its end, else beginning as dockerd's do, with the place of the mistake.
inline nlohmann::json object_of(std::string_view text, const char* what) {
  nlohmann::json value = nlohmann::json::object();
  try {
    if (!text.empty()) value = nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    const std::string reason{json_reason(error)};
    if (reason.find("; expected end of input") != std::string::npos)
      throw Error(ErrorKind::invalid, "unexpected content after JSON").remedy(reason);
    if (reason.find("unexpected end of input") != std::string::npos)
      throw Error(ErrorKind::invalid, "invalid JSON: unexpected EOF").remedy(reason);
    throw Error(ErrorKind::invalid, "invalid JSON: " + reason);
  }
  if (value.is_null()) return nlohmann::json::object();
  if (!value.is_object())
    throw Error(ErrorKind::invalid,
                std::string{"invalid JSON: "} + what + " is not an object but " + value.type_name());
  return value;
}

// Docker reads names of members in any case, its own first.
inline nlohmann::json::const_iterator find_member(const nlohmann::json& object, std::string_view key) {
  if (const auto exact = object.find(key); exact != object.end()) return exact;
  for (auto each = object.begin(); each != object.end(); ++each) {
    if (same_ignoring_case(each.key(), key)) return each;
  }
  return object.end();
}

// A member of Docker's, whose clients write null for what they leave out; `otherwise` then, and when it is missing.
template <class T>
T member_of(const nlohmann::json& object, const char* key, T otherwise = {}) {
  if (!object.is_object()) throw Error(ErrorKind::invalid, std::string{"an object with "} + key + " was expected");
  const auto found = find_member(object, key);
  if (found == object.end() || found->is_null()) return otherwise;
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    // The library would cut a fraction off, and what does not fit would be anything.
    const bool fits = found->is_number_unsigned()
                          ? std::in_range<T>(found->template get<std::uint64_t>())
                          : found->is_number_integer() && std::in_range<T>(found->template get<std::int64_t>());
    if (!fits)
      throw Error(ErrorKind::invalid, std::string{key} + ": " + found->dump() + " is not a whole number that fits");
  }
  try {
    return found->template get<T>();
  } catch (const nlohmann::json::type_error& error) {
    throw Error(ErrorKind::invalid, std::string{"invalid JSON: "} + key + ": " + std::string{json_reason(error)});
  }
}

inline Wall time_of(const std::string& text) {
  if (const auto time = parse_rfc3339_time(text)) return *time;
  throw Error(ErrorKind::invalid, "invalid time \"" + text + "\"");
}

}  // namespace stack::api
