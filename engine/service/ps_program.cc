#include "engine/service/ps_program.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <optional>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/pipe.h"
#include "base/scope_guard.h"

namespace stack::service {

namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";
constexpr std::size_t kOutputMax = 16 << 20;  // bytes: more processes than a machine has

std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields;
  for (std::size_t at = line.find_first_not_of(kBlanks); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
    fields.emplace_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBlanks, end);
  }
  return fields;
}

struct Said {
  std::string out, err;
};

pid_t spawn(const std::vector<std::string>& words, const Pipe& out, const Pipe& err) {
  std::vector<char*> argv;
  std::string program = "ps";
  argv.push_back(program.data());
  std::vector<std::string> copies = words;
  for (std::string& word : copies) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  const ScopeGuard destroy{[&] { ::posix_spawn_file_actions_destroy(&actions); }};
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out.writing.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err.writing.get(), STDERR_FILENO);
  pid_t pid = 0;
  const int failed = ::posix_spawnp(&pid, argv.front(), &actions, nullptr, argv.data(), environ);
  if (failed == 0) return pid;
  if (failed != ENOENT) throw Error::from_errno(failed, "ps");
  throw Error(ErrorKind::unsupported, "ps: executable file not found in $PATH")
      .remedy("install the package procps, or leave the arguments out: the columns of ps -ef are there without it");
}

// Milliseconds, for poll(2).
int left_until(Mono deadline, const Clock& clock) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock.mono());
  return static_cast<int>(std::max<std::int64_t>(0, left.count()));
}

// Nothing when the deadline passes before both ends are closed.
std::optional<Said> read_both(const Pipe& out, const Pipe& err, Mono deadline, const Clock& clock) {
  Said said;
  std::array<pollfd, 2> ends{pollfd{out.reading.get(), POLLIN, 0}, pollfd{err.reading.get(), POLLIN, 0}};
  std::array<std::string*, 2> texts{&said.out, &said.err};
  std::array<char, 64 << 10> buffer{};
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    const int ready = ::poll(ends.data(), ends.size(), left_until(deadline, clock));
    if (ready == 0) return std::nullopt;
    if (ready < 0 && errno != EINTR) throw Error::from_errno(errno, "poll");
    for (std::size_t i = 0; i < ends.size(); ++i) {
      if (ends.at(i).fd < 0 || ends.at(i).revents == 0) continue;
      const ssize_t got = ::read(ends.at(i).fd, buffer.data(), buffer.size());
      if (got > 0 && texts.at(i)->size() < kOutputMax)
        texts.at(i)->append(buffer.data(), static_cast<std::size_t>(got));
      if (got == 0 || (got < 0 && errno != EINTR)) ends.at(i).fd = -1;
    }
  }
  return said;
}

// The engine's children are reaped by the kernel: how ps ended is not known, and what it says tells enough.
Said run(const std::vector<std::string>& words, const Clock& clock, Nanos patience) {
  Pipe out, err;
  const Mono deadline = clock.mono() + patience;
  const pid_t pid = spawn(words, out, err);
  const UniqueFd process{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  out.writing.reset();
  err.writing.reset();
  if (std::optional<Said> said = read_both(out, err, deadline, clock)) {
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) continue;
    return *std::move(said);
  }
  // It may hang in the kernel, in what no signal ends.
  if (process) ::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
  ::waitpid(pid, nullptr, WNOHANG);
  throw Error(ErrorKind::unavailable, "ps does not answer").remedy("ask without arguments: that does not need ps");
}

}  // namespace

std::vector<std::string> ps_words(std::string_view arguments) {
  std::vector<std::string> words = fields_of(arguments);
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || word.compare(equals + 1, 3, "PID") != 0 || word.substr(0, equals) == "pid")
      continue;
    throw Error(ErrorKind::invalid, "specifying \"" + word + "\" is not allowed");
  }
  return words;
}

api::ProcessTable parse_ps_output(std::string_view output, const std::vector<std::int32_t>& pids) {
  const auto next_line = [&output] {
    const std::size_t end = std::min(output.find('\n'), output.size());
    const std::string_view line = output.substr(0, end);
    output.remove_prefix(std::min(end + 1, output.size()));
    return line;
  };
  api::ProcessTable table{.titles = fields_of(next_line()), .processes = {}};
  const auto pid_title = std::find(table.titles.begin(), table.titles.end(), "PID");
  if (pid_title == table.titles.end())
    throw Error(ErrorKind::invalid, "Couldn't find PID field in ps output").remedy("ask for the column pid as well");
  const auto pid_column = static_cast<std::size_t>(pid_title - table.titles.begin());
  bool above = false;  // the row above belongs to the container
  while (!output.empty()) {
    std::vector<std::string> cells = fields_of(next_line());
    if (cells.size() <= pid_column) continue;
    if (const std::string& text = cells[pid_column]; text != "-") {
      std::int32_t pid = 0;
      std::from_chars(text.data(), text.data() + text.size(), pid);
      above = std::find(pids.begin(), pids.end(), pid) != pids.end();
    }
    if (!above) continue;
    for (; cells.size() > table.titles.size(); cells.pop_back()) {
      std::string& last = cells[cells.size() - 2];
      last += " " + cells.back();
    }
    table.processes.push_back(std::move(cells));
  }
  return table;
}

api::ProcessTable run_ps(const std::vector<std::string>& words, const std::vector<std::int32_t>& pids,
                         const Clock& clock, Nanos patience) {
  std::string list = "-q";
  for (const std::int32_t pid : pids) list += (list.size() == 2 ? "" : ",") + std::to_string(pid);
  std::vector<std::string> narrowed = words;
  narrowed.push_back(list);
  Said said = run(narrowed, clock, patience);
  // Some of its options do not go with -q.
  if (!said.err.empty() || said.out.empty()) said = run(words, clock, patience);
  if (said.out.empty()) {
    // dockerd's status for it is 500.
    const std::string line = said.err.substr(0, said.err.find('\n'));
    throw Error("ps: " + (line.empty() ? "it printed nothing" : line));
  }
  return parse_ps_output(said.out, pids);
}

}  // namespace stack::service
