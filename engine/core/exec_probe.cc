#include "engine/core/exec_probe.h"

#include <optional>

#include <signal.h>

#include "base/duration.h"
#include "engine/core/exec_output.h"

namespace stack::core {

namespace asio = boost::asio;

asio::awaitable<health::ProbeOutcome> run_exec_probe(asio::io_context& loop, async::Timekeeper& time,
                                                     ProbeLoop::Run run, StartProbe exec) {
  const Mono deadline = time.mono() + run.timeout;
  const std::shared_ptr<ExecSession> session = co_await exec(deadline);
  run.started();
  run.token->on_request([session] { session->signal(SIGKILL); });
  session->in.reset();
  std::string output;
  // What is beyond the bound is read and dropped.
  const auto keep = [&output](std::string_view bytes) {
    if (output.size() < health::kMaxOutputBytes) output += bytes;
  };
  ExecOutput out{loop, std::move(session->out), keep}, err{loop, std::move(session->err), keep};
  std::optional<int> code;
  bool timed_out = false;
  auto body = [&](async::TaskGroup& readers) -> asio::awaitable<void> {
    readers.start(out.collect());
    readers.start(err.collect());
    code = co_await session->wait_until(time, deadline);
    if (!code) {
      timed_out = true;
      session->signal(SIGKILL);
      code = co_await session->wait_until(time, deadline + kProbeEndWait);
    }
    // What it leaves behind may hold the other ends for ever: the readers end with the probe.
    out.finish();
    err.finish();
  };
  co_await async::with_tasks(loop, "probe", std::move(body));
  run.token->on_request({});
  if (!timed_out) co_return health::ProbeOutcome{.exit_code = *code, .output = health::bounded_output(output)};
  co_return health::ProbeOutcome{.kind = health::ProbeOutcome::Kind::timed_out,
                                 .output = "health check exceeded its timeout of " + format_duration(run.timeout)};
}

}  // namespace stack::core
