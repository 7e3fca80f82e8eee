#include "engine/service/process_list.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

#include <pwd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

namespace stack::service {
namespace {

template <class Number>
Number number_of(std::string_view word) {
  Number number{};
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

// The user's name by this machine's own file, or the number: no name service is asked, which could take its time.
std::string user_text(uid_t uid) {
  std::string name = std::to_string(uid);
  std::FILE* file = std::fopen("/etc/passwd", "re");
  if (file == nullptr) return name;
  while (const passwd* entry = ::fgetpwent(file)) {
    if (entry->pw_uid != uid) continue;
    name = entry->pw_name;
    break;
  }
  std::fclose(file);
  return name;
}

std::string command_text(const std::string& folder, const std::string& name) {
  std::string command = read_file(folder + "/cmdline").value_or("");
  while (command.ends_with('\0')) command.pop_back();
  std::replace(command.begin(), command.end(), '\0', ' ');
  return command.empty() ? "[" + name + "]" : command;
}

std::tm local_time(Wall time) {
  const std::time_t seconds = time.time_since_epoch().count() / 1'000'000'000;
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return parts;
}

Nanos since_boot() {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return std::chrono::seconds{time.tv_sec} + Nanos{time.tv_nsec};
}

std::optional<std::vector<std::string>> row_of(std::int32_t pid, Wall now, Nanos uptime) {
  const std::string folder = "/proc/" + std::to_string(pid);
  struct stat owner {};
  const auto text = read_file(folder + "/stat");
  const auto stat = text ? parse_process_stat(*text) : std::nullopt;
  if (!stat || ::stat(folder.c_str(), &owner) != 0) return std::nullopt;
  const std::int64_t ticks = ::sysconf(_SC_CLK_TCK);
  const Nanos begun{static_cast<std::int64_t>(stat->start_ticks) * (1'000'000'000 / ticks)};
  const double lived = std::max(1e-9, std::chrono::duration<double>(uptime - begun).count());
  const double used = static_cast<double>(stat->cpu_ticks) / static_cast<double>(ticks);
  return std::vector<std::string>{user_text(owner.st_uid),
                                  std::to_string(pid),
                                  std::to_string(stat->parent),
                                  std::to_string(std::min(99, static_cast<int>(100 * used / lived))),
                                  start_time_text(now - (uptime - begun), now),
                                  terminal_text(stat->terminal),
                                  cpu_time_text(stat->cpu_ticks, ticks),
                                  command_text(folder, stat->name)};
}

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  const std::size_t open = text.find('('), close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  // From the third field on; see proc(5).
  const std::vector<std::string_view> fields = words_of(text.substr(close + 1));
  if (fields.size() < 20) return std::nullopt;
  return ProcessStat{.name = std::string{text.substr(open + 1, close - open - 1)},
                     .parent = number_of<std::int32_t>(fields[1]),
                     .terminal = number_of<std::int32_t>(fields[4]),
                     .cpu_ticks = number_of<std::uint64_t>(fields[11]) + number_of<std::uint64_t>(fields[12]),
                     .start_ticks = number_of<std::uint64_t>(fields[19])};
}

std::string cpu_time_text(std::uint64_t ticks, std::int64_t ticks_per_second) {
  const std::uint64_t seconds = ticks / static_cast<std::uint64_t>(ticks_per_second);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%02llu:%02llu:%02llu", static_cast<unsigned long long>(seconds / 3600),
                static_cast<unsigned long long>(seconds / 60 % 60), static_cast<unsigned long long>(seconds % 60));
  return text.data();
}

std::string terminal_text(std::int32_t device) {
  const auto number = static_cast<dev_t>(static_cast<std::uint32_t>(device));
  const unsigned kind = major(number), which = minor(number);
  if (kind >= 136 && kind <= 143) return "pts/" + std::to_string(which + (kind - 136) * 256);
  if (kind == 4 && which < 64) return "tty" + std::to_string(which);
  return "?";
}

std::string start_time_text(Wall started, Wall now) {
  const std::tm then = local_time(started), today = local_time(now);
  const char* form = then.tm_year != today.tm_year ? "%Y" : then.tm_yday != today.tm_yday ? "%b%d" : "%H:%M";
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), form, &then)};
}

api::ProcessTable processes_of(const std::vector<std::int32_t>& pids, Wall now) {
  api::ProcessTable table{.titles = {"UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"}, .processes = {}};
  const Nanos uptime = since_boot();
  for (const std::int32_t pid : pids) {
    try {
      if (auto row = row_of(pid, now, uptime)) table.processes.push_back(std::move(*row));
    } catch (const Error&) {
      // It ended between two reads.
    }
  }
  return table;
}

}  // namespace stack::service
