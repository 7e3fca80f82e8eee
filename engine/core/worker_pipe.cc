#include "engine/core/worker_pipe.h"

#include <array>
#include <memory>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/core/gate.h"
#include "engine/core/workers.h"

namespace stack::core {

namespace asio = boost::asio;

namespace {

constexpr int kPipeBytes = 1 << 20;

// What the reader leaves behind; the coroutine that waits may be gone by then.
struct Reading {
  explicit Reading(asio::io_context& loop) : over_changed(loop) {}
  Gate over_changed;
  std::exception_ptr failed;
  bool over = false;
};

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

asio::awaitable<void> through_pipe(asio::io_context& loop, Workers& workers, std::function<void(BorrowedFd)> read,
                                   std::function<asio::awaitable<void>(asio::posix::stream_descriptor&)> send) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Error::from_errno(errno, "making a pipe");
  const auto source = std::make_shared<UniqueFd>(ends[0]);
  std::optional<asio::posix::stream_descriptor> writing{std::in_place, loop, ends[1]};
  writing->non_blocking(true);
  ::fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);
  const auto reading = std::make_shared<Reading>(loop);
  auto work = [source, read = std::move(read)] {
    const UniqueFd from = std::move(*source);  // closed when done: the sender notices
    read(from);
    return true;
  };
  asio::co_spawn(loop, workers.run(std::move(work)), [reading](const std::exception_ptr& failed, bool) {
    reading->failed = failed;
    reading->over = true;
    reading->over_changed.open_all();
  });
  std::exception_ptr failed;
  try {
    co_await send(*writing);
  } catch (const std::exception&) {
    failed = std::current_exception();
  }
  writing.reset();
  while (!reading->over) co_await reading->over_changed.wait();
  if (failed && !(reading->failed && only_lost_its_reader(failed))) std::rethrow_exception(failed);
  if (reading->failed) std::rethrow_exception(reading->failed);
}

}  // namespace stack::core
