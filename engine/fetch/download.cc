#include "engine/fetch/download.h"

#include <array>
#include <charconv>
#include <ctime>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/file.h"
#include "base/hide_credentials.h"
#include "engine/image/digest.h"

namespace stack::fetch {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using image::Url;

namespace {

constexpr int kRedirectsMax = 10;
constexpr std::size_t kBlockBytes = 1 << 20;
constexpr std::size_t kPieceBytes = 256 << 10;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// Certificates of the web are no registry's.
Error for_web(const Error& error, const Url& url) {
  if (error.kind() != ErrorKind::not_permitted) return error;
  return Error(error.kind(), error.message())
      .remedy("put its authority's certificate among the machine's, or into /etc/stack/certs.d/" + url.authority() +
              "/ca.crt");
}

Error refusal(const Url& url, int status) {
  const std::string text = url.text() + ": the server answers " + std::to_string(status);
  if (status == 401 || status == 403)
    return Error(ErrorKind::not_permitted, text).remedy("it wants somebody who is known to it");
  if (status == 404 || status == 410)
    return Error(ErrorKind::not_found, text).remedy("see whether the address is right");
  return {ErrorKind::unavailable, text};
}

std::uint64_t length_of(const image::HttpClient::Exchange& answer) {
  const std::string text = answer.header("Content-Length");
  std::uint64_t bytes = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  return failed == std::errc{} && end == text.data() + text.size() ? bytes : 0;
}

void check_size(std::uint64_t bytes) {
  if (bytes > Download::kBytesMax)
    throw Error(ErrorKind::invalid,
                "it has more than " + human_bytes(Download::kBytesMax) + ", the most that is fetched");
}

// Whoever is told of it beforehand need not wait for the disk to be full.
void check_room(const fs::path& file, std::uint64_t bytes) {
  struct statvfs room {};
  if (::statvfs(file.parent_path().c_str(), &room) != 0) return;
  const std::uint64_t free = std::uint64_t{room.f_bavail} * room.f_frsize;
  if (bytes <= free) return;
  throw Error(ErrorKind::unavailable,
              "it has " + human_bytes(bytes) + ", and the engine's disk has room for " + human_bytes(free))
      .remedy("make room, for example with: stack builder prune");
}

void set_modified(const UniqueFd& fd, const fs::path& file, Wall when) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when);
  const timespec moment{.tv_sec = seconds.time_since_epoch().count(), .tv_nsec = 0};
  const std::array<timespec, 2> times{moment, moment};
  if (::futimens(fd.get(), times.data()) != 0) throw Error::from_errno(errno, "setting the time of " + file.string());
}

}  // namespace

std::optional<Wall> parse_http_date(const std::string& text) {
  // The first is the only one that is sent today.
  for (const char* form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"}) {
    std::tm parts{};
    const char* const end = ::strptime(text.c_str(), form, &parts);
    if (end != nullptr && *end == '\0') return Wall{std::chrono::seconds{::timegm(&parts)}};
  }
  return std::nullopt;
}

asio::awaitable<Download::Answer> Download::ask(Url url, std::string etag) {
  std::string credentials = url.user.empty() ? "" : encode_base64(url.user + ":" + url.password);
  for (int redirects = 0;; ++redirects) {
    image::HttpRequest request{.url = url};
    request.headers = {{"Accept", "*/*"}, {"Connection", "close"}};
    if (!etag.empty()) request.headers.emplace_back("If-None-Match", etag);
    if (!credentials.empty()) request.headers.emplace_back("Authorization", "Basic " + credentials);
    std::optional<Error> failed;
    Answer answer;
    try {
      answer = co_await http_.send(std::move(request));
    } catch (const Error& error) {
      failed = for_web(error, url);
    }
    if (failed) throw Error(*failed);
    if (!is_redirect(answer->status())) {
      if (answer->status() == 200 || (answer->status() == 304 && !etag.empty())) co_return answer;
      throw refusal(url, answer->status());
    }
    if (redirects == kRedirectsMax)
      throw Error(ErrorKind::invalid, url.text() + ": more than " + std::to_string(kRedirectsMax) + " redirects");
    const std::string location = answer->header("Location");
    const auto next = image::resolve_url(url, location);
    if (!next)
      throw Error(ErrorKind::invalid,
                  url.text() + ": redirects to \"" + hide_credentials(location) + "\", which is no web address");
    // Another host does not get to know them.
    if (!next->same_origin(url)) credentials.clear();
    url = *next;
  }
}

asio::awaitable<void> Download::write(image::HttpClient::Exchange& answer, fs::path file, Downloaded& out) {
  const std::uint64_t total = length_of(answer);
  check_size(total);
  auto make = [&file, total] {
    check_room(file, total);
    UniqueFd fd{::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (!fd) throw Error::from_errno(errno, "making " + file.string());
    return std::make_shared<UniqueFd>(std::move(fd));
  };
  const auto fd = co_await pool_.run(std::move(make));
  image::Sha256 hash;
  std::string block(kBlockBytes + kPieceBytes, '\0');
  for (bool over = false; !over;) {
    std::size_t size = 0;
    while (size < kBlockBytes) {
      const std::size_t got = co_await answer.read(block.data() + size, kPieceBytes);
      over = got == 0;
      if (over) break;
      size += got;
      out.bytes += got;
      check_size(out.bytes);
      if (on_bytes_) on_bytes_(out.bytes, total);
    }
    auto put = [&fd, &hash, view = std::string_view{block}.substr(0, size)] {
      write_all(*fd, view);
      hash.add(view);
    };
    co_await pool_.run(std::move(put));
  }
  const Wall modified = parse_http_date(answer.header("Last-Modified")).value_or(Wall{});
  auto settle = [&fd, &file, modified] { set_modified(*fd, file, modified); };
  co_await pool_.run(std::move(settle));
  out.digest = hash.digest();
}

asio::awaitable<Downloaded> Download::run(const FileWish& wish, const std::string& etag, fs::path file,
                                          std::function<void(std::uint64_t, std::uint64_t)> on_bytes) {
  on_bytes_ = std::move(on_bytes);
  const auto url = image::parse_url(wish.url);
  if (!url) throw Error(ErrorKind::invalid, "\"" + hide_credentials(wish.url) + "\" is no web address");
  const Answer answer = co_await ask(*url, etag);
  Downloaded out{.unchanged = answer->status() == 304, .digest = {}, .etag = answer->header("ETag")};
  if (out.unchanged) co_return out;
  std::optional<Error> failed;
  try {
    co_await write(*answer, std::move(file), out);
  } catch (const Error& error) {
    failed = error;
  }
  if (failed) throw failed->context(url->text());
  if (!wish.checksum.empty() && out.digest != wish.checksum)
    throw Error(ErrorKind::invalid, url->text() + ": its digest is " + out.digest + ", not " + wish.checksum)
        .remedy("see whether the file is the right one before you correct --checksum");
  co_return out;
}

}  // namespace stack::fetch
