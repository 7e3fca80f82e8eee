// What every codec of the socket's JSON begins with. Pure; any thread.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/thrown.h"

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

}  // namespace stack::api
