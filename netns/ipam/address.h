// IP addresses and subnets as values: text in, text out, arithmetic in between.
//
// An Address is IPv4 or IPv6 with its bits as one number in the low end of `bits` (172.17.0.2 is 0xac110002). A Cidr
// always has its host bits cleared. Pure; any thread; parsing never throws.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stack::netns {

__extension__ using AddressBits = unsigned __int128;

enum class Family : std::uint8_t { v4, v6 };
// 32 or 128.
constexpr int width_of(Family family) { return family == Family::v4 ? 32 : 128; }

struct Address {
  Family family = Family::v4;
  AddressBits bits = 0;

  [[nodiscard]] std::string text() const;
  // 4 or 16 bytes in network order, as the kernel and DNS want them.
  [[nodiscard]] std::vector<std::byte> bytes() const;
  [[nodiscard]] bool is_loopback() const;  // 127.0.0.0/8 or ::1
  [[nodiscard]] bool is_unspecified() const { return bits == 0; }
  auto operator<=>(const Address&) const = default;
};

struct Cidr {
  Address base;
  int prefix = 0;

  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool contains(const Address& address) const;
  [[nodiscard]] bool contains(const Cidr& other) const;
  [[nodiscard]] bool overlaps(const Cidr& other) const { return contains(other) || other.contains(*this); }
  [[nodiscard]] Address first() const { return base; }
  [[nodiscard]] Address last() const;
  auto operator<=>(const Cidr&) const = default;
};

std::optional<Address> parse_address(std::string_view text);
// "10.1.2.3/16" gives 10.1.0.0/16; an address without a length is not a subnet.
std::optional<Cidr> parse_cidr(std::string_view text);
// From 4 or 16 bytes in network order.
std::optional<Address> address_from(const void* data, std::size_t size);

using Mac = std::array<std::uint8_t, 6>;
std::optional<Mac> parse_mac(std::string_view text);
std::string mac_text(const Mac& mac);
// Docker's rule: 02:42 and the four bytes of the IPv4 address; for IPv6 the last four bytes.
Mac mac_for(const Address& address);

}  // namespace stack::netns
