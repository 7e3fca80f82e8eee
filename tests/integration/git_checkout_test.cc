// A git server that takes connections and never answers: the fetch ends all the same, and everything that it started with it.
#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "compose/remote/kept_checkout.h"
#include "compose/remote/remote_reference.h"
#include "tests/support/launch_player.h"
#include "tests/support/namespaces.h"

namespace stack::compose {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kPort = 8418;
constexpr int kPatienceMs = 10'000;

class SilentServer : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!test::leave_the_host()) GTEST_SKIP() << "needs the right to make namespaces";
    test::raise_loopback();
    listener = test::listen_tcp("127.0.0.1", kPort);
    std::string pattern = ::testing::TempDir() + "stack-git-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    cache = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(cache); }

  std::string fetch(git::FetchLimits limits) const {
    const auto reference = parse_remote("http://127.0.0.1:" + std::to_string(kPort) + "/shop.git#main");
    try {
      return "got " + kept_checkout(*reference, {.wish = kProjectCheckout}, cache, limits);
    } catch (const Error& error) {
      return error.render();
    }
  }

  [[nodiscard]] UniqueFd accept_one() const {
    pollfd waiting{listener.get(), POLLIN, 0};
    if (::poll(&waiting, 1, kPatienceMs) != 1) return {};
    return UniqueFd{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};
  }
  // Who asked is gone: the connection ends behind the question.
  static bool left(BorrowedFd connection) {
    char buffer[4096];
    for (;;) {
      pollfd waiting{connection.get(), POLLIN, 0};
      if (::poll(&waiting, 1, kPatienceMs) != 1) return false;
      if (::recv(connection.get(), buffer, sizeof buffer, 0) <= 0) return true;
    }
  }

  UniqueFd listener;
  std::string cache;
};

TEST_F(SilentServer, IsLeftWhenNothingIsHeard) {
  EXPECT_EQ(fetch({.silence = 200ms}),
            "cannot reach http://127.0.0.1:8418/shop.git: nothing was heard for 200 ms\n"
            "  see whether git ls-remote gets an answer from there");
  const UniqueFd connection = accept_one();
  ASSERT_TRUE(connection);
  EXPECT_TRUE(left(connection));
  EXPECT_TRUE(std::filesystem::is_empty(cache));
}

TEST_F(SilentServer, IsLeftWhenTheTimeIsOver) {
  EXPECT_EQ(fetch({.total = 200ms}),
            "cannot reach http://127.0.0.1:8418/shop.git: it was not done after 200 ms\n"
            "  see whether git ls-remote gets an answer from there");
}

TEST_F(SilentServer, IsLeftWhenSomebodyInterrupts) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    static_cast<void>(fetch({}));
    ::_exit(0);
  }
  const UniqueFd connection = accept_one();
  EXPECT_EQ(::kill(child, SIGINT), 0);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) << status;
  EXPECT_TRUE(connection && left(connection));
}

// What they hold becomes part of images.
TEST(Checkouts, AreForEverybodyToRead) {
  std::string folder = ::testing::TempDir() + "stack-git-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string script = "cd " + folder +
                             " && git init -q x && cd x && echo one >f && git add -A && "
                             "git -c user.name=a -c user.email=a@b commit -q -m m && git clone -q --bare . ../x.git";
  ASSERT_EQ(::system(script.c_str()), 0);
  const mode_t before = ::umask(0077);
  const std::string found = kept_checkout(*parse_remote(folder + "/x.git"), {.wish = kContextCheckout}, folder + "/c");
  ::umask(before);
  struct stat about {};
  ASSERT_EQ(::stat((found + "/f").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0644u);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace stack::compose
