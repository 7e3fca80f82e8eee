#include <array>
#include <csignal>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/pipe.h"
#include "base/unique_fd.h"
#include "cli/commands/docker_config.h"

extern char** environ;

namespace stack::cli {
namespace {

constexpr std::size_t kAnswerBytesMax = 1 << 20;

}  // namespace

std::optional<std::string> run_credential_helper(const std::string& name, const std::string& verb,
                                                 const std::string& input) {
  const std::string program = "docker-credential-" + name;
  if (name.find('/') != std::string::npos)
    throw Error(ErrorKind::invalid, "a credential helper cannot be a path: " + name);
  Pipe in, out;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in.reading.get(), 0);
  ::posix_spawn_file_actions_adddup2(&actions, out.writing.get(), 1);
  std::array<char*, 3> argv{const_cast<char*>(program.c_str()), const_cast<char*>(verb.c_str()), nullptr};
  pid_t pid = 0;
  const int failed = ::posix_spawnp(&pid, program.c_str(), &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    throw Error(ErrorKind::not_found, Error::from_errno(failed, "running the credential helper " + program).message())
        .remedy("install it, or remove it from Docker's config.json");
  }
  in.reading.reset();
  out.writing.reset();
  // It may end without reading; what it says then counts.
  struct sigaction ignore {
  }, before{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &before);
  std::string_view rest = input;
  while (!rest.empty()) {
    const ssize_t put = ::write(in.writing.get(), rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) break;
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
  in.writing.reset();
  ::sigaction(SIGPIPE, &before, nullptr);
  std::string answer;
  std::array<char, 4096> block;
  for (;;) {
    const ssize_t got = ::read(out.reading.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || answer.size() > kAnswerBytesMax) break;
    answer.append(block.data(), static_cast<std::size_t>(got));
  }
  out.reading.reset();
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  while (!answer.empty() && (answer.back() == '\n' || answer.back() == '\r')) answer.pop_back();
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return answer;
  // The protocol's words for "none"; there is no exit code for it.
  if (answer.find("credentials not found") != std::string::npos) return std::nullopt;
  throw Error(program + " " + verb + " failed: " + (answer.empty() ? "it printed nothing" : answer));
}

}  // namespace stack::cli
