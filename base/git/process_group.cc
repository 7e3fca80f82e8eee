#include "base/git/process_group.h"

#include <array>
#include <charconv>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

namespace stack::git {
namespace {

// Descriptor 3 takes the exit code; descriptor 4 ends when the group shall end.
constexpr const char* kScript =
    R"(umask 022; { read -r end; kill -9 0; } <&4 3>&- & "$@" </dev/null 3>&- 4<&-; echo $? >&3; exec 3>&-; wait)";

struct Ends {
  UniqueFd reading, writing;
};

Ends make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw Error::from_errno(errno, "making a pipe");
  return {UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// The descriptors move to their numbers by way of ones that are none of those, so that none overwrites another.
UniqueFd out_of_the_way(const UniqueFd& fd) {
  UniqueFd moved{::fcntl(fd.get(), F_DUPFD_CLOEXEC, 10)};
  if (!moved) throw Error::from_errno(errno, "preparing a program");
  return moved;
}

}  // namespace

ProcessGroup::ProcessGroup(std::vector<std::string> words, std::vector<std::string> variables, int output,
                           const sigset_t& signals) {
  Ends status = make_pipe(), life = make_pipe();
  const UniqueFd code = out_of_the_way(status.writing), end = out_of_the_way(life.reading);
  std::vector<std::string> all{"sh", "-c", kScript, "sh"};
  all.insert(all.end(), words.begin(), words.end());
  auto argv = pointers(all), envp = pointers(variables);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, code.get(), 3);
  ::posix_spawn_file_actions_adddup2(&actions, end.get(), 4);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setsigmask(&attributes, &signals);
  sigset_t usual;
  ::sigemptyset(&usual);
  ::sigaddset(&usual, SIGPIPE);
  ::posix_spawnattr_setsigdefault(&attributes, &usual);
  const int failed = ::posix_spawn(&pid_, "/bin/sh", &actions, &attributes, argv.data(), envp.data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw Error::from_errno(failed, "running " + words.front());
  leader_ = UniqueFd{static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0))};
  status_ = std::move(status.reading);
  life_ = std::move(life.writing);
}

ProcessGroup::~ProcessGroup() {
  if (life_) static_cast<void>(end());
}

int ProcessGroup::end() {
  std::array<char, 16> text{};
  std::size_t size = 0;
  pollfd ready{status_.get(), POLLIN, 0};
  while (size < text.size() && ::poll(&ready, 1, 0) == 1) {
    const ssize_t got = ::read(status_.get(), text.data() + size, text.size() - size);
    if (got <= 0 && !(got < 0 && errno == EINTR)) break;
    if (got > 0) size += static_cast<std::size_t>(got);
  }
  life_.reset();
  pollfd gone{leader_.get(), POLLIN, 0};
  while (leader_ && ::poll(&gone, 1, -1) < 0 && errno == EINTR) {
  }
  // A process that nobody needs to wait for is gone by now.
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  int code = -1;
  std::from_chars(text.data(), text.data() + size, code);
  return code;
}

}  // namespace stack::git
