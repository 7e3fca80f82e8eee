// A shim's life: logs, execs, engines that come and go, and that nothing stays behind.
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/sys/syscalls.h"
#include "engine/cgroup/stats.h"
#include "tests/integration/container_fixture.h"
#include "tests/places.h"

namespace stack::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ShimTest = ContainerTest;

constexpr int kPatienceMs = 20'000;

void wait_for_end(BorrowedFd pidfd) {
  pollfd one{pidfd.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&one, 1, kPatienceMs), 1) << "the process did not end";
}

std::size_t groups_of(const TestContainer& box) {
  std::size_t count = 0;
  for (const std::string& folder : machine().cgroups.folders(box.input.cgroup_path))
    count += fs::exists(folder) ? 1 : 0;
  return count;
}

TEST_F(ShimTest, logs_a_hundred_thousand_lines) {
  TestContainer box(root_, "lines");
  ASSERT_EQ(box.run({"seq", "1", "100000"}), 0);
  std::string expected;
  for (int i = 1; i <= 100'000; ++i) expected += std::to_string(i) + "\n";
  EXPECT_EQ(box.out(), expected);
  logs::Reader reader(sandbox::log_folder(box.input.container_dir));
  logs::Cursor cursor = reader.tail(2);
  std::vector<logs::Entry> entries;
  EXPECT_FALSE(reader.read(cursor, {}, entries));
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].text, "99999");
  EXPECT_EQ(entries[1].sequence, 100'000U);
}

TEST_F(ShimTest, keeps_bytes_and_a_last_line_without_newline) {
  TestContainer box(root_, "bytes");
  ASSERT_EQ(box.run({"printf", "\\377\\001a\\nend"}), 0);
  EXPECT_EQ(box.out(), std::string("\xff\x01") + "a\nend");
}

TEST_F(ShimTest, exec_has_the_containers_rights_and_streams) {
  TestContainer box(root_, "exec");
  box.input.spec.command = {"sleep", "1000"};
  ASSERT_EQ(box.start().kind, shim::Kind::started);
  const auto plain = box.exec({{"sh", "-c", "echo o; echo e >&2; exit 5"}});
  EXPECT_EQ(plain.out, "o\n");
  EXPECT_EQ(plain.err, "e\n");
  EXPECT_EQ(plain.status, W_EXITCODE(5, 0));
  const auto status = box.exec({{"cat", "/proc/self/status"}});
  EXPECT_THAT(status.out, HasSubstr("CapEff:\t00000000a80425fb"));
  EXPECT_THAT(status.out, HasSubstr("Seccomp:\t2"));
  sandbox::ExecInput other{{"sh", "-c", "id -u; pwd; echo $MORE; echo $HOME"}, {"MORE=1"}, "app", "/tmp"};
  EXPECT_EQ(box.exec(other).out, "1000\n/tmp\n1\n/home/app\n");
  sandbox::ExecInput terminal{{"sh", "-c", "tty; echo $TERM"}};
  terminal.tty = true;
  EXPECT_EQ(box.exec(terminal).out, "/dev/pts/0\r\nxterm\r\n");
  const auto missing = box.exec({{"nosuch"}});
  EXPECT_FALSE(missing.started);
  EXPECT_EQ(missing.stage, static_cast<int>(sandbox::Stage::lookup));
  EXPECT_EQ(cgroup::processes(machine().cgroups, box.input.cgroup_path).size(), 1U);
}

TEST_F(ShimTest, exec_joins_the_containers_group) {
  TestContainer box(root_, "execgroup");
  box.input.spec.command = {"sleep", "1000"};
  ASSERT_EQ(box.start().kind, shim::Kind::started);
  const auto group = box.exec({{"cat", "/proc/self/cgroup"}});
  const auto first = box.exec({{"cat", "/proc/1/cgroup"}});
  EXPECT_EQ(group.out, first.out);
}

TEST_F(ShimTest, survives_its_engine_and_greets_the_next) {
  TestContainer box(root_, "hello");
  box.input.spec.stdin_open = true;
  box.input.spec.command = {"cat"};
  ASSERT_EQ(box.start().kind, shim::Kind::started);
  EXPECT_EQ(box.last.count, 2U);
  for (UniqueFd& fd : box.last.fds) fd.reset();
  shim::Received hello = box.reconnect();
  EXPECT_EQ(hello.packet.kind, shim::Kind::hello);
  ASSERT_EQ(hello.count, 2U);
  EXPECT_EQ(hello.packet.flags, shim::kHasStdin);
  write_all(hello.fds[1], "still here\n");
  hello.fds[1].reset();
  shim::Packet close;
  close.kind = shim::Kind::stdin_close;
  ASSERT_TRUE(shim::send_packet(box.control, close));
  EXPECT_EQ(box.wait(), 0);
  EXPECT_EQ(box.out(), "still here\n");
}

TEST_F(ShimTest, records_an_end_that_no_engine_saw) {
  TestContainer box(root_, "alone");
  box.input.spec.command = {"sh", "-c", "read line; exit 9"};
  box.input.spec.stdin_open = true;
  ASSERT_EQ(box.start().kind, shim::Kind::started);
  UniqueFd in = std::move(box.last.fds[1]);
  box.control.reset();
  write_all(in, "go\n");
  wait_for_end(box.spawned.pidfd);
  const auto record = read_file(box.input.container_dir / "exit");
  ASSERT_TRUE(record);
  shim::ExitRecord exit;
  ASSERT_EQ(record->size(), sizeof exit);
  std::memcpy(&exit, record->data(), sizeof exit);
  EXPECT_EQ(exit.status, W_EXITCODE(9, 0));
  EXPECT_GT(exit.exited_ns, exit.started_ns);
  EXPECT_FALSE(fs::exists(box.input.socket_path));
  EXPECT_EQ(groups_of(box), 0U);
}

