// What a forwarder's connection does with another side that takes nothing.
#include "engine/service/log_sender.h"

#include <filesystem>
#include <optional>
#include <thread>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/datagram_protocol.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/async/task_group.h"
#include "base/error.h"
#include "base/thrown.h"
#include "base/unique_fd.h"
#include "tests/support/tls_identity.h"

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
  async::ThreadPool workers_{1};
  LogSender sender_{loop_,
                    time_,
                    workers_,
                    {.transport = model::LogEndpoint::Transport::unix_socket, .path = path_.string(), .tls = {}}};
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

// Takes one connection, and keeps what comes.
class TlsListener {
 public:
  explicit TlsListener(test::TlsContext context) : context_(context.release()) {}
  ~TlsListener() { thread_.join(); }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::string received() {
    thread_.join();
    thread_ = std::thread{[] {}};
    return received_;
  }

 private:
  void serve() {
    boost::system::error_code ended;
    asio::ssl::stream<asio::ip::tcp::socket> stream{acceptor_.accept(), context_};
    stream.handshake(asio::ssl::stream_base::server, ended);
    if (!ended) asio::read(stream, asio::dynamic_buffer(received_), ended);
  }

  asio::io_context loop_;
  asio::ssl::context context_;
  asio::ip::tcp::acceptor acceptor_{loop_, {asio::ip::address_v4::loopback(), 0}};
  std::string received_;
  std::thread thread_{[this] { serve(); }};
};

class LogSenderTlsTest : public testing::Test {
 protected:
  LogSenderTlsTest() { authority_.write_authority(folder_); }
  ~LogSenderTlsTest() override { fs::remove_all(folder_); }

  // What became of a line.
  std::string sent(const TlsListener& listener, model::LogTls tls) {
    asio::io_context loop{1};
    async::ThreadPool workers{1};
    async::TaskGroup tasks{loop, "test"};
    LogSender sender{loop,
                     time_,
                     workers,
                     {.transport = model::LogEndpoint::Transport::tcp,
                      .host = "localhost",
                      .port = listener.port(),
                      .path = {},
                      .tls = std::move(tls)}};
    std::optional<std::string> outcome;
    tasks.start(sender.send("a line"), [&](const std::exception_ptr& thrown) {
      outcome = thrown ? error_of(thrown).message() : std::string{"sent"};
    });
    while (!outcome) loop.run_one();
    return *outcome;
  }

  const fs::path folder_ = make_folder();
  test::TlsAuthority authority_{"logs"};
  async::ManualTimekeeper time_;

 private:
  static fs::path make_folder() {
    fs::path folder = fs::temp_directory_path() / ("log_sender_tls_" + std::to_string(::getpid()));
    fs::create_directories(folder);
    return folder;
  }
};

TEST_F(LogSenderTlsTest, ALineComesEncrypted) {
  TlsListener listener{authority_.context({.names = {"localhost"}})};
  EXPECT_EQ(sent(listener, {.authority = (folder_ / "ca.crt").string(), .certificate = {}, .key = {}}), "sent");
  EXPECT_EQ(listener.received(), "a line");
}

TEST_F(LogSenderTlsTest, AStrangerIsNotTrustedUnlessToldSo) {
  for (const char* name : {"localhost", "elsewhere"}) {
    const bool known = std::string_view{name} == "elsewhere";
    TlsListener listener{authority_.context({.names = {name}})};
    const std::string authority = known ? (folder_ / "ca.crt").string() : "";
    const std::string outcome = sent(listener, {.authority = authority, .certificate = {}, .key = {}});
    EXPECT_NE(outcome.find("its certificate is not trusted"), std::string::npos) << outcome;
    EXPECT_EQ(listener.received(), "");
  }
  TlsListener listener{authority_.context({.names = {"elsewhere"}})};
  EXPECT_EQ(sent(listener, {.authority = {}, .certificate = {}, .key = {}, .verified = false}), "sent");
}

TEST_F(LogSenderTlsTest, ShowsACertificateWhereOneIsWanted) {
  authority_.write_client(folder_);
  TlsListener listener{authority_.context({.names = {"localhost"}, .demands_certificate = true})};
  EXPECT_EQ(sent(listener, {.authority = (folder_ / "ca.crt").string(),
                            .certificate = (folder_ / "client.cert").string(),
                            .key = (folder_ / "client.key").string()}),
            "sent");
  EXPECT_EQ(listener.received(), "a line");
}

TEST_F(LogSenderTlsTest, FilesThatAreNoneOrDoNotBelongTogetherAreNamed) {
  TlsListener listener{authority_.context({.names = {"localhost"}})};
  authority_.write_client(folder_);
  const std::string pipe = (folder_ / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const std::string& file : {pipe, std::string{"/dev/zero"}}) {
    const std::string outcome = sent(listener, {.authority = file, .certificate = {}, .key = {}});
    EXPECT_NE(outcome.find("using " + file + ": "), std::string::npos) << outcome;
  }
  const fs::path other = folder_ / "other";
  fs::create_directory(other);
  test::TlsAuthority{"other"}.write_client(other);
  const std::string key = (other / "client.key").string();
  const std::string outcome =
      sent(listener, {.authority = {}, .certificate = (folder_ / "client.cert").string(), .key = key});
  EXPECT_NE(outcome.find("using " + key + ": "), std::string::npos) << outcome;
}

TEST_F(LogSenderTlsTest, AFileThatIsMissingIsNamed) {
  TlsListener listener{authority_.context({.names = {"localhost"}})};
  const std::string outcome = sent(listener, {.authority = "/nosuch/ca.pem", .certificate = {}, .key = {}});
  EXPECT_NE(outcome.find("using /nosuch/ca.pem: "), std::string::npos) << outcome;
}

}  // namespace
}  // namespace stack::service
