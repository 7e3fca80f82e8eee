#include "compose/remote/system_files.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/given_file.h"
#include "compose/remote/kept_checkout.h"
#include "compose/remote/remote_reference.h"

namespace stack::compose {
namespace {

FileText read_standard_input() {
  FileText out{FileStatus::ok, {}, {}};
  char buffer[65536];
  for (;;) {
    const auto got = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (got == 0) return out;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {FileStatus::unreadable, {}, std::strerror(errno)};
    out.text.append(buffer, static_cast<std::size_t>(got));
    if (out.text.size() > FileSource::kMaxFileBytes) return {FileStatus::unreadable, {}, "it is too large"};
  }
}

// What is to be done for a file that may not be read: often it is a folder above it that may not be entered.
std::string way_to_read(const std::string& path) {
  const std::string who = "this user (uid " + std::to_string(::geteuid()) + ")";
  for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
    const std::string folder = path.substr(0, at);
    if (::faccessat(AT_FDCWD, folder.c_str(), X_OK, AT_EACCESS) != 0)
      return who + " may not enter the folder " + folder + "; allow it to, or run stack as one who may";
  }
  return who + " may not read it; allow it to, or run stack as one who may";
}

}  // namespace

FileText SystemFiles::read(const std::string& path) {
  if (path == "-") {
    if (!standard_input_) {
      auto input = read_standard_input();
      if (input.status != FileStatus::ok) return input;
      standard_input_ = std::move(input.text);
    }
    return {FileStatus::ok, *standard_input_, {}};
  }
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || !S_ISFIFO(info.st_mode)) return read_at(path);
  const auto known = pipes_.find(path);
  return known != pipes_.end() ? known->second : pipes_.emplace(path, read_at(path)).first->second;
}

FileText SystemFiles::read_at(const std::string& path) {
  if (status(path) == FileStatus::folder) return {FileStatus::folder, {}, {}};
  try {
    auto text = read_given_file(path, kMaxFileBytes);
    if (!text) return {};
    return {FileStatus::ok, std::move(*text), {}};
  } catch (const Error& error) {
    const bool denied = error.kind() == ErrorKind::not_permitted;
    return {FileStatus::unreadable, {}, error.message(), denied ? way_to_read(path) : ""};
  }
}

FileStatus SystemFiles::status(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) return S_ISDIR(info.st_mode) ? FileStatus::folder : FileStatus::ok;
  return errno == ENOENT || errno == ENOTDIR ? FileStatus::missing : FileStatus::unreadable;
}

Fetched SystemFiles::fetch(const RemoteReference& reference) {
  try {
    if (reference.kind == RemoteKind::oci) {
      if (!from_registry_) return FileSource::fetch(reference);
      return {from_registry_(reference.url.substr(std::string_view{"oci://"}.size())), {}, {}};
    }
    return {kept_checkout(reference, {.wish = kProjectCheckout}, fetch_cache("git")), {}, {}};
  } catch (const Error& error) {
    return {{}, error.message(), error.remedy_text()};
  }
}

std::string SystemFiles::working_dir() {
  // The shell's name for this folder, as long as it is one.
  const char* const named = std::getenv("PWD");
  struct stat here {
  }, there{};
  if (named != nullptr && named[0] == '/' && ::stat(".", &here) == 0 && ::stat(named, &there) == 0 &&
      here.st_dev == there.st_dev && here.st_ino == there.st_ino) {
    return named;
  }
  std::error_code gone;
  const auto path = std::filesystem::current_path(gone);
  if (!gone) return path.string();
  // The folder was deleted meanwhile. Files that are named by absolute paths do not need it.
  return named != nullptr && named[0] == '/' ? named : "/";
}

std::string SystemFiles::real_path(const std::string& path) {
  std::error_code error;
  auto real = std::filesystem::canonical(path, error);
  return error ? path : real.string();
}

}  // namespace stack::compose
