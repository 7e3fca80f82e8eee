// ask SOCKET METHOD TARGET [HEADER...]: one request to the engine, its answer with its head on standard output. The body is what the
// variable ASK_BODY holds; ASK_INPUT goes behind the request, as the input of a connection that was taken over.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/client/unix_socket.h"

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("usage: ask SOCKET METHOD TARGET [HEADER...]\n", stderr);
    return 2;
  }
  try {
    const stack::UniqueFd socket = stack::client::connect_unix(argv[1]);
    std::string request = std::string{argv[2]} + " " + argv[3] + " HTTP/1.1\r\nHost: stack\r\nConnection: close\r\n";
    for (int i = 4; i < argc; ++i) request += std::string{argv[i]} + "\r\n";
    const auto variable = [](const char* name) {
      const char* value = std::getenv(name);
      return std::string{value == nullptr ? "" : value};
    };
    const std::string body = variable("ASK_BODY");
    stack::client::send_all(
        socket, request + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body + variable("ASK_INPUT"));
    ::shutdown(socket.get(), SHUT_WR);
    std::array<char, 4096> block{};
    for (ssize_t got = 0; (got = ::read(socket.get(), block.data(), block.size())) > 0;) {
      std::fwrite(block.data(), 1, static_cast<std::size_t>(got), stdout);
      std::fflush(stdout);  // for readers that wait for the head
    }
  } catch (const stack::Error& error) {
    std::fprintf(stderr, "%s\n", error.render().c_str());
    return 1;
  }
  return 0;
}
