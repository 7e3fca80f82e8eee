// Docker gives a container's place on a network an id of its own. Ours is made of both ids, so it needs no store. Pure.
#pragma once

#include <string>
#include <string_view>

namespace stack::api {

// 64 hexadecimal digits, the same for the same pair; empty when one of the ids is not 64 digits long.
inline std::string endpoint_id(std::string_view container, std::string_view network) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::size_t kIdDigits = 64;
  if (container.size() != kIdDigits || network.size() != kIdDigits) return {};
  std::string id(kIdDigits, '0');
  // Both are random: their sum, digit by digit, is as well.
  for (std::size_t i = 0; i < kIdDigits; ++i) {
    const auto digit = [&](char c) { return kDigits.find(c) == std::string_view::npos ? 0 : kDigits.find(c); };
    id[i] = kDigits[(digit(container[i]) + digit(network[kIdDigits - 1 - i])) % kDigits.size()];
  }
  return id;
}

}  // namespace stack::api
