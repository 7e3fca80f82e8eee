#include "netns/ports/port_owner.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
#include <vector>

#include <dirent.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

namespace stack::netns {

namespace {

constexpr std::size_t kMaxTableBytes = std::size_t{64} << 20;

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> out;
  for (std::size_t at = line.find_first_not_of(' '); at != std::string_view::npos && out.size() < 12;) {
    const auto end = std::min(line.find(' ', at), line.size());
    out.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(' ', end);
  }
  return out;
}

template <class T>
std::optional<T> number(std::string_view text, int base) {
  T out{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

// Each group of eight digits is a word in the host's byte order.
std::optional<Address> table_address(std::string_view hex) {
  if (hex.size() != 8 && hex.size() != 32) return std::nullopt;
  unsigned char raw[16];
  for (std::size_t i = 0; i < hex.size(); i += 8) {
    const auto word = number<std::uint32_t>(hex.substr(i, 8), 16);
    if (!word) return std::nullopt;
    std::memcpy(raw + i / 2, &*word, 4);
  }
  auto out = address_from(raw, hex.size() / 2);
  // ::ffff:a.b.c.d is an IPv4 address.
  if (out && out->family == Family::v6 && (out->bits >> 32) == 0xffff) {
    return Address{Family::v4, out->bits & 0xffffffffu};
  }
  return out;
}

struct CloseDir {
  void operator()(DIR* dir) const { ::closedir(dir); }
};
using Dir = std::unique_ptr<DIR, CloseDir>;

bool holds_socket(const std::string& pid, const std::string& link) {
  const std::string folder = "/proc/" + pid + "/fd";
  const Dir dir(::opendir(folder.c_str()));
  if (!dir) return false;
  while (const dirent* entry = ::readdir(dir.get())) {
    char target[64];
    const ssize_t size = ::readlink((folder + "/" + entry->d_name).c_str(), target, sizeof target);
    if (size > 0 && link == std::string_view(target, static_cast<std::size_t>(size))) return true;
  }
  return false;
}

std::string process_with(std::uint64_t inode) {
  const std::string link = "socket:[" + std::to_string(inode) + "]";
  const Dir dir(::opendir("/proc"));
  while (const dirent* entry = dir ? ::readdir(dir.get()) : nullptr) {
    const std::string pid = entry->d_name;
    if (pid.find_first_not_of("0123456789") != std::string::npos || !holds_socket(pid, link)) continue;
    std::string name = read_file("/proc/" + pid + "/comm", 4096).value_or("?");
    while (!name.empty() && name.back() == '\n') name.pop_back();
    return "process " + name + " (pid " + pid + ")";
  }
  return "a process that cannot be seen from here";
}

}  // namespace

SocketInWay socket_in_way(std::string_view table, const Address& address, std::uint16_t port) {
  SocketInWay found;
  while (!table.empty()) {
    const auto end = std::min(table.find('\n'), table.size());
    const auto fields = fields_of(table.substr(0, end));
    table.remove_prefix(std::min(end + 1, table.size()));
    if (fields.size() < 10) continue;
    const auto colon = fields[1].find(':');
    if (colon == std::string_view::npos) continue;
    const auto local = table_address(fields[1].substr(0, colon));
    const auto local_port = number<std::uint16_t>(fields[1].substr(colon + 1), 16);
    const auto inode = number<std::uint64_t>(fields[9], 10);
    if (!local || local_port != port || !inode) continue;
    if (!local->is_unspecified() && !address.is_unspecified() && *local != address) continue;
    // [::] may be there for IPv4 as well, 0.0.0.0 is for nothing else.
    const bool both = local->family == Family::v6 && local->is_unspecified();
    if (local->family != address.family && !both) continue;
    if (*inode == 0) {
      found.closing = true;
      continue;
    }
    const bool listens = fields[3] == "0A" || fields[3] == "07";
    if (listens || !found.inode) found.inode = inode;
    if (listens) return found;
  }
  return found;
}

std::string who_holds(const Address& address, model::Protocol protocol, std::uint16_t port) {
  try {
    std::vector<std::string> tables;
    if (protocol == model::Protocol::tcp) tables = {"/proc/net/tcp", "/proc/net/tcp6"};
    if (protocol == model::Protocol::udp) tables = {"/proc/net/udp", "/proc/net/udp6"};
    bool closing = false;
    for (const std::string& file : tables) {
      const auto text = read_file(file, kMaxTableBytes);
      if (!text) continue;
      const SocketInWay found = socket_in_way(*text, address, port);
      if (found.inode) return process_with(*found.inode);
      closing = closing || found.closing;
    }
    if (closing) return "a connection that is still closing";
    // The kernel's tables do not show a TCP socket that is bound and does not listen.
    return "another program or engine that reserves it without listening";
  } catch (const Error&) {
    return "another process";  // only a word in a message that is an error already
  }
}

}  // namespace stack::netns
