// One connection to the engine's socket and the one request on it: what the bodies of EngineClient speak HTTP with. Blocking; one thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "engine/client/engine_client.h"

namespace stack::client {

class EngineClient::Connection {
 public:
  explicit Connection(const std::string& path, Waiting waiting = {});

  // An engine of another version is refused before anything of its answer is understood.
  void expect_version() { strict_ = true; }
  void send(std::string_view method, const std::string& target, std::string_view body);
  // A body that is sent as it is read. `sent` is told how many bytes of the source have gone.
  void send_stream(const std::string& target, BorrowedFd source, const std::function<void(std::uint64_t)>& sent,
                   std::string_view method = "POST");
  // Asks for the head of an answer only, which receive() reads.
  void send_head(const std::string& target);
  // A body in two parts: `spec`, then `first` and, when it is valid, everything from `source` up to its end.
  void send_described(const std::string& target, std::string_view spec, std::string_view first, BorrowedFd source);
  // Reads the whole answer. `on_piece` gets a successful answer's body as it comes and says whether to go on.
  std::string receive(const std::function<bool(std::string_view)>& on_piece);
  // Of an answer of which the head has been read; empty when it has none of this name.
  [[nodiscard]] std::string header(std::string_view name) const;

 private:
  // False when the engine has heard enough, and says why in its answer.
  bool send_chunk(std::string_view bytes);
  bool send_chunk(BorrowedFd source, std::size_t bytes);
  bool send_source(BorrowedFd source, const std::function<void(std::uint64_t)>& sent);
  void check_version() const;
  void take_plain_body();
  void wait_readable(BorrowedFd fd);

  UniqueFd fd_;
  Waiting waiting_;
  bool strict_ = false;
  Mono next_tick_{};
  Mono deadline_ = Mono::max();
  boost::beast::http::response_parser<boost::beast::http::string_body> parser_;
  std::function<void(std::string_view)> on_body_;
  std::function<std::size_t(std::uint64_t, boost::beast::string_view, boost::system::error_code&)> on_chunk_ =
      [this](std::uint64_t, boost::beast::string_view piece, boost::system::error_code&) {
        on_body_({piece.data(), piece.size()});
        return piece.size();
      };
};

}  // namespace stack::client
