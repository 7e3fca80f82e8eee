#include "engine/core/probe_runner.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <signal.h>

#include "engine/base/duration.h"
#include "engine/base/thrown.h"
#include "engine/core/containers_runner.h"
#include "engine/sys/syscalls.h"

namespace stack::core {

namespace asio = boost::asio;

struct ProbeRunner::Probe {
  std::shared_ptr<ExecSession> session;
  UniqueFd pidfd;
  std::string output;
  bool timed_out = false;
  bool cancelled = false;

  void kill() const {
    // It may have ended by itself meanwhile: then there is nobody to tell.
    if (pidfd) static_cast<void>(sys::pidfd_send_signal(pidfd, SIGKILL));
  }
};

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

// Output beyond the bound is read and dropped, so that the probe does not block on a full pipe.
template <class P>
asio::awaitable<void> collect(asio::io_context& loop, std::shared_ptr<P> probe, UniqueFd fd) {
  asio::posix::stream_descriptor source{loop, fd.release()};
  std::array<char, 4096> buffer;
  for (;;) {
    const auto [failed, got] = co_await source.async_read_some(asio::buffer(buffer), kTuple);
    if (failed) co_return;
    if (probe->output.size() < health::kMaxOutputBytes) probe->output.append(buffer.data(), got);
  }
}

void ignore(const std::exception_ptr& /*the output of a probe is only a hint*/) {}

}  // namespace

void ProbeRunner::start_probe(std::uint64_t id, const std::string& container_id, const std::vector<std::string>& argv,
                              Nanos timeout, Done done) {
  const auto probe = std::make_shared<Probe>();
  probes_[id] = probe;
  asio::co_spawn(context_.loop, play(probe, container_id, argv, timeout),
                 [this, id, done = std::move(done)](const std::exception_ptr& thrown, health::ProbeOutcome outcome) {
                   probes_.erase(id);
                   if (thrown) {
                     outcome = {.kind = health::ProbeOutcome::Kind::not_started, .output = error_of(thrown).message()};
                   }
                   done(std::move(outcome));
                 });
}

asio::awaitable<health::ProbeOutcome> ProbeRunner::play(std::shared_ptr<Probe> probe, std::string container_id,
                                                        std::vector<std::string> argv, Nanos timeout) {
  const auto container = containers_.get(container_id);
  const sandbox::ExecInput input{.argv = std::move(argv)};
  probe->session = co_await container->exec(input);
  auto pidfd = sys::pidfd_open(probe->session->pid());
  if (pidfd) probe->pidfd = std::move(*pidfd);
  if (probe->cancelled) probe->kill();
  probe->session->in.reset();
  asio::co_spawn(context_.loop, collect(context_.loop, probe, std::move(probe->session->out)), ignore);
  asio::co_spawn(context_.loop, collect(context_.loop, probe, std::move(probe->session->err)), ignore);
  asio::steady_timer timer{context_.loop, std::chrono::duration_cast<std::chrono::steady_clock::duration>(timeout)};
  timer.async_wait([probe](const boost::system::error_code& stopped) {
    if (stopped) return;
    probe->timed_out = true;
    probe->kill();
  });
  const int code = co_await probe->session->wait();
  timer.cancel();
  health::ProbeOutcome outcome{.exit_code = code, .output = health::bounded_output(probe->output)};
  if (probe->timed_out) {
    outcome.kind = health::ProbeOutcome::Kind::timed_out;
    outcome.output = "health check exceeded its timeout of " + format_duration(timeout);
  }
  co_return outcome;
}

void ProbeRunner::cancel_probe(std::uint64_t id) {
  const auto found = probes_.find(id);
  if (found == probes_.end()) return;
  found->second->cancelled = true;
  found->second->kill();
}

}  // namespace stack::core
