#include "tests/integration/container_fixture.h"

#include <cerrno>
#include <cstdlib>
#include <fstream>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys/syscalls.h"
#include "engine/cgroup/cgroup_tree.h"
#include "tests/places.h"
#include "tests/support/namespaces.h"

namespace stack::test {
namespace {

namespace fs = std::filesystem;

constexpr int kPatienceMs = 20'000;
constexpr const char* kShimEnv = "STACK_TEST_SHIM";

const UniqueFd& shim_program() {
  static const UniqueFd program =
      shim::seal_program(std::getenv(kShimEnv) ? std::getenv(kShimEnv) : std::string(STACK_BINARY_DIR) + "/stack-shim");
  return program;
}

std::string engine_tag() { return "stack-t" + std::to_string(::getpid()); }

}  // namespace

const sandbox::HostFacts& machine() {
  static const sandbox::HostFacts facts = sandbox::gather_host_facts();
  return facts;
}

std::string read_to_end(BorrowedFd fd) {
  std::string all;
  char buffer[65536];
  for (;;) {
    pollfd one{fd.get(), POLLIN, 0};
    if (::poll(&one, 1, kPatienceMs) != 1) {
      ADD_FAILURE() << "nothing to read within 20 s";
      return all;
    }
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n <= 0) return all;
    all.append(buffer, static_cast<std::size_t>(n));
  }
}

TestContainer::TestContainer(const fs::path& root, const std::string& name) : facts(machine()), root_(root) {
  input.id = name + std::string(64 - name.size(), '0');
  input.container_dir = root / "containers" / input.id;
  input.socket_path = root / "run" / (input.id.substr(0, 12) + ".sock");
  fs::create_directories(input.container_dir);
  input.layers = {(root / "image").string()};
  input.cgroup_path = engine_tag() + "/" + input.id;
  input.files = {{"hosts", "/etc/hosts", "127.0.0.1 localhost\n", false},
                 {"resolv.conf", "/etc/resolv.conf", "nameserver 127.0.0.11\n", false}};
  input.image.env = {"PATH=/bin", "FROM_IMAGE=1"};
}

TestContainer::~TestContainer() {
  if (spawned.pidfd) {
    if (control) (void)sys::pidfd_send_signal(spawned.pidfd, SIGKILL);
    int status = 0;
    while (::waitpid(spawned.pid, &status, 0) < 0 && errno == EINTR) continue;
  }
  const auto left = cgroup::remove_tree(machine().cgroups, input.cgroup_path);
  EXPECT_TRUE(left.empty()) << left.front();
}

shim::Received TestContainer::next() {
  shim::Received received;
  pollfd one{control.get(), POLLIN, 0};
  if (::poll(&one, 1, kPatienceMs) != 1) {
    ADD_FAILURE() << "no packet within 20 s";
    return received;
  }
  const auto status = shim::receive_packet(control, received);
  EXPECT_TRUE(status) << "receiving a packet: errno " << status.err();
  return received;
}

shim::Packet TestContainer::start() {
  const UniqueFd plan = sandbox::seal_plan(sandbox::make_launch_plan(input, sandbox::gather_host_facts(facts, input)));
  spawned = shim::spawn_shim(shim_program());
  control = std::move(spawned.control);
  shim::Packet packet;
  packet.kind = shim::Kind::launch;
  const int fd = plan.get();
  EXPECT_TRUE(shim::send_packet(control, packet, &fd, 1));
  last = next();
  return last.packet;
}

int TestContainer::wait() {
  const shim::Received received = next();
  EXPECT_EQ(received.packet.kind, shim::Kind::exited);
  return received.packet.status;
}

int TestContainer::run(const std::vector<std::string>& argv) {
  input.spec.command = argv;
  const shim::Packet answer = start();
  EXPECT_EQ(answer.kind, shim::Kind::started)
      << sandbox::launch_error(static_cast<sandbox::Stage>(answer.stage), answer.error, answer.detail).render();
  return answer.kind == shim::Kind::started ? wait() : -1;
}

std::string TestContainer::text(logs::Stream stream) const {
  logs::Reader reader(sandbox::log_folder(input.container_dir));
  logs::Cursor cursor;
  std::vector<logs::Entry> entries;
  while (reader.read(cursor, {}, entries)) continue;
  std::string all;
  for (const logs::Entry& entry : entries) {
    if (entry.stream != stream) continue;
    all += entry.text;
    if (!entry.partial && !entry.no_newline) all += '\n';
  }
  return all;
}

