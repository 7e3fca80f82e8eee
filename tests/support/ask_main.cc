// ask SOCKET METHOD TARGET [HEADER...]: one request to the engine without a body, its answer with its head on standard output.
#include <array>
#include <cstdio>
#include <string>

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
    stack::client::send_all(socket, request + "Content-Length: 0\r\n\r\n");
    std::array<char, 4096> block{};
    for (ssize_t got = 0; (got = ::read(socket.get(), block.data(), block.size())) > 0;)
      std::fwrite(block.data(), 1, static_cast<std::size_t>(got), stdout);
  } catch (const stack::Error& error) {
    std::fprintf(stderr, "%s\n", error.render().c_str());
    return 1;
  }
  return 0;
}
