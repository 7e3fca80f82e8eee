// Whole numbers and IP addresses in texts, read to the last character.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stack::compose {

// Digits alone, at most `most`; anything else is nothing.
std::optional<std::uint64_t> whole_number(std::string_view text, std::uint64_t most);

struct NumberRange {
  std::uint64_t first = 0, last = 0;
};
// "80" or "80-90", not falling.
std::optional<NumberRange> number_range(std::string_view text, std::uint64_t most);

enum class AddressFamily { none, v4, v6 };
AddressFamily address_family(const std::string& text);
std::string address_text(AddressFamily family, const unsigned char* bytes);
// At most 15 letters, digits, dots, dashes and underscores.
bool is_interface_name(const std::string& name);
// "02:42:ac:11:00:02" of one interface: not a group's and not zero.
bool is_interface_mac(std::string_view text);

// An address and how many of its bits say the network; `bytes` holds 4 or 16.
struct Subnet {
  AddressFamily family = AddressFamily::none;
  unsigned char bytes[16] = {};
  unsigned prefix = 0;
};
std::optional<Subnet> parse_subnet(const std::string& text);
// The bits behind the prefix are zero.
bool is_network_address(const Subnet& subnet);
bool contains(const Subnet& subnet, const std::string& address);

}  // namespace stack::compose
