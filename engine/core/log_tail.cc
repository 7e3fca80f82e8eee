#include "engine/core/log_tail.h"

#include <array>

#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/error.h"

namespace stack::core {

namespace asio = boost::asio;

LogTail::LogTail(asio::io_context& loop, async::ThreadPool& workers, const std::filesystem::path& folder,
                 OnOutput on_output, From from)
    : workers_(workers),
      watch_(loop),
      reader_(folder),
      cursor_(from == From::begin ? reader_.begin() : reader_.end()),
      on_output_(std::move(on_output)) {
  const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) throw Error::from_errno(errno, "following a log").remedy("raise fs.inotify.max_user_instances");
  watch_.assign(fd);
  if (::inotify_add_watch(fd, folder.c_str(), IN_MODIFY | IN_CREATE) < 0)
    throw Error::from_errno(errno, "watching " + folder.string());
}

void LogTail::end() {
  ended_ = true;
  boost::system::error_code ignored;
  watch_.cancel(ignored);
}

asio::awaitable<void> LogTail::run() {
  for (;;) {
    // What was complete when the reading began is all there is.
    const bool last = ended_;
    while (co_await read()) {
    }
    if (last) co_return;
    if (!ended_) co_await changed();
  }
}

// False at the end of what is written.
asio::awaitable<bool> LogTail::read() {
  struct Chunk {
    std::vector<logs::Entry> entries;
    bool more = false;
  };
  auto work = [this] {
    Chunk chunk;
    chunk.more = reader_.read(cursor_, {}, chunk.entries);
    return chunk;
  };
  if (ready_) co_await ready_();
  Chunk chunk = co_await workers_.run(std::move(work));
  for (logs::Entry& entry : chunk.entries) {
    if (!entry.partial && !entry.no_newline) entry.text += '\n';
    on_output_(entry.stream == logs::Stream::err ? 2 : 1, entry.text);
  }
  co_return chunk.more;
}

asio::awaitable<void> LogTail::changed() {
  boost::system::error_code failed;
  co_await watch_.async_wait(asio::posix::stream_descriptor::wait_read,
                             asio::redirect_error(asio::use_awaitable, failed));
  std::array<char, 4096> events{};
  while (::read(watch_.native_handle(), events.data(), events.size()) > 0) {
  }
}

}  // namespace stack::core
