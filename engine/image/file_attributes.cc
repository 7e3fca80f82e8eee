#include "engine/image/file_attributes.h"

#include <algorithm>

#include <linux/limits.h>
#include <sys/xattr.h>

#include "base/error.h"

namespace stack::image {
namespace {

bool is_of_the_host(std::string_view attribute) {
  return attribute.starts_with("trusted.") || attribute == "security.selinux" || attribute == "security.ima" ||
         attribute == "security.evm";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> read_attributes(BorrowedFd file) {
  std::vector<std::pair<std::string, std::string>> all;
  if (::flistxattr(file.get(), nullptr, 0) <= 0) return all;
  std::string names(XATTR_LIST_MAX, '\0');
  const ssize_t length = ::flistxattr(file.get(), names.data(), names.size());
  if (length <= 0) return all;
  names.resize(static_cast<std::size_t>(length));
  std::string value(XATTR_SIZE_MAX, '\0');
  for (std::size_t at = 0; at < names.size(); at = names.find('\0', at) + 1) {
    const char* name = names.data() + at;
    if (is_of_the_host(name)) continue;
    const ssize_t size = ::fgetxattr(file.get(), name, value.data(), value.size());
    if (size >= 0) all.emplace_back(name, value.substr(0, static_cast<std::size_t>(size)));
  }
  // File systems list them in an order of their own.
  std::sort(all.begin(), all.end());
  return all;
}

void copy_attributes(BorrowedFd from, BorrowedFd to, std::string_view only) {
  for (const auto& [name, value] : read_attributes(from)) {
    if (!only.empty() && name != only) continue;
    if (::fsetxattr(to.get(), name.c_str(), value.data(), value.size(), 0) != 0 && errno != ENOTSUP) {
      throw Error::from_errno(errno, "copying the attribute " + name);
    }
  }
}

}  // namespace stack::image
