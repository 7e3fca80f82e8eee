#include "engine/shim/container.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/sys/syscalls.h"
#include "engine/sandbox/child.h"
#include "engine/sandbox/child_files.h"
#include "engine/sandbox/netlink_player.h"
#include "engine/sandbox/plan_op.h"

namespace stack::shim {
namespace {

using sandbox::FlatPlan;
using sandbox::Stage;

constexpr std::size_t kChunk = 64 * 1024;
constexpr std::int64_t kMsNs = 1'000'000;
constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

char chunk[kChunk];

std::int64_t now_ns(clockid_t clock) noexcept {
  timespec time{};
  ::clock_gettime(clock, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

bool make_pipe(UniqueFd& ours, UniqueFd& theirs, bool we_read) noexcept {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  ours.reset(ends[we_read ? 0 : 1]);
  theirs.reset(ends[we_read ? 1 : 0]);
  return ::fcntl(ours.get(), F_SETFL, O_NONBLOCK) == 0;
}

}  // namespace

std::int64_t wall_ns() noexcept { return now_ns(CLOCK_REALTIME); }
std::int64_t mono_ns() noexcept { return now_ns(CLOCK_MONOTONIC); }

bool Container::shares_pids() const noexcept { return (plan_.head().flags & sandbox::kKillGroup) != 0; }

Failure Container::map_plan(UniqueFd file) noexcept {
  struct stat info {};
  // Only a sealed file cannot shrink under our feet.
  if (!file || (::fcntl(file.get(), F_GET_SEALS) & kSeals) != kSeals || ::fstat(file.get(), &info) != 0 ||
      info.st_size <= 0 || static_cast<std::size_t>(info.st_size) > sandbox::kPlanBytesMax) {
    return {Stage::plan, EPROTO};
  }
  const auto size = static_cast<std::size_t>(info.st_size);
  void* block = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file.get(), 0);
  if (block == MAP_FAILED) return {Stage::plan, errno};
  plan_ = sandbox::FlatView::open(block, size);
  return plan_ ? Failure{} : Failure{Stage::plan, EPROTO};
}

// A shim that still takes an earlier start of this container apart, whose engine was killed, must not meet this one: it
// holds the folder until it has ended, which it does by itself.
Failure Container::take_folder() noexcept {
  const char* path = plan_.text(plan_.head().container_dir);
  auto folder = sandbox::open_path(path, O_RDONLY | O_DIRECTORY);
  if (!folder) return {Stage::folder, folder.err(), path};
  folder_ = std::move(*folder);
  while (::flock(folder_.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return {Stage::folder, errno, path};
  }
  return {};
}

Failure Container::open_log() noexcept {
  const char* path = plan_.text(plan_.head().container_dir);
  log_folder_.reset(::openat(folder_.get(), "log", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!log_folder_) return {Stage::log, errno, path};
  const FlatPlan& head = plan_.head();
  auto status = log_.open(log_folder_, {.max_bytes = head.log_max_bytes,
                                        .max_files = head.log_max_files,
                                        .prompt = (head.flags & sandbox::kPrompt) != 0,
                                        .buffer_bytes = head.log_buffer_bytes});
  if (!status) return {Stage::log, status.err(), path};
  if (head.log_compress != 0) compressor_.enable(log_folder_);
  // The record of an earlier run must not be taken for this one's.
  if (::unlinkat(folder_.get(), "exit", 0) != 0 && errno != ENOENT) return {Stage::file, errno, "exit"};
  return {};
}

Failure Container::launch(UniqueFd plan_file) noexcept {
  failure_ = map_plan(std::move(plan_file));
  if (!failure_) failure_ = take_folder();
  if (!failure_) failure_ = play_prepare(plan_);
  if (!failure_) failure_ = open_log();
  if (!failure_) failure_ = make_child();
  if (!failure_) failure_ = join_groups(plan_, process_.pid());
  if (!failure_) failure_ = connect_network();
  // A child that has failed already is not there to hear it; its reason is on the line.
  if (!failure_) (void)::send(line_.get(), "g", 1, MSG_NOSIGNAL);
  if (failure_) {
    // When the child went first, its reason is the real one.
    sandbox::ChildReport report;
    while (line_ && sandbox::hear(line_.get(), report) == sandbox::Heard::message) {
      if (report.message.word == sandbox::Word::failed) take_failure(report.message);
    }
    abandon();
    return failure_;
  }
  phase_ = Phase::launching;
  return {};
}

Failure Container::make_child() noexcept {
  const FlatPlan& head = plan_.head();
  int line[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line) != 0) return {Stage::stdio, errno};
  line_.reset(line[0]);
  const UniqueFd child_line{line[1]};
  sandbox::ChildFds fds;
  UniqueFd in, out, err;
  if ((head.flags & sandbox::kTty) == 0) {
    if (!make_pipe(out_, out, true) || !make_pipe(err_, err, true)) return {Stage::stdio, errno};
    if ((head.flags & sandbox::kStdin) != 0) {
      if (!make_pipe(stdin_, in, false)) return {Stage::stdio, errno};
    } else {
      in.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
      if (!in) return {Stage::stdio, errno};
    }
  }
  UniqueFd group;
  if (const Failure failure = open_group(plan_, group)) return failure;
  UniqueFd network, ipc, pids;
  const auto open_pid = [](std::int32_t pid, UniqueFd& fd) {
    if (pid <= 0) return 0;
    auto result = sys::pidfd_open(pid);
    if (!result) return result.err();
    fd = std::move(*result);
    return 0;
  };
  for (const auto& [pid, fd] : {std::pair{head.join_network_pid, &network}, std::pair{head.join_ipc_pid, &ipc},
                                std::pair{head.join_pid_pid, &pids}}) {
    if (const int failed = open_pid(pid, *fd)) return {Stage::join_namespace, failed};
  }
  fds.line = child_line.get();
  fds.in = in.get();
  fds.out = out.get();
  fds.err = err.get();
  fds.join_network = network.get();
  fds.join_ipc = ipc.get();
  fds.join_pids = pids.get();
  clone_args args{};
  int pidfd = -1;
  args.flags = head.clone_flags | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  if (group) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<std::uint64_t>(group.get());
  }
  auto pid = sys::clone3(args);
  if (pid && *pid == 0) sandbox::run_child(plan_, fds);
  if (!pid) return {Stage::clone, pid.err()};
  process_.begin(*pid, UniqueFd{pidfd});
  return {};
}

Failure Container::connect_network() noexcept {
  if ((plan_.head().flags & sandbox::kOwnNetwork) == 0 || plan_.head().host_route.count == 0) return {};
  char path[48];
  std::snprintf(path, sizeof path, "/proc/%d/ns/net", process_.pid());
  const auto space = sandbox::open_path(path, O_RDONLY);
  if (!space) return {Stage::network_link, space.err(), "namespace"};
  sandbox::PatchValues values;
  values.target_netns = (*space).get();
  if (const int err = sandbox::send_route_messages(plan_, plan_.head().host_route, values)) {
    return {Stage::network_link, err};
  }
  return {};
}

void Container::abandon() noexcept {
  log_.close();
  compressor_.stop();
  process_.kill();
  if (plan_) remove_groups(plan_);
  line_.reset();
  dns_udp_.reset();
  dns_tcp_.reset();
  phase_ = Phase::failed;
}

std::size_t Container::watch(pollfd* out) const noexcept {
  std::size_t count = 0;
  for (const UniqueFd* fd : {&line_, &out_, &err_}) {
    if (*fd) out[count++] = {fd->get(), POLLIN, 0};
  }
  if (compressor_.working()) out[count++] = {compressor_.pidfd().get(), POLLIN, 0};
  if (process_ && phase_ != Phase::draining) out[count++] = {process_.pidfd().get(), POLLIN, 0};
  return phase_ == Phase::empty || phase_ == Phase::over || phase_ == Phase::failed ? 0 : count;
}

void Container::attend(const pollfd* polled, std::size_t count) noexcept {
  bool exited = false;
  for (std::size_t i = 0; i < count; ++i) {
    if (polled[i].revents == 0) continue;
    const int fd = polled[i].fd;
    if (fd == line_.get()) {
      on_line();
    } else if (fd == out_.get()) {
      drain(out_, logs::Stream::out);
    } else if (fd == err_.get()) {
      drain(err_, logs::Stream::err);
    } else if (fd == process_.pidfd().get()) {
      exited = true;
    } else if (fd == compressor_.pidfd().get()) {
      compressor_.attend();
    }
  }
  compressor_.tend(log_.generation());
  // What the child said before it went comes first.
  if (exited && phase_ == Phase::launching && line_) on_line();
  if (exited && phase_ != Phase::draining) on_exit();
}

void Container::on_line() noexcept {
  while (line_) {
    sandbox::ChildReport report;
    switch (sandbox::hear(line_.get(), report)) {
      case sandbox::Heard::nothing:
        return;
      case sandbox::Heard::end:
        line_.reset();
        process_.bury_forerunner();
        if (phase_ != Phase::launching) return;
        if (failure_) return abandon();
        if (!ready_ || (plan_.head().join_pid_pid > 0 && !process_.replaced())) {
          failure_ = {Stage::killed, ECHILD};
          return abandon();
        }
        started_ns_ = wall_ns();
        phase_ = Phase::running;
        return;
      case sandbox::Heard::message:
        break;
    }
    switch (report.message.word) {
      // The first of each is certainly the child's own (child_wire.h).
      case sandbox::Word::dns:
        if (dns_udp_ || (plan_.head().flags & sandbox::kDnsSockets) == 0) break;
        dns_udp_ = std::move(report.fds[0]);
        dns_tcp_ = std::move(report.fds[1]);
        break;
      case sandbox::Word::terminal:
        if (terminal_ || (plan_.head().flags & sandbox::kTty) == 0) break;
        terminal_ = std::move(report.fds[0]);
        ::fcntl(terminal_.get(), F_SETFL, O_RDWR | O_NONBLOCK);
        out_.reset(::fcntl(terminal_.get(), F_DUPFD_CLOEXEC, 3));
        break;
      case sandbox::Word::born:
        (void)process_.replace(std::move(report.fds[0]));
        break;
      case sandbox::Word::ready:
        ready_ = true;
        break;
      case sandbox::Word::failed:
        take_failure(report.message);
        break;
    }
  }
}

void Container::take_failure(const sandbox::ChildMessage& message) noexcept {
  std::memcpy(failed_detail_, message.detail, sizeof failed_detail_);
  failure_ = {static_cast<Stage>(message.stage), message.error, failed_detail_};
}

void Container::drain(UniqueFd& stream, logs::Stream kind) noexcept {
  const ssize_t n = ::read(stream.get(), chunk, sizeof chunk);
  if (n > 0) {
    log_.append(kind, chunk, static_cast<std::size_t>(n), wall_ns());
    return;
  }
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  // A terminal whose last user has gone gives EIO.
  log_.finish(kind, wall_ns());
  stream.reset();
}

void Container::on_exit() noexcept {
  const auto status = sys::reap(process_.pidfd());
  if (!status) return;
  // The line ends with the forerunner, which may be slower than the program.
  process_.bury_forerunner();
  if (phase_ == Phase::launching && line_) on_line();
  if (phase_ == Phase::failed) return;
  if (phase_ == Phase::launching) {
    // Killed from outside before it was the program.
    if (!failure_) failure_ = {Stage::killed, ECHILD};
    process_.forget();
    return abandon();
  }
  status_ = *status;
  exited_ns_ = wall_ns();
  if (shares_pids()) kill_group(plan_);
  drain_until_ns_ = mono_ns() + kDrainMs * kMsNs;
  phase_ = Phase::draining;
}

int Container::timeout_ms() const noexcept {
  if (phase_ != Phase::draining) return -1;
  const std::int64_t left = (drain_until_ns_ - mono_ns()) / kMsNs;
  return left < 0 ? 0 : static_cast<int>(left) + 1;
}

void Container::finish_if_drained(bool execs_running) noexcept {
  if (phase_ != Phase::draining) return;
  const bool late = mono_ns() >= drain_until_ns_;
  if ((out_ || err_ || execs_running) && !late) return;
  log_.finish(logs::Stream::out, exited_ns_);
  log_.finish(logs::Stream::err, exited_ns_);
  log_.close();
  compressor_.stop();
  out_.reset();
  err_.reset();
  // The namespace, and with it the host's ends of the veths, lives as long as its sockets.
  dns_udp_.reset();
  dns_tcp_.reset();
  stdin_.reset();
  if (oom_killed(plan_)) end_flags_ |= kOomKilled;
  remove_groups(plan_);
  write_record();
  phase_ = Phase::over;
}

void Container::write_record() const noexcept {
  ExitRecord record;
  record.status = status_;
  record.flags = end_flags_;
  record.started_ns = started_ns_;
  record.exited_ns = exited_ns_;
  const UniqueFd file{::openat(folder_.get(), "exit.new", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!file || ::write(file.get(), &record, sizeof record) != static_cast<ssize_t>(sizeof record)) return;
  // Without a record a later engine knows that the container is gone, but not how; an engine that is here hears it
  // anyway.
  (void)::renameat(folder_.get(), "exit.new", folder_.get(), "exit");
}

std::size_t Container::describe(Packet& packet, int (&fds)[kFdsMax]) const noexcept {
  packet.pid = process_.pid();
  packet.status = status_;
  packet.flags |= end_flags_;
  std::size_t count = 0;
  if (phase_ == Phase::over) {
    packet.flags |= kHasExited;
    packet.time_ns = exited_ns_;
    return 0;
  }
  packet.time_ns = started_ns_;
  fds[count++] = process_.pidfd().get();
  if (dns_udp_ && dns_tcp_) {
    packet.flags |= kHasDns;
    fds[count++] = dns_udp_.get();
    fds[count++] = dns_tcp_.get();
  }
  if (terminal_) {
    packet.flags |= kHasTerminal;
    fds[count++] = terminal_.get();
  } else if (stdin_) {
    packet.flags |= kHasStdin;
    fds[count++] = stdin_.get();
  }
  return count;
}

void Container::signal(int number) noexcept {
  // A process that has just gone is no error: its end is on the way.
  if (phase_ == Phase::running) (void)sys::pidfd_send_signal(process_.pidfd(), number);
}

void Container::resize(std::uint16_t rows, std::uint16_t columns) noexcept {
  if (terminal_) (void)sys::set_terminal_size(terminal_, rows, columns);
}

}  // namespace stack::shim
