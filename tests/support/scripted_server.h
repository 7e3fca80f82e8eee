// A web server that says what a test tells it to, byte by byte: whatever no honest server would.
//
// One thread, connections one after another; ends with the object. On a port of its own at 127.0.0.1, plain or encrypted.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "tests/support/tls_identity.h"

namespace stack::test {

struct ScriptedRequest {
  std::string method, target;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

class ScriptedServer {
 public:
  // `answer` gives the whole answer, head and body, as bytes; the connection ends behind it. Called on the server's thread.
  explicit ScriptedServer(std::function<std::string(const ScriptedRequest&)> answer, TlsContext tls = nullptr);
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer();

  [[nodiscard]] std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::vector<ScriptedRequest> requests() const;
  // "HTTP/1.1 STATUS ..." with a length and the fields given, each "Name: value\r\n".
  static std::string answer(int status, const std::string& body, const std::string& fields = {});

 private:
  void run();
  class Wire;
  void serve(Wire& wire);
  void drain(const UniqueFd& connection);

  std::function<std::string(const ScriptedRequest&)> answer_;
  TlsContext tls_;
  UniqueFd listening_;
  std::uint16_t port_ = 0;
  UniqueFd ended_, end_;
  mutable std::mutex mutex_;
  std::vector<ScriptedRequest> requests_;
  std::thread thread_;
};

}  // namespace stack::test
