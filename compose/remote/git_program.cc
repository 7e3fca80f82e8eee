#include "compose/remote/git_program.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/unique_fd.h"

extern char** environ;

namespace stack::compose {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kMaxOutput = std::size_t{1} << 20U;

// The environment of git: ours, with what could run other programs or ask somebody switched off.
std::vector<std::string> environment_for(const std::string& transport) {
  static constexpr std::array<std::string_view, 7> kReplaced{
      "GIT_ALLOW_PROTOCOL=", "GIT_TERMINAL_PROMPT=", "GIT_DIR=", "GIT_WORK_TREE=",
      "GIT_INDEX_FILE=",     "GIT_TEMPLATE_DIR=",    "LC_ALL="};
  std::vector<std::string> out;
  bool own_ssh = false;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    own_ssh = own_ssh || text.starts_with("GIT_SSH");
    if (std::ranges::none_of(kReplaced, [&](std::string_view it) { return text.starts_with(it); }))
      out.emplace_back(text);
  }
  out.push_back("GIT_ALLOW_PROTOCOL=" + transport);
  out.emplace_back("GIT_TERMINAL_PROMPT=0");
  out.emplace_back("LC_ALL=C");
  if (!own_ssh) out.emplace_back("GIT_SSH_COMMAND=ssh -o BatchMode=yes");
  return out;
}

std::vector<std::string> words_of(const std::vector<std::string>& arguments) {
  std::vector<std::string> words{"git"};
  for (const char* setting :
       {"core.hooksPath=/dev/null", "core.fsmonitor=false", "submodule.recurse=false", "protocol.ext.allow=never",
        "advice.detachedHead=false", "gc.auto=0", "maintenance.auto=false"}) {
    words.insert(words.end(), {"-c", setting});
  }
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// Signals that would end this process become readable instead, and come when this goes.
class HeldSignals {
 public:
  HeldSignals() {
    sigset_t ending;
    ::sigemptyset(&ending);
    for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) ::sigaddset(&ending, signal);
    ::pthread_sigmask(SIG_BLOCK, &ending, &before_);
    fd_ = UniqueFd{::signalfd(-1, &ending, SFD_CLOEXEC)};
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  ~HeldSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const sigset_t& before() const { return before_; }

 private:
  sigset_t before_{};
  UniqueFd fd_;
};

// A process group that ends with this object.
class Group {
 public:
  Group(std::vector<std::string> words, std::vector<std::string> variables, int output, const sigset_t& signals) {
    auto argv = pointers(words), envp = pointers(variables);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setsigmask(&attributes, &signals);
    const int failed = ::posix_spawnp(&leader_, "git", &actions, &attributes, argv.data(), envp.data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed == ENOENT) throw Error(ErrorKind::not_found, "the program git is not installed");
    if (failed != 0) throw Error::from_errno(failed, "starting git");
    ended_ = UniqueFd{static_cast<int>(::syscall(SYS_pidfd_open, leader_, 0))};
  }
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  ~Group() {
    if (leader_ > 0) end();
  }

  // Readable once its leader has ended.
  [[nodiscard]] int ended() const { return ended_.get(); }
  // Also what the leader left running: the number is the group's for as long as the leader is not reaped. Its exit code.
  int end() {
    ::kill(-leader_, SIGKILL);
    int status = 0;
    while (::waitpid(leader_, &status, 0) < 0 && errno == EINTR) {
    }
    leader_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t leader_ = -1;
  UniqueFd ended_;
};

std::string in_words(std::chrono::milliseconds time) {
  if (time < std::chrono::seconds{1}) return std::to_string(time.count()) + " ms";
  if (time < std::chrono::minutes{2}) return std::to_string(time.count() / 1000) + " s";
  return std::to_string(time.count() / 60000) + " min";
}

}  // namespace

Git::Git(std::string transport, FetchLimits limits)
    : transport_(std::move(transport)), limits_(limits), deadline_(steady_clock::now() + limits.total) {}

Git::Finished Git::run(const std::vector<std::string>& arguments) const {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw Error::from_errno(errno, "making a pipe");
  const UniqueFd from{ends[0]};
  UniqueFd to{ends[1]};
  const HeldSignals signals;
  Group git{words_of(arguments), environment_for(transport_), to.get(), signals.before()};
  to.reset();
  Finished done;
  char buffer[16384];
  bool open = true;
  for (auto heard = steady_clock::now(); done.gave_up.empty();) {
    const auto until = std::min(heard + limits_.silence, deadline_);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now()).count();
    std::array<pollfd, 2> ready{pollfd{open ? from.get() : git.ended(), POLLIN, 0}, pollfd{signals.fd(), POLLIN, 0}};
    if (left > 0 && ::poll(ready.data(), ready.size(), static_cast<int>(left)) < 0 && errno != EINTR) {
      throw Error::from_errno(errno, "waiting for git");
    }
    if (ready[1].revents != 0) {
      done.gave_up = "it was interrupted";
    } else if (ready[0].revents != 0 && !open) {
      break;
    } else if (ready[0].revents != 0) {
      const auto got = ::read(from.get(), buffer, sizeof buffer);
      open = got != 0;
      if (got < 0 && errno != EINTR) throw Error::from_errno(errno, "reading what git says");
      // What is too much is read all the same, so that git does not wait for its reader.
      if (got > 0 && done.output.size() < kMaxOutput) done.output.append(buffer, static_cast<std::size_t>(got));
      heard = steady_clock::now();
    } else if (steady_clock::now() >= deadline_) {
      done.gave_up = "it was not done after " + in_words(limits_.total);
    } else if (steady_clock::now() >= until) {
      done.gave_up = "nothing was heard for " + in_words(limits_.silence);
    }
  }
  done.code = git.end();
  return done;
}

void Git::must(const std::vector<std::string>& arguments, const std::string& what) const {
  if (const auto done = run(arguments); done.code != 0) throw failure(what, done);
}

Error Git::failure(const std::string& what, const Finished& done) {
  if (!done.gave_up.empty()) {
    return Error(ErrorKind::unavailable, what + ": " + done.gave_up)
        .remedy("see whether git ls-remote gets an answer from there");
  }
  // What git complains of first tells most; without a complaint the last words do.
  std::string_view said = done.output;
  if (const auto fatal = said.find("fatal: "); fatal != std::string_view::npos) {
    said.remove_prefix(fatal + 7);
    said = said.substr(0, said.find('\n'));
  } else {
    said = said.substr(0, said.find_last_not_of("\r\n") + 1);
    said.remove_prefix(said.find_last_of("\r\n") + 1);
  }
  return Error(ErrorKind::unavailable, what + (said.empty() ? "" : ": " + std::string{said}));
}

}  // namespace stack::compose
