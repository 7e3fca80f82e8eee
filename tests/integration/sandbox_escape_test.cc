// Ways out of a container that others have had, each tried against this one.
#include <cstdio>
#include <fstream>
#include <memory>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "tests/integration/container_fixture.h"

namespace stack::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

using EscapeTest = ContainerTest;

// CVE-2024-21626: a descriptor of the host that stays open is a way to the host's files.
TEST_F(EscapeTest, no_descriptor_of_the_host_is_open) {
  TestContainer box(root_, "fds");
  box.input.spec.command = {"sleep", "1000"};
  ASSERT_EQ(box.start().kind, shim::Kind::started);
  EXPECT_EQ(box.exec({{"ls", "/proc/1/fd"}}).out, "0\n1\n2\n");
  for (int fd = 3; fd < 30; ++fd) {
    EXPECT_NE(box.exec({{"readlink", "/proc/self/fd/" + std::to_string(fd)}}).status, 0) << fd;
  }
}

// The same for everything that can run there, of a start and of an exec.
TEST_F(EscapeTest, only_the_streams_are_open_whatever_is_run_however) {
  for (const bool tty : {false, true}) {
    for (const bool init : {false, true}) {
      TestContainer box(root_, std::string("streams") + (tty ? "t" : "p") + (init ? "i" : "n"));
      box.input.spec.tty = tty;
      box.input.spec.init = init;
      box.input.spec.stdin_open = true;
      box.input.spec.command = {"sh", "-c", "ls /proc/$$/fd; ls /proc/1/fd; echo end; sleep 1000"};
      ASSERT_EQ(box.start().kind, shim::Kind::started);
      for (const bool exec_tty : {false, true}) {
        sandbox::ExecInput what{{"sh", "-c", "ls /proc/$$/fd; true"}};
        what.tty = exec_tty;
        EXPECT_EQ(box.exec(what).out, exec_tty ? "0  1  2\r\n" : "0\n1\n2\n");
      }
      EXPECT_EQ(box.exec({{"ls", "/proc/1/fd"}}).out, "0\n1\n2\n");
      while (box.out().find("end") == std::string::npos) ASSERT_EQ(box.exec({{"true"}}).status, 0);
      EXPECT_THAT(box.out(), Not(HasSubstr("3")));
    }
  }
}

// Who moves into the pid namespace of a container leads a session there, with the terminal as its own.
TEST_F(EscapeTest, an_exec_leads_a_session_with_its_terminal) {
  TestContainer box(root_, "session");
  box.input.spec.command = {"sleep", "1000"};
  ASSERT_EQ(box.start().kind, shim::Kind::started);
  sandbox::ExecInput what{{"sh", "-c", "cut -d ' ' -f 5-7 /proc/$$/stat; echo $$; : > /dev/tty && echo own"}};
  what.tty = true;
  const std::string out = box.exec(what).out;
  int group = 0, session = -1, terminal = 0, pid = -2;
  ASSERT_EQ(std::sscanf(out.c_str(), "%d %d %d\r\n%d", &group, &session, &terminal, &pid), 4) << out;
  EXPECT_EQ(session, pid);
  EXPECT_EQ(group, pid);
  EXPECT_NE(terminal, 0);
  EXPECT_THAT(out, HasSubstr("own"));
}

// Of whom /proc tells is taken from the container whose pids are shared: what its owner has put there must not be believed.
TEST_F(EscapeTest, a_container_that_shares_pids_gets_a_whole_proc_of_that_namespace) {
  TestContainer box(root_, "lender");
  box.input.spec.cap_add = {"SYS_ADMIN"};
  box.input.spec.command = {"sleep", "1000"};
  ASSERT_EQ(box.start().kind, shim::Kind::started);
  const auto guest = [&](const char* name) {
    auto made = std::make_unique<TestContainer>(root_, name);
    made->input.spec.pid_mode = "container:lender";
    made->input.join_pid_pid = box.last.packet.pid;
    return made;
  };
  auto first = guest("first");
  // Its own hidden and read-only paths lie on it, and nothing of the lender's.
  EXPECT_EQ(first->run({"sh", "-c", "cat /proc/1/comm; ! echo x > /proc/sys/kernel/hostname; wc -c < /proc/keys"}), 0);
  EXPECT_THAT(first->out(), HasSubstr("sleep\n0"));
  EXPECT_THAT(first->err(), HasSubstr("Read-only"));
  // A file system that only looks like one, and a part of a real one.
  ASSERT_EQ(box.exec({{"mount", "-t", "tmpfs", "none", "/proc"}}).status, 0);
  auto second = guest("second");
  second->input.spec.command = {"true"};
  EXPECT_EQ(second->start().kind, shim::Kind::failed);
  EXPECT_EQ(second->last.packet.stage, static_cast<int>(sandbox::Stage::bind_source));
}

