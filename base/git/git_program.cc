#include "base/git/git_program.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/git/process_group.h"
#include "base/hide_credentials.h"
#include "base/unique_fd.h"

extern char** environ;

namespace stack::git {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kMaxOutput = std::size_t{1} << 20U;
constexpr milliseconds kAskEvery{100};
constexpr int kNoProgram = 127;

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

// Signals that would end this process become readable instead, and come when this goes; or they are left alone.
class HeldSignals {
 public:
  explicit HeldSignals(bool hold) {
    sigset_t ending;
    ::sigemptyset(&ending);
    if (hold) {
      for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) ::sigaddset(&ending, signal);
    }
    ::pthread_sigmask(SIG_BLOCK, &ending, &before_);
    if (hold) fd_ = UniqueFd{::signalfd(-1, &ending, SFD_CLOEXEC)};
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  ~HeldSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  // -1: they are not held.
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const sigset_t& before() const { return before_; }

 private:
  sigset_t before_{};
  UniqueFd fd_;
};

std::string in_words(milliseconds time) {
  if (time < std::chrono::seconds{1}) return std::to_string(time.count()) + " ms";
  if (time < std::chrono::minutes{2}) return std::to_string(time.count() / 1000) + " s";
  return std::to_string(time.count() / 60000) + " min";
}

}  // namespace

Git::Git(std::string transports, FetchLimits limits, GitUser user)
    : transports_(std::move(transports)),
      limits_(limits),
      user_(std::move(user)),
      deadline_(steady_clock::now() + limits.total) {}

Git Git::with_transports(std::string transports) const {
  Git other = *this;
  other.transports_ = std::move(transports);
  return other;
}

// What could run other programs or ask somebody is switched off.
std::vector<std::string> Git::environment() const {
  static constexpr std::array<std::string_view, 7> kReplaced{
      "GIT_ALLOW_PROTOCOL=", "GIT_TERMINAL_PROMPT=", "GIT_DIR=", "GIT_WORK_TREE=",
      "GIT_INDEX_FILE=",     "GIT_TEMPLATE_DIR=",    "LC_ALL="};
  std::vector<std::string> out;
  bool own_ssh = user_.environment.contains("GIT_SSH_COMMAND");
  if (user_.own_settings) {
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string_view text = *entry;
      own_ssh = own_ssh || text.starts_with("GIT_SSH");
      if (user_.environment.contains(std::string{text.substr(0, text.find('='))})) continue;
      if (std::ranges::none_of(kReplaced, [&](std::string_view it) { return text.starts_with(it); }))
        out.emplace_back(text);
    }
  } else {
    const char* const path = std::getenv("PATH");
    out.emplace_back(std::string{"PATH="} + (path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin"));
    for (const char* each : {"HOME=/dev/null", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
                             "GIT_ATTR_NOSYSTEM=1", "GIT_ASKPASS=/bin/false", "SSH_ASKPASS=/bin/false"})
      out.emplace_back(each);
  }
  for (const auto& [name, value] : user_.environment) out.push_back(name + "=" + value);
  out.push_back("GIT_ALLOW_PROTOCOL=" + transports_);
  out.emplace_back("GIT_TERMINAL_PROMPT=0");
  out.emplace_back("LC_ALL=C");
  if (!own_ssh) out.emplace_back("GIT_SSH_COMMAND=ssh -o BatchMode=yes");
  return out;
}

Git::Finished Git::run(const std::vector<std::string>& arguments) const {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw Error::from_errno(errno, "making a pipe");
  const UniqueFd from{ends[0]};
  UniqueFd to{ends[1]};
  const HeldSignals signals{!user_.stopped};
  ProcessGroup group{words_of(arguments), environment(), to.get(), signals.before()};
  to.reset();
  Finished done;
  std::array<char, 16384> buffer;
  bool over = false;
  for (auto heard = steady_clock::now(); done.gave_up.empty() && !over;) {
    const auto until = std::min(heard + limits_.silence, deadline_);
    auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
    if (user_.stopped) left = std::min(left, kAskEvery);
    std::array<pollfd, 3> ready{pollfd{from.get(), POLLIN, 0}, pollfd{group.ended(), POLLIN, 0},
                                pollfd{signals.fd(), POLLIN, 0}};
    if (left.count() > 0 && ::poll(ready.data(), ready.size(), static_cast<int>(left.count())) < 0 && errno != EINTR)
      throw Error::from_errno(errno, "waiting for git");
    if (ready[2].revents != 0 || (user_.stopped && user_.stopped())) {
      done.gave_up = "it was interrupted";
    } else if ((ready[0].revents & POLLIN) != 0) {
      const auto got = ::read(from.get(), buffer.data(), buffer.size());
      if (got < 0 && errno != EINTR) throw Error::from_errno(errno, "reading what git says");
      // What is too much is read all the same, so that git does not wait for its reader.
      if (got > 0 && done.output.size() < kMaxOutput) done.output.append(buffer.data(), static_cast<std::size_t>(got));
      heard = steady_clock::now();
    } else if (ready[1].revents != 0) {
      over = true;  // and all that it said is read
    } else if (steady_clock::now() >= deadline_) {
      done.gave_up = "it was not done after " + in_words(limits_.total);
    } else if (steady_clock::now() >= until) {
      done.gave_up = "nothing was heard for " + in_words(limits_.silence);
    }
  }
  done.code = group.end();
  if (done.gave_up.empty() && done.code == kNoProgram)
    throw Error(ErrorKind::not_found, "the program git is not installed")
        .remedy("install it: the package is called git");
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
  return Error(ErrorKind::unavailable, what + (said.empty() ? "" : ": " + hide_credentials(std::string{said})));
}

}  // namespace stack::git
