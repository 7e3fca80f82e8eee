// What a forwarder's connection does with another side that takes nothing.
#include "engine/service/log_sender.h"

#include <filesystem>
#include <optional>
#include <vector>

#include <boost/asio/local/datagram_protocol.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "base/async/task_group.h"
#include "base/error.h"
#include "base/thrown.h"
#include "base/unique_fd.h"

namespace stack::service {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

class LogSenderTest : public testing::Test {
 protected:
  ~LogSenderTest() override { fs::remove(path_); }

  void send(std::string bytes) {
    outcome_.reset();
    tasks_.start(sent(std::move(bytes)), [this](const std::exception_ptr& thrown) {
      outcome_ = thrown ? error_of(thrown) : Error{ErrorKind::internal, "sent"};
    });
    poll();
  }
  void poll() {
    loop_.restart();
    loop_.poll();
  }
  asio::awaitable<void> sent(std::string bytes) { co_await sender_.send(bytes); }

  const fs::path path_ = fs::temp_directory_path() / ("log_sender_" + std::to_string(::getpid()));
  asio::io_context loop_{1};
  async::ManualTimekeeper time_;
  async::TaskGroup tasks_{loop_, "test"};
  LogSender sender_{loop_, time_, {.transport = model::LogEndpoint::Transport::unix_socket, .path = path_.string()}};
  std::optional<Error> outcome_;
};

TEST_F(LogSenderTest, AMessageThatNoDatagramHoldsIsInvalid) {
  const asio::local::datagram_protocol::socket listener{loop_,
                                                        asio::local::datagram_protocol::endpoint{path_.string()}};
  send("short");
  ASSERT_TRUE(outcome_);
  EXPECT_EQ(outcome_->message(), "sent");
  send(std::string(8 << 20, 'x'));
  ASSERT_TRUE(outcome_);
  EXPECT_EQ(outcome_->kind(), ErrorKind::invalid) << outcome_->message();
}

TEST_F(LogSenderTest, AFullQueueOfConnectionsDoesNotBlock) {
  asio::local::stream_protocol::acceptor listener{loop_};
  listener.open();
  listener.bind(asio::local::stream_protocol::endpoint{path_.string()});
  listener.listen(0);
  const asio::local::stream_protocol::endpoint place{path_.string()};
  std::vector<UniqueFd> others;
  for (int failed = 0; failed == 0 && others.size() < 100;) {
    others.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    failed = ::connect(others.back().get(), place.data(), static_cast<socklen_t>(place.size()));
  }
  ASSERT_LT(others.size(), 100U);
  send("x");  // a connect(2) that waits would never return
  ASSERT_TRUE(outcome_);
  EXPECT_EQ(outcome_->kind(), ErrorKind::unavailable) << outcome_->message();
}

TEST_F(LogSenderTest, AnotherSideThatTakesNothingIsGivenUp) {
  asio::local::stream_protocol::acceptor listener{loop_, asio::local::stream_protocol::endpoint{path_.string()}};
  send(std::string(8 << 20, 'x'));
  EXPECT_FALSE(outcome_);
  time_.advance(LogSender::kSendWait);
  poll();
  ASSERT_TRUE(outcome_);
  EXPECT_EQ(outcome_->kind(), ErrorKind::unavailable);
  EXPECT_NE(outcome_->message().find("no answer within 10 s"), std::string::npos) << outcome_->message();
}

}  // namespace
}  // namespace stack::service