TEST_F(EscapeTest, pids_may_be_shared_with_a_container_that_has_the_hosts) {
  TestContainer box(root_, "lender");
  box.input.spec.pid_mode = "host";
  box.input.spec.command = {"sleep", "1000"};
  ASSERT_EQ(box.start().kind, shim::Kind::started);
  TestContainer guest(root_, "guest");
  guest.input.spec.pid_mode = "container:lender";
  guest.input.join_pid_pid = box.last.packet.pid;
  EXPECT_EQ(guest.run({"test", "-e", "/proc/" + std::to_string(::getpid()) + "/stat"}), 0) << guest.err();
}

TEST_F(EscapeTest, working_dir_cannot_be_a_descriptor) {
  for (int fd = 3; fd < 12; ++fd) {
    TestContainer box(root_, "cwd" + std::to_string(fd));
    box.input.spec.working_dir = "/proc/self/fd/" + std::to_string(fd);
    box.input.spec.command = {"true"};
    EXPECT_EQ(box.start().kind, shim::Kind::failed) << fd;
  }
}

TEST_F(EscapeTest, exec_working_dir_cannot_be_a_descriptor) {
  TestContainer box(root_, "execcwd");
  box.input.spec.command = {"sleep", "1000"};
  ASSERT_EQ(box.start().kind, shim::Kind::started);
  for (int fd = 3; fd < 20; ++fd) {
    sandbox::ExecInput what{{"pwd"}};
    what.working_dir = "/proc/self/fd/" + std::to_string(fd);
    EXPECT_FALSE(box.exec(what).started) << fd;
  }
}

// CVE-2019-5736: the program that enters the container is a way to overwrite it on the host.
TEST_F(EscapeTest, the_program_that_enters_cannot_be_written) {
  TestContainer box(root_, "self");
  box.input.spec.init = true;  // the entering program stays there as process 1
  ASSERT_EQ(box.run({"sh", "-c", "echo x > /proc/1/exe; echo y >> /proc/1/exe; cat /proc/1/exe | wc -c; true"}), 0);
  EXPECT_THAT(box.err(), HasSubstr("can't create /proc/1/exe"));
}

// A link in the image must not lead a mount, or a file made for one, out of the root.
TEST_F(EscapeTest, links_in_the_image_lead_nowhere) {
  const fs::path outside = root_ / "outside";
  fs::create_directories(outside);
  fs::create_symlink(outside, root_ / "image/data");
  fs::create_symlink("../../../../../../../../../.." + outside.string(), root_ / "image/up");
  fs::remove(root_ / "image/etc/hosts");
  fs::create_symlink("/../../../.." + (outside / "hosts").string(), root_ / "image/etc/hosts");
  TestContainer box(root_, "links");
  box.input.spec.mounts.push_back({model::MountKind::tmpfs, "", "/data/x"});
  box.input.spec.mounts.push_back({model::MountKind::tmpfs, "", "/up/y"});
  box.input.spec.command = {"true"};
  (void)box.start();
  EXPECT_TRUE(fs::is_empty(outside));
}

TEST_F(EscapeTest, nothing_is_mounted_inside_proc_by_way_of_a_link) {
  fs::create_symlink("/proc/sys", root_ / "image/innocent");
  TestContainer box(root_, "proclink");
  box.input.spec.mounts.push_back({model::MountKind::tmpfs, "", "/innocent"});
  box.input.spec.command = {"true"};
  const shim::Packet answer = box.start();
  ASSERT_EQ(answer.kind, shim::Kind::failed);
  EXPECT_EQ(answer.stage, static_cast<int>(sandbox::Stage::mount_target));
}

// The host's, as monitoring tools want it, is a file system like any other wherever it is bound; the container's own is not
// covered, but for the files that lxcfs covers.
TEST_F(EscapeTest, the_hosts_proc_can_be_bound_and_mounted_over) {
  const auto bind = [](TestContainer& box, const std::string& source, const std::string& target, bool read_only) {
    box.input.spec.mounts.push_back({model::MountKind::bind, source, target, read_only});
    box.input.bind_sources.push_back({box.input.spec.mounts.size() - 1, source});
  };
  TestContainer plain(root_, "plain");
  bind(plain, "/proc", "/hostfs/proc", true);
  EXPECT_EQ(
      plain.run({"sh", "-c", "test -e /hostfs/proc/" + std::to_string(::getpid()) + "/stat && test -e /proc/1/stat"}),
      0)
      << plain.err();
  TestContainer both(root_, "both");
  bind(both, "/", "/hostfs", true);
  bind(both, "/proc", "/hostfs/proc", true);
  bind(both, "/proc/loadavg", "/load", true);
  EXPECT_EQ(both.run({"sh", "-c", "test -e /hostfs/proc/" + std::to_string(::getpid()) + "/stat && cat /load"}), 0)
      << both.err();
  TestContainer open(root_, "open");
  std::ofstream(root_ / "cpuinfo") << "two processors\n";
  bind(open, (root_ / "cpuinfo").string(), "/proc/cpuinfo", true);
  EXPECT_EQ(open.run({"cat", "/proc/cpuinfo"}), 0) << open.err();
  EXPECT_EQ(open.out(), "two processors\n");
  TestContainer own(root_, "own");
  bind(own, "/proc", "/proc", true);
  own.input.spec.command = {"true"};
  EXPECT_THROW(own.start(), Error);
}

