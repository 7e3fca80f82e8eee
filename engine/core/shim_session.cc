#include "engine/core/shim_session.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sys/syscalls.h"
#include "engine/sandbox/launch_stage.h"

namespace stack::core {

namespace asio = boost::asio;

namespace {

// As a shell gives it.
int code_of(const shim::Packet& packet) {
  return WIFSIGNALED(packet.status) ? 128 + WTERMSIG(packet.status) : WEXITSTATUS(packet.status);
}

constexpr int kKilled = 128 + SIGKILL;

void make_pipe(UniqueFd& reading, UniqueFd& writing) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw Error::from_errno(errno, "making a pipe");
  reading.reset(ends[0]);
  writing.reset(ends[1]);
}

Error failure_in(const shim::Packet& packet) {
  return sandbox::launch_error(static_cast<sandbox::Stage>(packet.stage), packet.error, packet.detail);
}

}  // namespace

asio::awaitable<void> ExecSession::wait_for_start(async::Timekeeper& time, Mono deadline) {
  bool in_time = true;
  while (process_.pid == 0 && !failure_ && !exit_code_ && in_time)
    in_time = co_await changed_.wait_until(time, deadline);
  if (failure_) throw Error(*failure_);
  if (process_.pid != 0) co_return;
  if (exit_code_) throw Error(ErrorKind::conflict, "the container ended before the process started");
  throw Error(ErrorKind::unavailable, "the process did not start in time");
}

ShimSession::~ShimSession() { end_execs(); }

void ShimSession::launch(BorrowedFd sealed_plan) {
  link_ = shims_.spawn();
  stage_ = Stage::launching;
  listen();
  link_->send({.kind = shim::Kind::launch}, {sealed_plan.get()});
}

void ShimSession::adopt(std::unique_ptr<ShimLink> link) {
  link_ = std::move(link);
  stage_ = Stage::launching;
  listen();
}

void ShimSession::listen() {
  link_->listen([this](shim::Received& received) { on_packet(received); }, [this] { on_closed(); });
}

void ShimSession::cancel() noexcept {
  if (!link_ || stage_ != Stage::launching) return;
  try {
    link_->send({.kind = shim::Kind::forget});
  } catch (const std::exception&) {
    // It has just gone, which its closed connection says, or does not read, which its owner's patience ends.
  }
}

void ShimSession::signal(int number) {
  const sys::Status sent = shims_.signal(process_, number);
  if (!sent && sent.err() != ESRCH) throw Error::from_errno(sent.err(), "sending signal " + std::to_string(number));
}

asio::awaitable<std::shared_ptr<ExecSession>> ShimSession::exec(UniqueFd sealed_plan, bool tty, Purpose purpose,
                                                                Mono deadline) {
  if (stage_ != Stage::running) throw Error(ErrorKind::conflict, "the container is not running");
  const auto session = std::make_shared<ExecSession>(loop_, shims_, ++last_exec_);
  const shim::Packet packet{.kind = shim::Kind::exec,
                            .number = session->number(),
                            .flags = purpose == Purpose::probe ? std::uint32_t{shim::kProbe} : 0};
  if (tty) {
    link_->send(packet, {sealed_plan.get()});
  } else {
    UniqueFd in, out, err;
    make_pipe(in, session->in);
    make_pipe(session->out, out);
    make_pipe(session->err, err);
    link_->send(packet, {sealed_plan.get(), in.get(), out.get(), err.get()});
  }
  execs_[session->number()] = session;
  sealed_plan.reset();
  // The session may be gone by the time this resumes.
  co_await session->wait_for_start(time_, deadline);
  co_return session;
}

void ShimSession::resize(std::uint16_t rows, std::uint16_t columns) const {
  if (!terminal_) return;
  if (const auto sized = sys::set_terminal_size(terminal_, rows, columns); !sized)
    log_warning("sizing a container's terminal: " + Error::from_errno(sized.err(), "ioctl").message());
}

UniqueFd ShimSession::copy_of_input() const {
  const UniqueFd& whole = terminal_ ? terminal_ : input_;
  return whole ? UniqueFd{::fcntl(whole.get(), F_DUPFD_CLOEXEC, 3)} : UniqueFd{};
}

