// The other side of a log that is sent away, for scenarios: takes whatever comes and writes it to standard output.
//   listen tcp PORT | udp PORT | unixgram PATH
// Of 127.0.0.1. Several clients at once; a datagram is followed by a newline unless it ends with one. Ends with its parent.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

int fail(const char* what) {
  std::perror(what);
  return -1;
}

int bind_unix(const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (std::strlen(path) >= sizeof address.sun_path) return fail("path");
  std::strcpy(address.sun_path, path);
  ::unlink(path);
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return fail("bind");
  return fd;
}

int bind_port(int type, const char* port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = ::socket(AF_INET, type, 0);
  const int on = 1;
  if (fd < 0 || ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return fail("bind");
  if (type == SOCK_STREAM && ::listen(fd, 16) != 0) return fail("listen");
  return fd;
}

// False when nothing more comes from there.
bool copy(int from, bool datagram) {
  static std::array<char, 65536> block;
  const ssize_t got = ::read(from, block.data(), block.size());
  if (got <= 0) return datagram;
  std::fwrite(block.data(), 1, static_cast<std::size_t>(got), stdout);
  if (datagram && block[static_cast<std::size_t>(got) - 1] != '\n') std::fputc('\n', stdout);
  std::fflush(stdout);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: listen tcp|udp|unixgram PLACE\n");
    return 2;
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const std::string kind = argv[1];
  const bool stream = kind == "tcp";
  const int listener = kind == "unixgram" ? bind_unix(argv[2]) : bind_port(stream ? SOCK_STREAM : SOCK_DGRAM, argv[2]);
  if (listener < 0) return 1;
  std::vector<pollfd> all{{listener, POLLIN, 0}};
  while (::poll(all.data(), all.size(), -1) >= 0) {
    for (std::size_t i = all.size(); i-- > 0;) {
      if (all[i].revents == 0) continue;
      if (i > 0 || !stream) {
        if (copy(all[i].fd, !stream)) continue;
        ::close(all[i].fd);
        all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
      } else if (const int client = ::accept(listener, nullptr, nullptr); client >= 0) {
        all.push_back({client, POLLIN, 0});
      }
    }
  }
  return 1;
}
