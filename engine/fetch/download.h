// One file of the web on its way to the disk: asked for, redirected, written, summed up. Used by Fetcher only.
//
// Loop thread; the disk on the pool. Memory: two blocks.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/async/thread_pool.h"
#include "base/clock.h"
#include "engine/fetch/fetch_wish.h"
#include "engine/image/registry/http_client.h"

namespace stack::fetch {

struct Downloaded {
  bool unchanged = false;  // the server says that it is still what `etag` stands for; nothing was written
  std::string digest;      // "sha256:<64 hex>"
  std::string etag;        // empty: the server gives none
  std::uint64_t bytes = 0;
};

class Download {
 public:
  static constexpr std::uint64_t kBytesMax = 64'000'000'000;

  Download(image::HttpClient& http, async::ThreadPool& pool) : http_(http), pool_(pool) {}

  // Writes to `file`, which is not there yet: mode 0600, of kBytesMax at most. `etag`: of what is here already; empty: nothing is. Throws
  // stack::Error.
  boost::asio::awaitable<Downloaded> run(const FileWish& wish, const std::string& etag, std::filesystem::path file,
                                         std::function<void(std::uint64_t, std::uint64_t)> on_bytes);

 private:
  using Answer = std::unique_ptr<image::HttpClient::Exchange>;
  boost::asio::awaitable<Answer> ask(image::Url url, std::string etag);
  boost::asio::awaitable<void> write(image::HttpClient::Exchange& answer, std::filesystem::path file, Downloaded& out);

  image::HttpClient& http_;
  async::ThreadPool& pool_;
  std::function<void(std::uint64_t, std::uint64_t)> on_bytes_;
};

// Of "Sun, 06 Nov 1994 08:49:37 GMT" and the two older forms (RFC 9110, section 5.6.7). Nothing for another text.
std::optional<Wall> parse_http_date(const std::string& text);

}  // namespace stack::fetch
