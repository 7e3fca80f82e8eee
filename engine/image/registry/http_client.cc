#include "engine/image/registry/http_client.h"

#include <algorithm>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <unistd.h>

#include "base/base64.h"
#include "base/error.h"
#include "engine/image/registry/tls_files.h"

namespace stack::image {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
namespace fs = std::filesystem;
using asio::ip::tcp;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kHeadBytesMax = 64 << 10;
constexpr std::size_t kReadBytes = 256 << 10;

std::string origin_of(const Url& url, bool verify) {
  return (url.tls ? (verify ? "https " : "tls ") : "http ") + url.authority();
}

// Whether the other end broke off because of the certificate that it was shown, or was not. With TLS 1.3 that comes after the
// handshake, in the place of an answer.
bool wants_certificate(const boost::system::error_code& why) {
  if (why.category() != asio::error::get_ssl_category()) return false;
  switch (ERR_GET_REASON(static_cast<unsigned long>(why.value()))) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      return true;
    default:
      return false;
  }
}

// Why a step of a conversation failed, in words for people.
std::string reason_of(const boost::system::error_code& why) {
  if (why == beast::error::timeout) return "no answer in time";
  if (why == asio::error::host_not_found || why == asio::error::no_data) return "there is no host of this name";
  if (why == asio::error::host_not_found_try_again) return "no name server answers, or none knows the name at present";
  if (why == asio::error::no_recovery) return "the name servers refuse to answer";
  if (why == asio::error::eof || why == http::error::end_of_stream || why == http::error::partial_message ||
      why == ssl::error::stream_truncated)
    return "the other side has ended the connection";
  if (why.category() == asio::error::get_ssl_category()) {
    const auto code = static_cast<unsigned long>(why.value());
    const char* text = ERR_reason_error_string(code);
    if (ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED) return "its certificate is not to be trusted";
    if (ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER) return "it does not speak TLS";
    return std::string{"TLS: "} + (text != nullptr ? text : "unknown error");
  }
  // The kernel's reasons are sentences already.
  if (why.category() == boost::system::system_category()) return why.message();
  return "it does not speak HTTP as it should (" + why.message() + ")";
}

}  // namespace

struct HttpClient::Tls {
  ssl::context context{ssl::context::tls_client};
};

class HttpClient::Connection {
 public:
  using executor_type = beast::tcp_stream::executor_type;

  Connection(asio::io_context& loop, std::string name, Nanos connect_timeout, Nanos answer_timeout)
      : plain_(std::make_unique<beast::tcp_stream>(loop)),
        name_(std::move(name)),
        connect_timeout_(connect_timeout),
        answer_timeout_(answer_timeout) {
    // Beast reads no more at once than there is room for already.
    buffer_.reserve(kReadBytes);
  }

