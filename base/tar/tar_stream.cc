#include "base/tar/tar_stream.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

namespace stack::tar {
namespace {

constexpr std::size_t kReadBytes = 256 << 10;
constexpr std::uint64_t kHeaderTextMax = 1 << 20;
constexpr std::uint64_t kBehindMax = 64 << 20;  // archives are filled up to a block, and endless ones have no end
constexpr const char* kWriting = "writing the file";

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorKind::invalid, "the archive " + what); }

// Up to a NUL, or the whole field.
std::string field_text(const char* block, std::size_t at, std::size_t room) {
  return {block + at, ::strnlen(block + at, room)};
}

// Octal digits between blanks and NULs, or GNU's binary form with the first bit set.
std::uint64_t field_number(const char* block, std::size_t at, std::size_t room) {
  const auto first = static_cast<unsigned char>(block[at]);
  std::uint64_t value = 0;
  if ((first & 0x80U) != 0) {
    if (first != 0x80U) refuse("has a number that is negative or too large");
    for (std::size_t i = at + 1; i < at + room; ++i) {
      if (value >> 56U != 0) refuse("has a number that is too large");
      value = value << 8U | static_cast<unsigned char>(block[i]);
    }
    return value;
  }
  std::string digits = field_text(block, at, room);
  const std::size_t begin = std::min(digits.find_first_not_of(' '), digits.size());
  const std::size_t end = digits.find_last_not_of(' ') + 1;
  if (begin >= end) return 0;
  const auto [stop, failed] = std::from_chars(digits.data() + begin, digits.data() + end, value, 8);
  if (failed != std::errc{} || stop != digits.data() + end) refuse("has a header that is not one of a tar");
  return value;
}

bool is_empty(const char* block) {
  return std::all_of(block, block + kBlockBytes, [](char byte) { return byte == '\0'; });
}

void check_sum(const char* block) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBlockBytes; ++i) sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(block[i]);
  if (field_number(block, 148, 8) != sum) refuse("has a header that is not one of a tar");
}

template <class Number>
Number number_of(std::string_view text) {
  Number number{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size())
    refuse("has an invalid number \"" + std::string{text.substr(0, 40)} + "\" in a header");
  return number;
}

// "1700000000.25", "-1.5"
void set_time(std::string_view text, Entry& entry) {
  const std::size_t dot = text.find('.');
  const bool negative = text.starts_with('-');
  entry.modified_s = number_of<std::int64_t>(text.substr(0, dot));
  std::string fraction{dot == std::string_view::npos ? std::string_view{} : text.substr(dot + 1)};
  fraction.resize(9, '0');
  entry.modified_ns = number_of<std::int64_t>(fraction);
  if (negative && entry.modified_ns > 0) {
    --entry.modified_s;
    entry.modified_ns = 1'000'000'000 - entry.modified_ns;
  }
}

}  // namespace

// What headers in front of an entry say of it.
struct Stream::Extras {
  std::optional<std::string> path, link, time;
  std::optional<std::uint64_t> size, uid, gid;
  std::map<std::string, std::string> attributes;
};

Source source_of(BorrowedFd fd) {
  const auto block = std::make_shared<std::vector<char>>(kReadBytes);
  return [fd, block]() -> std::string_view {
    for (;;) {
      const ssize_t got = ::read(fd.get(), block->data(), block->size());
      if (got >= 0) return {block->data(), static_cast<std::size_t>(got)};
      if (errno != EINTR) throw Error::from_errno(errno, "reading the archive");
    }
  };
}

bool Stream::take(char* to, std::size_t count) {
  for (std::size_t have = 0; have < count;) {
    if (ahead_.empty()) ahead_ = source_();
    if (ahead_.empty()) {
      if (have == 0) return false;
      refuse("ends in the middle of an entry");
    }
    const std::size_t part = std::min(count - have, ahead_.size());
    std::memcpy(to + have, ahead_.data(), part);
    ahead_.remove_prefix(part);
    have += part;
  }
  return true;
}

std::string Stream::take_text(std::uint64_t size) {
  if (size > kHeaderTextMax) refuse("has a header of more than a megabyte");
  std::string text(size, '\0');
  if (size > 0 && !take(text.data(), text.size())) refuse("ends in the middle of an entry");
  skip((kBlockBytes - size % kBlockBytes) % kBlockBytes);
  return text;
}

void Stream::skip(std::uint64_t bytes) {
  while (bytes > 0) {
    if (ahead_.empty()) ahead_ = source_();
    if (ahead_.empty()) refuse("ends in the middle of an entry");
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, ahead_.size()));
    ahead_.remove_prefix(part);
    bytes -= part;
  }
}

// Who sends has sent everything then, and may have checked something at the end.
void Stream::drain() {
  ended_ = true;
  ahead_ = {};
  std::uint64_t behind = 0;
  for (std::string_view bytes = source_(); !bytes.empty(); bytes = source_()) {
    behind += bytes.size();
    if (behind > kBehindMax) refuse("goes on for more than 64 MiB behind its end");
  }
}

std::string_view Stream::content() {
  if (left_ == 0) return {};
  if (ahead_.empty()) ahead_ = source_();
  if (ahead_.empty()) refuse("ends in the middle of an entry");
  const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(left_, ahead_.size()));
  const std::string_view piece = ahead_.substr(0, part);
  ahead_.remove_prefix(part);
  left_ -= part;
  return piece;
}

