#include "engine/build/owner_names.h"

#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/sys/syscalls.h"

namespace stack::build {
namespace {

constexpr std::size_t kFileBytesMax = 16 << 20;

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The fields of the line that begins with the name.
std::vector<std::string_view> row(std::string_view file, std::string_view name) {
  while (!file.empty()) {
    const std::size_t end = std::min(file.find('\n'), file.size());
    std::string_view line = file.substr(0, end);
    file.remove_prefix(std::min(end + 1, file.size()));
    std::vector<std::string_view> fields;
    for (;;) {
      const std::size_t colon = line.find(':');
      fields.push_back(line.substr(0, colon));
      if (colon == std::string_view::npos) break;
      line.remove_prefix(colon + 1);
    }
    if (fields.front() == name && fields.size() >= 3) return fields;
  }
  return {};
}

std::string content(BorrowedFd root, const char* path) {
  const auto file = sys::open_in_root(root, path, O_RDONLY | O_NONBLOCK, 0);
  struct stat about {};
  if (!file || ::fstat(file->get(), &about) != 0 || !S_ISREG(about.st_mode)) return {};
  std::string text;
  std::array<char, 16384> block{};
  for (;;) {
    const ssize_t got = ::read(file->get(), block.data(), block.size());
    if (got < 0) throw Error::from_errno(errno, std::string{"reading "} + path + " of the image");
    if (got == 0) return text;
    text.append(block.data(), static_cast<std::size_t>(got));
    if (text.size() > kFileBytesMax)
      throw Error(ErrorKind::invalid, std::string{path} + " of the image is larger than 16 MB");
  }
}

}  // namespace

Owner parse_owner(std::string_view text, std::string_view passwd, std::string_view group) {
  Owner owner;
  const std::size_t colon = text.find(':');
  const std::string_view user = text.substr(0, colon);
  if (const auto id = number(user)) {
    owner.user = *id;
    owner.group = *id;
  } else if (!user.empty()) {
    const auto fields = row(passwd, user);
    const auto known = fields.size() >= 4 ? number(fields[2]) : std::nullopt;
    if (known) {
      owner.user = *known;
      owner.group = number(fields[3]).value_or(0);
    } else {
      owner.unknown = user;
    }
  }
  if (colon == std::string_view::npos) return owner;
  const std::string_view name = text.substr(colon + 1);
  if (const auto id = number(name)) {
    owner.group = *id;
  } else if (!name.empty()) {
    const auto fields = row(group, name);
    const auto known = fields.empty() ? std::nullopt : number(fields[2]);
    if (!known) owner.unknown = name;
    owner.group = known.value_or(0);
  }
  return owner;
}

Owner owner_in_root(BorrowedFd root, std::string_view text) {
  return parse_owner(text, content(root, "/etc/passwd"), content(root, "/etc/group"));
}

}  // namespace stack::build