TEST_F(EscapeTest, proc_itself_cannot_be_a_link) {
  fs::create_directories(root_ / "image/tmp/real");
  fs::create_symlink("/tmp/real", root_ / "image/proc");
  TestContainer box(root_, "proc");
  box.input.spec.command = {"true"};
  EXPECT_EQ(box.start().kind, shim::Kind::failed);
}

// An image that makes its account files pipes or endless lines must not hang or confuse the start.
TEST_F(EscapeTest, hostile_account_files) {
  fs::remove(root_ / "image/etc/passwd");
  ASSERT_EQ(::mkfifo((root_ / "image/etc/passwd").c_str(), 0666), 0);
  std::ofstream group(root_ / "image/etc/group");
  group << std::string(1 << 20, 'x') << "\n:::\na:b\nroot:x:99999999999999:\n";
  group.close();
  TestContainer box(root_, "accounts");
  box.input.spec.user = "1234";
  ASSERT_EQ(box.run({"cat", "/proc/self/status"}), 0);
  EXPECT_THAT(box.out(), HasSubstr("Uid:\t1234\t1234\t1234\t1234\nGid:\t0\t0\t0\t0"));
}

TEST_F(EscapeTest, subpath_stays_below_its_volume) {
  fs::create_directories(root_ / "volume");
  fs::create_directories(root_ / "secret");
  std::ofstream(root_ / "secret/key") << "secret\n";
  fs::create_symlink("../secret", root_ / "volume/link");
  TestContainer box(root_, "subpath");
  box.input.spec.mounts.push_back({model::MountKind::volume, "v", "/data"});
  box.input.spec.mounts.back().subpath = "link";
  box.input.bind_sources = {{0, (root_ / "volume").string()}};
  box.input.spec.command = {"cat", "/data/key"};
  EXPECT_EQ(box.start().kind, shim::Kind::failed);
}

TEST_F(EscapeTest, a_process_of_the_container_cannot_look_into_the_shim) {
  TestContainer box(root_, "peek");
  box.input.spec.init = true;
  ASSERT_EQ(box.run({"sh", "-c", "cat /proc/1/environ | wc -c; ls /proc/1/fd; true"}), 0);
  EXPECT_THAT(box.out(), Not(HasSubstr("STACK")));
}

// This process and what it starts live below a chroot that shows the same machine, until the end.
class Chroot {
 public:
  explicit Chroot(fs::path where) : where_(std::move(where)), outer_(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    fs::create_directories(where_);
    EXPECT_EQ(::mount("/", where_.c_str(), nullptr, MS_BIND | MS_REC, nullptr), 0);
    EXPECT_EQ(::mount(nullptr, where_.c_str(), nullptr, MS_PRIVATE | MS_REC, nullptr), 0);
    EXPECT_EQ(::chroot(where_.c_str()), 0);
    EXPECT_EQ(::chdir("/"), 0);
  }
  Chroot(const Chroot&) = delete;
  Chroot& operator=(const Chroot&) = delete;
  ~Chroot() {
    EXPECT_EQ(::fchdir(outer_.get()), 0);
    EXPECT_EQ(::chroot("."), 0);
    EXPECT_EQ(::umount2(where_.c_str(), MNT_DETACH), 0);
  }

 private:
  fs::path where_;
  UniqueFd outer_;
};

// pivot_root below a chroot leaves the host at the root of the container's mount namespace: ".." and setns lead there.
TEST_F(EscapeTest, below_a_chroot_the_container_still_has_the_whole_mount_namespace) {
  const Chroot chroot(root_ / "host");
  TestContainer box(root_, "chroot");
  box.input.spec.command = {"sleep", "1000"};
  ASSERT_EQ(box.start().kind, shim::Kind::started);
  const ExecResult joined = box.exec({{"sh", "-c", "cat /proc/1/cmdline; cat /proc/self/mounts"}});
  EXPECT_THAT(joined.out, HasSubstr("sleep"));
  EXPECT_THAT(joined.out, HasSubstr("overlay / overlay"));
  EXPECT_THAT(joined.out, Not(HasSubstr(root_.string())));
  // Shared memory is taken out of another container's mounts; the way back leads to the engine's own root.
  TestContainer second(root_, "chroot2");
  second.input.spec.ipc_mode = "container:chroot";
  second.input.join_ipc_pid = box.last.packet.pid;
  EXPECT_EQ(second.run({"sh", "-c", "test -d /dev/shm && ! test -e " + root_.string()}), 0);
}

}  // namespace
}  // namespace stack::test