std::uint64_t Stream::move_to(BorrowedFd file) {
  if (direct_.get() < 0 || !ahead_.empty() || left_ < kMovedMin) return 0;
  for (;;) {
    const ssize_t moved = ::splice(direct_.get(), nullptr, file.get(), nullptr, left_, 0);
    if (moved == 0) refuse("ends in the middle of an entry");
    if (moved > 0) {
      left_ -= static_cast<std::uint64_t>(moved);
      return static_cast<std::uint64_t>(moved);
    }
    if (errno == EINVAL) {
      direct_ = BorrowedFd{-1};
      return 0;
    }
    if (errno != EINTR) throw Error::from_errno(errno, kWriting);
  }
}

std::uint64_t Stream::content_to(BorrowedFd file) {
  std::uint64_t done = 0;
  while (left_ > 0) {
    std::uint64_t put = move_to(file);
    if (put == 0) {
      const std::string_view piece = content();
      write_all(file, piece, kWriting);
      put = piece.size();
    }
    done += put;
  }
  return done;
}

std::optional<Entry> Stream::next() {
  if (ended_) return std::nullopt;
  skip(left_);
  skip(padding_);
  left_ = padding_ = 0;
  Extras extras;
  std::array<char, kBlockBytes> block{};
  for (;;) {
    if (!take(block.data(), block.size())) {
      // No archive at all is an empty one.
      if (any_) refuse("is incomplete: its end mark is missing");
      ended_ = true;
      return std::nullopt;
    }
    if (is_empty(block.data())) {
      drain();
      return std::nullopt;
    }
    any_ = true;
    check_sum(block.data());
    if (auto entry = entry_of(block.data(), extras)) return entry;
  }
}

void Stream::read_pax(std::string_view records, Extras& extras) {
  while (!records.empty()) {
    const std::size_t blank = records.find(' ');
    if (blank == std::string_view::npos) refuse("has a damaged pax header");
    const auto length = number_of<std::size_t>(records.substr(0, blank));
    if (length <= blank + 1 || length > records.size() || records[length - 1] != '\n')
      refuse("has a damaged pax header");
    const std::string_view record = records.substr(blank + 1, length - blank - 2);
    records.remove_prefix(length);
    const std::size_t equals = record.find('=');
    if (equals == std::string_view::npos) refuse("has a damaged pax header");
    const std::string_view name = record.substr(0, equals), value = record.substr(equals + 1);
    constexpr std::string_view kAttribute = "SCHILY.xattr.";
    if (name == "path") extras.path = value;
    if (name == "linkpath") extras.link = value;
    if (name == "mtime") extras.time = value;
    if (name == "size") extras.size = number_of<std::uint64_t>(value);
    if (name == "uid") extras.uid = number_of<std::uint32_t>(value);
    if (name == "gid") extras.gid = number_of<std::uint32_t>(value);
    if (name.starts_with(kAttribute)) extras.attributes[std::string{name.substr(kAttribute.size())}] = value;
    if (name.starts_with("GNU.sparse.")) refuse("has a sparse file: write it without --sparse");
  }
}

// Nothing for a header that only says something about the next one.
std::optional<Entry> Stream::entry_of(const char* block, Extras& extras) {
  const char type = block[156];
  const std::uint64_t size = field_number(block, 124, 12);
  const auto until_nul = [](const std::string& text) { return text.substr(0, text.find('\0')); };
  switch (type) {
    case 'x':
      read_pax(take_text(size), extras);
      return std::nullopt;
    case 'g':  // comments of git and the like
      (void)take_text(size);
      return std::nullopt;
    case 'L':
      extras.path = until_nul(take_text(size));
      return std::nullopt;
    case 'K':
      extras.link = until_nul(take_text(size));
      return std::nullopt;
    default:
      break;
  }
  Entry entry{.path = field_text(block, 0, 100),
              .mode = static_cast<std::uint32_t>(field_number(block, 100, 8) & 07777)};
  const bool posix = std::memcmp(block + 257, "ustar\0", 6) == 0;
  if (const std::string prefix = posix ? field_text(block, 345, 155) : ""; !prefix.empty())
    entry.path = prefix + "/" + entry.path;
  entry.path = extras.path.value_or(entry.path);
  entry.link = extras.link.value_or(field_text(block, 157, 100));
  entry.uid = static_cast<std::uint32_t>(extras.uid.value_or(field_number(block, 108, 8)));
  entry.gid = static_cast<std::uint32_t>(extras.gid.value_or(field_number(block, 116, 8)));
  entry.modified_s = static_cast<std::int64_t>(field_number(block, 136, 12));
  if (extras.time) set_time(*extras.time, entry);
  entry.attributes = std::move(extras.attributes);
  if (type == '\0' || type == '7') {
    entry.kind = entry.path.ends_with('/') ? Kind::folder : Kind::file;
  } else if (type >= '0' && type <= '6') {
    entry.kind = static_cast<Kind>(type);
  } else {
    refuse("has an entry of an unknown kind, \"" + entry.path + "\"");
  }
  if (entry.kind == Kind::character_device || entry.kind == Kind::block_device) {
    entry.device_major = static_cast<std::uint32_t>(field_number(block, 329, 8));
    entry.device_minor = static_cast<std::uint32_t>(field_number(block, 337, 8));
  }
  entry.size = extras.size.value_or(size);
  if (entry.path.find('\0') != std::string::npos || entry.link.find('\0') != std::string::npos)
    refuse("has a name with a NUL in it");
  // Links and devices have no content, whatever they say of their size.
  if (entry.kind != Kind::file) entry.size = 0;
  left_ = entry.size;
  padding_ = (kBlockBytes - left_ % kBlockBytes) % kBlockBytes;
  return entry;
}

}  // namespace stack::tar
