// What a container looks like from the inside: rights, mounts, users, environment, limits, and how a start fails.
#include <fstream>

#include <gmock/gmock.h>
#include <sys/wait.h>

#include "engine/cgroup/stats.h"
#include "tests/integration/container_fixture.h"

namespace stack::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

using SandboxTest = ContainerTest;

std::vector<std::string> sh(const std::string& script) { return {"sh", "-c", script}; }

TEST_F(SandboxTest, runs_a_program_and_logs_what_it_says) {
  TestContainer box(root_, "hello");
  EXPECT_EQ(box.run(sh("echo out; echo err >&2; exit 3")), W_EXITCODE(3, 0));
  EXPECT_EQ(box.out(), "out\n");
  EXPECT_EQ(box.err(), "err\n");
}

TEST_F(SandboxTest, has_dockers_rights_and_no_more) {
  TestContainer box(root_, "rights");
  ASSERT_EQ(box.run({"cat", "/proc/self/status"}), 0);
  EXPECT_THAT(box.out(), HasSubstr("CapInh:\t0000000000000000"));
  EXPECT_THAT(box.out(), HasSubstr("CapPrm:\t00000000a80425fb"));
  EXPECT_THAT(box.out(), HasSubstr("CapEff:\t00000000a80425fb"));
  EXPECT_THAT(box.out(), HasSubstr("CapBnd:\t00000000a80425fb"));
  EXPECT_THAT(box.out(), HasSubstr("CapAmb:\t0000000000000000"));
  EXPECT_THAT(box.out(), HasSubstr("NoNewPrivs:\t0"));
  EXPECT_THAT(box.out(), HasSubstr("Seccomp:\t2"));
}

TEST_F(SandboxTest, honours_cap_add_drop_and_no_new_privileges) {
  TestContainer box(root_, "caps");
  box.input.spec.cap_drop = {"ALL"};
  box.input.spec.cap_add = {"NET_ADMIN"};
  box.input.spec.security_opt = {"no-new-privileges:true", "seccomp=unconfined"};
  ASSERT_EQ(box.run({"cat", "/proc/self/status"}), 0);
  EXPECT_THAT(box.out(), HasSubstr("CapEff:\t0000000000001000"));
  EXPECT_THAT(box.out(), HasSubstr("NoNewPrivs:\t1"));
  EXPECT_THAT(box.out(), HasSubstr("Seccomp:\t0"));
}

TEST_F(SandboxTest, privileged_has_everything) {
  TestContainer box(root_, "privileged");
  box.input.spec.privileged = true;
  ASSERT_EQ(box.run(sh("cat /proc/self/status; ls /dev; touch /proc/sys/kernel/domainname && echo writable")), 0);
  EXPECT_THAT(box.out(), HasSubstr("CapEff:\t000001ff"));
  EXPECT_THAT(box.out(), HasSubstr("Seccomp:\t0"));
  EXPECT_THAT(box.out(), HasSubstr("kmsg"));
  EXPECT_THAT(box.out(), HasSubstr("writable"));
}

TEST_F(SandboxTest, becomes_a_user_by_name_with_groups_and_home) {
  TestContainer box(root_, "user");
  box.input.spec.user = "app";
  box.input.spec.group_add = {"audio", "4242"};
  ASSERT_EQ(box.run(sh("id; echo $HOME; cat /proc/self/status; echo again > /dev/stdout")), 0);
  EXPECT_THAT(box.out(), HasSubstr("uid=1000(app) gid=1001(app) groups=29(audio),1001(app),1002(extra),4242"));
  EXPECT_THAT(box.out(), HasSubstr("/home/app\n"));
  EXPECT_THAT(box.out(), HasSubstr("CapEff:\t0000000000000000"));
  EXPECT_THAT(box.out(), HasSubstr("CapBnd:\t00000000a80425fb"));
  EXPECT_THAT(box.out(), HasSubstr("again"));
}

