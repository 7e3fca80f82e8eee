#include "netns/ipam/address.h"

#include <charconv>
#include <cstring>

#include <arpa/inet.h>

namespace stack::netns {

namespace {

AddressBits host_mask(Family family, int prefix) {
  const int host_bits = width_of(family) - prefix;
  if (host_bits >= 128) return ~AddressBits{0};
  return (AddressBits{1} << host_bits) - 1;
}

}  // namespace

std::vector<std::byte> Address::bytes() const {
  std::vector<std::byte> out(static_cast<std::size_t>(width_of(family) / 8));
  AddressBits rest = bits;
  for (auto it = out.rbegin(); it != out.rend(); ++it) {
    *it = static_cast<std::byte>(rest & 0xff);
    rest >>= 8;
  }
  return out;
}

std::string Address::text() const {
  const auto raw = bytes();
  char buffer[INET6_ADDRSTRLEN] = {};
  inet_ntop(family == Family::v4 ? AF_INET : AF_INET6, raw.data(), buffer, sizeof buffer);
  return buffer;
}

bool Address::is_loopback() const { return family == Family::v4 ? (bits >> 24) == 127 : bits == 1; }

std::string Cidr::text() const { return base.text() + "/" + std::to_string(prefix); }

bool Cidr::contains(const Address& address) const {
  return address.family == base.family && (address.bits & ~host_mask(base.family, prefix)) == base.bits;
}

bool Cidr::contains(const Cidr& other) const { return other.prefix >= prefix && contains(other.base); }

Address Cidr::last() const { return {base.family, base.bits | host_mask(base.family, prefix)}; }

std::optional<Address> address_from(const void* data, std::size_t size) {
  if (size != 4 && size != 16) return std::nullopt;
  Address out{size == 4 ? Family::v4 : Family::v6, 0};
  const auto* raw = static_cast<const unsigned char*>(data);
  for (std::size_t i = 0; i < size; ++i) out.bits = (out.bits << 8) | raw[i];
  return out;
}

std::optional<Address> parse_address(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
  const std::string copy(text);
  if (copy.find('\0') != std::string::npos) return std::nullopt;
  unsigned char raw[16];
  if (inet_pton(AF_INET, copy.c_str(), raw) == 1) return address_from(raw, 4);
  if (inet_pton(AF_INET6, copy.c_str(), raw) == 1) return address_from(raw, 16);
  return std::nullopt;
}

std::optional<Cidr> parse_cidr(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parse_address(text.substr(0, slash));
  const auto length = text.substr(slash + 1);
  int prefix = -1;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), prefix);
  if (!address || error != std::errc{} || end != length.data() + length.size()) return std::nullopt;
  if (prefix < 0 || prefix > width_of(address->family)) return std::nullopt;
  return Cidr{{address->family, address->bits & ~host_mask(address->family, prefix)}, prefix};
}

std::optional<Mac> parse_mac(std::string_view text) {
  Mac mac{};
  if (text.size() != 17) return std::nullopt;
  for (std::size_t i = 0; i < mac.size(); ++i) {
    const auto part = text.substr(i * 3, 2);
    const auto [end, error] = std::from_chars(part.data(), part.data() + 2, mac[i], 16);
    if (error != std::errc{} || end != part.data() + 2) return std::nullopt;
    if (i < 5 && text[i * 3 + 2] != ':' && text[i * 3 + 2] != '-') return std::nullopt;
  }
  return mac;
}

std::string mac_text(const Mac& mac) {
  std::string out;
  for (const std::uint8_t byte : mac) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    if (!out.empty()) out += ':';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

Mac mac_for(const Address& address) {
  const auto low = static_cast<std::uint32_t>(address.bits & 0xffffffffu);
  return {0x02,
          0x42,
          static_cast<std::uint8_t>(low >> 24),
          static_cast<std::uint8_t>(low >> 16),
          static_cast<std::uint8_t>(low >> 8),
          static_cast<std::uint8_t>(low)};
}

}  // namespace stack::netns
