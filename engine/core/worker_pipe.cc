#include "engine/core/worker_pipe.h"

#include <array>
#include <memory>
#include <optional>

#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "base/async/task_group.h"
#include "base/async/thread_pool.h"
#include "base/error.h"
#include "base/pipe.h"

namespace stack::core {

namespace asio = boost::asio;

namespace {

constexpr int kPipeBytes = 1 << 20;

// A sender that failed for a reason of its own made the reader fail; any other found that the reader had left.
bool only_lost_its_reader(const std::exception_ptr& failed) {
  try {
    std::rethrow_exception(failed);
  } catch (const Error& error) {
    return error.kind() == ErrorKind::internal;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace

asio::awaitable<void> through_pipe(asio::io_context& loop, async::ThreadPool& workers,
                                   std::function<void(BorrowedFd)> read,
                                   std::function<asio::awaitable<void>(asio::posix::stream_descriptor&)> send) {
  Pipe pipe;
  ::fcntl(pipe.writing.get(), F_SETPIPE_SZ, kPipeBytes);
  const auto source = std::make_shared<UniqueFd>(std::move(pipe.reading));
  std::optional<asio::posix::stream_descriptor> writing{std::in_place, loop, pipe.writing.release()};
  writing->non_blocking(true);
  auto work = [source, read = std::move(read)] {
    const UniqueFd from = std::move(*source);  // closed when done: the sender notices
    read(from);
  };
  std::exception_ptr failed, failed_reading;
  auto body = [&](async::TaskGroup& reading) -> asio::awaitable<void> {
    reading.start(workers.run(std::move(work)), [&](const std::exception_ptr& thrown) { failed_reading = thrown; });
    try {
      co_await send(*writing);
    } catch (const std::exception&) {
      failed = std::current_exception();
    }
    writing.reset();
  };
  co_await async::with_tasks(loop, "pipe", std::move(body));
  if (failed && !(failed_reading && only_lost_its_reader(failed))) std::rethrow_exception(failed);
  if (failed_reading) std::rethrow_exception(failed_reading);
}

}  // namespace stack::core