TEST_F(SandboxTest, says_which_user_is_unknown) {
  TestContainer box(root_, "nouser");
  box.input.spec.user = "nosuch";
  box.input.spec.command = {"true"};
  const shim::Packet answer = box.start();
  ASSERT_EQ(answer.kind, shim::Kind::failed);
  const Error error = sandbox::launch_error(static_cast<sandbox::Stage>(answer.stage), answer.error, answer.detail);
  EXPECT_EQ(error.message(), "unable to find user nosuch: no matching entries in passwd file");
}

struct Refusal {
  std::string program;
  ErrorKind kind;
};

TEST_F(SandboxTest, tells_missing_from_not_executable) {
  const Refusal refusals[] = {{"nosuch", ErrorKind::no_such_command},
                              {"/nosuch", ErrorKind::no_such_command},
                              {"/etc/not-a-program", ErrorKind::not_executable},
                              {"/etc", ErrorKind::not_executable}};
  int number = 0;
  for (const Refusal& refusal : refusals) {
    TestContainer box(root_, "refusal" + std::to_string(number++));
    box.input.spec.command = {refusal.program};
    const shim::Packet answer = box.start();
    ASSERT_EQ(answer.kind, shim::Kind::failed) << refusal.program;
    const Error error = sandbox::launch_error(static_cast<sandbox::Stage>(answer.stage), answer.error, answer.detail);
    EXPECT_EQ(error.kind(), refusal.kind) << error.message();
  }
}

TEST_F(SandboxTest, reports_death_by_signal) {
  TestContainer box(root_, "signal");
  box.input.spec.init = true;
  EXPECT_EQ(box.run(sh("kill -9 $$")), W_EXITCODE(137, 0));
  TestContainer plain(root_, "plain");
  plain.input.spec.command = {"sleep", "1000"};
  ASSERT_EQ(plain.start().kind, shim::Kind::started);
  shim::Packet kill;
  kill.kind = shim::Kind::signal;
  kill.signal = SIGKILL;
  ASSERT_TRUE(shim::send_packet(plain.control, kill));
  EXPECT_EQ(plain.wait(), SIGKILL);
}

TEST_F(SandboxTest, lays_out_environment_names_and_folders) {
  TestContainer box(root_, "layout");
  box.input.spec.environment = {{"OWN", "a b"}, {"FROM_IMAGE", std::nullopt}};
  box.input.spec.hostname = "box";
  box.input.spec.working_dir = "/made/here";
  ASSERT_EQ(box.run(sh("env; pwd; hostname; cat /etc/hosts; ls -l /dev /proc/1/fd/ | cat; cat /proc/mounts")), 0);
  const std::string out = box.out();
  EXPECT_THAT(out, HasSubstr("OWN=a b\n"));
  EXPECT_THAT(out, HasSubstr("HOSTNAME=box\n"));
  EXPECT_THAT(out, HasSubstr("HOME=/root\n"));
  EXPECT_THAT(out, Not(HasSubstr("FROM_IMAGE")));
  EXPECT_THAT(out, HasSubstr("/made/here\nbox\n127.0.0.1 localhost\n"));
  EXPECT_THAT(out, HasSubstr("/dev/shm tmpfs rw,nosuid,nodev,noexec"));
  EXPECT_THAT(out, HasSubstr("sysfs /sys sysfs ro"));
  EXPECT_THAT(out, HasSubstr("proc /proc/sys proc ro"));
  EXPECT_THAT(out, Not(HasSubstr(root_.string())));
}

TEST_F(SandboxTest, hides_what_the_kernel_shows) {
  TestContainer box(root_, "mask");
  ASSERT_EQ(box.run(sh("wc -c < /proc/keys; ls /sys/firmware | wc -l;"
                       "echo x > /proc/sys/kernel/hostname; ls -A /proc/acpi | wc -l")),
            0);
  EXPECT_EQ(box.out(), "0\n0\n0\n");
  EXPECT_THAT(box.err(), HasSubstr("hostname: Read-only"));
}

TEST_F(SandboxTest, filters_system_calls) {
  TestContainer box(root_, "seccomp");
  ASSERT_EQ(box.run(sh("unshare -m true; mount -t tmpfs none /tmp; true")), 0);
  EXPECT_THAT(box.err(), HasSubstr("Operation not permitted"));
}

