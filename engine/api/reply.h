// A whole answer, as a handler gives it, and the text of an answer's head. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/request.h"

namespace stack::api {

inline constexpr std::string_view kJsonType = "application/json";

// Statuses 204 and 304 have neither body nor content type, whatever is given here.
struct Reply {
  int status = 200;
  std::string content_type{kJsonType};
  std::vector<Header> headers;
  std::string body;
};

// Whether HTTP forbids a body for it (RFC 9110, 6.4.1).
bool is_bodiless(int status);

struct AnswerHead {
  int status = 200;
  std::string_view content_type;      // empty: none
  std::optional<std::size_t> length;  // bytes of the body; nothing: it is chunked or ends with the connection
  bool chunked = false;
  bool keep_alive = true;
};

// From the status line to the empty line. Docker's dialect has Api-Version, Docker-Experimental, Ostype and Server as dockerd
// sends them. A line break in a value becomes a blank.
std::string head_text(const AnswerHead& head, const std::vector<Header>& headers, Dialect dialect);

}  // namespace stack::api
