// What an engine's answers cost, without any client's own time: sends requests over one kept connection and times them.
//
//   bench_requests SOCKET ROUNDS <REQUESTS    the median of a round of all of them, in milliseconds on one line
//   bench_requests SOCKET follow COUNT PATH   COUNT connections that ask for PATH and read whatever comes until standard input ends;
//                                             prints "following" when each has its answer's first bytes
//
// A line of REQUESTS is METHOD PATH [BODY]; `{id}` stands for the last "Id" that was answered. An answer of 400 and above ends the
// program with code 1 and its text.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

class Connection {
 public:
  explicit Connection(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un place{};
    place.sun_family = AF_UNIX;
    path.copy(place.sun_path, sizeof place.sun_path - 1);
    if (socket_ < 0 || ::connect(socket_, reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0)
      throw std::runtime_error("connecting to " + path);
  }
  Connection(Connection&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), pending_(std::move(other.pending_)) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    if (socket_ >= 0) ::close(socket_);
  }

  int descriptor() const { return socket_; }
  void send(const std::string& request) {
    for (std::size_t sent = 0; sent < request.size();) {
      const ssize_t part = ::send(socket_, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
      if (part <= 0) throw std::runtime_error("sending a request");
      sent += static_cast<std::size_t>(part);
    }
  }
  std::string line() {
    std::size_t end;
    while ((end = pending_.find("\r\n")) == std::string::npos) read();
    std::string text = pending_.substr(0, end);
    pending_.erase(0, end + 2);
    return text;
  }
  std::string bytes(std::size_t count) {
    while (pending_.size() < count) read();
    std::string text = pending_.substr(0, count);
    pending_.erase(0, count);
    return text;
  }

 private:
  void read() {
    static char buffer[1 << 16];
    const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
    if (got <= 0) throw std::runtime_error("the engine closed the connection");
    pending_.append(buffer, static_cast<std::size_t>(got));
  }

  int socket_;
  std::string pending_;
};

struct Request {
  std::string method, path, body;
};

std::string with_id(std::string text, const std::string& id) {
  for (std::size_t at = 0; (at = text.find("{id}", at)) != std::string::npos; at += id.size()) text.replace(at, 4, id);
  return text;
}

std::string head(const Request& request, const std::string& id, std::size_t length) {
  return request.method + " " + with_id(request.path, id) +
         " HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(length) +
         "\r\n\r\n";
}

std::string body_of(Connection& connection, int status) {
  std::size_t length = 0;
  bool chunked = false;
  for (std::string header; !(header = connection.line()).empty();) {
    std::transform(header.begin(), header.end(), header.begin(), [](unsigned char c) { return std::tolower(c); });
    if (header.starts_with("content-length:")) length = std::stoul(header.substr(15));
    if (header.starts_with("transfer-encoding:")) chunked = header.find("chunked") != std::string::npos;
  }
  if (status == 204 || status == 304) return {};
  if (!chunked) return connection.bytes(length);
  std::string body;
  for (std::size_t size; (size = std::stoul(connection.line(), nullptr, 16)) > 0; connection.line())
    body += connection.bytes(size);
  connection.line();
  return body;
}

// Sends one request and reads its answer whole.
void ask(Connection& connection, const Request& request, std::string& id) {
  const std::string body = with_id(request.body, id);
  connection.send(head(request, id, body.size()) + body);
  const int status = std::stoi(connection.line().substr(9, 3));
  const std::string answer = body_of(connection, status);
  if (status >= 400)
    throw std::runtime_error(request.method + " " + request.path + ": " + std::to_string(status) + " " + answer);
  const std::size_t at = answer.starts_with("{\"Id\":\"") ? 7 : std::string::npos;
  if (at != std::string::npos && request.method == "POST") id = answer.substr(at, answer.find('"', at) - at);
}

std::vector<Request> requests_of(std::istream& in) {
  std::vector<Request> requests;
  for (std::string line; std::getline(in, line);) {
    const std::size_t path = line.find(' ') + 1, body = line.find(' ', path);
    if (path == 0) throw std::runtime_error("not a request: " + line);
    requests.push_back({line.substr(0, path - 1), line.substr(path, body - path),
                        body == std::string::npos ? "" : line.substr(body + 1)});
  }
  return requests;
}

int measure(const std::string& socket, int rounds) {
  const std::vector<Request> requests = requests_of(std::cin);
  Connection connection{socket};
  std::string id;
  std::vector<double> times;
  for (int round = 0; round < rounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    for (const Request& request : requests) ask(connection, request, id);
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  std::printf("%.3f\n", times[times.size() / 2]);
  return 0;
}

int follow(const std::string& socket, int count, const std::string& path) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  std::vector<Connection> connections;
  std::vector<pollfd> polled{{STDIN_FILENO, POLLIN, 0}};
  for (int i = 0; i < count; ++i) {
    connections.emplace_back(socket);
    connections.back().send(head({"GET", path, ""}, "", 0));
    if (const std::string status = connections.back().line(); status.find(" 200 ") == std::string::npos)
      throw std::runtime_error(status);
    polled.push_back({connections.back().descriptor(), POLLIN, 0});
  }
  std::puts("following");
  std::fflush(stdout);
  static char buffer[1 << 16];
  while (::poll(polled.data(), polled.size(), -1) > 0) {
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].revents == 0 || ::read(polled[i].fd, buffer, sizeof buffer) > 0) continue;
      if (i == 0) return 0;
      throw std::runtime_error("the engine closed a connection");
    }
  }
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() == 2) return measure(arguments[0], std::stoi(arguments[1]));
    if (arguments.size() == 4 && arguments[1] == "follow")
      return follow(arguments[0], std::stoi(arguments[2]), arguments[3]);
    std::fputs("usage: bench_requests SOCKET ROUNDS | bench_requests SOCKET follow COUNT PATH\n", stderr);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_requests: %s\n", error.what());
    return 1;
  }
}
