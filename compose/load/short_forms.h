// The short forms with a grammar of their own: ports, volumes, devices, commands, host entries. Only for canonical.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stack::compose {

// Either a value or what is wrong with the text.
template <class T>
struct Parsed {
  std::optional<T> value;
  std::string problem, remedy;
};

// "[[ip:]published:]target[/protocol]", ranges expanded.
struct ShortPort {
  std::string host_ip, published, protocol;
  std::uint16_t target = 0;
};
Parsed<std::vector<ShortPort>> parse_ports(std::string_view text);

// "[source:]target[:options]".
struct ShortVolume {
  bool bind = false;
  std::string source, target;
  bool read_only = false, nocopy = false;
  std::string selinux, propagation;
  std::vector<std::string> unknown;  // options that mean nothing
};
// What options there are, for messages.
const std::vector<std::string_view>& volume_options();
Parsed<ShortVolume> parse_volume(std::string_view text);

struct ShortDevice {
  std::string source, target, permissions;
};
Parsed<ShortDevice> parse_device(std::string_view text);

// Splits as a shell splits words: quotes and backslashes, no expansion.
Parsed<std::vector<std::string>> split_command(std::string_view text);

struct HostEntry {
  std::string host;
  std::vector<std::string> addresses;
};
// "host=address" or "host:address"; several addresses separated by commas, IPv6 ones in brackets or not.
Parsed<HostEntry> parse_host(std::string_view text);
// An address without the brackets that IPv6 ones may have.
std::string bare_address(std::string_view text);

}  // namespace stack::compose