TEST_F(ShimTest, leaves_nothing_after_forget) {
  TestContainer box(root_, "forget");
  ASSERT_EQ(box.run({"true"}), 0);
  EXPECT_EQ(groups_of(box), 0U);
  shim::Packet forget;
  forget.kind = shim::Kind::forget;
  ASSERT_TRUE(shim::send_packet(box.control, forget));
  wait_for_end(box.spawned.pidfd);
  EXPECT_FALSE(fs::exists(box.input.socket_path));
}

TEST_F(ShimTest, a_failed_start_leaves_nothing) {
  TestContainer box(root_, "failed");
  box.input.spec.command = {"nosuch"};
  ASSERT_EQ(box.start().kind, shim::Kind::failed);
  EXPECT_EQ(groups_of(box), 0U);
  wait_for_end(box.spawned.pidfd);
  EXPECT_FALSE(fs::exists(box.input.socket_path));
}

TEST_F(ShimTest, the_container_dies_with_its_shim) {
  TestContainer box(root_, "pdeath");
  box.input.spec.command = {"sleep", "1000"};
  ASSERT_EQ(box.start().kind, shim::Kind::started);
  ASSERT_TRUE(sys::pidfd_send_signal(box.spawned.pidfd, SIGKILL));
  wait_for_end(box.last.fds[0]);
}

TEST_F(ShimTest, processes_in_the_background_do_not_hold_the_end_back) {
  TestContainer box(root_, "background");
  EXPECT_EQ(box.run({"sh", "-c", "sleep 1000 & sleep 1000 & exit 4"}), W_EXITCODE(4, 0));
}

TEST_F(ShimTest, refuses_what_is_no_plan) {
  TestContainer box(root_, "garbage");
  const UniqueFd program = shim::seal_program(std::string(STACK_BINARY_DIR) + "/stack-shim");
  auto spawned = shim::spawn_shim(program);
  auto file = sys::memfd("garbage", 3);
  ASSERT_TRUE(file);
  write_all(*file, std::string(100'000, 'x'));
  shim::Packet packet;
  packet.kind = shim::Kind::launch;
  const int fd = file->get();
  ASSERT_TRUE(shim::send_packet(spawned.control, packet, &fd, 1));
  wait_for_end(spawned.pidfd);
  shim::Received answer;
  ASSERT_TRUE(shim::receive_packet(spawned.control, answer));
  EXPECT_EQ(answer.packet.kind, shim::Kind::failed);
  EXPECT_EQ(answer.packet.stage, static_cast<int>(sandbox::Stage::plan));
  (void)sys::reap(spawned.pidfd);
}

TEST_F(ShimTest, restarts_append_to_the_same_log) {
  {
    TestContainer box(root_, "again");
    ASSERT_EQ(box.run({"echo", "one"}), 0);
  }
  TestContainer box(root_, "again");
  ASSERT_EQ(box.run({"echo", "two"}), 0);
  EXPECT_EQ(box.out(), "one\ntwo\n");
}

TEST_F(ShimTest, shares_the_pid_and_network_namespace_of_another) {
  TestContainer first(root_, "first");
  first.input.spec.command = {"sleep", "1000"};
  ASSERT_EQ(first.start().kind, shim::Kind::started);
  TestContainer second(root_, "second");
  second.input.spec.pid_mode = "container:first";
  second.input.spec.network_mode = "container:first";
  second.input.spec.ipc_mode = "container:first";
  second.input.own_network = false;
  second.input.join_pid_pid = second.input.join_network_pid = second.input.join_ipc_pid = first.last.packet.pid;
  ASSERT_EQ(
      second.run({"sh", "-c", "cat /proc/1/cmdline | tr '\\0' ' '; touch /dev/shm/here; readlink /proc/self/ns/net"}),
      0);
  EXPECT_THAT(second.out(), HasSubstr("sleep 1000 net:"));
  EXPECT_EQ(first.exec({{"ls", "/dev/shm"}}).out, "here\n");
  EXPECT_EQ(first.exec({{"readlink", "/proc/self/ns/net"}}).out, second.out().substr(second.out().find("net:")));
}

// The pipe holds the shim in its preparations until its engine is gone.
TEST_F(ShimTest, an_engine_that_dies_during_a_start_leaves_nothing) {
  TestContainer box(root_, "orphan");
  box.input.spec.command = {"sleep", "1000"};
  box.input.files.push_back({"gate", "/gate", "x", false});
  ASSERT_EQ(::mkfifo((box.input.container_dir / "gate").c_str(), 0600), 0);
  const UniqueFd plan = sandbox::seal_plan(sandbox::make_launch_plan(box.input, machine()));
  const UniqueFd program = shim::seal_program(std::string(STACK_BINARY_DIR) + "/stack-shim");
  auto spawned = shim::spawn_shim(program);
  shim::Packet packet;
  packet.kind = shim::Kind::launch;
  const int fd = plan.get();
  ASSERT_TRUE(shim::send_packet(spawned.control, packet, &fd, 1));
  spawned.control.reset();
  const UniqueFd gate{::open((box.input.container_dir / "gate").c_str(), O_RDONLY | O_CLOEXEC)};
  EXPECT_EQ(read_to_end(gate), "x");
  wait_for_end(spawned.pidfd);
  EXPECT_EQ(groups_of(box), 0U);
  EXPECT_FALSE(fs::exists(box.input.socket_path));
  (void)sys::reap(spawned.pidfd);
}

}  // namespace
}  // namespace stack::test
