// A service manager in small, for the scenario of socket activation: keeps a listening socket, starts a program when a client comes
// and hands the socket over as sd_listen_fds(3) says, hears what sd_notify(3) would send, and waits for the next client when the
// program has ended.
//   activate SOCKET PROGRAM ARGUMENT...
// A line on standard output for each step: "listening", "started PID", what the program said of itself, "ended STATUS".
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

int bind_at(const std::string& path, int type) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return errno = ENAMETOOLONG, -1;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ::unlink(path.c_str());
  const int fd = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return -1;
  return fd;
}

[[noreturn]] void become(char** argv, int listening, const std::string& notify) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::dup2(listening, 3) < 0) ::_exit(126);
  ::fcntl(3, F_SETFD, 0);
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  ::setenv("LISTEN_FDS", "1", 1);
  ::setenv("LISTEN_FDNAMES", "stackd.socket", 1);
  ::setenv("NOTIFY_SOCKET", notify.c_str(), 1);
  ::execv(argv[0], argv);
  std::perror(argv[0]);
  ::_exit(127);
}

void hear(int heard) {
  std::array<char, 4096> text{};
  for (;;) {
    const ssize_t got = ::recv(heard, text.data(), text.size(), MSG_DONTWAIT);
    if (got < 0) return;
    std::printf("%.*s\n", static_cast<int>(got), text.data());
  }
}

// Runs the program once, from the client that came to its end.
void serve(char** argv, int listening, int heard, const std::string& notify) {
  const pid_t child = ::fork();
  if (child == 0) become(argv, listening, notify);
  std::printf("started %d\n", child);
  int status = 0;
  for (pid_t ended = 0; ended == 0;) {
    pollfd wait{heard, POLLIN, 0};
    ::poll(&wait, 1, 20);
    hear(heard);
    ended = ::waitpid(child, &status, WNOHANG);
  }
  hear(heard);
  std::printf("ended %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fputs("usage: activate SOCKET PROGRAM ARGUMENT...\n", stderr), 2;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const std::string path = argv[1], notify = path + ".notify";
  const int listening = bind_at(path, SOCK_STREAM), heard = bind_at(notify, SOCK_DGRAM);
  if (listening < 0 || heard < 0 || ::chmod(path.c_str(), 0660) != 0 || ::listen(listening, 16) != 0) {
    return std::perror(path.c_str()), 1;
  }
  std::puts("listening");
  for (;;) {
    pollfd client{listening, POLLIN, 0};
    if (::poll(&client, 1, -1) > 0) serve(argv + 2, listening, heard, notify);
  }
}