TEST_F(SandboxTest, mounts_binds_volumes_and_tmpfs) {
  fs::create_directories(root_ / "data");
  std::ofstream(root_ / "data/file") << "from the host\n";
  TestContainer box(root_, "mounts");
  auto& mounts = box.input.spec.mounts;
  mounts.push_back({model::MountKind::bind, (root_ / "data").string(), "/data", true});
  mounts.push_back({model::MountKind::bind, (root_ / "data/file").string(), "/etc/deep/file"});
  mounts.push_back({model::MountKind::bind, (root_ / "new/folder").string(), "/new"});
  mounts.push_back({model::MountKind::tmpfs, "", "/cache"});
  mounts.back().tmpfs_size = 1 << 20;
  mounts.back().tmpfs_mode = 0700;
  for (std::size_t i = 0; i < 3; ++i) box.input.bind_sources.push_back({i, mounts[i].source});
  ASSERT_EQ(box.run(sh("cat /data/file /etc/deep/file; echo x > /data/file; echo new > /new/x; stat -c %a /cache; "
                       "grep ' /cache ' /proc/mounts")),
            0);
  EXPECT_THAT(box.out(), HasSubstr("from the host\nfrom the host\n700\n"));
  EXPECT_THAT(box.out(), HasSubstr("size=1024k"));
  EXPECT_THAT(box.err(), HasSubstr("/data/file: Read-only"));
  EXPECT_TRUE(fs::exists(root_ / "new/folder/x"));
}

TEST_F(SandboxTest, read_only_root_and_limits) {
  TestContainer box(root_, "limits");
  box.input.spec.read_only = true;
  box.input.spec.resources.memory_max = 64 << 20;
  box.input.spec.resources.pids_max = 50;
  box.input.spec.resources.nano_cpus = 500'000'000;
  box.input.spec.resources.oom_score_adj = 300;
  box.input.spec.ulimits["nofile"] = {123, 456};
  box.input.spec.shm_size = 1 << 20;
  box.input.spec.sysctls = {{"net/ipv4/ip_forward", "1"}, {"kernel.domainname", "yellow.pages"}};
  ASSERT_EQ(
      box.run(sh("touch /x; cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max; "
                 "cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max; cat /proc/self/oom_score_adj; "
                 "grep 'open files' /proc/self/limits; cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/domainname; "
                 "grep shm /proc/mounts; cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu.max; true")),
      0);
  EXPECT_THAT(box.err(), HasSubstr("/x: Read-only"));
  EXPECT_THAT(box.out(), HasSubstr("67108864\n50\n300\n"));
  EXPECT_THAT(box.out(), ::testing::ContainsRegex("Max open files +123 +456"));
  EXPECT_THAT(box.out(), HasSubstr("\n1\nyellow.pages\n"));
  EXPECT_THAT(box.out(), HasSubstr("size=1024k"));
  EXPECT_THAT(box.out(), HasSubstr("50000"));
}

TEST_F(SandboxTest, kills_what_takes_too_much_memory_and_says_so) {
  TestContainer box(root_, "oom");
  box.input.spec.resources.memory_max = 16 << 20;
  box.input.spec.resources.memory_swap = 16 << 20;
  box.input.spec.command = {"dd", "if=/dev/zero", "of=/dev/null", "bs=200M", "count=1"};
  ASSERT_EQ(box.start().kind, shim::Kind::started);
  const shim::Received end = box.next();
  EXPECT_EQ(end.packet.kind, shim::Kind::exited);
  EXPECT_EQ(end.packet.status, SIGKILL);
  EXPECT_NE(end.packet.flags & shim::kOomKilled, 0U);
}

TEST_F(SandboxTest, forbids_devices_of_the_host) {
  TestContainer box(root_, "devices");
  ASSERT_EQ(box.run(sh("mknod /tmp/disk b 254 0 && head -c 1 /tmp/disk; mknod /tmp/kmsg c 1 11 && head -c 1 /tmp/kmsg; "
                       "head -c 4 /dev/zero | wc -c")),
            0);
  EXPECT_EQ(box.out(), "4\n");
  EXPECT_THAT(box.err(), HasSubstr("/tmp/disk: Operation not permitted"));
  EXPECT_THAT(box.err(), HasSubstr("/tmp/kmsg: Operation not permitted"));
}

