#include "engine/service/archive_stream.h"

#include <optional>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "base/async/as_tuple.h"
#include "base/async/event.h"
#include "base/async/task_group.h"
#include "base/pipe.h"
#include "base/scope_guard.h"

namespace stack::service {

namespace asio = boost::asio;

namespace {

using async::kTuple;
constexpr int kPipeBytes = 1 << 20;

// How much is in the pipe; nothing at its end.
std::optional<std::size_t> waiting_in(BorrowedFd pipe) {
  int bytes = 0;
  if (::ioctl(pipe.get(), FIONREAD, &bytes) == 0 && bytes > 0) return static_cast<std::size_t>(bytes);
  pollfd state{pipe.get(), POLLIN, 0};
  ::poll(&state, 1, 0);
  if (state.revents == POLLHUP) return std::nullopt;
  return 0;
}

}  // namespace

asio::awaitable<void> stream_archive(asio::io_context& loop, async::ThreadPool& workers,
                                     std::function<void(BorrowedFd to)> write, std::shared_ptr<api::ByteStream> out) {
  const ScopeGuard finish{[&] { out->finish(); }};
  Pipe pipe;
  ::fcntl(pipe.writing.get(), F_SETPIPE_SZ, kPipeBytes);
  // Twice the same end: what is watched, and what an answer keeps until it has sent all.
  asio::posix::stream_descriptor reading{loop, ::fcntl(pipe.reading.get(), F_DUPFD_CLOEXEC, 0)};
  auto content = std::make_shared<const UniqueFd>(std::move(pipe.reading));
  const auto writing = std::make_shared<UniqueFd>(std::move(pipe.writing));
  const auto drained = std::make_shared<async::Event>(loop);
  auto work = [writing, write = std::move(write)] {
    const UniqueFd to = std::move(*writing);
    write(to);
  };
  std::exception_ptr failed_writing;
  out->on_drained([drained] { drained->notify_all(); });
  out->on_gone([drained] { drained->notify_all(); });
  auto body = [&](async::TaskGroup& writer) -> asio::awaitable<void> {
    // A client that left: the worker finds nobody to write to.
    const ScopeGuard close{[&] {
      reading.close();
      content.reset();
    }};
    writer.start(workers.run(std::move(work)), [&](const std::exception_ptr& thrown) { failed_writing = thrown; });
    while (!out->gone()) {
      const auto [failed] = co_await reading.async_wait(asio::posix::descriptor_base::wait_read, kTuple);
      const auto waiting = failed ? std::nullopt : waiting_in(*content);
      if (!waiting) break;
      out->write_from(content, *waiting);
      while (!out->gone() && out->queued() > 0) co_await drained->wait();
    }
  };
  co_await async::with_tasks(loop, "archive", std::move(body));
  if (failed_writing && !out->gone()) std::rethrow_exception(failed_writing);
}

}  // namespace stack::service
