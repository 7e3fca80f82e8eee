#include "engine/core/exec_probe.h"

#include <array>
#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <signal.h>

#include "base/duration.h"

namespace stack::core {

namespace asio = boost::asio;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

// One end of a pipe that a probe writes into. What is beyond the bound is read and dropped, so that the probe does not block.
class ProbeOutput {
 public:
  ProbeOutput(asio::io_context& loop, UniqueFd fd) : source_(loop, fd.release()) { source_.non_blocking(true); }

  asio::awaitable<void> collect(std::string& into) {
    for (;;) {
      const auto [failed] = co_await source_.async_wait(asio::posix::stream_descriptor::wait_read, kTuple);
      if (failed || !take(into)) co_return;
    }
  }
  // After the probe's end: what it wrote is in the pipe by now. A process that it left behind may hold the other end for ever.
  void finish(std::string& into) {
    take(into);
    boost::system::error_code ignored;
    source_.close(ignored);
  }

 private:
  // False at the end.
  bool take(std::string& into) {
    std::array<char, 4096> buffer;
    for (std::size_t taken = 0; taken < kPipeBytesMax;) {
      boost::system::error_code failed;
      const std::size_t got = source_.read_some(asio::buffer(buffer), failed);
      if (failed) return failed == asio::error::would_block;
      taken += got;
      if (into.size() < health::kMaxOutputBytes) into.append(buffer.data(), got);
    }
    return true;
  }

  static constexpr std::size_t kPipeBytesMax = 1 << 20;  // at once: others want to be heard as well
  asio::posix::stream_descriptor source_;
};

}  // namespace

asio::awaitable<health::ProbeOutcome> run_exec_probe(asio::io_context& loop, async::Timekeeper& time,
                                                     ProbeLoop::Run run, StartProbe exec) {
  const Mono deadline = time.mono() + run.timeout;
  const std::shared_ptr<ExecSession> session = co_await exec(deadline);
  run.started();
  run.token->on_request([session] { session->signal(SIGKILL); });
  session->in.reset();
  ProbeOutput out{loop, std::move(session->out)}, err{loop, std::move(session->err)};
  std::string output;
  std::optional<int> code;
  bool timed_out = false;
  auto body = [&](async::TaskGroup& readers) -> asio::awaitable<void> {
    readers.start(out.collect(output));
    readers.start(err.collect(output));
    code = co_await session->wait_until(time, deadline);
    if (!code) {
      timed_out = true;
      session->signal(SIGKILL);
      code = co_await session->wait_until(time, deadline + kProbeEndWait);
    }
    // What it leaves behind may hold the other ends for ever: the readers end with the probe.
    out.finish(output);
    err.finish(output);
  };
  co_await async::with_tasks(loop, "probe", std::move(body));
  run.token->on_request({});
  if (!timed_out) co_return health::ProbeOutcome{.exit_code = *code, .output = health::bounded_output(output)};
  co_return health::ProbeOutcome{.kind = health::ProbeOutcome::Kind::timed_out,
                                 .output = "health check exceeded its timeout of " + format_duration(run.timeout)};
}

}  // namespace stack::core
