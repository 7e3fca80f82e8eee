#include <CLI/CLI.hpp>

#include "cli/args/app.h"
#include "cli/args/command.h"
#include "cli/commands/system.h"

namespace stack::cli {
namespace {

void add_system(CLI::App& app, Chosen& chosen) {
  CLI::App& group = *app.add_subcommand("system", "Look at and manage the engine");
  group.require_subcommand(0, 1);
  CLI::App& info = *group.add_subcommand("info", "Describe the engine and its machine");
  const auto format = std::make_shared<std::string>("pretty");
  info.add_option("-f,--format", *format, "Format of the output (pretty, json)");
  info.callback(
      [&chosen, format] { chosen.action = [format](Session& session) { return system_info(session, *format); }; });
  CLI::App& df = *group.add_subcommand("df", "Show how much of the disk images, containers and volumes take");
  const auto f = std::make_shared<SystemDfFlags>();
  df.add_flag("-v,--verbose", f->verbose, "Show each of them by itself");
  df.add_option("--format", f->format, "Output format: table, json, or a Go template");
  choose(df, chosen, f, system_df);
  CLI::App& leave = *group.add_subcommand("shutdown", "Stop the engine; containers run on");
  leave.callback([&chosen] { chosen.action = [](Session& session) { return system_shutdown(session); }; });
}

}  // namespace

void add_engine_groups(CLI::App& app, Chosen& chosen) {
  add_image_group(app, chosen);
  add_system(app, chosen);
}

}  // namespace stack::cli
