#include "engine/service/execs.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "base/async/as_tuple.h"
#include "base/log.h"
#include "base/scope_guard.h"
#include "base/sys/syscalls.h"
#include "base/thrown.h"
#include "engine/core/event_bus.h"
#include "engine/core/exec_session.h"
#include "engine/service/process_input.h"

namespace stack::service {

namespace asio = boost::asio;

namespace {

using async::kTuple;
constexpr Nanos kStartWait = std::chrono::seconds{60};  // for a process to start; Docker's clients wait as long
constexpr std::size_t kReadBytes = 64 << 10;
// The process has ended but something else holds its pipe: output is awaited until none has come for this long.
constexpr std::chrono::milliseconds kDrainWait{500};
constexpr std::size_t kPipesMax = 2 << 20;  // bytes that two pipes can hold; more is somebody else's

UniqueFd copy_of(BorrowedFd fd) {
  UniqueFd copy{::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3)};
  if (!copy) throw Error::from_errno(errno, "copying a descriptor");
  return copy;
}

class Process final : public api::ExecProcess, public std::enable_shared_from_this<Process> {
 public:
  Process(core::Context& context, async::TaskGroup& tasks, std::shared_ptr<core::ExecSession> session,
          api::ExecEvents events, bool tty)
      : loop_(context.loop),
        time_(context.time),
        tasks_(tasks),
        session_(std::move(session)),
        events_(std::move(events)),
        input_(std::make_shared<ProcessInput>(context.loop, tasks, events_.want_input)),
        output_changed_(context.loop),
        output_taken_(context.loop),
        terminal_(tty ? copy_of(session_->terminal) : UniqueFd{}),
        terminal_output_(tty ? copy_of(session_->terminal) : UniqueFd{}) {}

  // Cannot fail: the client has been told that it runs.
  void begin(bool stdin_open) {
    if (terminal_) {
      read(std::move(terminal_output_), 1);
      input_->begin(std::move(session_->terminal), true);
    } else {
      read(std::move(session_->out), 1);
      read(std::move(session_->err), 2);
      input_->begin(std::move(session_->in), false);
    }
    if (!stdin_open) end_input();
    tasks_.start(watch());
  }

  void input(std::string_view bytes) override { input_->write(bytes); }
  void end_input() override { input_->end(); }
  // At once: what is typed afterwards finds the new size.
  void resize(std::uint16_t rows, std::uint16_t columns) override {
    if (!terminal_) return;
    if (const auto sized = sys::set_terminal_size(terminal_, rows, columns); !sized)
      log_warning("sizing the terminal of an exec: " + Error::from_errno(sized.err(), "ioctl").message());
  }
  [[nodiscard]] std::int32_t pid() const override { return session_->pid(); }
  void output_taken() override { output_taken_.notify_all(); }

 private:
  [[nodiscard]] bool congested() const { return events_.congested && events_.congested(); }

  void read(UniqueFd fd, int stream) {
    ++open_outputs_;
    tasks_.start(pump_output(std::move(fd), stream));
  }

  asio::awaitable<void> pump_output(UniqueFd fd, int stream) {
    const auto self = shared_from_this();
    asio::posix::stream_descriptor source{loop_, fd.release()};
    outputs_.push_back(&source);
    const ScopeGuard leave{[&] {
      std::erase(outputs_, &source);
      --open_outputs_;
      output_changed_.notify_all();
    }};
    std::vector<char> buffer(kReadBytes);
    while (!drained_) {
      // A slow client holds the process back instead of filling the engine.
      while (congested()) co_await output_taken_.wait();
      const auto [failed, got] = co_await source.async_read_some(asio::buffer(buffer), kTuple);
      output_bytes_ += got;
      if (failed) break;  // the end, or EIO of a terminal whose last process is gone
      if (events_.on_output) events_.on_output(stream, std::string{buffer.data(), got});
    }
  }

  asio::awaitable<void> watch() {
    const auto self = shared_from_this();
    const int code = co_await session_->wait();
    // What is still in the pipes goes out, at the client's pace.
    const std::size_t at_exit = output_bytes_;
    while (open_outputs_ > 0 && !drained_) {
      const std::size_t before = output_bytes_;
      const auto patience = time_.after(kDrainWait, [this, before, at_exit] {
        const bool quiet = output_bytes_ == before && !congested();
        drained_ = quiet || output_bytes_ - at_exit > kPipesMax;
        output_changed_.notify_all();
      });
      co_await output_changed_.wait();
    }
    input_->abandon();
    // What the process left behind may hold the other ends for as long as it lives: ours must not wait for that.
    for (auto* output : outputs_) output->cancel();
    if (const auto on_exit = std::exchange(events_.on_exit, {})) on_exit(code);
    events_ = {};
    output_taken_.notify_all();
  }

  asio::io_context& loop_;
  async::Timekeeper& time_;
  async::TaskGroup& tasks_;
  std::shared_ptr<core::ExecSession> session_;
  api::ExecEvents events_;
  const std::shared_ptr<ProcessInput> input_;
  async::Event output_changed_, output_taken_;
  std::size_t output_bytes_ = 0;
  int open_outputs_ = 0;
  std::vector<asio::posix::stream_descriptor*> outputs_;  // of the coroutines that read
  const UniqueFd terminal_;                               // also while nobody reads or writes it
  UniqueFd terminal_output_;                              // until it is read
  bool drained_ = false;
};

}  // namespace

void Execs::exec(api::ExecRequest request, api::ExecEvents events,
                 api::Answer<std::shared_ptr<api::ExecProcess>> answer) {
  auto container = engine_.containers().get(request.container);
  tasks_.start(begin(std::move(container), std::move(request), std::move(events), std::move(answer)));
}

asio::awaitable<void> Execs::begin(std::shared_ptr<core::ManagedContainer> in, api::ExecRequest wanted,
                                   api::ExecEvents callbacks, api::Answer<std::shared_ptr<api::ExecProcess>> reply) {
  std::optional<Error> failed;
  try {
    const sandbox::ExecInput input{.argv = wanted.argv,
                                   .env = wanted.env,
                                   .user = wanted.user,
                                   .working_dir = wanted.working_dir,
                                   .tty = wanted.tty,
                                   .rows = wanted.rows,
                                   .columns = wanted.columns,
                                   .privileged = wanted.privileged};
    auto session = co_await in->exec(input, engine_.context().time.mono() + kStartWait);
    const auto process =
        std::make_shared<Process>(engine_.context(), tasks_, std::move(session), std::move(callbacks), wanted.tty);
    reply(std::shared_ptr<api::ExecProcess>(process));
    process->begin(wanted.stdin_open);
  } catch (const Error& error) {
    failed = error;
  }
  if (failed) reply(*failed);
}

asio::awaitable<void> Execs::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace stack::service
