#include "engine/buildkit/client_session.h"

#include <algorithm>

#include "base/percent.h"

namespace stack::buildkit {

namespace asio = boost::asio;

namespace {

bool is_plain(const std::string& value) {
  return std::ranges::all_of(value, [](char c) { return c >= ' ' && c <= '~'; });
}

std::string in_lower_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

}  // namespace

void add_metadata(Headers& headers, const std::string& name, const std::vector<std::string>& values) {
  const bool plain = std::ranges::all_of(values, is_plain);
  for (const std::string& value : values) headers.emplace_back(name, plain ? value : percent_encode(value));
  if (!plain) headers.emplace_back(name + "-encoded", "1");
}

ClientSession::ClientSession(asio::io_context& loop, async::Timekeeper& time, H2Connection::Transport transport,
                             std::set<std::string> methods, std::string shared_key)
    : time_(time),
      methods_(std::move(methods)),
      shared_key_(std::move(shared_key)),
      connection_(loop, H2Connection::Role::client, std::move(transport)) {}

// Clients of different ages write "DiffCopy" and "diffcopy" in the list, and take the first only.
bool ClientSession::offers(std::string_view method) const {
  const std::string wanted = in_lower_case(std::string{method});
  return std::ranges::any_of(methods_, [&](const std::string& each) { return in_lower_case(each) == wanted; });
}

std::unique_ptr<GrpcStream> ClientSession::open(const std::string& method, const Headers& metadata, Nanos patience) {
  if (!offers(method)) throw Error(ErrorKind::unsupported, "the client does not offer " + method + " to its builds");
  Headers headers{{":method", "POST"},
                  {":scheme", "http"},
                  {":path", method},
                  {":authority", "localhost"},
                  {"content-type", "application/grpc"},
                  {"te", "trailers"},
                  {"user-agent", "stackd/" STACK_VERSION}};
  headers.insert(headers.end(), metadata.begin(), metadata.end());
  return std::make_unique<GrpcStream>(connection_.request(headers), GrpcStream::Side::client, time_, patience);
}

asio::awaitable<std::string> ClientSession::call(std::string method, std::string message) {
  const auto stream = open(method, {});
  co_await stream->send(message);
  stream->end();
  auto answer = co_await stream->receive();
  if (!answer) throw Error(ErrorKind::invalid, "the client answered " + method + " with nothing");
  // The status comes behind it.
  while (co_await stream->receive()) {
  }
  co_return std::move(*answer);
}

}  // namespace stack::buildkit
