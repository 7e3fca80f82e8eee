#include "engine/api/api_version.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace stack::api {
namespace {

// The number up to the next dot, which is taken away as well; an empty one is 0, a giant the largest.
int next_number(std::string_view& version) {
  const std::string_view part = version.substr(0, version.find('.'));
  version.remove_prefix(std::min(part.size() + 1, version.size()));
  int number = 0;
  const auto [stop, error] = std::from_chars(part.data(), part.data() + part.size(), number);
  return error == std::errc::result_out_of_range ? std::numeric_limits<int>::max() : number;
}

// Part by part as numbers; what is missing is 0.
bool is_older(std::string_view a, std::string_view b) {
  while (!a.empty() || !b.empty()) {
    const int left = next_number(a), right = next_number(b);
    if (left != right) return left < right;
  }
  return false;
}

}  // namespace

std::optional<Reply> refused_version(std::string_view version) {
  const std::string begin = "client version " + std::string{version};
  if (is_older(version, kApiVersionMin)) {
    return Reply{.status = 400,
                 .content_type = "text/plain; charset=utf-8",
                 .headers = {{"X-Content-Type-Options", "nosniff"}},
                 .body = begin + " is too old. Minimum supported API version is " + std::string{kApiVersionMin} +
                         ", please upgrade your client to a newer version\n"};
  }
  if (is_older(kApiVersionMax, version)) {
    return Reply{.status = 400,
                 .headers = {},
                 .body = R"({"message":")" + begin + " is too new. Maximum supported API version is " +
                         std::string{kApiVersionMax} + "\"}\n"};
  }
  return std::nullopt;
}

int minor_version(std::string_view version) {
  static_cast<void>(next_number(version));
  return next_number(version);
}

}  // namespace stack::api
