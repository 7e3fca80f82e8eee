#include "netns/netlink/message.h"

#include <cstring>

#include <linux/netlink.h>

#include "base/error.h"

namespace stack::netns {

namespace {

constexpr std::size_t align4(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

}  // namespace

Message::Message(std::uint16_t type, std::uint16_t flags) {
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST);
  append(&header, sizeof header);
}

void Message::set_length() {
  const auto length = static_cast<std::uint32_t>(bytes_.size());
  std::memcpy(bytes_.data() + offsetof(nlmsghdr, nlmsg_len), &length, sizeof length);
}

Message& Message::append(const void* data, std::size_t size) {
  const auto* raw = static_cast<const std::byte*>(data);
  bytes_.insert(bytes_.end(), raw, raw + size);
  bytes_.resize(align4(bytes_.size()));
  set_length();
  return *this;
}

Message& Message::put(std::uint16_t type, const void* data, std::size_t size) {
  if (size > 0xffff - sizeof(nlattr)) throw Error("a netlink attribute does not fit in 64 KiB");
  nlattr header{};
  header.nla_type = type;
  header.nla_len = static_cast<std::uint16_t>(sizeof header + size);
  append(&header, sizeof header);
  last_value_ = static_cast<std::uint32_t>(bytes_.size());
  return append(data, size);
}

Message& Message::put_text(std::uint16_t type, std::string_view text) {
  const std::string copy(text);
  return put(type, copy.c_str(), copy.size() + 1);
}

Message& Message::nest(std::uint16_t type, const std::function<void(Message&)>& fill) {
  const std::size_t start = bytes_.size();
  put(static_cast<std::uint16_t>(type | NLA_F_NESTED), nullptr, 0);
  fill(*this);
  const std::size_t size = bytes_.size() - start;
  if (size > 0xffff) throw Error("a nested netlink attribute does not fit in 64 KiB");
  const auto length = static_cast<std::uint16_t>(size);
  std::memcpy(bytes_.data() + start + offsetof(nlattr, nla_len), &length, sizeof length);
  return *this;
}

std::optional<std::uint32_t> Attribute::u32() const {
  if (value.size() != sizeof(std::uint32_t)) return std::nullopt;
  std::uint32_t out = 0;
  std::memcpy(&out, value.data(), sizeof out);
  return out;
}

std::string Attribute::text() const {
  const auto* begin = reinterpret_cast<const char*>(value.data());
  return {begin, strnlen(begin, value.size())};
}

std::vector<Attribute> parse_attributes(std::span<const std::byte> bytes) {
  std::vector<Attribute> out;
  while (bytes.size() >= sizeof(nlattr)) {
    nlattr header{};
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.nla_len < sizeof header || header.nla_len > bytes.size()) break;
    out.push_back({static_cast<std::uint16_t>(header.nla_type & NLA_TYPE_MASK),
                   bytes.subspan(sizeof header, header.nla_len - sizeof header)});
    bytes = bytes.subspan(std::min(align4(header.nla_len), bytes.size()));
  }
  return out;
}

const Attribute* find(const std::vector<Attribute>& attributes, std::uint16_t type) {
  for (const Attribute& attribute : attributes) {
    if (attribute.type == type) return &attribute;
  }
  return nullptr;
}

std::vector<Received> parse_datagram(std::span<const std::byte> bytes) {
  std::vector<Received> out;
  while (bytes.size() >= sizeof(nlmsghdr)) {
    nlmsghdr header{};
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > bytes.size()) break;
    out.push_back({header.nlmsg_type, header.nlmsg_flags, header.nlmsg_seq,
                   bytes.subspan(sizeof header, header.nlmsg_len - sizeof header)});
    bytes = bytes.subspan(std::min(align4(header.nlmsg_len), bytes.size()));
  }
  return out;
}

std::span<const std::byte> after_header(std::span<const std::byte> payload, std::size_t size) {
  const std::size_t aligned = align4(size);
  return aligned <= payload.size() ? payload.subspan(aligned) : std::span<const std::byte>{};
}

}  // namespace stack::netns