ExecResult TestContainer::exec(const sandbox::ExecInput& what) {
  const UniqueFd plan =
      sandbox::seal_plan(sandbox::make_exec_plan(input, sandbox::gather_host_facts(facts, input), what));
  shim::Packet packet;
  packet.kind = shim::Kind::exec;
  packet.number = ++execs_;
  int out[2], err[2];
  EXPECT_EQ(::pipe2(out, O_CLOEXEC), 0);
  EXPECT_EQ(::pipe2(err, O_CLOEXEC), 0);
  UniqueFd out_read{out[0]}, out_write{out[1]}, err_read{err[0]}, err_write{err[1]};
  const UniqueFd in{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  const int fds[] = {plan.get(), in.get(), out_write.get(), err_write.get()};
  EXPECT_TRUE(shim::send_packet(control, packet, fds, what.tty ? 1 : 4));
  out_write.reset();
  err_write.reset();
  ExecResult result;
  shim::Received answer = next();
  if (answer.packet.kind == shim::Kind::exec_failed) {
    result.stage = answer.packet.stage;
    result.error = answer.packet.error;
    result.detail = answer.packet.detail;
    return result;
  }
  EXPECT_EQ(answer.packet.kind, shim::Kind::exec_started);
  result.started = true;
  if (what.tty) {
    EXPECT_EQ(answer.count, 1U);
    EXPECT_EQ(answer.packet.flags, shim::kHasTerminal);
    result.out = read_to_end(answer.fds[0]);
  } else {
    result.out = read_to_end(out_read);
    result.err = read_to_end(err_read);
  }
  const shim::Received end = next();
  EXPECT_EQ(end.packet.kind, shim::Kind::exec_exited);
  result.status = end.packet.status;
  return result;
}

shim::Received TestContainer::reconnect() {
  control.reset();
  auto connection = shim::connect_shim(input.socket_path.c_str());
  EXPECT_TRUE(connection) << connection.err();
  if (!connection) return {};
  control = std::move(*connection);
  return next();
}

void ContainerTest::SetUpTestSuite() {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  static const bool once = leave_the_host();
  ASSERT_TRUE(once);
}

void ContainerTest::SetUp() {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  std::string pattern = "/tmp/stack-sandbox-XXXXXX";
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  root_ = pattern;
  // overlayfs does not stack on every file system, on tmpfs it does.
  ASSERT_EQ(::mount("tmpfs", pattern.c_str(), "tmpfs", 0, "mode=755"), 0);
  const fs::path image = root_ / "image";
  for (const char* folder : {"bin", "etc", "tmp", "root", "home/app"}) fs::create_directories(image / folder);
  fs::create_directories(root_ / "run");
  fs::copy_file("/bin/busybox", image / "bin/busybox");
  for (const char* name :
       {"sh",     "true",     "false", "cat", "ls",   "id", "env", "echo",    "seq",      "sleep", "grep",   "pwd",
        "mount",  "hostname", "kill",  "tty", "stat", "ps", "dd",  "wc",      "readlink", "test",  "head",   "mkdir",
        "printf", "trap",     "touch", "sed", "tr",   "nc", "ip",  "unshare", "chroot",   "mknod", "ulimit", "cut"}) {
    fs::create_symlink("busybox", image / "bin" / name);
  }
  std::ofstream(image / "etc/passwd") << "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001:app:/home/app:/bin/sh\n";
  std::ofstream(image / "etc/group") << "root:x:0:\napp:x:1001:\nextra:x:1002:app,other\naudio:x:29:\n";
  std::ofstream(image / "etc/not-a-program") << "text";
}

void ContainerTest::give_init(TestContainer& box) {
  const fs::path program = root_ / "init";
  if (!fs::exists(program)) fs::copy_file(std::string(STACK_BINARY_DIR) + "/stack-shim", program);
  fs::permissions(program, fs::perms(0755));
  box.input.spec.init = true;
  box.input.bind_sources.push_back({box.input.spec.mounts.size(), program.string(), true, true});
  box.input.spec.mounts.push_back(
      {.kind = model::MountKind::bind, .source = program.string(), .target = "/sbin/docker-init", .read_only = true});
}

void ContainerTest::TearDown() {
  if (root_.empty()) return;
  ::umount2(root_.c_str(), MNT_DETACH);
  fs::remove(root_);
  const auto left = cgroup::remove_tree(machine().cgroups, engine_tag());
  EXPECT_TRUE(left.empty()) << left.front();
}

}  // namespace stack::test
