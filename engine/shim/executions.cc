#include "engine/shim/executions.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys/syscalls.h"
#include "engine/sandbox/child.h"
#include "engine/sandbox/plan_op.h"

namespace stack::shim {
namespace {

using sandbox::Stage;

constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

// A plan that is mapped only while its child is being made: the child has its own copy.
class Mapped {
 public:
  explicit Mapped(const UniqueFd& file) noexcept {
    struct stat info {};
    if (!file || (::fcntl(file.get(), F_GET_SEALS) & kSeals) != kSeals || ::fstat(file.get(), &info) != 0 ||
        info.st_size <= 0 || static_cast<std::size_t>(info.st_size) > sandbox::kPlanBytesMax) {
      return;
    }
    size_ = static_cast<std::size_t>(info.st_size);
    block_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE, file.get(), 0);
    if (block_ != MAP_FAILED) view = sandbox::FlatView::open(block_, size_);
  }
  ~Mapped() {
    if (block_ != MAP_FAILED) ::munmap(block_, size_);
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;

  sandbox::FlatView view;

 private:
  void* block_ = MAP_FAILED;
  std::size_t size_ = 0;
};

}  // namespace

Executions::One* Executions::find(std::uint64_t connection, std::uint32_t number) noexcept {
  for (One& one : *this) {
    if (one.used && one.connection == connection && one.number == number) return &one;
  }
  return nullptr;
}

Executions::One* Executions::free_place(bool probe) noexcept {
  std::size_t users = 0;
  One* free = nullptr;
  for (One& one : *this) {
    if (one.used && !one.probe) ++users;
    if (!one.used && free == nullptr) free = &one;
  }
  if (!probe && users >= kExecutionsMax - 1) return nullptr;
  if (free == nullptr && made_ < kExecutionsMax) free = new (begin() + made_++) One{};
  return free;
}

void Executions::refuse(std::uint64_t connection, std::uint32_t number, const Failure& failure) noexcept {
  Packet packet;
  packet.kind = Kind::exec_failed;
  packet.number = number;
  packet.stage = static_cast<std::int32_t>(failure.stage);
  packet.error = failure.error;
  std::strncpy(packet.detail, failure.detail, sizeof packet.detail - 1);
  outlet_.send(outlet_.context, connection, packet, nullptr, 0);
}

void Executions::start(const Container& container, std::uint64_t connection, Received& request) noexcept {
  const std::uint32_t number = request.packet.number;
  if (container.phase() != Phase::running) return refuse(connection, number, {Stage::join_namespace, ESRCH});
  if (number == 0 || find(connection, number) != nullptr) return refuse(connection, number, {Stage::plan, EEXIST});
  One* free = free_place((request.packet.flags & kProbe) != 0);
  if (free == nullptr) return refuse(connection, number, {Stage::limit, EBUSY, "processes"});
  *free = One{};
  free->probe = (request.packet.flags & kProbe) != 0;
  free->number = number;
  free->connection = connection;
  if (const Failure failure = make_child(container, request, *free)) {
    free->process.kill();
    *free = One{};
    return refuse(connection, number, failure);
  }
  free->used = true;
}

Failure Executions::make_child(const Container& container, Received& request, One& one) noexcept {
  const Mapped mapped(request.fds[0]);
  if (!mapped.view || (mapped.view.head().flags & sandbox::kExec) == 0) return {Stage::plan, EPROTO};
  const bool tty = (mapped.view.head().flags & sandbox::kTty) != 0;
  one.tty = tty;
  if (request.count != (tty ? 1U : 4U)) return {Stage::stdio, EPROTO};
  int line[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line) != 0) return {Stage::stdio, errno};
  one.line.reset(line[0]);
  const UniqueFd child_line{line[1]};
  sandbox::ChildFds fds;
  fds.line = child_line.get();
  fds.in = request.fds[1].get();
  fds.out = request.fds[2].get();
  fds.err = request.fds[3].get();
  fds.container = container.pidfd().get();
  clone_args args{};
  int pidfd = -1;
  args.flags = CLONE_PIDFD;
  args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  UniqueFd group;
  if (container.plan().head().cgroup_clone_into != 0) {
    const char* path = container.plan().text(container.plan().head().cgroup_v2);
    group.reset(::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!group) return {Stage::cgroup_join, errno, path};
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<std::uint64_t>(group.get());
  }
  auto pid = sys::clone3(args);
  if (pid && *pid == 0) {
    const Failure failure = join_groups(container.plan(), 0);
    if (failure) sandbox::Reporter(fds.line).fail(failure.stage, failure.error, failure.detail);
    sandbox::run_exec_child(mapped.view, fds);
  }
  if (!pid) return {Stage::clone, pid.err()};
  one.process.begin(*pid, UniqueFd{pidfd});
  return {};
}

