// A shim's child that is replaced by another one: only by a child of its own, whatever is said.
#include "engine/shim/child_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys/syscalls.h"

namespace stack::shim {
namespace {

// A child that waits to be killed.
int waiting_child() {
  const int pid = ::fork();
  if (pid == 0) {
    for (;;) ::pause();
  }
  return pid;
}

UniqueFd pidfd_of(int pid) {
  auto fd = sys::pidfd_open(pid);
  EXPECT_TRUE(fd);
  return std::move(*fd);
}

bool is_waited_for(int pid) { return ::waitpid(pid, nullptr, WNOHANG) < 0; }

TEST(ChildProcess, IsReplacedByAChildOnce) {
  const int forerunner = waiting_child(), real = waiting_child(), late = waiting_child();
  ChildProcess process;
  EXPECT_FALSE(process);
  process.begin(forerunner, pidfd_of(forerunner));
  EXPECT_FALSE(process.replaced());
  EXPECT_TRUE(process.replace(pidfd_of(real)));
  EXPECT_EQ(process.pid(), real);
  EXPECT_TRUE(process.replaced());
  EXPECT_FALSE(process.replace(pidfd_of(late)));
  EXPECT_EQ(process.pid(), real);
  process.bury_forerunner();
  EXPECT_TRUE(is_waited_for(forerunner));
  EXPECT_TRUE(process.replaced());
  EXPECT_FALSE(process.replace(pidfd_of(late)));
  process.kill();
  EXPECT_FALSE(process);
  EXPECT_TRUE(is_waited_for(real));
  ::kill(late, SIGKILL);
  ::waitpid(late, nullptr, 0);
}

// A container with the host's pid namespace can do that.
TEST(ChildProcess, AForerunnerThatWasStoppedHoldsNobodyUp) {
  const int forerunner = waiting_child(), real = waiting_child();
  ChildProcess process;
  process.begin(forerunner, pidfd_of(forerunner));
  ASSERT_EQ(::kill(forerunner, SIGSTOP), 0);
  ASSERT_EQ(::waitpid(forerunner, nullptr, WUNTRACED), forerunner);
  EXPECT_TRUE(process.replace(pidfd_of(real)));
  process.bury_forerunner();
  EXPECT_TRUE(is_waited_for(forerunner));
  ASSERT_EQ(::kill(real, SIGSTOP), 0);
  process.kill();
  EXPECT_TRUE(is_waited_for(real));
}

TEST(ChildProcess, DoesNotTakeWhatIsNoChild) {
  const int child = waiting_child();
  ChildProcess process;
  process.begin(child, pidfd_of(child));
  EXPECT_FALSE(process.replace(UniqueFd{}));
  EXPECT_FALSE(process.replace(pidfd_of(::getpid())));
  EXPECT_FALSE(process.replace(pidfd_of(::getppid())));
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const UniqueFd other{ends[1]};
  EXPECT_FALSE(process.replace(UniqueFd{ends[0]}));
  EXPECT_FALSE(process.replace(pidfd_of(child)));  // itself
  EXPECT_EQ(process.pid(), child);
  EXPECT_FALSE(process.replaced());
  process.kill();
  EXPECT_TRUE(is_waited_for(child));
}

}  // namespace
}  // namespace stack::shim