// Each late refusal says what was to be set, and to what.
TEST_F(SandboxTest, says_what_the_kernel_refused) {
  const auto refusal = [](TestContainer& box) {
    box.input.spec.command = {"true"};
    const shim::Packet answer = box.start();
    EXPECT_EQ(answer.kind, shim::Kind::failed);
    return sandbox::launch_error(static_cast<sandbox::Stage>(answer.stage), answer.error, answer.detail).render();
  };
  TestContainer processors(root_, "processors");
  processors.input.spec.resources.cpuset = "1023";
  EXPECT_THAT(refusal(processors), HasSubstr("cpuset: setting limit cpuset.cpus to 1023: "));
  const auto over = [&](TestContainer& box, const fs::path& source, const char* target) {
    box.input.spec.mounts.push_back({model::MountKind::bind, source.string(), target});
    box.input.bind_sources = {{0, source.string()}};
  };
  fs::create_directories(root_ / "folder");
  std::ofstream(root_ / "file") << "x";
  TestContainer folder(root_, "folder");
  over(folder, root_ / "folder", "/etc/passwd");
  EXPECT_THAT(refusal(folder), HasSubstr("mounting /etc/passwd: a folder cannot be mounted over a file"));
  TestContainer file(root_, "file");
  over(file, root_ / "file", "/home");
  EXPECT_THAT(refusal(file), HasSubstr("mounting /home: a file cannot be mounted over a folder"));
}

TEST_F(SandboxTest, targets_may_end_in_a_slash) {
  TestContainer box(root_, "slash");
  box.input.spec.devices.push_back({"/dev/null", "/dev/x/", "rwm"});
  box.input.spec.devices.push_back({"/dev/zero", "//dev//deeper/./y", "rwm"});
  box.input.spec.mounts.push_back({model::MountKind::tmpfs, "", "/a//b/"});
  EXPECT_EQ(box.run({"sh", "-c", "test -c /dev/x && test -c /dev/deeper/y && grep -q ' /a/b ' /proc/self/mounts"}), 0)
      << box.err();
}

TEST_F(SandboxTest, init_reaps_and_forwards_signals) {
  TestContainer box(root_, "init");
  box.input.spec.init = true;
  box.input.spec.command = sh("trap 'echo asked; exit 7' TERM; echo up; while true; do sleep 0.05; done");
  ASSERT_EQ(box.start().kind, shim::Kind::started);
  const auto ps = box.exec({{"cat", "/proc/1/comm"}});
  EXPECT_EQ(ps.out, "docker-init\n");
  while (box.out() != "up\n") ASSERT_TRUE(box.exec({{"true"}}).started);
  shim::Packet term;
  term.kind = shim::Kind::signal;
  term.signal = SIGTERM;
  ASSERT_TRUE(shim::send_packet(box.control, term));
  EXPECT_EQ(box.wait(), W_EXITCODE(7, 0));
  EXPECT_EQ(box.out(), "up\nasked\n");
}

// Nothing of the host is in it, so that its /proc is as open as that of any program; and it cannot be changed.
TEST_F(SandboxTest, an_init_shows_itself_as_a_program_does) {
  for (const char* user : {"", "app"}) {
    TestContainer box(root_, std::string("open") + user);
    give_init(box);
    box.input.spec.user = user;
    box.input.spec.environment["SHOWN"] = "yes";
    box.input.spec.command = sh("sleep 1000");
    ASSERT_EQ(box.start().kind, shim::Kind::started);
    sandbox::ExecInput look{
        {"sh", "-c",
         "tr '\\0' ' ' </proc/1/cmdline; echo; grep -a -o SHOWN=yes /proc/1/environ; readlink /proc/1/exe; "
         "readlink /proc/1/root; echo /proc/1/fd/*; echo heard >/proc/1/fd/1; "
         "chmod 700 /proc/1/exe 2>/dev/null || echo unchanged"}};
    look.user = user;
    ExecResult seen = box.exec(look);
    EXPECT_EQ(seen.out,
              "/sbin/docker-init -- sh -c sleep 1000 \nSHOWN=yes\n/sbin/docker-init\n/\n"
              "/proc/1/fd/0 /proc/1/fd/1 /proc/1/fd/2\nunchanged\n")
        << user << seen.err;
    EXPECT_EQ(box.out(), "heard\n");
  }
}

