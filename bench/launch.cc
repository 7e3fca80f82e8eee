// How long the sandbox and the shim need for a container, without daemon, network room or image store: to be set beside
// `floor`.
//
//   launch PATH-OF-STACK-SHIM once | many N | exec
//
// Runs in mount and network namespaces of its own, with control groups below "stack-bench"; prints one line of JSON,
// milliseconds, the median of some rounds.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys/syscalls.h"
#include "engine/cgroup/cgroup_tree.h"
#include "engine/sandbox/launch_plan.h"
#include "engine/shim/packet_socket.h"
#include "engine/shim/spawn.h"

namespace {

namespace fs = std::filesystem;
using namespace stack;
using Clock = std::chrono::steady_clock;

constexpr int kRounds = 21;
constexpr int kManyRounds = 5;
constexpr const char* kGroup = "stack-bench";

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

struct Steps {
  std::vector<double> plan, spawn, started, exited;
};

sandbox::LaunchInput input_for(const fs::path& root, int number, std::vector<std::string> command) {
  sandbox::LaunchInput input;
  std::string id = std::to_string(number);
  input.id = std::string(64 - id.size(), 'b') + id;
  input.container_dir = root / input.id;
  input.socket_path = root / (id + ".sock");
  input.layers = {(root / "image").string()};
  input.cgroup_path = std::string(kGroup) + "/" + input.id;
  input.files = {{"hosts", "/etc/hosts", "127.0.0.1 localhost\n"},
                 {"resolv.conf", "/etc/resolv.conf", "\n"},
                 {"hostname", "/etc/hostname", "bench\n"}};
  input.image.env = {"PATH=/bin"};
  input.spec.command = std::move(command);
  fs::create_directories(input.container_dir);
  return input;
}

shim::Received next(BorrowedFd control) {
  pollfd one{control.get(), POLLIN, 0};
  shim::Received received;
  if (::poll(&one, 1, 20'000) != 1 || !shim::receive_packet(control, received)) throw Error("no answer from a shim");
  return received;
}

struct Box {
  sandbox::LaunchInput input;
  shim::SpawnedShim shim;
};

Box begin(const UniqueFd& program, sandbox::LaunchInput input, const sandbox::HostFacts& facts, Steps* steps) {
  auto at = Clock::now();
  const UniqueFd plan = sandbox::seal_plan(sandbox::make_launch_plan(input, facts));
  if (steps != nullptr) steps->plan.push_back(ms_since(at));
  at = Clock::now();
  Box box{std::move(input), shim::spawn_shim(program)};
  if (steps != nullptr) steps->spawn.push_back(ms_since(at));
  shim::Packet packet;
  packet.kind = shim::Kind::launch;
  const int fd = plan.get();
  if (!shim::send_packet(box.shim.control, packet, &fd, 1)) throw Error("sending the plan");
  return box;
}

void expect(const shim::Received& received, shim::Kind kind) {
  if (received.packet.kind == kind) return;
  throw sandbox::launch_error(static_cast<sandbox::Stage>(received.packet.stage), received.packet.error,
                              received.packet.detail);
}

void end(Box& box) {
  shim::Packet packet;
  packet.kind = shim::Kind::forget;
  if (!shim::send_packet(box.shim.control, packet)) throw Error("saying goodbye to a shim");
  int status = 0;
  ::waitpid(box.shim.pid, &status, 0);
  fs::remove_all(box.input.container_dir);
}

void once(const fs::path& root, const UniqueFd& program, const sandbox::HostFacts& facts) {
  Steps steps;
  std::vector<double> all;
  for (int round = 0; round < kRounds; ++round) {
    const auto at = Clock::now();
    Box box = begin(program, input_for(root, 0, {"true"}), facts, &steps);
    const auto sent = Clock::now();
    expect(next(box.shim.control), shim::Kind::started);
    steps.started.push_back(ms_since(sent));
    expect(next(box.shim.control), shim::Kind::exited);
    steps.exited.push_back(ms_since(sent));
    all.push_back(ms_since(at));
    end(box);
  }
  std::printf(
      "{\"mode\":\"once\",\"ms\":%.3f,\"plan_ms\":%.3f,\"spawn_ms\":%.3f,\"started_ms\":%.3f,\"exited_ms\":%.3f}\n",
      median(all), median(steps.plan), median(steps.spawn), median(steps.started), median(steps.exited));
}

void many(const fs::path& root, const UniqueFd& program, const sandbox::HostFacts& facts, int count) {
  std::vector<double> up, down;
  for (int round = 0; round < kManyRounds; ++round) {
    std::vector<Box> boxes;
    auto at = Clock::now();
    for (int i = 0; i < count; ++i)
      boxes.push_back(begin(program, input_for(root, i, {"sleep", "1000"}), facts, nullptr));
    for (Box& box : boxes) expect(next(box.shim.control), shim::Kind::started);
    up.push_back(ms_since(at));
    at = Clock::now();
    shim::Packet kill;
    kill.kind = shim::Kind::signal;
    kill.signal = SIGKILL;
    for (Box& box : boxes) {
      if (!shim::send_packet(box.shim.control, kill)) throw Error("stopping");
    }
    for (Box& box : boxes) expect(next(box.shim.control), shim::Kind::exited);
    down.push_back(ms_since(at));
    for (Box& box : boxes) end(box);
  }
  std::printf("{\"mode\":\"many\",\"count\":%d,\"up_ms\":%.3f,\"down_ms\":%.3f}\n", count, median(up), median(down));
}

void exec(const fs::path& root, const UniqueFd& program, const sandbox::HostFacts& facts) {
  Box box = begin(program, input_for(root, 0, {"sleep", "1000"}), facts, nullptr);
  expect(next(box.shim.control), shim::Kind::started);
  std::vector<double> all;
  const UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  for (int round = 0; round < kRounds; ++round) {
    const auto at = Clock::now();
    const UniqueFd plan = sandbox::seal_plan(sandbox::make_exec_plan(box.input, facts, {{"true"}}));
    shim::Packet packet;
    packet.kind = shim::Kind::exec;
    packet.number = static_cast<std::uint32_t>(round + 1);
    const int fds[] = {plan.get(), null.get(), null.get(), null.get()};
    if (!shim::send_packet(box.shim.control, packet, fds, 4)) throw Error("exec");
    expect(next(box.shim.control), shim::Kind::exec_started);
    expect(next(box.shim.control), shim::Kind::exec_exited);
    all.push_back(ms_since(at));
  }
  (void)sys::pidfd_send_signal(box.shim.pidfd, SIGKILL);
  int status = 0;
  ::waitpid(box.shim.pid, &status, 0);
  std::printf("{\"mode\":\"exec\",\"ms\":%.3f}\n", median(all));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 2 ? argv[2] : "";
  const int count = argc > 3 ? std::atoi(argv[3]) : 50;
  if (mode != "once" && mode != "many" && mode != "exec") {
    std::fprintf(stderr, "usage: launch PATH-OF-STACK-SHIM once | many N | exec\n");
    return 2;
  }
  try {
    if (::unshare(CLONE_NEWNS | CLONE_NEWNET) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
      throw Error::from_errno(errno, "entering namespaces");
    }
    std::string folder = "/tmp/launch-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr || ::mount("tmpfs", folder.c_str(), "tmpfs", 0, "mode=755") != 0) {
      throw Error::from_errno(errno, "making a folder");
    }
    const fs::path root = folder;
    fs::create_directories(root / "image/bin");
    fs::copy_file("/bin/busybox", root / "image/bin/busybox");
    for (const char* name : {"true", "sleep"}) fs::create_symlink("busybox", root / "image/bin" / name);
    const UniqueFd program = shim::seal_program(argv[1]);
    const sandbox::HostFacts facts = sandbox::gather_host_facts();
    const UniqueFd joins = cgroup::favour_joins(facts.cgroups, "bench");
    if (mode == "once") once(root, program, facts);
    if (mode == "many") many(root, program, facts, count);
    if (mode == "exec") exec(root, program, facts);
    std::fflush(stdout);
    for (const std::string& left : cgroup::remove_tree(facts.cgroups, kGroup))
      std::fprintf(stderr, "%s\n", left.c_str());
    ::umount2(folder.c_str(), MNT_DETACH);
    fs::remove(root);
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "launch: %s\n", error.render().c_str());
    return 1;
  }
}