void ShimSession::close_input() noexcept {
  input_.reset();
  if (!link_ || stage_ != Stage::running) return;
  try {
    link_->send({.kind = shim::Kind::stdin_close});
  } catch (const std::exception&) {
    // The shim has gone, and with it its end of the pipe.
  }
}

void ShimSession::end() noexcept {
  if (link_ && stage_ == Stage::over) {
    try {
      link_->send({.kind = shim::Kind::forget});
    } catch (const std::exception&) {
      // It has left by itself, which is what was asked of it.
    }
  } else if (link_ && stage_ != Stage::gone) {
    link_->kill_shim();
  }
  stage_ = Stage::gone;
  link_.reset();
  end_execs();
}

void ShimSession::on_packet(shim::Received& received) {
  const shim::Packet& packet = received.packet;
  switch (packet.kind) {
    case shim::Kind::hello:
    case shim::Kind::started:
      if ((packet.flags & shim::kHasExited) != 0) return on_exit(packet);
      return on_running(received);
    case shim::Kind::failed:
      stage_ = Stage::gone;
      return owner_.on_failed(failure_in(packet));
    case shim::Kind::exited:
      return on_exit(packet);
    case shim::Kind::exec_started:
    case shim::Kind::exec_failed:
    case shim::Kind::exec_exited:
      return on_exec_packet(received);
    default:
      log_warning("a shim sent a packet that the engine does not know");
  }
}

void ShimSession::on_running(shim::Received& received) {
  const shim::Packet& packet = received.packet;
  std::size_t next = 0;
  const auto take = [&] { return next < received.count ? std::move(received.fds[next++]) : UniqueFd{}; };
  Launched launched{.pid = packet.pid, .dns_udp = {}, .dns_tcp = {}, .adopted = packet.kind == shim::Kind::hello};
  process_ = {.pid = packet.pid, .pidfd = take()};
  if ((packet.flags & shim::kHasDns) != 0) {
    launched.dns_udp = take();
    launched.dns_tcp = take();
  }
  if ((packet.flags & shim::kHasStdin) != 0) input_ = take();
  if ((packet.flags & shim::kHasTerminal) != 0) terminal_ = take();
  stage_ = Stage::running;
  owner_.on_launched(std::move(launched));
}

std::optional<int> ShimSession::stray_exit(std::int32_t pid) const {
  const auto found = stray_exits_.find(pid);
  return found == stray_exits_.end() ? std::nullopt : std::optional{found->second};
}

void ShimSession::on_exec_packet(shim::Received& received) {
  const shim::Packet& packet = received.packet;
  if (packet.kind == shim::Kind::exec_exited && packet.number == 0) {
    stray_exits_[packet.pid] = code_of(packet);
    return;
  }
  const auto found = execs_.find(packet.number);
  const auto session = found == execs_.end() ? nullptr : found->second.lock();
  if (packet.kind == shim::Kind::exec_started) {
    Process process = shims_.hold(packet.pid);
    // Whoever asked for it may have given up.
    if (!session) return static_cast<void>(shims_.signal(process, SIGKILL));
    if ((packet.flags & shim::kHasTerminal) != 0 && received.count > 0) session->terminal = std::move(received.fds[0]);
    return session->started(std::move(process));
  }
  if (found != execs_.end()) execs_.erase(found);
  if (!session) return;
  if (packet.kind == shim::Kind::exec_failed) return session->failed(failure_in(packet));
  session->ended(code_of(packet));
}

void ShimSession::on_exit(const shim::Packet& packet) {
  stage_ = Stage::over;
  end_execs();
  input_.reset();
  terminal_.reset();
  owner_.on_exited({.wait_status = packet.status,
                    .oom_killed = (packet.flags & shim::kOomKilled) != 0,
                    .when = Wall{Nanos{packet.time_ns}},
                    .adopted = packet.kind == shim::Kind::hello});
}

void ShimSession::on_closed() {
  const Stage before = std::exchange(stage_, Stage::gone);
  end_execs();
  if (before == Stage::launching)
    return owner_.on_failed(Error("the container's shim exited without reporting a status"));
  if (before == Stage::running) return owner_.on_lost();
}

void ShimSession::end_execs() noexcept {
  for (const auto& [number, weak] : std::exchange(execs_, {})) {
    if (const auto session = weak.lock()) session->ended(kKilled);
  }
}

}  // namespace stack::core
