#include "engine/build/path_in_root.h"

#include <array>
#include <deque>

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "base/error.h"
#include "base/sys/syscalls.h"

namespace stack::build {
namespace {

constexpr int kLinksMax = 255;

void split(std::string_view path, std::deque<std::string>& to, bool in_front) {
  std::deque<std::string> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (!part.empty() && part != ".") parts.emplace_back(part);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  to.insert(in_front ? to.begin() : to.end(), parts.begin(), parts.end());
}

// The text of the link at `path`, whose folders are no links; empty when it is none.
std::string link_at(BorrowedFd root, const std::string& path) {
  const auto link = sys::open_in_root_no_links(root, path.c_str(), O_PATH | O_NOFOLLOW, 0);
  if (!link) return {};
  std::array<char, PATH_MAX> text{};
  const ssize_t size = ::readlinkat(link->get(), "", text.data(), text.size());
  return size > 0 ? std::string{text.data(), static_cast<std::size_t>(size)} : std::string{};
}

std::string resolve(BorrowedFd root, std::string_view path, bool follow_last) {
  std::deque<std::string> left;
  split(path, left, false);
  std::string done;
  for (int links = 0; !left.empty();) {
    const std::string part = left.front();
    left.pop_front();
    if (part == "..") {
      const std::size_t slash = done.rfind('/');
      done.resize(slash == std::string::npos ? 0 : slash);
      continue;
    }
    const std::string next = joined(done, part);
    const std::string link = left.empty() && !follow_last ? std::string{} : link_at(root, next);
    if (link.empty()) {
      done = next;
      continue;
    }
    if (++links > kLinksMax)
      throw Error(ErrorKind::invalid, "\"" + std::string{path} + "\" leads through symbolic links in a circle");
    if (link.starts_with('/')) done.clear();
    split(link, left, true);
  }
  return done;
}

}  // namespace

std::string path_in_root(BorrowedFd root, std::string_view path) { return resolve(root, path, true); }

std::string parent_in_root(BorrowedFd root, std::string_view path) { return resolve(root, path, false); }

std::string joined(std::string_view folder, std::string_view name) {
  std::string path{folder};
  if (!path.empty() && !name.empty()) path += '/';
  return path.append(name);
}

}  // namespace stack::build
