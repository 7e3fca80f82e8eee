// Netlink messages as bytes: a builder for requests and a parser for answers, without a socket.
//
// A Message owns one request (header, family header, attributes); the offsets it reports stay valid because it only
// grows. Attributes hands out views into bytes that the caller keeps. Lengths that do not fit are refused, never read.
// Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace stack::netns {

using Bytes = std::vector<std::byte>;

class Message {
 public:
  // `flags` as in nlmsg_flags; NLM_F_REQUEST is added. `header` is the family's own header (ifinfomsg, rtmsg,
  // nfgenmsg).
  template <class Header>
  Message(std::uint16_t type, std::uint16_t flags, const Header& header) : Message(type, flags) {
    append(&header, sizeof header);
  }

  Message& put(std::uint16_t type, const void* data, std::size_t size);
  Message& put_u8(std::uint16_t type, std::uint8_t value) { return put(type, &value, sizeof value); }
  Message& put_u16(std::uint16_t type, std::uint16_t value) { return put(type, &value, sizeof value); }
  Message& put_u32(std::uint16_t type, std::uint32_t value) { return put(type, &value, sizeof value); }
  Message& put_text(std::uint16_t type, std::string_view text);  // with its terminating zero
  Message& put_bytes(std::uint16_t type, std::span<const std::byte> bytes) {
    return put(type, bytes.data(), bytes.size());
  }
  // Everything that `fill` puts is inside one attribute.
  Message& nest(std::uint16_t type, const std::function<void(Message&)>& fill);
  // A header inside a nested attribute (veth's peer has an ifinfomsg of its own).
  Message& append(const void* data, std::size_t size);

  // Where the value of the attribute put last begins.
  [[nodiscard]] std::uint32_t last_value_offset() const { return last_value_; }
  // With nlmsg_len filled in.
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  Message(std::uint16_t type, std::uint16_t flags);
  void set_length();

  Bytes bytes_;
  std::uint32_t last_value_ = 0;
};

struct Attribute {
  std::uint16_t type = 0;  // without the nested and byte-order flags
  std::span<const std::byte> value;

  // Nothing when the size differs.
  [[nodiscard]] std::optional<std::uint32_t> u32() const;
  [[nodiscard]] std::string text() const;  // up to the first zero
};

// The attributes in `bytes`; stops at the first that does not fit.
std::vector<Attribute> parse_attributes(std::span<const std::byte> bytes);
const Attribute* find(const std::vector<Attribute>& attributes, std::uint16_t type);

// One message of an answer.
struct Received {
  std::uint16_t type = 0;
  std::uint16_t flags = 0;
  std::uint32_t sequence = 0;
  std::span<const std::byte> payload;
};
// The messages in a datagram; stops at the first that does not fit.
std::vector<Received> parse_datagram(std::span<const std::byte> bytes);
// The family header at the start of a payload, or nothing when it is too short.
template <class Header>
std::optional<Header> header_of(std::span<const std::byte> payload);
// What follows a family header of `size` bytes.
std::span<const std::byte> after_header(std::span<const std::byte> payload, std::size_t size);

template <class Header>
std::optional<Header> header_of(std::span<const std::byte> payload) {
  if (payload.size() < sizeof(Header)) return std::nullopt;
  Header header;
  __builtin_memcpy(&header, payload.data(), sizeof header);
  return header;
}

}  // namespace stack::netns
