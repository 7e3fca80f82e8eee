#include "tests/support/scripted_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace stack::test {
namespace {

constexpr int kPatienceMs = 5000;

}  // namespace

ScriptedServer::ScriptedServer(std::function<std::string(const ScriptedRequest&)> answer) : answer_(std::move(answer)) {
  listening_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listening_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listening_.get(), 64) != 0 ||
      ::getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("the test's server cannot listen");
  }
  port_ = ntohs(address.sin_port);
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  ended_.reset(ends[0]);
  end_.reset(ends[1]);
  thread_ = std::thread{[this] { run(); }};
}

ScriptedServer::~ScriptedServer() {
  end_.reset();
  thread_.join();
}

std::vector<ScriptedRequest> ScriptedServer::requests() const {
  const std::lock_guard lock{mutex_};
  return requests_;
}

std::string ScriptedServer::answer(int status, const std::string& body, const std::string& fields) {
  return "HTTP/1.1 " + std::to_string(status) +
         " X\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields + "\r\n" + body;
}

void ScriptedServer::run() {
  for (;;) {
    pollfd waits[2] = {{listening_.get(), POLLIN, 0}, {ended_.get(), POLLIN, 0}};
    ::poll(waits, 2, -1);
    if (waits[1].revents != 0) return;
    const UniqueFd connection{::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (connection) serve(connection);
  }
}

void ScriptedServer::serve(const UniqueFd& connection) {
  std::string text;
  std::size_t head_end = std::string::npos, length = 0;
  ScriptedRequest request;
  while (head_end == std::string::npos || text.size() < head_end + 4 + length) {
    pollfd waits[2] = {{connection.get(), POLLIN, 0}, {ended_.get(), POLLIN, 0}};
    if (::poll(waits, 2, kPatienceMs) <= 0 || waits[1].revents != 0) return;
    char block[65536];
    const ssize_t got = ::read(connection.get(), block, sizeof block);
    if (got <= 0) return;
    text.append(block, static_cast<std::size_t>(got));
    // TLS begins with this byte; who tries it first goes on without.
    if (text[0] == '\x16') return;
    if (head_end != std::string::npos) continue;
    head_end = text.find("\r\n\r\n");
    if (head_end == std::string::npos) continue;
    std::size_t at = text.find("\r\n");
    const std::string line = text.substr(0, at);
    request.method = line.substr(0, line.find(' '));
    request.target = line.substr(request.method.size() + 1, line.rfind(' ') - request.method.size() - 1);
    for (at += 2; at < head_end;) {
      const std::size_t end = text.find("\r\n", at);
      const std::string field = text.substr(at, end - at);
      std::string name = field.substr(0, field.find(':'));
      for (char& c : name) c = static_cast<char>(::tolower(c));
      request.headers[name] = field.substr(std::min(field.find(':') + 2, field.size()));
      at = end + 2;
    }
    if (request.headers.contains("content-length")) length = std::stoul(request.headers["content-length"]);
  }
  request.body = text.substr(head_end + 4);
  {
    const std::lock_guard lock{mutex_};
    requests_.push_back(request);
  }
  const std::string bytes = answer_(request);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t put = ::send(connection.get(), bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (put <= 0) return;
    done += static_cast<std::size_t>(put);
  }
  ::shutdown(connection.get(), SHUT_WR);
}

}  // namespace stack::test