  // What Beast needs of a stream.
  executor_type get_executor() { return lowest().get_executor(); }
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    if (tls_) return tls_->async_read_some(buffers, std::forward<Token>(token));
    return plain_->async_read_some(buffers, std::forward<Token>(token));
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    if (tls_) return tls_->async_write_some(buffers, std::forward<Token>(token));
    return plain_->async_write_some(buffers, std::forward<Token>(token));
  }

  void close() { lowest().close(); }
  void wait_at_most(Nanos patience) { lowest().expires_after(patience); }
  void wait_for_answer() { wait_at_most(answer_timeout_); }

  [[noreturn]] void fail(const char* what, const boost::system::error_code& why) const {
    if (wants_certificate(why)) {
      Error error{ErrorKind::not_permitted, name_ + ": it does not take the client's certificate: " + why.message()};
      throw error.remedy("put one that it takes into /etc/stack/certs.d/" + name_ +
                         "/client.cert, and its key into client.key");
    }
    Error error{ErrorKind::unavailable, name_ + ": " + what + ": " + reason_of(why)};
    if (why == asio::error::host_not_found_try_again)
      error.remedy("check the name, and the name servers in /etc/resolv.conf");
    throw error;
  }

  // "localhost" is this machine, whatever a resolver thinks of it (RFC 6761, section 6.3).
  asio::awaitable<std::vector<tcp::endpoint>> addresses_of(const Url& hop) {
    if (hop.host == "localhost" || hop.host.ends_with(".localhost")) {
      co_return std::vector<tcp::endpoint>{{asio::ip::address_v4::loopback(), hop.port},
                                           {asio::ip::address_v6::loopback(), hop.port}};
    }
    tcp::resolver resolver{get_executor()};
    auto [failed, found] = co_await resolver.async_resolve(hop.host, std::to_string(hop.port), kTuple);
    if (failed) fail("looking up the name", failed);
    std::vector<tcp::endpoint> addresses;
    for (const auto& entry : found) addresses.push_back(entry.endpoint());
    co_return addresses;
  }

  asio::awaitable<void> reach(const Url& hop) {
    wait_at_most(connect_timeout_);
    const std::vector<tcp::endpoint> addresses = co_await addresses_of(hop);
    wait_at_most(connect_timeout_);
    auto [failed, where] = co_await plain_->async_connect(addresses, kTuple);
    if (failed) fail("connecting", failed);
    boost::system::error_code ignored;
    plain_->socket().set_option(tcp::no_delay{true}, ignored);
  }

  // Through a proxy to what is encrypted: the proxy sees the name only.
  asio::awaitable<void> tunnel(const Url& to, const Url& proxy) {
    http::request<http::empty_body> request{http::verb::connect, to.host + ":" + std::to_string(to.port), 11};
    request.set(http::field::host, to.host + ":" + std::to_string(to.port));
    if (!proxy.user.empty()) {
      request.set(http::field::proxy_authorization, "Basic " + encode_base64(proxy.user + ":" + proxy.password));
    }
    wait_for_answer();
    const auto [unsent, ignored] = co_await http::async_write(*plain_, request, kTuple);
    if (unsent) fail("asking the proxy", unsent);
    http::response_parser<http::empty_body> parser;
    parser.skip(true);
    const auto [failed, bytes] = co_await http::async_read_header(*plain_, buffer_, parser, kTuple);
    if (failed) fail("asking the proxy", failed);
    if (parser.get().result_int() / 100 != 2) {
      throw Error(ErrorKind::unavailable,
                  name_ + ": the proxy " + proxy.authority() + " answers " + std::to_string(parser.get().result_int()));
    }
  }

  asio::awaitable<void> encrypt(Tls& tls, const std::string& host, bool verify) {
    tls_ = std::make_unique<ssl::stream<beast::tcp_stream>>(std::move(*plain_), tls.context);
    plain_.reset();
    ::SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());
    boost::system::error_code ignored;
    tls_->set_verify_mode(verify ? ssl::verify_peer : ssl::verify_none, ignored);
    if (verify) tls_->set_verify_callback(ssl::host_name_verification(host), ignored);
    wait_at_most(connect_timeout_);
    const auto [failed] = co_await tls_->async_handshake(ssl::stream_base::client, kTuple);
    if (!failed) co_return;
    const long verdict = ::SSL_get_verify_result(tls_->native_handle());
    if (verify && verdict != X509_V_OK) {
      Error error{ErrorKind::not_permitted,
                  name_ + ": its certificate is not trusted: " + ::X509_verify_cert_error_string(verdict)};
      throw error.remedy("put its authority's certificate into /etc/stack/certs.d/" + name_ +
                         "/ca.crt, or list the registry under insecure-registries");
    }
    fail("agreeing on encryption", failed);
  }

  asio::awaitable<void> send(const HttpRequest& request, bool absolute, const std::string& proxy_credentials) {
    std::string head = request.method + " " + (absolute ? request.url.text() : request.url.target) +
                       " HTTP/1.1\r\nHost: " + request.url.authority() + "\r\nUser-Agent: stack/" STACK_VERSION "\r\n";
    if (!proxy_credentials.empty()) head += "Proxy-Authorization: Basic " + proxy_credentials + "\r\n";
    for (const auto& [name, value] : request.headers) head += name + ": " + value + "\r\n";
    const std::uint64_t length = request.body_pipe >= 0 ? request.body_bytes : request.body.size();
    if (length > 0 || request.method == "POST" || request.method == "PUT" || request.method == "PATCH") {
      head += "Content-Length: " + std::to_string(length) + "\r\n";
    }
    head += "\r\n";
    if (request.body_pipe < 0) head += request.body;
    co_await write(head.data(), head.size());
    if (request.body_pipe >= 0) co_await send_pipe(request);
    parser_.emplace();
    parser_->header_limit(kHeadBytesMax);
    parser_->body_limit(boost::none);
    if (request.method == "HEAD") parser_->skip(true);
    wait_for_answer();
    const auto [failed, got] = co_await http::async_read_header(*this, buffer_, *parser_, kTuple);
    if (failed) fail("reading the answer", failed);
  }

  asio::awaitable<void> write(const char* data, std::size_t size) {
    wait_for_answer();
    const auto [failed, sent] = co_await asio::async_write(*this, asio::buffer(data, size), kTuple);
    if (failed) fail("sending", failed);
  }

  asio::awaitable<void> send_pipe(const HttpRequest& request) {
    asio::posix::stream_descriptor pipe{get_executor(), ::dup(request.body_pipe)};
    std::vector<char> block(kReadBytes);
    std::uint64_t sent = 0;
    while (sent < request.body_bytes) {
      const auto [failed, got] = co_await pipe.async_read_some(asio::buffer(block), kTuple);
      if (failed) throw Error("reading what is to be sent: " + failed.message());
      co_await write(block.data(), got);
      sent += got;
      if (request.on_sent) request.on_sent(sent);
    }
  }

  asio::awaitable<std::size_t> read(char* to, std::size_t size) {
    while (!parser_->is_done()) {
      parser_->get().body().data = to;
      parser_->get().body().size = size;
      parser_->get().body().more = true;
      wait_for_answer();
      const auto [failed, got] = co_await http::async_read_some(*this, buffer_, *parser_, kTuple);
      if (failed && failed != http::error::need_buffer) fail("reading", failed);
      const std::size_t have = size - parser_->get().body().size;
      if (have > 0) co_return have;
    }
    co_return 0;
  }

  [[nodiscard]] const http::response<http::buffer_body>& answer() const { return parser_->get(); }
  // Whether another request may follow.
  [[nodiscard]] bool reusable() {
    return parser_ && parser_->is_done() && parser_->get().keep_alive() && lowest().socket().is_open();
  }
  [[nodiscard]] bool used() const { return parser_.has_value(); }

 private:
  beast::tcp_stream& lowest() { return tls_ ? tls_->next_layer() : *plain_; }

  std::unique_ptr<beast::tcp_stream> plain_;
  std::unique_ptr<ssl::stream<beast::tcp_stream>> tls_;
  std::string name_;
  Nanos connect_timeout_, answer_timeout_;
  beast::flat_buffer buffer_{kHeadBytesMax + kReadBytes};
  std::optional<http::response_parser<http::buffer_body>> parser_;
};

