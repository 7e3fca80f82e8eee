#include "tests/support/scripted_server.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace stack::test {
namespace {

constexpr int kPatienceMs = 5000;

}  // namespace

// A connection, with the encryption if there is one.
class ScriptedServer::Wire {
 public:
  Wire(const UniqueFd& fd, SSL_CTX* context) : fd_(fd) {
    if (context == nullptr) return;
    const timeval patience{kPatienceMs / 1000, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    tls_.reset(SSL_new(context));
    SSL_set_fd(tls_.get(), fd.get());
    open_ = SSL_accept(tls_.get()) == 1;
  }
  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] bool encrypted() const { return tls_ != nullptr; }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] bool ready() const { return tls_ && SSL_pending(tls_.get()) > 0; }
  ssize_t read(char* to, std::size_t size) {
    return tls_ ? SSL_read(tls_.get(), to, static_cast<int>(size)) : ::read(fd_.get(), to, size);
  }
  ssize_t write(const char* from, std::size_t size) {
    return tls_ ? SSL_write(tls_.get(), from, static_cast<int>(size)) : ::send(fd_.get(), from, size, MSG_NOSIGNAL);
  }
  void end() {
    if (tls_) SSL_shutdown(tls_.get());
    ::shutdown(fd_.get(), SHUT_WR);
  }

 private:
  struct Free {
    void operator()(SSL* tls) const { SSL_free(tls); }
  };
  const UniqueFd& fd_;
  std::unique_ptr<SSL, Free> tls_;
  bool open_ = true;
};

ScriptedServer::ScriptedServer(std::function<std::string(const ScriptedRequest&)> answer, TlsContext tls)
    : answer_(std::move(answer)), tls_(std::move(tls)) {
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
    if (!connection) continue;
    Wire wire{connection, tls_.get()};
    if (wire.is_open()) {
      serve(wire);
    } else {
      drain(connection);
    }
  }
}

// What is left unread when a connection ends would take away what was said to the other end.
void ScriptedServer::drain(const UniqueFd& connection) {
  ::shutdown(connection.get(), SHUT_WR);
  char block[4096];
  pollfd waits[2] = {{connection.get(), POLLIN, 0}, {ended_.get(), POLLIN, 0}};
  while (::poll(waits, 2, kPatienceMs) > 0 && waits[1].revents == 0 &&
         ::read(connection.get(), block, sizeof block) > 0) {
  }
}

void ScriptedServer::serve(Wire& wire) {
  std::string text;
  std::size_t head_end = std::string::npos, length = 0;
  ScriptedRequest request;
  while (head_end == std::string::npos || text.size() < head_end + 4 + length) {
    pollfd waits[2] = {{wire.fd(), POLLIN, 0}, {ended_.get(), POLLIN, 0}};
    if (!wire.ready() && (::poll(waits, 2, kPatienceMs) <= 0 || waits[1].revents != 0)) return;
    char block[65536];
    const ssize_t got = wire.read(block, sizeof block);
    if (got <= 0) return;
    text.append(block, static_cast<std::size_t>(got));
    // TLS begins with this byte; who tries it first goes on without.
    if (!wire.encrypted() && text[0] == '\x16') return;
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
    const ssize_t put = wire.write(bytes.data() + done, bytes.size() - done);
    if (put <= 0) return;
    done += static_cast<std::size_t>(put);
  }
  wire.end();
}

}  // namespace stack::test
