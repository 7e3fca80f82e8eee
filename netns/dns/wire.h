// DNS messages as bytes (RFC 1035, section 4): reading a query, writing an answer. Only what a small name server needs.
//
// Input is hostile: every length is checked, names are bounded (255 bytes, 63 a label), and compression pointers may
// only point backwards and kMaxPointers times. Pure; any thread; reading never throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netns/ipam/address.h"

namespace stack::netns::dns {

inline constexpr int kMaxPointers = 16;
inline constexpr std::size_t kMaxUdpBytes = 512;    // without EDNS (RFC 1035, section 4.2.1)
inline constexpr std::size_t kMaxEdnsBytes = 1232;  // what we send at most in a datagram
inline constexpr std::size_t kMaxMessageBytes = 65535;

enum class Type : std::uint16_t { a = 1, ptr = 12, aaaa = 28, any = 255 };
enum class Rcode : std::uint8_t {
  no_error = 0,
  format = 1,
  server_failure = 2,
  no_such_name = 3,
  not_implemented = 4,
  refused = 5
};

struct Query {
  std::uint16_t id = 0;
  bool recursion_desired = false;
  std::string name;  // lower case, without the final dot; a dot or backslash inside a label is not accepted
  std::uint16_t type = 0;
  std::uint16_t cls = 0;
  bool edns = false;
  std::size_t udp_bytes = kMaxUdpBytes;  // what the asker takes in one datagram
  std::vector<std::byte> question;       // as it came, to be sent back
};

// What to say when a query cannot be read: an answer if there is an id to answer to.
struct Unreadable {
  std::optional<std::uint16_t> id;
  Rcode code = Rcode::format;
};

struct ParsedQuery {
  std::optional<Query> query;
  Unreadable error;
};
// Exactly one question; answers that come in are not queries (no id to answer to).
ParsedQuery parse_query(std::span<const std::byte> message);

struct Answer {
  Rcode code = Rcode::no_error;
  bool authoritative = false;      // nobody delegated these names to us
  std::vector<Address> addresses;  // A or AAAA by family
  std::vector<std::string> names;  // PTR
};
// At most `limit` bytes: what does not fit is left out and the truncation bit set.
std::vector<std::byte> encode_answer(const Query& query, const Answer& answer, std::uint32_t ttl_seconds,
                                     std::size_t limit);
std::vector<std::byte> encode_error(std::uint16_t id, Rcode code);

// Whether `message` answers `query`: same question, a response. What comes back from another server is checked with it.
bool answers(std::span<const std::byte> message, const Query& query, std::uint16_t id);
// An answer that sends resolvers on to the next server: failed, refused, not implemented, or a referral by a server that
// neither has the name nor asks for others.
bool says_nothing(std::span<const std::byte> message);
bool truncated(std::span<const std::byte> message);
void set_id(std::span<std::byte> message, std::uint16_t id);

// "4.3.2.1.in-addr.arpa" and the ip6.arpa form; nothing for other names.
std::optional<Address> reverse_address(std::string_view name);

}  // namespace stack::netns::dns
