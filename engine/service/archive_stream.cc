#include "engine/service/archive_stream.h"

#include <array>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <fcntl.h>

#include "base/async/event.h"
#include "base/async/task_group.h"
#include "base/pipe.h"
#include "base/scope_guard.h"

namespace stack::service {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kPieceBytes = 256 << 10;
constexpr int kPipeBytes = 1 << 20;

}  // namespace

asio::awaitable<void> stream_archive(asio::io_context& loop, async::ThreadPool& workers,
                                     std::function<void(BorrowedFd to)> write, std::shared_ptr<api::ByteStream> out) {
  const ScopeGuard finish{[&] { out->finish(); }};
  Pipe pipe;
  ::fcntl(pipe.writing.get(), F_SETPIPE_SZ, kPipeBytes);
  asio::posix::stream_descriptor reading{loop, pipe.reading.release()};
  const auto writing = std::make_shared<UniqueFd>(std::move(pipe.writing));
  const auto drained = std::make_shared<async::Event>(loop);
  auto work = [writing, write = std::move(write)] {
    const UniqueFd to = std::move(*writing);
    write(to);
  };
  std::exception_ptr failed_writing;
  out->on_drained([drained] { drained->notify_all(); });
  out->on_gone([drained] { drained->notify_all(); });
  std::vector<char> piece(kPieceBytes);
  auto body = [&](async::TaskGroup& writer) -> asio::awaitable<void> {
    // A client that left: the worker finds nobody to write to.
    const ScopeGuard close{[&] { reading.close(); }};
    writer.start(workers.run(std::move(work)), [&](const std::exception_ptr& thrown) { failed_writing = thrown; });
    while (!out->gone()) {
      const auto [failed, got] =
          co_await reading.async_read_some(asio::buffer(piece), asio::as_tuple(asio::use_awaitable));
      if (failed) break;
      out->write({piece.data(), got});
      while (!out->gone() && out->queued() > api::ByteStream::kQueuedMax) co_await drained->wait();
    }
  };
  co_await async::with_tasks(loop, "archive", std::move(body));
  if (failed_writing && !out->gone()) std::rethrow_exception(failed_writing);
}

}  // namespace stack::service
