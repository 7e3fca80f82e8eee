// Names of hosts, with a resolver of our own behind them: "slow.test" takes until it is let go.
#include "base/async/host_lookup.h"

#include <condition_variable>
#include <cstring>
#include <mutex>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <netdb.h>

#include "base/async/task_group.h"
#include "base/error.h"

namespace {

std::mutex mutex;
std::condition_variable changed;
bool asked = false, released = false;

}  // namespace

// In place of the C library's.
extern "C" int getaddrinfo(const char* name, const char*, const addrinfo*, addrinfo** result) noexcept(false) {
  if (std::strcmp(name, "slow.test") == 0) {
    std::unique_lock lock{mutex};
    asked = true;
    changed.notify_all();
    changed.wait(lock, [] { return released; });
  }
  if (std::strcmp(name, "none.test") == 0) return EAI_NONAME;
  static sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(0x7f000002)}, .sin_zero = {}};
  static addrinfo entry{};
  entry.ai_family = AF_INET;
  entry.ai_addr = reinterpret_cast<sockaddr*>(&address);
  entry.ai_addrlen = sizeof address;
  *result = &entry;
  return 0;
}
extern "C" void freeaddrinfo(addrinfo*) noexcept {}

namespace stack::async {
namespace {

namespace asio = boost::asio;

struct Outcome {
  std::vector<asio::ip::address> found;
  std::exception_ptr thrown;
};

class HostLookup : public testing::Test {
 protected:
  void begin(const char* host) {
    tasks_.start(addresses_of(loop_, host), [this](std::exception_ptr thrown, std::vector<asio::ip::address> found) {
      outcome_ = {std::move(found), std::move(thrown)};
    });
  }
  asio::io_context loop_{1};
  TaskGroup tasks_{loop_, "test"};
  Outcome outcome_;
};

TEST_F(HostLookup, AddressesComeFromTheResolverOrTheTextItself) {
  const std::vector<std::pair<const char*, const char*>> known{
      {"web.test", "127.0.0.2"}, {"::1", "::1"}, {"10.0.0.1", "10.0.0.1"}};
  for (const auto& [host, address] : known) {
    begin(host);
    loop_.run();
    loop_.restart();
    ASSERT_FALSE(outcome_.thrown) << host;
    EXPECT_EQ(outcome_.found, std::vector{asio::ip::make_address(address)});
  }
}

TEST_F(HostLookup, AnUnknownNameIsNamed) {
  begin("none.test");
  loop_.run();
  try {
    std::rethrow_exception(outcome_.thrown);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    EXPECT_NE(error.message().find("looking up the host none.test: "), std::string::npos);
  }
}

TEST_F(HostLookup, ACancelledCallerDoesNotWaitForTheResolver) {
  begin("slow.test");
  loop_.poll();
  {
    std::unique_lock lock{mutex};
    changed.wait(lock, [] { return asked; });
  }
  tasks_.cancel();
  loop_.restart();
  loop_.run();  // would last for ever
  EXPECT_TRUE(outcome_.thrown && is_cancellation(outcome_.thrown));
  const std::scoped_lock lock{mutex};
  released = true;
  changed.notify_all();
}

}  // namespace
}  // namespace stack::async
