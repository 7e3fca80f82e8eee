#include "engine/core/exec_probes.h"

#include <array>
#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <signal.h>

#include "base/duration.h"
#include "base/sys/syscalls.h"
#include "base/thrown.h"
#include "engine/core/containers.h"

namespace stack::core {

namespace asio = boost::asio;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

}  // namespace

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

struct ExecProbes::Probe {
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

void ExecProbes::start_probe(std::uint64_t id, const std::string& container_id, const std::vector<std::string>& argv,
                             Nanos timeout, Started started, Done done) {
  const auto probe = std::make_shared<Probe>();
  probes_[id] = probe;
  tasks_.start(play(probe, container_id, argv, timeout, std::move(started)),
               [this, id, done = std::move(done)](const std::exception_ptr& thrown, health::ProbeOutcome outcome) {
                 probes_.erase(id);
                 if (thrown) {
                   outcome = {.kind = health::ProbeOutcome::Kind::not_started, .output = error_of(thrown).message()};
                 }
                 done(std::move(outcome));
               });
}

asio::awaitable<health::ProbeOutcome> ExecProbes::play(std::shared_ptr<Probe> probe, std::string container_id,
                                                       std::vector<std::string> argv, Nanos timeout, Started started) {
  const auto container = containers_.get(container_id);
  const Mono deadline = context_.time.mono() + timeout;
  const sandbox::ExecInput input{.argv = std::move(argv)};
  probe->session = co_await container->exec(input, deadline, ManagedContainer::Purpose::probe);
  started();
  auto pidfd = sys::pidfd_open(probe->session->pid());
  if (pidfd) probe->pidfd = std::move(*pidfd);
  if (probe->cancelled) probe->kill();
  probe->session->in.reset();
  ProbeOutput out{context_.loop, std::move(probe->session->out)}, err{context_.loop, std::move(probe->session->err)};
  const auto alarm = context_.time.at(deadline, [probe] {
    probe->timed_out = true;
    probe->kill();
  });
  int code = 0;
  auto body = [&](async::TaskGroup& readers) -> asio::awaitable<void> {
    readers.start(out.collect(probe->output));
    readers.start(err.collect(probe->output));
    code = co_await probe->session->wait();
    // What it leaves behind may hold the other ends for ever: the readers end with the probe.
    out.finish(probe->output);
    err.finish(probe->output);
  };
  co_await async::with_tasks(context_.loop, "probe", std::move(body));
  health::ProbeOutcome outcome{.exit_code = code, .output = health::bounded_output(probe->output)};
  if (probe->timed_out) {
    outcome.kind = health::ProbeOutcome::Kind::timed_out;
    outcome.output = "health check exceeded its timeout of " + format_duration(timeout);
  }
  co_return outcome;
}

asio::awaitable<void> ExecProbes::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

void ExecProbes::cancel_probe(std::uint64_t id) {
  const auto found = probes_.find(id);
  if (found == probes_.end()) return;
  found->second->cancelled = true;
  found->second->kill();
}

}  // namespace stack::core
