#include "base/tar/tar_encode.h"

#include <array>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace stack::tar {
namespace {

constexpr std::size_t kNameBytes = 100;
constexpr std::uint64_t kOctalSevenMax = 07777777;       // of user, group and devices
constexpr std::uint64_t kOctalElevenMax = 077777777777;  // of sizes and times
constexpr std::size_t kChecksumAt = 148, kChecksumBytes = 8;

bool fits(std::int64_t seconds) { return seconds >= 0 && static_cast<std::uint64_t>(seconds) <= kOctalElevenMax; }

class Block {
 public:
  void text(std::size_t at, std::size_t room, std::string_view value) {
    std::memcpy(bytes_.data() + at, value.data(), std::min(room, value.size()));
  }
  void octal(std::size_t at, std::size_t room, std::uint64_t value) {
    std::array<char, 24> digits{};
    std::snprintf(digits.data(), digits.size(), "%0*llo", static_cast<int>(room - 1),
                  static_cast<unsigned long long>(value));
    text(at, room - 1, digits.data());
  }
  [[nodiscard]] std::string finished() {
    text(kChecksumAt, kChecksumBytes, "        ");
    unsigned sum = 0;
    for (const char byte : bytes_) sum += static_cast<unsigned char>(byte);
    octal(kChecksumAt, kChecksumBytes - 1, sum);
    bytes_[kChecksumAt + kChecksumBytes - 2] = '\0';
    return {bytes_.data(), bytes_.size()};
  }

 private:
  std::array<char, kBlockBytes> bytes_{};
};

// "LENGTH NAME=VALUE\n", where the length counts itself.
std::string pax_record(const std::string& name, std::string_view value) {
  const std::size_t rest = name.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length) length = std::to_string(length).size() + rest;
  return std::to_string(length) + " " + name + "=" + std::string{value} + "\n";
}

std::string time_text(const Entry& entry) {
  // Before 1970 the fraction counts downwards: -1.5 is a second and a half.
  std::int64_t seconds = entry.modified_s, nanos = entry.modified_ns;
  const bool negative = seconds < 0;
  if (negative && nanos > 0) {
    ++seconds;
    nanos = 1'000'000'000 - nanos;
  }
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%s%lld.%09lld", negative ? "-" : "",
                static_cast<long long>(negative ? -seconds : seconds), static_cast<long long>(nanos));
  return text.data();
}

std::string pax_records(const Entry& entry) {
  std::string records;
  const auto add = [&](const std::string& name, std::string_view value) { records += pax_record(name, value); };
  if (entry.path.size() > kNameBytes) add("path", entry.path);
  if (entry.link.size() > kNameBytes) add("linkpath", entry.link);
  if (entry.size > kOctalElevenMax) add("size", std::to_string(entry.size));
  if (entry.uid > kOctalSevenMax) add("uid", std::to_string(entry.uid));
  if (entry.gid > kOctalSevenMax) add("gid", std::to_string(entry.gid));
  if (entry.modified_ns != 0 || !fits(entry.modified_s)) add("mtime", time_text(entry));
  for (const auto& [name, value] : entry.attributes) add("SCHILY.xattr." + name, value);
  return records;
}

std::string plain_header(const Entry& entry, char type) {
  Block block;
  block.text(0, kNameBytes, entry.path);
  block.octal(100, 8, entry.mode & 07777);
  block.octal(108, 8, entry.uid > kOctalSevenMax ? 0 : entry.uid);
  block.octal(116, 8, entry.gid > kOctalSevenMax ? 0 : entry.gid);
  block.octal(124, 12, entry.size > kOctalElevenMax ? 0 : entry.size);
  block.octal(136, 12, fits(entry.modified_s) ? static_cast<std::uint64_t>(entry.modified_s) : 0);
  block.text(156, 1, {&type, 1});
  block.text(157, kNameBytes, entry.link);
  block.text(257, 8,
             std::string_view{"ustar\0"
                              "00",
                              8});
  block.octal(329, 8, entry.device_major);
  block.octal(337, 8, entry.device_minor);
  return block.finished();
}

}  // namespace

std::string header_of(const Entry& entry) {
  const std::string records = pax_records(entry);
  std::string header;
  if (!records.empty()) {
    const Entry pax{.path = "PaxHeaders/" + entry.path.substr(0, 80), .size = records.size()};
    header = plain_header(pax, 'x') + records + padding_of(records.size());
  }
  return header + plain_header(entry, static_cast<char>(entry.kind));
}

std::string padding_of(std::uint64_t size) {
  return std::string((kBlockBytes - size % kBlockBytes) % kBlockBytes, '\0');
}

std::string end_mark() { return std::string(2 * kBlockBytes, '\0'); }

}  // namespace stack::tar