// The shim and the engine ignore signals for themselves; that must not be handed on.
TEST_F(SandboxTest, begins_with_default_signals) {
  const auto program = sh("grep -E 'Sig(Blk|Ign):' /proc/self/status; exec 2>&-; yes | head -n 1");
  const char* wanted = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\ny\n";
  TestContainer box(root_, "signals");
  ASSERT_EQ(box.run(program), 0);
  EXPECT_EQ(box.out(), wanted);
  for (const bool init : {false, true}) {
    TestContainer lasting(root_, init ? "initsignals" : "lasting");
    lasting.input.spec.init = init;
    lasting.input.spec.command = {"sleep", "1000"};
    ASSERT_EQ(lasting.start().kind, shim::Kind::started);
    EXPECT_EQ(lasting.exec({program}).out, wanted);
    // What the first process has, seen from beside it; an init holds all signals to forward them, its program none.
    const auto first = lasting.exec({sh("grep SigIgn: /proc/$(pidof sleep)/status")});
    EXPECT_EQ(first.out, "SigIgn:\t0000000000000000\n");
  }
}

TEST_F(SandboxTest, terminal_is_the_containers_own) {
  TestContainer box(root_, "tty");
  box.input.spec.tty = true;
  ASSERT_EQ(box.run(sh("tty; test -c /dev/console && echo console; env | grep TERM; ls -l /proc/self/fd")), 0);
  EXPECT_NE(box.last.packet.flags & shim::kHasTerminal, 0U);
  EXPECT_THAT(box.out(), HasSubstr("/dev/pts/0\r\nconsole\r\nTERM=xterm\r\n"));
}

// On a hybrid machine the empty version 2 tree stands in for a pure one: no limits, but everything else of that path.
TEST_F(SandboxTest, version_2_joins_at_birth_and_filters_devices) {
  const std::string& tree = machine().cgroups.v2;
  if (tree.empty()) GTEST_SKIP() << "this machine has no version 2 tree";
  TestContainer box(root_, "v2");
  box.facts.cgroups = {cgroup::Mode::v2, {}, tree};
  box.input.spec.command =
      sh("cat /proc/self/cgroup; mknod /tmp/kmsg c 1 11; head -c 1 /tmp/kmsg; head -c 4 /dev/urandom | wc -c; "
         "ls /sys/fs/cgroup; sleep 1000");
  ASSERT_EQ(box.start().kind, shim::Kind::started);
  EXPECT_EQ(cgroup::processes(box.facts.cgroups, box.input.cgroup_path).front(), box.last.packet.pid);
  while (box.out().find("cgroup.procs") == std::string::npos) ASSERT_TRUE(box.exec({{"true"}}).started);
  const auto exec = box.exec({{"sh", "-c",
                               "grep ^0:: /proc/self/cgroup; head -c 1 /tmp/kmsg; grep cgroup2 /proc/mounts; test -e "
                               "/sys/fs/cgroup/cgroup.procs"}});
  EXPECT_THAT(exec.out, HasSubstr("0::/\n"));
  EXPECT_THAT(exec.out, HasSubstr("cgroup2 /sys/fs/cgroup cgroup2 ro"));
  EXPECT_THAT(exec.err, HasSubstr("/tmp/kmsg: Operation not permitted"));
  EXPECT_EQ(exec.status, 0);
  shim::Packet kill;
  kill.kind = shim::Kind::signal;
  kill.signal = SIGKILL;
  ASSERT_TRUE(shim::send_packet(box.control, kill));
  EXPECT_EQ(box.wait(), SIGKILL);
  EXPECT_THAT(box.out(), HasSubstr("0::/\n4\ncgroup."));
  EXPECT_FALSE(fs::exists(tree + "/" + box.input.cgroup_path));
}

}  // namespace
}  // namespace stack::test