std::size_t Executions::watch(pollfd* out) const noexcept {
  std::size_t count = 0;
  for (const One& one : *this) {
    if (one.used && one.line) out[count++] = {one.line.get(), POLLIN, 0};
    if (one.used && one.process) out[count++] = {one.process.pidfd().get(), POLLIN, 0};
  }
  return count;
}

void Executions::attend(const pollfd* polled, std::size_t count) noexcept {
  for (One& one : *this) {
    if (!one.used) continue;
    bool spoke = false, gone = false;
    for (std::size_t i = 0; i < count; ++i) {
      if (polled[i].revents == 0) continue;
      spoke = spoke || polled[i].fd == one.line.get();
      gone = gone || polled[i].fd == one.process.pidfd().get();
    }
    // What it said comes before its end.
    if ((spoke || gone) && one.line) on_line(one);
    if (gone) on_exit(one);
  }
}

void Executions::on_line(One& one) noexcept {
  while (one.line) {
    sandbox::ChildReport report;
    const sandbox::Heard heard = sandbox::hear(one.line.get(), report);
    if (heard == sandbox::Heard::nothing) return;
    if (heard == sandbox::Heard::end) {
      one.line.reset();
      one.process.bury_forerunner();
      if (one.stage != 0 || !one.ready || !one.process.replaced()) return;
      one.running = true;
      Packet packet;
      packet.kind = Kind::exec_started;
      packet.number = one.number;
      packet.pid = one.process.pid();
      const int terminal = one.terminal.get();
      if (one.terminal) packet.flags |= kHasTerminal;
      outlet_.send(outlet_.context, one.connection, packet, &terminal, one.terminal ? 1 : 0);
      return;
    }
    switch (report.message.word) {
      case sandbox::Word::terminal:
        // The first one is the forerunner's, the only one that can be trusted.
        if (one.tty && !one.terminal) one.terminal = std::move(report.fds[0]);
        break;
      case sandbox::Word::born:
        (void)one.process.replace(std::move(report.fds[0]));
        break;
      case sandbox::Word::ready:
        one.ready = true;
        break;
      case sandbox::Word::failed:
        one.stage = report.message.stage;
        one.error = report.message.error;
        std::memcpy(one.detail, report.message.detail, sizeof one.detail);
        break;
      case sandbox::Word::dns:
        break;
    }
  }
}

void Executions::on_exit(One& one) noexcept {
  const auto status = sys::reap(one.process.pidfd());
  if (!status) return;
  // The line ends with the forerunner, which may be slower than the program.
  one.process.bury_forerunner();
  if (one.line) on_line(one);
  if (one.running) {
    Packet packet;
    packet.kind = Kind::exec_exited;
    packet.number = one.number;
    packet.pid = one.process.pid();
    packet.status = *status;
    packet.time_ns = wall_ns();
    outlet_.send(outlet_.context, one.connection, packet, nullptr, 0);
  } else {
    const Failure failure =
        one.stage != 0 ? Failure{static_cast<Stage>(one.stage), one.error, one.detail} : Failure{Stage::killed, ECHILD};
    refuse(one.connection, one.number, failure);
  }
  one = One{};
}

void Executions::signal(std::uint64_t connection, std::uint32_t number, int signal) noexcept {
  if (One* one = find(connection, number)) (void)sys::pidfd_send_signal(one->process.pidfd(), signal);
}

void Executions::resize(std::uint64_t connection, std::uint32_t number, std::uint16_t rows,
                        std::uint16_t columns) noexcept {
  if (One* one = find(connection, number); one != nullptr && one->terminal)
    (void)sys::set_terminal_size(one->terminal, rows, columns);
}

bool Executions::any() const noexcept {
  for (const One& one : *this) {
    if (one.used) return true;
  }
  return false;
}

}  // namespace stack::shim
