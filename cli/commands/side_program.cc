#include "cli/commands/side_program.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <optional>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/pipe.h"
#include "base/unique_fd.h"
#include "cli/commands/session.h"
#include "cli/view/printable.h"

namespace stack::cli {
namespace {

constexpr std::size_t kLineMax = 1 << 20;
constexpr std::size_t kLastWords = 2048;
constexpr std::chrono::seconds kGrace{2};  // between being asked to end and being ended

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// A write to a program that has ended is an error, and no signal.
class NoBrokenPipe {
 public:
  NoBrokenPipe() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &before_);
  }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;
  ~NoBrokenPipe() { ::sigaction(SIGPIPE, &before_, nullptr); }

 private:
  struct sigaction before_ {};
};

class SideProgram {
 public:
  explicit SideProgram(const ProgramCall& call) : name_(call.program) {
    Pipe in, out, err;
    std::vector<std::string> words{call.program}, variables;
    words.insert(words.end(), call.arguments.begin(), call.arguments.end());
    for (const auto& [name, value] : call.environment) variables.push_back(name + "=" + value);
    auto argv = pointers(words), envp = pointers(variables);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in.reading.get(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out.writing.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, err.writing.get(), STDERR_FILENO);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    const int failed = ::posix_spawn(&leader_, call.program.c_str(), &actions, &attributes, argv.data(), envp.data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
      leader_ = -1;
      throw Error::from_errno(failed, "running " + call.program);
    }
    ended_ = UniqueFd{static_cast<int>(::syscall(SYS_pidfd_open, leader_, 0))};
    if (!ended_) {
      const int error = errno;
      end(SIGKILL);
      throw Error::from_errno(error, "watching " + call.program);
    }
    in_ = std::move(in.writing);
    out_ = std::move(out.reading);
    err_ = std::move(err.reading);
    ::fcntl(in_.get(), F_SETFL, O_NONBLOCK);
  }
  SideProgram(const SideProgram&) = delete;
  SideProgram& operator=(const SideProgram&) = delete;
  ~SideProgram() {
    if (leader_ > 0) end(SIGKILL);
  }

