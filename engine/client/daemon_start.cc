#include "engine/client/daemon_start.h"

#include <array>
#include <filesystem>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/unique_fd.h"
#include "engine/client/engine_client.h"

namespace stack::client {

namespace fs = std::filesystem;

namespace {

constexpr int kReadyWaitMs = 30'000;

std::string daemon_program() {
  std::error_code failed;
  const fs::path self = fs::read_symlink("/proc/self/exe", failed);
  if (!failed) {
    for (const fs::path& candidate : {self.parent_path() / "stackd", self.parent_path() / "../sbin/stackd"}) {
      if (::access(candidate.c_str(), X_OK) == 0) return candidate.string();
    }
  }
  throw Error(ErrorKind::not_found, "stackd is not beside " + self.string()).remedy("install stack again");
}

std::string read_to_end(const UniqueFd& fd) {
  std::string text;
  std::array<char, 4096> block;
  for (;;) {
    const ssize_t got = ::read(fd.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(block.data(), static_cast<std::size_t>(got));
  }
}

// In the grandchild: becomes stackd. Only async-signal-safe calls.
[[noreturn]] void become_daemon(const std::vector<char*>& argv, int ready, int complaints) {
  const int null = ::open("/dev/null", O_RDWR);
  ::dup2(null, 0);
  ::dup2(null, 1);
  ::dup2(complaints, 2);
  ::dup2(ready, 3);
  ::fcntl(3, F_SETFD, 0);
  ::close_range(4, ~0U, 0);
  if (::chdir("/") != 0) ::_exit(1);
  ::execv(argv.front(), argv.data());
  static constexpr char kText[] = "stackd: cannot be executed\n";
  if (::write(2, kText, sizeof kText - 1) < 0) ::_exit(1);
  ::_exit(1);
}

void start(const DaemonPlace& place) {
  std::vector<std::string> words{daemon_program(), "--on-demand", "--ready-fd=3"};
  if (!place.root.empty()) words.push_back("--root=" + place.root);
  if (!place.run.empty()) words.push_back("--run=" + place.run);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::array<int, 2> ready{}, complaints{};
  if (::pipe2(ready.data(), O_CLOEXEC) != 0 || ::pipe2(complaints.data(), O_CLOEXEC) != 0) {
    throw Error::from_errno(errno, "making a pipe");
  }
  const UniqueFd ready_read{ready[0]}, complaints_read{complaints[0]};
  UniqueFd ready_write{ready[1]}, complaints_write{complaints[1]};
  const pid_t child = ::fork();
  if (child < 0) throw Error::from_errno(errno, "starting stackd");
  if (child == 0) {
    ::setsid();
    const pid_t daemon = ::fork();
    if (daemon == 0) become_daemon(argv, ready[1], complaints[1]);
    ::_exit(daemon < 0 ? errno : 0);
  }
  int ended = 0;
  if (::waitpid(child, &ended, 0) == child && WIFEXITED(ended) && WEXITSTATUS(ended) != 0)
    throw Error::from_errno(WEXITSTATUS(ended), "starting stackd");
  ready_write.reset();
  complaints_write.reset();
  pollfd state{ready_read.get(), POLLIN, 0};
  int woken = 0;
  do {
    woken = ::poll(&state, 1, kReadyWaitMs);
  } while (woken < 0 && errno == EINTR);
  char byte = 0;
  if (woken > 0 && ::read(ready_read.get(), &byte, 1) == 1) return;
  if (woken == 0) throw Error(ErrorKind::unavailable, "stackd did not become ready within 30 seconds");
  std::string said = read_to_end(complaints_read);
  while (!said.empty() && said.back() == '\n') said.pop_back();
  if (said.starts_with("stackd: ")) said.erase(0, 8);
  throw Error(ErrorKind::unavailable, "the engine does not start: " + (said.empty() ? "it gave no reason" : said));
}

}  // namespace

void ensure_daemon(const DaemonPlace& place) {
  if (EngineClient::answers(place.socket)) return;
  if (::geteuid() != 0) {
    throw Error(ErrorKind::not_permitted, "no engine answers at " + place.socket + ", and starting one needs root")
        .remedy("start it once with sudo, or run this command with sudo");
  }
  const fs::path folder = fs::path{place.socket}.parent_path();
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) throw Error::from_errno(failed.value(), "making " + folder.string());
  const UniqueFd lock{::open((folder / "start.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!lock || ::flock(lock.get(), LOCK_EX) != 0)
    throw Error::from_errno(errno, "locking " + (folder / "start.lock").string());
  if (EngineClient::answers(place.socket)) return;
  start(place);
}

}  // namespace stack::client
