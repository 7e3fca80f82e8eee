#include "cli/commands/container_output.h"

#include <algorithm>
#include <iostream>

#include "base/file.h"
#include "base/moment.h"
#include "base/percent.h"
#include "cli/commands/exit_codes.h"
#include "cli/view/container_rows.h"
#include "cli/view/printable.h"
#include "engine/client/stream_frames.h"
#include "engine/client/unix_socket.h"

namespace stack::cli {
namespace {

constexpr std::size_t kCellMin = 20, kGap = 3;  // of the table of processes, as Docker has them

std::string seconds_of(const char* flag, const std::string& text) {
  Wall moment;
  try {
    moment = parse_moment(text, SystemClock{}.wall());
  } catch (Error& error) {
    throw error.context("invalid value for \"" + std::string{flag} + "\"");
  }
  const std::int64_t nanos = moment.time_since_epoch().count();
  const std::string fraction = std::to_string(nanos % 1'000'000'000);
  return std::to_string(nanos / 1'000'000'000) + "." + std::string(9 - fraction.size(), '0') + fraction;
}

std::string log_query(const ContainerLogsFlags& flags) {
  std::string query = "stdout=1&stderr=1";
  if (flags.follow) query += "&follow=1";
  if (flags.timestamps) query += "&timestamps=1";
  if (flags.details) query += "&details=1";
  if (!flags.since.empty()) query += "&since=" + seconds_of("since", flags.since);
  if (!flags.until.empty()) query += "&until=" + seconds_of("until", flags.until);
  return query + "&tail=" + percent_encode(flags.tail);
}

}  // namespace

int container_logs(Session& session, const ContainerLogsFlags& flags) {
  client::EngineClient& engine = session.engine();
  const bool tty = parse_inspected(engine.inspect_container(flags.container, false)).tty;
  const std::string query = log_query(flags);
  catch_interrupts();
  client::StreamFrames frames;
  const auto write = [](bool error, std::string_view bytes) {
    write_all(BorrowedFd{error ? 2 : 1}, bytes, error ? "writing to standard error" : "writing to standard output");
  };
  try {
    engine.container_logs(
        flags.container, query, [&](std::string_view bytes) { tty ? write(false, bytes) : frames.feed(bytes, write); },
        &interrupted);
  } catch (const Error&) {
    if (!interrupted.load()) throw;
    return interrupted_exit(session);
  }
  return 0;
}

int container_top(Session& session, const ContainerTopFlags& flags) {
  std::string arguments;
  for (const std::string& word : flags.ps_arguments) arguments += (arguments.empty() ? "" : " ") + word;
  const api::ProcessTable table = session.engine().processes(flags.container, arguments);
  // A column is as wide as its widest cell.
  std::vector<std::size_t> widths(table.titles.size());
  const auto widen = [&](const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < std::min(row.size(), widths.size()); ++i)
      widths[i] = std::max({widths[i], kCellMin, printable(row[i]).size() + kGap});
  };
  widen(table.titles);
  for (const auto& row : table.processes) widen(row);
  const auto write = [&](const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string cell = printable(row[i]);
      const bool last = i + 1 >= row.size();
      std::cout << cell << (last ? "\n" : std::string(widths[i] - cell.size(), ' '));
    }
  };
  write(table.titles);
  for (const auto& row : table.processes) write(row);
  return 0;
}

int container_port(Session& session, const ContainerPortFlags& flags) {
  const std::vector<PublishedPort> ports =
      parse_published_ports(session.engine().inspect_container(flags.container, false));
  const std::string wanted = flags.port.find('/') == std::string::npos ? flags.port + "/tcp" : flags.port;
  bool found = false;
  for (const PublishedPort& port : ports) {
    if (flags.port.empty()) {
      std::cout << port.name << " -> " << port.place << "\n";
    } else if (port.name == wanted) {
      std::cout << port.place << "\n";
      found = true;
    }
  }
  if (!flags.port.empty() && !found)
    throw Error(ErrorKind::not_found, "No public port '" + flags.port + "' published for " + flags.container);
  return 0;
}

}  // namespace stack::cli