HttpClient::HttpClient(asio::io_context& loop, const RegistrySettings& settings) : loop_(loop), settings_(settings) {}
HttpClient::~HttpClient() = default;

void HttpClient::close() {
  closed_ = true;
  for (Connection* connection : busy_) connection->close();
  for (asio::steady_timer* timer : pauses_) timer->cancel();
  idle_.clear();
}

asio::awaitable<void> HttpClient::pause(Nanos how_long) {
  asio::steady_timer timer{loop_, std::chrono::duration_cast<asio::steady_timer::duration>(how_long)};
  pauses_.insert(&timer);
  const auto [woken] = co_await timer.async_wait(kTuple);
  pauses_.erase(&timer);
  if (closed_ || woken) throw Error(ErrorKind::unavailable, "the operation was cancelled");
}

HttpClient::Tls& HttpClient::tls_for(const Url& url, bool verify) {
  auto& slot = tls_[origin_of(url, verify)];
  if (slot) return *slot;
  auto tls = std::make_unique<Tls>();
  ssl::context& context = tls->context;
  boost::system::error_code ignored;
  context.set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                          ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1,
                      ignored);
  // Reading the machine's authorities takes longer than a small pull.
  if (verify) context.set_default_verify_paths(ignored);
  for (const fs::path& folder : settings_.certificate_folders) {
    // The port is part of the folder's name where the registry's name has it.
    std::error_code none;
    for (const fs::directory_entry& entry : fs::directory_iterator{folder / url.authority(), none}) {
      const fs::path& path = entry.path();
      if (path.extension() == ".crt") {
        trust_authorities(context, path);
      } else if (path.extension() == ".cert") {
        show_certificate(context, path, fs::path{path}.replace_extension(".key"));
      }
    }
  }
  slot = std::move(tls);
  return *slot;
}

