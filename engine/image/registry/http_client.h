// HTTP/1.1 to registries: plain or TLS, directly or through a proxy, with a timeout at every step and connections that are used again.
//
// Loop thread. One object serves one operation (a pull, a push); close() breaks off everything that is under way in it, from
// outside. What goes wrong on the way is Error(unavailable) and worth another attempt; a certificate that is not trusted is
// Error(not_permitted).
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "engine/image/registry/settings.h"

namespace stack::image {

struct HttpRequest {
  std::string method = "GET";
  Url url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // Instead of `body`: a pipe that gives exactly so many bytes.
  int body_pipe = -1;
  std::uint64_t body_bytes = 0;
  std::function<void(std::uint64_t sent)> on_sent;
};

class HttpClient {
 public:
  class Exchange;

  HttpClient(boost::asio::io_context& loop, const RegistrySettings& settings);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  // Sends the request and reads the answer's head. `verify` false: any certificate will do.
  boost::asio::awaitable<std::unique_ptr<Exchange>> send(HttpRequest request, bool verify = true);
  void close();
  // Waits; close() ends that as well, by Error(unavailable).
  boost::asio::awaitable<void> pause(Nanos how_long);
  [[nodiscard]] bool closed() const { return closed_; }

 private:
  class Connection;
  struct Tls;
  boost::asio::awaitable<std::unique_ptr<Connection>> connect(const Url& url, bool verify);
  Tls& tls_for(const Url& url, bool verify);

  boost::asio::io_context& loop_;
  const RegistrySettings& settings_;
  bool closed_ = false;
  std::map<std::string, std::unique_ptr<Tls>> tls_;
  std::multimap<std::string, std::unique_ptr<Connection>> idle_;  // by origin
  std::set<Connection*> busy_;
  std::set<boost::asio::steady_timer*> pauses_;
};

// An answer. The body may be read once, piece by piece; leaving some of it unread ends the connection.
class HttpClient::Exchange {
 public:
  Exchange(HttpClient& client, std::string origin, std::unique_ptr<Connection> connection);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange();

  [[nodiscard]] int status() const;
  // Empty when there is none; several are joined by commas.
  [[nodiscard]] std::string header(std::string_view name) const;
  // At most `size` bytes; 0 at the end.
  boost::asio::awaitable<std::size_t> read(char* to, std::size_t size);
  // The rest. Throws invalid when it is longer than `bytes_max`.
  boost::asio::awaitable<std::string> text(std::size_t bytes_max);

 private:
  friend class HttpClient;
  HttpClient& client_;
  std::string origin_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace stack::image
