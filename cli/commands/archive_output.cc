#include "cli/commands/archive_output.h"

#include <unistd.h>

#include "base/error.h"
#include "cli/commands/output_file.h"

namespace stack::cli {

void write_archive(const std::string& path, const std::function<void(BorrowedFd)>& write) {
  if (!path.empty()) return write_output(path, 0600, write);
  if (::isatty(STDOUT_FILENO) != 0) {
    throw Error(ErrorKind::invalid, "an archive is nothing for a terminal").remedy("use --output FILE, or redirect it");
  }
  write(BorrowedFd{STDOUT_FILENO});
}

}  // namespace stack::cli
