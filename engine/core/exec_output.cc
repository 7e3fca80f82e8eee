#include "engine/core/exec_output.h"

#include <array>
#include <memory>

#include <boost/asio/use_awaitable.hpp>
#include <signal.h>

#include "base/async/as_tuple.h"
#include "base/async/task_group.h"
#include "base/scope_guard.h"

namespace stack::core {

namespace asio = boost::asio;

namespace {
using async::kTuple;
constexpr std::size_t kPipeBytesMax = 1 << 20;  // at once: others want to be heard as well
}  // namespace

ExecOutput::ExecOutput(asio::io_context& loop, UniqueFd fd, Take take)
    : source_(loop, fd.release()), take_(std::move(take)) {
  source_.non_blocking(true);
}

asio::awaitable<void> ExecOutput::collect() {
  for (;;) {
    const auto [failed] = co_await source_.async_wait(asio::posix::stream_descriptor::wait_read, kTuple);
    if (failed || !read_some()) co_return;
  }
}

void ExecOutput::finish() {
  read_some();
  boost::system::error_code ignored;
  source_.close(ignored);
}

bool ExecOutput::read_some() {
  std::array<char, 4096> buffer;
  for (std::size_t taken = 0; taken < kPipeBytesMax;) {
    boost::system::error_code failed;
    const std::size_t got = source_.read_some(asio::buffer(buffer), failed);
    if (failed) return failed == asio::error::would_block;
    taken += got;
    take_({buffer.data(), got});
  }
  return true;
}

asio::awaitable<ExecEnd> run_to_end(asio::io_context& loop, std::shared_ptr<ExecSession> session,
                                    std::size_t bytes_max) {
  const ScopeGuard leave{[session] { session->signal(SIGKILL); }};  // does nothing to one that has ended
  ExecEnd end;
  const auto keep = [bytes_max](std::string& text) {
    return [&text, bytes_max](std::string_view bytes) {
      text += bytes;
      if (text.size() > bytes_max) text.erase(0, text.size() - bytes_max);
    };
  };
  session->in.reset();
  ExecOutput out{loop, std::move(session->out), keep(end.out)}, err{loop, std::move(session->err), keep(end.err)};
  auto body = [&](async::TaskGroup& readers) -> asio::awaitable<void> {
    readers.start(out.collect());
    readers.start(err.collect());
    end.exit_code = co_await session->wait();
    out.finish();
    err.finish();
  };
  co_await async::with_tasks(loop, "exec", std::move(body));
  co_return end;
}

}  // namespace stack::core
