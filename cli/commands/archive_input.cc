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
  throw Error(failed == ENOENT ? ErrorKind::not_found : ErrorKind::internal,
              Error::from_errno(failed, "opening " + path).message());
}

// What is left to read of a file; 0 for what has no known end.
std::uint64_t bytes_left(BorrowedFd source) {
  struct stat status {};
  if (::fstat(source.get(), &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  const off_t at = ::lseek(source.get(), 0, SEEK_CUR);
  return at < 0 || at > status.st_size ? 0 : static_cast<std::uint64_t>(status.st_size - at);
}

}  // namespace

void send_archive(const Session& session, const std::string& path, const ArchiveWords& words,
                  const std::function<void(BorrowedFd, const client::Sending&)>& send) {
  UniqueFd file;
  if (path != "-") file = open_archive(path);
  const BorrowedFd source = file ? BorrowedFd{file} : BorrowedFd{0};
  const std::uint64_t total = bytes_left(source);
  ProgressView view{words.quiet ? ProgressMode::quiet : session.progress_mode(), session.easel()};
  const std::string id = "Archive " + (path == "-" ? std::string{"(standard input)"} : path);
  const auto tell = [&](const char* text, const char* status) {
    view.show({.kind = api::Report::Kind::progress, .id = id, .text = text, .status = status});
  };
  const SystemClock clock;
  Mono told{};
  const auto sent = [&](std::uint64_t bytes) {
    const Mono now = clock.mono();
    if (now - told < ProgressView::kRedrawEvery && bytes != total) return;
    told = now;
    api::Report part{.kind = api::Report::Kind::progress, .id = "bytes", .text = words.doing, .status = "Working"};
    part.parent = id;
    part.current = bytes;
    part.total = total;
    view.show(part);
  };
  tell(words.doing, "Working");
  try {
    send(source, {.sent = sent, .tick = [&] { view.tick(); }});
  } catch (const Error&) {
    tell("Error", "Error");  // the caller reports why
    throw;
  }
  tell(words.done, "Done");
}

}  // namespace stack::cli
