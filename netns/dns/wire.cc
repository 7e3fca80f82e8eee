#include "netns/dns/wire.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace stack::netns::dns {

namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::uint16_t kResponse = 0x8000, kAuthoritative = 0x0400, kTruncated = 0x0200, kRecursionDesired = 0x0100,
                        kRecursionAvailable = 0x0080;
constexpr std::uint16_t kOpcodeMask = 0x7800;
constexpr std::uint16_t kClassInternet = 1, kTypeOpt = 41;

using View = std::span<const std::byte>;

std::uint16_t u16(View bytes, std::size_t at) {
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[at]) << 8 |
                                    std::to_integer<unsigned>(bytes[at + 1]));
}

void put16(std::vector<std::byte>& out, std::uint32_t value) {
  out.push_back(static_cast<std::byte>(value >> 8 & 0xff));
  out.push_back(static_cast<std::byte>(value & 0xff));
}

void put32(std::vector<std::byte>& out, std::uint32_t value) {
  put16(out, value >> 16);
  put16(out, value & 0xffff);
}

// Reads a name at `at` and moves `at` behind it; false when it is not one.
bool read_name(View message, std::size_t& at, std::string& name) {
  std::size_t position = at;
  std::size_t lowest = at;  // pointers go strictly backwards, so this ends
  bool jumped = false;
  int pointers = 0;
  name.clear();
  for (;;) {
    if (position >= message.size()) return false;
    const auto length = std::to_integer<unsigned>(message[position]);
    if ((length & 0xc0) == 0xc0) {
      if (position + 1 >= message.size() || ++pointers > kMaxPointers) return false;
      const std::size_t target = (length & 0x3f) << 8 | std::to_integer<unsigned>(message[position + 1]);
      if (target >= lowest) return false;
      if (!jumped) at = position + 2;
      jumped = true;
      position = lowest = target;
      continue;
    }
    if ((length & 0xc0) != 0) return false;
    if (length == 0) {
      if (!jumped) at = position + 1;
      return true;
    }
    if (position + 1 + length > message.size() || name.size() + 1 + length > 254) return false;
    if (!name.empty()) name += '.';
    for (std::size_t i = 0; i < length; ++i) {
      const char c = static_cast<char>(message[position + 1 + i]);
      if (c == '.' || c == '\\' || c == '\0') return false;
      name += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    position += 1 + length;
  }
}

// Appends `name` without compression; false when it is not a valid one.
bool put_name(std::vector<std::byte>& out, std::string_view name) {
  if (name.size() > 253) return false;
  while (!name.empty()) {
    const auto dot = name.find('.');
    const auto label = name.substr(0, dot);
    if (label.empty() || label.size() > 63) return false;
    out.push_back(static_cast<std::byte>(label.size()));
    for (const char c : label) out.push_back(static_cast<std::byte>(c));
    name = dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
  }
  out.push_back(std::byte{0});
  return true;
}

void read_additional(View message, std::size_t at, std::size_t records, Query& query) {
  std::string owner;
  for (std::size_t i = 0; i < records && i < 32; ++i) {
    if (!read_name(message, at, owner) || at + 10 > message.size()) return;
    if (u16(message, at) == kTypeOpt) {
      query.edns = true;
      query.udp_bytes = std::clamp<std::size_t>(u16(message, at + 2), kMaxUdpBytes, kMaxEdnsBytes);
      return;
    }
    at += 10u + u16(message, at + 8);
  }
}

}  // namespace

ParsedQuery parse_query(View message) {
  ParsedQuery out;
  if (message.size() < kHeaderBytes || message.size() > kMaxMessageBytes) return out;
  const std::uint16_t flags = u16(message, 2);
  if ((flags & kResponse) != 0) return out;
  const std::uint16_t id = u16(message, 0);
  out.error.id = id;
  if ((flags & kOpcodeMask) != 0) {
    out.error.code = Rcode::not_implemented;
    return out;
  }
  if (u16(message, 4) != 1) return out;
  Query query;
  query.id = id;
  query.recursion_desired = (flags & kRecursionDesired) != 0;
  std::size_t at = kHeaderBytes;
  if (!read_name(message, at, query.name) || at + 4 > message.size()) return out;
  query.type = u16(message, at);
  query.cls = u16(message, at + 2);
  at += 4;
  query.question.assign(message.begin() + kHeaderBytes, message.begin() + static_cast<std::ptrdiff_t>(at));
  read_additional(message, at, std::size_t{u16(message, 6)} + u16(message, 8) + u16(message, 10), query);
  out.query = std::move(query);
  return out;
}

