// What a hostile program of a container sees of the processes that enter its pid namespace: tests/support/proc_attacker.cc
// runs as a container's program while execs and containers that share its pids start beside it.
#include <cstdio>
#include <fstream>

#include <gmock/gmock.h>
#include <linux/capability.h>

#include "engine/sandbox/capabilities.h"
#include "tests/integration/container_fixture.h"
#include "tests/places.h"

namespace stack::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kExecs = 150;
constexpr int kStarts = 60;
constexpr int kLongest = 20;  // times as many, should the attacker be too slow on a busy machine

class AttackerTest : public ContainerTest {
 protected:
  void SetUp() override {
    ContainerTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    fs::copy_file(std::string(STACK_BINARY_DIR) + "/tests/support/proc_attacker", root_ / "image/bin/proc_attacker");
    std::ofstream(marker()) << "of the host\n";
  }
  fs::path marker() const { return root_ / "marker"; }

  // `box` runs the attacker; it has begun when this returns.
  void attack(TestContainer& box, int seccomp = 2) {
    char mask[32];
    const std::uint64_t all = box.facts.own_capabilities & ((std::uint64_t{2} << box.facts.last_capability) - 1);
    std::snprintf(mask, sizeof mask, "%llx",
                  static_cast<unsigned long long>(
                      sandbox::capability_set(box.input.spec.cap_add, box.input.spec.cap_drop, false, all)));
    box.input.spec.command = {"proc_attacker", marker().string(), mask, std::to_string(seccomp)};
    const shim::Packet answer = box.start();
    ASSERT_EQ(answer.kind, shim::Kind::started)
        << sandbox::launch_error(static_cast<sandbox::Stage>(answer.stage), answer.error, answer.detail).render();
    while (box.out().find("ready\n") == std::string::npos) {
      ASSERT_EQ(box.exec({{"true"}}).status, 0);  // one of its subjects already
    }
  }

  // Ends the attack; gives what the attacker said.
  static std::string result(TestContainer& box) {
    // The attacker is the namespace's init and may end before `touch` has: then the kernel takes that along.
    EXPECT_THAT(box.exec({{"touch", "/tmp/stop"}}).status, AnyOf(0, SIGKILL));
    EXPECT_EQ(box.wait(), 0);
    return box.out();
  }

  // It has seen processes before they were a program of the container, which is what all this is about.
  static bool saw_enough(const TestContainer& box) { return box.out().find("enough\n") != std::string::npos; }

  static bool can_give(const TestContainer& box, const std::string& capability) {
    return (box.facts.own_capabilities >> *sandbox::capability_number(capability) & 1) != 0;
  }
};

class AttackerWith : public AttackerTest, public testing::WithParamInterface<const char*> {};

TEST_P(AttackerWith, finds_nothing_of_the_host_in_what_is_executed_beside_it) {
  TestContainer box(root_, "attack");
  if (!can_give(box, GetParam())) GTEST_SKIP() << "this machine cannot give " << GetParam();
  box.input.spec.cap_add = {GetParam()};
  ASSERT_NO_FATAL_FAILURE(attack(box));
  const bool can_look = std::string(GetParam()) == "SYS_PTRACE";
  for (int i = 0; i < kExecs || (can_look && i < kLongest * kExecs && !saw_enough(box)); ++i) {
    sandbox::ExecInput what{{"true"}};
    what.tty = i % 8 == 7;
    if (i % 8 == 3) what.user = "app";
    const ExecResult done = box.exec(what);
    ASSERT_EQ(done.status, 0) << i << " stage " << done.stage << " errno " << done.error << " " << done.detail;
  }
  const std::string said = result(box);
  EXPECT_THAT(said, Not(HasSubstr("BAD")));
  EXPECT_TRUE(!can_look || said.find("enough") != std::string::npos) << said;
}

INSTANTIATE_TEST_SUITE_P(Capability, AttackerWith,
                         testing::Values("SYS_PTRACE", "NET_ADMIN", "SYS_ADMIN", "DAC_READ_SEARCH", "SYS_CHROOT"),
                         [](const auto& param) { return std::string(param.param); });

// What a container shares with the attacker besides its pids.
struct Sharing {
  const char* name;
  bool network, ipc, init, tty;
};

class AttackerBeside : public AttackerTest, public testing::WithParamInterface<Sharing> {};

TEST_P(AttackerBeside, finds_nothing_of_the_host_in_containers_that_share_its_pids) {
  TestContainer box(root_, "attack");
  if (!can_give(box, "SYS_PTRACE")) GTEST_SKIP() << "this machine cannot give SYS_PTRACE";
  box.input.spec.cap_add = {"SYS_PTRACE"};
  ASSERT_NO_FATAL_FAILURE(attack(box));
  for (int i = 0; i < kStarts || (i < kLongest * kStarts && !saw_enough(box)); ++i) {
    TestContainer guest(root_, "guest" + std::to_string(i) + "x");
    guest.input.spec.pid_mode = "container:attack";
    guest.input.join_pid_pid = box.last.packet.pid;
    if (GetParam().init) give_init(guest);
    guest.input.spec.tty = GetParam().tty;
    if (GetParam().ipc) {
      guest.input.spec.ipc_mode = "container:attack";
      guest.input.join_ipc_pid = box.last.packet.pid;
    }
    if (GetParam().network) {
      guest.input.spec.network_mode = "container:attack";
      guest.input.own_network = false;
      guest.input.join_network_pid = box.last.packet.pid;
    }
    ASSERT_EQ(guest.run({"sh", "-c", "test -e /proc/1/cmdline && test $$ -gt 1"}), 0) << i << guest.err();
  }
  const std::string said = result(box);
  EXPECT_THAT(said, Not(HasSubstr("BAD")));
  EXPECT_THAT(said, HasSubstr("enough"));
}

INSTANTIATE_TEST_SUITE_P(Mode, AttackerBeside,
                         testing::Values(Sharing{"pids", false, false, false, false},
                                         Sharing{"pids_and_network", true, false, false, false},
                                         Sharing{"pids_and_ipc", false, true, false, false},
                                         Sharing{"everything_with_init", true, true, true, false},
                                         Sharing{"everything_with_terminal", true, true, false, true}),
                         [](const auto& param) { return std::string(param.param.name); });

// The container that shares another's pids is attacked as well: its execs enter the same namespace.
TEST_F(AttackerTest, finds_nothing_of_the_host_in_execs_of_a_container_that_shares_its_pids) {
  TestContainer box(root_, "attack");
  if (!can_give(box, "SYS_PTRACE")) GTEST_SKIP() << "this machine cannot give SYS_PTRACE";
  box.input.spec.cap_add = {"SYS_PTRACE"};
  ASSERT_NO_FATAL_FAILURE(attack(box));
  TestContainer guest(root_, "guest");
  guest.input.spec.pid_mode = "container:attack";
  guest.input.join_pid_pid = box.last.packet.pid;
  guest.input.spec.command = {"sleep", "1000"};
  ASSERT_EQ(guest.start().kind, shim::Kind::started);
  for (int i = 0; i < kExecs || (i < kLongest * kExecs && !saw_enough(box)); ++i)
    ASSERT_EQ(guest.exec({{"true"}}).status, 0) << i;
  const std::string said = result(box);
  EXPECT_THAT(said, Not(HasSubstr("BAD")));
  EXPECT_THAT(said, HasSubstr("enough"));
}

}  // namespace
}  // namespace stack::test
