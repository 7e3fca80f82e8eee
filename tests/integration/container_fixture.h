// A world for tests that start real containers: a temporary engine folder, an image made of the host's static busybox,
// and a shim to talk to. The test program runs in mount and network namespaces of its own; everything goes when a
// fixture goes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/unique_fd.h"
#include "engine/logs/reader.h"
#include "engine/sandbox/launch_plan.h"
#include "engine/shim/packet_socket.h"
#include "engine/shim/spawn.h"

namespace stack::test {

struct ExecResult {
  bool started = false;
  int stage = 0, error = 0;
  std::string detail;
  int status = -1;
  std::string out, err;
};

// One shim with at most one container.
class TestContainer {
 public:
  TestContainer(const std::filesystem::path& root, const std::string& name);
  TestContainer(const TestContainer&) = delete;
  TestContainer& operator=(const TestContainer&) = delete;
  ~TestContainer();

  sandbox::LaunchInput input;
  sandbox::HostFacts facts;  // of this machine, unless a test changes them

  // Spawns the shim and sends the plan; the answer is `started` or `failed`.
  shim::Packet start();
  // Waits for `exited`; gives the wait status.
  int wait();
  // start, expect success, wait; gives the wait status.
  int run(const std::vector<std::string>& argv);
  std::string out() const { return text(logs::Stream::out); }
  std::string err() const { return text(logs::Stream::err); }
  std::string text(logs::Stream stream) const;
  ExecResult exec(const sandbox::ExecInput& what);
  // The next packet; fails the test when none comes within 20 s.
  shim::Received next();
  // Drops the connection and makes a new one; gives the hello.
  shim::Received reconnect();

  shim::SpawnedShim spawned;
  UniqueFd control;
  shim::Received last;  // of start

 private:
  std::filesystem::path root_;
  std::uint32_t execs_ = 0;
};

class ContainerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite();
  void SetUp() override;
  void TearDown() override;
  // `init: true`, with the program that the engine mounts for it.
  void give_init(TestContainer& box);
  std::filesystem::path root_;
};

// Everything that is to be read, until the end.
std::string read_to_end(BorrowedFd fd);
const sandbox::HostFacts& machine();

}  // namespace stack::test
