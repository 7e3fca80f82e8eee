#include "engine/buildkit/received_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/sys/syscalls.h"
#include "base/unique_fd.h"

namespace stack::buildkit {

std::optional<std::string> read_received(const std::filesystem::path& root, const std::string& name) {
  const UniqueFd folder{::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!folder) throw Error::from_errno(errno, "opening " + root.string());
  const auto file = sys::open_in_root(folder, name.c_str(), O_RDONLY | O_NONBLOCK, 0);
  struct stat about {};
  if (!file || ::fstat(file->get(), &about) != 0 || !S_ISREG(about.st_mode)) return std::nullopt;
  if (about.st_size > static_cast<off_t>(kTextMax))
    throw Error(ErrorKind::invalid, "\"" + name + "\" is larger than 4 MB");
  std::string text(static_cast<std::size_t>(about.st_size), '\0');
  const ssize_t got = ::pread(file->get(), text.data(), text.size(), 0);
  if (got < 0) throw Error::from_errno(errno, "reading " + name);
  text.resize(static_cast<std::size_t>(got));
  return text;
}

}  // namespace stack::buildkit
