// One request as a handler reads it, free of the HTTP library. Values; loop thread only.
//
// Two dialects share the socket: what lies below /stack/v1 is ours and strict; the rest is Docker's Engine API and reads its
// parameters as dockerd does.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"

namespace stack::api {

struct Header {
  std::string name, value;
  bool operator==(const Header&) const = default;
};

enum class Dialect { docker, stack };

struct Request {
  std::string method;
  std::string path;                               // as sent, without the version in front and the query
  Dialect dialect = Dialect::stack;               // by the path
  std::string version;                            // "1.44" of "/v1.44/volumes"; empty: none
  int api_version = 0;                            // its minor number, 44; 0: none
  std::map<std::string, std::string> parameters;  // of the route's pattern, decoded
  std::multimap<std::string, std::string> query;  // decoded
  std::vector<Header> headers;                    // in the order in which they came
  std::string body;                               // when the route takes text
  std::int32_t client_pid = 0;                    // of the process that connected, by the kernel's word; 0: not known
  std::int64_t client_uid = -1;                   // the same; -1: not known
  bool hides_environments = false;                // values of variables are not for this client
  UniqueFd body_pipe;                             // when the route takes a stream: blocking reads end with the body

  // The first value of a header, whatever the case of its name, or `otherwise`.
  [[nodiscard]] std::string header(std::string_view name, std::string_view otherwise = {}) const;
  // Whether the header is a list with this member, in any case: "Connection: keep-alive, Upgrade".
  [[nodiscard]] bool header_lists(std::string_view name, std::string_view member) const;
  // The first value of a query parameter, or `otherwise`.
  // Whether the client speaks an older version of the API than 1.MINOR.
  [[nodiscard]] bool is_before(int minor) const { return api_version != 0 && api_version < minor; }
  [[nodiscard]] std::string get(const std::string& name, std::string_view otherwise = {}) const;
  // The body of a request that has JSON in it. Throws invalid, in dockerd's words, when the head names another type.
  [[nodiscard]] const std::string& json() const;
  // All values of a repeated parameter, in their order.
  [[nodiscard]] std::vector<std::string> get_all(const std::string& name) const;
  // Ours: "1" and "true" are true, "0", "false", "" and absence are false, in any case; anything else throws invalid.
  // Docker's: "", "0", "no", "false", "none" and absence are false, in any case and between blanks; anything else is true.
  [[nodiscard]] bool flag(const std::string& name) const;
  // A whole decimal number; nothing when the parameter is absent or empty. Throws invalid for anything else.
  [[nodiscard]] std::optional<std::int64_t> number(const std::string& name) const;
};

// "/v1.44/a/b?x=1&y=%20" taken apart: fills path, dialect, version and query. In the query, percent escapes and '+' are decoded.
// Throws invalid for a broken escape.
void parse_target(std::string_view target, Request& request);

// Percent escapes decoded, and '+' when it means a blank. Throws invalid for a broken escape.
std::string decode_escapes(std::string_view text, bool plus_is_blank);

// Of ASCII; any case is the same.
bool same_ignoring_case(std::string_view a, std::string_view b);

}  // namespace stack::api
