#include "cli/commands/archive_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace stack::cli {
namespace {

UniqueFd open_archive(const std::string& path) {
  UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  const int failed = errno;
  struct stat status {};
  if (file && ::fstat(file.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
    throw Error(ErrorKind::invalid, path + " is a folder, and no archive")
        .remedy("import what is in it with: tar -C " + path + " -c . | stack image import - NAME");
  }
  if (file) return file;
  throw Error::from_errno(failed, "open " + path);
}

// What is left to read of a file; 0 for what has no known end.
std::uint64_t bytes_left(BorrowedFd source) {
  struct stat status {};
  if (::fstat(source.get(), &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  const off_t at = ::lseek(source.get(), 0, SEEK_CUR);
  return at < 0 || at > status.st_size ? 0 : static_cast<std::uint64_t>(status.st_size - at);
}

}  // namespace

void send_archive(const Session& session, const std::string& path, model::Action action, bool quiet,
                  const std::function<void(BorrowedFd, const client::Sending&)>& send) {
  UniqueFd file;
  if (path != "-") file = open_archive(path);
  const BorrowedFd source = file ? BorrowedFd{file} : BorrowedFd{0};
  const std::uint64_t total = bytes_left(source);
  ProgressView view{quiet ? ProgressMode::quiet : session.progress_mode(), session.easel()};
  const model::Subject archive{model::SubjectKind::archive, path == "-" ? "(standard input)" : path};
  const SystemClock clock;
  Mono told{};
  const auto sent = [&](std::uint64_t bytes) {
    const Mono now = clock.mono();
    if (now - told < ProgressView::kRedrawEvery && bytes != total) return;
    told = now;
    view.show(model::Advanced{{model::SubjectKind::layer, "bytes"}, action, archive.name, bytes, total});
  };
  view.show(model::Started{.subject = archive, .action = action});
  try {
    send(source, {.sent = sent, .tick = [&] { view.tick(); }});
  } catch (const Error&) {
    view.show(model::Failed{archive, action});  // the caller reports why
    throw;
  }
  view.show(model::Finished{archive, action});
}

}  // namespace stack::cli