asio::awaitable<std::unique_ptr<HttpClient::Connection>> HttpClient::connect(const Url& url, bool verify) {
  auto connection =
      std::make_unique<Connection>(loop_, url.authority(), settings_.connect_timeout, settings_.answer_timeout);
  struct Busy {
    HttpClient& client;
    Connection* connection;
    ~Busy() { client.busy_.erase(connection); }
  } busy{*this, connection.get()};
  busy_.insert(connection.get());
  const std::optional<Url> proxy = settings_.proxy_for(url);
  co_await connection->reach(proxy ? *proxy : url);
  if (proxy && proxy->tls) {
    throw Error(ErrorKind::unsupported,
                "the proxy " + proxy->authority() + " is to be reached encrypted, which is not supported");
  }
  if (proxy && url.tls) co_await connection->tunnel(url, *proxy);
  if (url.tls) co_await connection->encrypt(tls_for(url, verify), url.host, verify);
  co_return connection;
}

asio::awaitable<std::unique_ptr<HttpClient::Exchange>> HttpClient::send(HttpRequest request, bool verify) {
  const std::string origin = origin_of(request.url, verify);
  const std::optional<Url> proxy = settings_.proxy_for(request.url);
  const bool absolute = proxy && !request.url.tls;
  const std::string credentials =
      absolute && !proxy->user.empty() ? encode_base64(proxy->user + ":" + proxy->password) : "";
  for (;;) {
    if (closed_) throw Error(ErrorKind::unavailable, "the operation was cancelled");
    std::unique_ptr<Connection> connection;
    if (const auto found = idle_.find(origin); found != idle_.end()) {
      connection = std::move(found->second);
      idle_.erase(found);
    } else {
      connection = co_await connect(request.url, verify);
      if (closed_) throw Error(ErrorKind::unavailable, "the operation was cancelled");
    }
    const bool again = connection->used();
    auto exchange = std::make_unique<Exchange>(*this, origin, std::move(connection));
    std::exception_ptr failed;
    try {
      co_await exchange->connection_->send(request, absolute, credentials);
    } catch (const Error&) {
      // The other end may have closed an idle connection just now; then a new one is no second attempt.
      if (!again || closed_ || request.body_pipe >= 0) throw;
      failed = std::current_exception();
    }
    if (!failed) co_return exchange;
  }
}

HttpClient::Exchange::Exchange(HttpClient& client, std::string origin, std::unique_ptr<Connection> connection)
    : client_(client), origin_(std::move(origin)), connection_(std::move(connection)) {
  client_.busy_.insert(connection_.get());
}

HttpClient::Exchange::~Exchange() {
  client_.busy_.erase(connection_.get());
  if (client_.closed_ || !connection_->reusable()) return;
  client_.idle_.emplace(origin_, std::move(connection_));
}

int HttpClient::Exchange::status() const { return static_cast<int>(connection_->answer().result_int()); }

std::string HttpClient::Exchange::header(std::string_view name) const {
  std::string text;
  const auto [first, last] = connection_->answer().equal_range(boost::beast::string_view{name.data(), name.size()});
  for (auto field = first; field != last; ++field) {
    text += (text.empty() ? "" : ", ") + std::string{field->value().data(), field->value().size()};
  }
  return text;
}

asio::awaitable<std::size_t> HttpClient::Exchange::read(char* to, std::size_t size) {
  return connection_->read(to, size);
}

asio::awaitable<std::string> HttpClient::Exchange::text(std::size_t bytes_max) {
  std::string text;
  std::vector<char> block(16 << 10);
  for (;;) {
    const std::size_t got = co_await connection_->read(block.data(), block.size());
    if (got == 0) co_return text;
    text.append(block.data(), got);
    if (text.size() > bytes_max) {
      throw Error(ErrorKind::invalid, "the registry's answer is longer than " + std::to_string(bytes_max) + " bytes");
    }
  }
}

}  // namespace stack::image
