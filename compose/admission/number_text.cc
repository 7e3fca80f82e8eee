#include "compose/admission/number_text.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <net/if.h>

namespace stack::compose {

std::optional<std::uint64_t> whole_number(std::string_view text, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

std::optional<NumberRange> number_range(std::string_view text, std::uint64_t most) {
  const auto dash = text.find('-');
  const auto first = whole_number(text.substr(0, dash), most);
  const auto last = dash == std::string_view::npos ? first : whole_number(text.substr(dash + 1), most);
  if (!first || !last || *last < *first) return std::nullopt;
  return NumberRange{*first, *last};
}

AddressFamily address_family(const std::string& text) {
  unsigned char bytes[16];
  if (inet_pton(AF_INET, text.c_str(), bytes) == 1) return AddressFamily::v4;
  return inet_pton(AF_INET6, text.c_str(), bytes) == 1 ? AddressFamily::v6 : AddressFamily::none;
}

std::string address_text(AddressFamily family, const unsigned char* bytes) {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(family == AddressFamily::v4 ? AF_INET : AF_INET6, bytes, text, sizeof text);
  return text;
}

bool is_interface_name(const std::string& name) {
  return !name.empty() && name.size() < IFNAMSIZ && name != "." && name != ".." && name != "all" && name != "default" &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
                  c == '_';
         });
}

bool is_interface_mac(std::string_view text) {
  constexpr std::size_t kSize = 17;  // six pairs of digits and what parts them
  if (text.size() != kSize) return false;
  unsigned first = 0, sum = 0;
  for (std::size_t i = 0; i < kSize; i += 3) {
    unsigned byte = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (error != std::errc{} || end != text.data() + i + 2) return false;
    if (i + 2 < kSize && text[i + 2] != ':' && text[i + 2] != '-') return false;
    if (i == 0) first = byte;
    sum += byte;
  }
  return (first & 1U) == 0 && sum != 0;
}

std::optional<Subnet> parse_subnet(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) return std::nullopt;
  Subnet subnet;
  const std::string address = text.substr(0, slash);
  subnet.family = address_family(address);
  if (subnet.family == AddressFamily::none) return std::nullopt;
  const bool v4 = subnet.family == AddressFamily::v4;
  inet_pton(v4 ? AF_INET : AF_INET6, address.c_str(), subnet.bytes);
  const auto prefix = whole_number(std::string_view{text}.substr(slash + 1), v4 ? 32 : 128);
  if (!prefix) return std::nullopt;
  subnet.prefix = static_cast<unsigned>(*prefix);
  return subnet;
}

namespace {

// Equal in the first `bits`.
bool same_bits(const unsigned char* a, const unsigned char* b, unsigned bits) {
  if (std::memcmp(a, b, bits / 8) != 0) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || ((a[bits / 8] ^ b[bits / 8]) >> (8 - rest)) == 0;
}

}  // namespace

bool is_network_address(const Subnet& subnet) {
  const unsigned all = subnet.family == AddressFamily::v4 ? 32 : 128;
  for (unsigned bit = subnet.prefix; bit < all; ++bit) {
    if ((subnet.bytes[bit / 8] >> (7 - bit % 8) & 1U) != 0) return false;
  }
  return true;
}

bool contains(const Subnet& subnet, const std::string& address) {
  if (address_family(address) != subnet.family) return false;
  unsigned char bytes[16];
  inet_pton(subnet.family == AddressFamily::v4 ? AF_INET : AF_INET6, address.c_str(), bytes);
  return same_bits(subnet.bytes, bytes, subnet.prefix);
}

}  // namespace stack::compose