std::vector<std::byte> encode_answer(const Query& query, const Answer& answer, std::uint32_t ttl_seconds,
                                     std::size_t limit) {
  std::vector<std::byte> out;
  std::uint32_t flags = kResponse | kRecursionAvailable | static_cast<std::uint32_t>(answer.code);
  if (answer.authoritative) flags |= kAuthoritative;
  if (query.recursion_desired) flags |= kRecursionDesired;
  put16(out, query.id);
  put16(out, flags);
  put16(out, 1);
  put16(out, 0);
  put16(out, 0);
  put16(out, query.edns ? 1 : 0);
  out.insert(out.end(), query.question.begin(), query.question.end());

  std::vector<std::byte> opt;
  if (query.edns) {
    opt.push_back(std::byte{0});
    put16(opt, kTypeOpt);
    put16(opt, kMaxEdnsBytes);
    put32(opt, 0);
    put16(opt, 0);
  }
  std::uint32_t records = 0;
  bool cut = false;
  const auto add = [&](Type type, const std::vector<std::byte>& data) {
    if (cut || out.size() + 12 + data.size() + opt.size() > limit) {
      cut = true;
      return;
    }
    put16(out, 0xc000 | kHeaderBytes);  // the question's name
    put16(out, static_cast<std::uint32_t>(type));
    put16(out, kClassInternet);
    put32(out, ttl_seconds);
    put16(out, static_cast<std::uint32_t>(data.size()));
    out.insert(out.end(), data.begin(), data.end());
    ++records;
  };
  for (const Address& address : answer.addresses) {
    add(address.family == Family::v4 ? Type::a : Type::aaaa, address.bytes());
  }
  for (const std::string& name : answer.names) {
    std::vector<std::byte> data;
    if (put_name(data, name)) add(Type::ptr, data);
  }
  if (cut) out[2] |= static_cast<std::byte>(kTruncated >> 8);
  out[6] = static_cast<std::byte>(records >> 8);
  out[7] = static_cast<std::byte>(records & 0xff);
  out.insert(out.end(), opt.begin(), opt.end());
  return out;
}

std::vector<std::byte> encode_error(std::uint16_t id, Rcode code) {
  std::vector<std::byte> out;
  put16(out, id);
  put16(out, kResponse | kRecursionAvailable | static_cast<std::uint32_t>(code));
  for (int i = 0; i < 4; ++i) put16(out, 0);
  return out;
}

bool answers(View message, const Query& query, std::uint16_t id) {
  if (message.size() < kHeaderBytes || u16(message, 0) != id || (u16(message, 2) & kResponse) == 0) return false;
  // Some servers leave the question out of an error.
  if (u16(message, 4) == 0) return (u16(message, 2) & 0xf) != 0;
  std::size_t at = kHeaderBytes;
  std::string name;
  if (u16(message, 4) != 1 || !read_name(message, at, name) || at + 4 > message.size()) return false;
  return name == query.name && u16(message, at) == query.type && u16(message, at + 2) == query.cls;
}

bool says_nothing(View message) {
  if (message.size() < kHeaderBytes) return true;
  const std::uint32_t flags = u16(message, 2);
  switch (static_cast<Rcode>(flags & 0xf)) {
    case Rcode::server_failure:
    case Rcode::not_implemented:
    case Rcode::refused:
      return true;
    case Rcode::no_error:
      // A lame server's referral (as glibc's res_send judges it): neither answers nor additions, no authority, no
      // recursion.
      return (flags & (kAuthoritative | kRecursionAvailable | kTruncated)) == 0 && u16(message, 6) == 0 &&
             u16(message, 10) == 0;
    default:
      return false;
  }
}

bool truncated(View message) { return message.size() >= kHeaderBytes && (u16(message, 2) & kTruncated) != 0; }

void set_id(std::span<std::byte> message, std::uint16_t id) {
  if (message.size() < 2) return;
  message[0] = static_cast<std::byte>(id >> 8);
  message[1] = static_cast<std::byte>(id & 0xff);
}

std::optional<Address> reverse_address(std::string_view name) {
  constexpr std::string_view kV4 = ".in-addr.arpa", kV6 = ".ip6.arpa";
  if (name.ends_with(kV4)) {
    std::string_view rest = name.substr(0, name.size() - kV4.size());
    std::uint32_t bits = 0;
    for (int i = 0; i < 4; ++i) {
      unsigned part = 0;
      const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), part);
      if (error != std::errc{} || part > 255) return std::nullopt;
      bits |= part << (8 * i);
      rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
      if (i < 3) {
        if (!rest.starts_with('.')) return std::nullopt;
        rest.remove_prefix(1);
      }
    }
    if (!rest.empty()) return std::nullopt;
    return Address{Family::v4, bits};
  }
  if (!name.ends_with(kV6)) return std::nullopt;
  const std::string_view rest = name.substr(0, name.size() - kV6.size());
  if (rest.size() != 63) return std::nullopt;
  Address out{Family::v6, 0};
  for (std::size_t i = 0; i < 32; ++i) {
    if (i < 31 && rest[i * 2 + 1] != '.') return std::nullopt;
    unsigned digit = 0;
    const char* at = rest.data() + i * 2;
    const auto [end, error] = std::from_chars(at, at + 1, digit, 16);
    if (error != std::errc{} || end != at + 1) return std::nullopt;
    out.bits |= AddressBits{digit} << (4 * i);
  }
  return out;
}

}  // namespace stack::netns::dns