  // Until it has ended and what it wrote is read, whoever else may hold its pipes.
  ProgramEnd talk(const OnLine& on_line) {
    for (bool over = false; !over;) {
      std::array<pollfd, 5> ready{pollfd{out_ ? out_.get() : -1, POLLIN, 0}, pollfd{err_ ? err_.get() : -1, POLLIN, 0},
                                  pollfd{answer_.empty() || !in_ ? -1 : in_.get(), POLLOUT, 0},
                                  pollfd{wake_fd(), POLLIN, 0}, pollfd{ended_.get(), POLLIN, 0}};
      if (::poll(ready.data(), ready.size(), patience()) < 0 && errno != EINTR)
        throw Error::from_errno(errno, "waiting for " + name_);
      if (interrupted.load()) ask_to_end(ready[3].revents != 0);
      if (ready[0].revents != 0) take_output(on_line);
      if (ready[1].revents != 0) take_error();
      if (ready[2].revents != 0) give_answer();
      if (ready[4].revents != 0) {
        // What it has left behind in its group says nothing more.
        ::kill(-leader_, SIGKILL);
        over = ready[0].revents == 0 && ready[1].revents == 0;
      }
    }
    in_.reset();
    const int code = end(0);
    if (asked_) throw Error(name_ + " was interrupted");
    if (!line_.empty()) on_line(line_);
    return {code, std::move(last_words_)};
  }

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  // For poll(2), in milliseconds.
  [[nodiscard]] int patience() const {
    if (!asked_) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*asked_ + kGrace - std::chrono::steady_clock::now());
    return std::max(0, static_cast<int>(left.count()));
  }

  // It is ended when the user asks again, or when it takes its time. `again`: there was a signal just now.
  void ask_to_end(bool again) {
    std::array<char, 64> bytes;
    while (::read(wake_fd(), bytes.data(), bytes.size()) > 0) {
    }
    if (!asked_) {
      asked_ = std::chrono::steady_clock::now();
      ::kill(-leader_, SIGTERM);
    } else if (again || patience() == 0) {
      ::kill(-leader_, SIGKILL);
    }
  }

  static ssize_t read_some(UniqueFd& from, std::array<char, 4096>& block) {
    ssize_t got = ::read(from.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) return -1;
    if (got <= 0) from.reset();
    return got;
  }

  void take_output(const OnLine& on_line) {
    std::array<char, 4096> block;
    const ssize_t got = read_some(out_, block);
    if (got <= 0) return;
    line_.append(block.data(), static_cast<std::size_t>(got));
    if (line_.size() > kLineMax) throw Error(ErrorKind::invalid, name_ + " prints a line of more than 1 MiB");
    for (std::size_t end = 0; (end = line_.find('\n')) != std::string::npos;) {
      const std::string line = line_.substr(0, end);
      line_.erase(0, end + 1);
      answer_ += on_line(line);
    }
  }

  void take_error() {
    std::array<char, 4096> block;
    const ssize_t got = read_some(err_, block);
    if (got <= 0) return;
    last_words_.append(block.data(), static_cast<std::size_t>(got));
    if (last_words_.size() > kLastWords) last_words_.erase(0, last_words_.size() - kLastWords);
  }

  // What it does not want to read is lost, which is its business.
  void give_answer() {
    const ssize_t put = ::write(in_.get(), answer_.data(), answer_.size());
    if (put < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (put < 0) return in_.reset();
    answer_.erase(0, static_cast<std::size_t>(put));
  }

  int end(int signal) {
    if (signal != 0) ::kill(-leader_, signal);
    int status = 0;
    while (::waitpid(leader_, &status, 0) < 0 && errno == EINTR) {
    }
    leader_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  const std::string name_;
  pid_t leader_ = -1;
  UniqueFd in_, out_, err_;
  UniqueFd ended_;  // the process, readable when it has ended
  std::optional<SteadyTime> asked_;
  std::string line_;    // the beginning of one
  std::string answer_;  // what is still to be written
  std::string last_words_;
};

std::string value_of(const std::map<std::string, std::string>& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string{} : found->second;
}

bool is_program(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::string on_path(const std::string& name, const std::map<std::string, std::string>& environment) {
  const std::string path = value_of(environment, "PATH");
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    const std::string folder = path.substr(at, end - at);
    if (!folder.empty() && is_program(folder + "/" + name)) return folder + "/" + name;
    at = end + 1;
  }
  return {};
}

}  // namespace

ProgramEnd run_program(const ProgramCall& call, const OnLine& on_line) {
  catch_interrupts();
  const NoBrokenPipe guard;
  return SideProgram{call}.talk(on_line);
}

std::string output_of(const ProgramCall& call) {
  std::string output;
  const ProgramEnd end = run_program(call, [&](std::string_view line) {
    output += std::string{line} + "\n";
    return std::string{};
  });
  if (end.code == 0) return output;
  const std::string said = printable(end.last_words.empty() ? output : end.last_words);
  throw Error(call.program + " exited with code " + std::to_string(end.code) + (said.empty() ? "" : ": " + said));
}

std::string find_plugin(const std::string& name, const std::map<std::string, std::string>& environment) {
  const std::string config = value_of(environment, "DOCKER_CONFIG");
  const std::string own = config.empty() ? value_of(environment, "HOME") + "/.docker" : config;
  for (const std::string& folder : {own, std::string{"/usr/local/lib/docker"}, std::string{"/usr/local/libexec/docker"},
                                    std::string{"/usr/lib/docker"}, std::string{"/usr/libexec/docker"}}) {
    std::string path = folder + "/cli-plugins/docker-" + name;
    if (is_program(path)) return path;
  }
  return on_path("docker-" + name, environment);
}

std::string find_program(const std::string& name, const std::map<std::string, std::string>& environment) {
  if (name.find('/') != std::string::npos) return is_program(name) ? name : std::string{};
  if (std::string plugin = find_plugin(name, environment); !plugin.empty()) return plugin;
  for (const std::string& each : {"compose-" + name, name}) {
    if (std::string path = on_path(each, environment); !path.empty()) return path;
  }
  return {};
}

}  // namespace stack::cli
