#include "cli/commands/system.h"

#include <filesystem>
#include <iostream>

#include "cli/view/format_json.h"
#include "cli/view/info_view.h"
#include "cli/view/usage_view.h"
#include "engine/client/engine_end.h"

namespace stack::cli {

namespace {

// Also an engine whose socket somebody removed: its lock files name its process.
int end_unreachable(const Session& session) {
  if (session.addressed()) return 0;
  const auto ended = client::end_engine(session.root(), std::filesystem::path{session.socket_path()}.parent_path());
  if (ended) {
    std::cerr << "note: the engine had no socket at " << session.socket_path() << ": stopped it by its process ID, "
              << *ended << '\n';
  }
  return 0;
}

}  // namespace

int system_info(Session& session, const SystemInfoFlags& flags) {
  const api::SystemInfo info = session.engine().info();
  std::cout << (flags.format.empty() || flags.format == "pretty" ? info_text(info, SystemClock{}.wall())
                                                                 : format_rows(flags.format, info_line(info), {}));
  return 0;
}

int system_shutdown(Session& session) {
  if (!client::EngineClient::answers(session.socket_path())) return end_unreachable(session);
  for (const std::string& what : session.engine(false).shutdown()) std::cerr << "note: " << what << '\n';
  return 0;
}

int system_df(Session& session, const SystemDfFlags& flags) {
  if (flags.verbose && flags.format != "table")
    throw Error(ErrorKind::invalid, "--verbose cannot be combined with --format");
  const api::DiskUsage usage = session.engine().disk_usage();
  std::cout << (flags.verbose             ? disk_usage_lists(usage, session.engine().images(), SystemClock{}.wall())
                : flags.format == "table" ? disk_usage_table(usage)
                                          : format_rows(flags.format, disk_usage_lines(usage), disk_usage_titles()));
  return 0;
}

}  // namespace stack::cli
