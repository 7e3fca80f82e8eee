#include "engine/sandbox/child.h"

#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sys/syscalls.h"
#include "engine/sandbox/child_birth.h"
#include "engine/sandbox/child_files.h"
#include "engine/sandbox/child_identity.h"
#include "engine/sandbox/child_mounts.h"
#include "engine/sandbox/child_wire.h"
#include "engine/sandbox/netlink_player.h"
#include "engine/sandbox/plan_op.h"

namespace stack::sandbox {
namespace {

constexpr int kLineFd = 3;
constexpr int kSignalMax = 64;
constexpr int kDnsBacklog = 64;
constexpr const char* kDnsAddress = "127.0.0.11";

// Signals mean what they mean by default and none is blocked. The shim ignores some, which neither clone3's CLONE_CLEAR_SIGHAND
// nor execve(2) undoes: a program that inherits an ignored SIGPIPE writes on into a pipe that nobody reads.
void plain_signals() noexcept {
  for (int signal = 1; signal <= kSignalMax; ++signal) {
    if (signal != SIGKILL && signal != SIGSTOP) ::signal(signal, SIG_DFL);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// From here on the container dies with its shim, and keys of the host's session are out of reach.
void detach(const Reporter& reporter) noexcept {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) reporter.fail(Stage::clone, errno);
  plain_signals();
  if (::setsid() < 0) reporter.fail(Stage::clone, errno);
  if (::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr) < 0 && errno != ENOSYS && errno != EDQUOT) {
    reporter.fail(Stage::clone, errno, "keyring");
  }
}

void join(int pidfd, int flags, const Reporter& reporter, const char* what) noexcept {
  if (pidfd < 0) return;
  if (auto status = sys::setns(BorrowedFd{pidfd}, flags); !status) {
    reporter.fail(Stage::join_namespace, status.err(), what);
  }
}

void set_names(const FlatView& plan, const Reporter& reporter) noexcept {
  const Span host = plan.head().hostname, domain = plan.head().domainname;
  if (host.count > 0 && ::sethostname(plan.text(host), host.count) != 0) {
    reporter.fail(Stage::hostname, errno, plan.text(host));
  }
  if (domain.count > 0 && ::setdomainname(plan.text(domain), domain.count) != 0) {
    reporter.fail(Stage::hostname, errno, plan.text(domain));
  }
}

std::uint16_t open_dns(int type, UniqueFd& out, const Reporter& reporter) noexcept {
  out.reset(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  ::inet_pton(AF_INET, kDnsAddress, &address.sin_addr);
  socklen_t size = sizeof address;
  if (!out || ::bind(out.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      (type == SOCK_STREAM && ::listen(out.get(), kDnsBacklog) != 0) ||
      ::getsockname(out.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    reporter.fail(Stage::dns_socket, errno, kDnsAddress);
  }
  return ntohs(address.sin_port);
}

void set_up_network(const FlatView& plan, BorrowedFd settings, const Reporter& reporter) noexcept {
  const FlatPlan& head = plan.head();
  PatchValues values;
  if (const int err = send_route_messages(plan, head.child_route, values)) {
    reporter.fail(Stage::network_address, err);
  }
  const auto* sysctls = plan.array<FlatStep>(head.interface_sysctls);
  for (std::uint32_t i = 0; i < head.interface_sysctls.count; ++i) {
    const char *path = plan.text(sysctls[i].a), *value = plan.text(sysctls[i].b);
    const int err = write_value(settings, path, value);
    if (err == 0) continue;
    char detail[kSysctlTextMax];
    describe_sysctl(path, value, detail, sizeof detail);
    reporter.fail(Stage::sysctl, err, detail);
  }
  if ((head.flags & kDnsSockets) != 0) {
    UniqueFd udp, tcp;
    values.udp_port = open_dns(SOCK_DGRAM, udp, reporter);
    values.tcp_port = open_dns(SOCK_STREAM, tcp, reporter);
    ChildMessage message;
    message.word = Word::dns;
    const int fds[] = {udp.get(), tcp.get()};
    if (!send_word(reporter.socket(), message, fds, 2)) reporter.fail(Stage::dns_socket, EPIPE);
  }
  if (const int err = send_netfilter_batch(plan, head.child_netfilter, values)) {
    reporter.fail(Stage::network_filter, err);
  }
}

// Streams to 0, 1, 2, the line to 3, and nothing else: whatever was open is of the host.
void arrange_descriptors(const ChildFds& fds, int terminal, Reporter& reporter) noexcept {
  const int in = terminal >= 0 ? terminal : fds.in;
  const int out = terminal >= 0 ? terminal : fds.out;
  const int err = terminal >= 0 ? terminal : fds.err;
  const int line = reporter.socket();
  if (::dup2(in, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(err, 2) < 0) reporter.fail(Stage::stdio, errno);
  if (line != kLineFd) {
    if (::dup3(line, kLineFd, O_CLOEXEC) < 0) reporter.fail(Stage::stdio, errno);
    reporter.moved_to(kLineFd);
  }
  if (auto status = sys::close_range(kLineFd + 1, ~0U, 0); !status) reporter.fail(Stage::stdio, status.err());
}

}  // namespace

void run_child(const FlatView& plan, const ChildFds& fds) noexcept {
  Reporter reporter(fds.line);
  const FlatPlan& head = plan.head();
  detach(reporter);
  choose_profile(plan, reporter);
  join(fds.join_network, CLONE_NEWNET, reporter, "network");
  join(fds.join_ipc, CLONE_NEWIPC, reporter, "ipc");
  const bool private_group = (head.flags & kPrivateCgroupns) != 0;
  // With CLONE_INTO_CGROUP the process is where it belongs from its first moment, and the new namespace's root is
  // right.
  if (private_group && head.cgroup_clone_into != 0) {
    if (auto status = sys::unshare(CLONE_NEWCGROUP); !status) reporter.fail(Stage::clone, status.err(), "cgroup");
  }
  set_names(plan, reporter);
  if ((head.flags & kLoopbackUp) != 0) {
    if (const int err = loopback_up()) reporter.fail(Stage::network_address, err, "lo");
  }
  // The settings of the network that a process is in, whichever root it has; the container's own may be read-only.
  UniqueFd settings;
  if (head.interface_sysctls.count > 0) {
    auto opened = open_path("/proc/sys", O_PATH | O_DIRECTORY);
    if (!opened) reporter.fail(Stage::sysctl, opened.err(), "/proc/sys");
    settings = std::move(*opened);
  }
  const UniqueFd terminal = play_root_steps(plan, {BorrowedFd{fds.join_ipc}, BorrowedFd{fds.join_pids}}, reporter);
  if (!reporter.wait()) ::_exit(1);
  if (private_group && head.cgroup_clone_into == 0) {
    if (auto status = sys::unshare(CLONE_NEWCGROUP); !status) reporter.fail(Stage::clone, status.err(), "cgroup");
  }
  if ((head.flags & kOwnNetwork) != 0) set_up_network(plan, settings, reporter);
  const bool among_others = fds.join_pids >= 0;
  if (among_others) choose_pid_namespace(fds.join_pids, reporter);
  arrange_descriptors(fds, terminal.get(), reporter);
  // Who moves takes the terminal there.
  if (!among_others && terminal && ::ioctl(0, TIOCSCTTY, 0) != 0) reporter.fail(Stage::terminal, errno);
  become_program(plan, among_others ? Birth::chosen : Birth::here, reporter);
}

void run_exec_child(const FlatView& plan, const ChildFds& fds) noexcept {
  Reporter reporter(fds.line);
  detach(reporter);
  choose_profile(plan, reporter);
  const auto* steps = plan.array<FlatStep>(plan.head().root);
  {
    auto self = open_path("/proc/self", O_PATH | O_DIRECTORY);
    if (!self) reporter.fail(Stage::oom_score, self.err(), "/proc/self");
    for (std::uint32_t i = 0; i < plan.head().root.count; ++i) {
      if (static_cast<Op>(steps[i].op) != Op::self_write) reporter.fail(Stage::plan, EPROTO);
      const int err = write_value(*self, plan.text(steps[i].a), plan.text(steps[i].b));
      if (err != 0) reporter.fail(static_cast<Stage>(steps[i].stage), err, plan.text(steps[i].a));
    }
  }
  choose_pid_namespace(fds.container, reporter);
  join(fds.container, CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP, reporter, "");
  UniqueFd terminal;
  if ((plan.head().flags & kTty) != 0) {
    auto root = open_path("/", O_PATH | O_DIRECTORY);
    if (!root) reporter.fail(Stage::terminal, root.err(), "/");
    terminal = open_terminal(*root, plan, reporter);
  }
  arrange_descriptors(fds, terminal.get(), reporter);
  become_program(plan, Birth::chosen, reporter);
}

}  // namespace stack::sandbox
