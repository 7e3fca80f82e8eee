#include <CLI/CLI.hpp>

#include "cli/args/app.h"
#include "cli/commands/image.h"
#include "cli/commands/system.h"

namespace stack::cli {
namespace {

void add_image(CLI::App& app, Chosen& chosen) {
  CLI::App& group = *app.add_subcommand("image", "Manage images");
  group.require_subcommand(1);
  {
    CLI::App& c = *group.add_subcommand("import", "Make an image of a root file system's tar archive");
    const auto f = std::make_shared<ImageImportFlags>();
    c.add_option("FILE", f->file, "The archive, plain or compressed; - for standard input")->required();
    c.add_option("NAME", f->reference, "Name of the image, as in busybox:latest");
    c.add_option("-c,--change", f->changes, "Apply a Dockerfile instruction, as in 'CMD [\"sh\"]'")
        ->allow_extra_args(false)
        ->type_size(1)
        ->take_all();
    c.add_option("-m,--message", f->message, "Message for the image's history");
    c.callback([&chosen, f] { chosen.action = [f](Session& session) { return image_import(session, *f); }; });
  }
  {
    CLI::App& c = *group.add_subcommand("ls", "List images");
    const auto f = std::make_shared<ImageLsFlags>();
    c.add_flag("-q,--quiet", f->quiet, "Only show image ids");
    c.add_flag("--no-trunc", f->no_trunc, "Don't truncate output");
    c.add_option("--format", f->format, "Output format: table or json");
    c.callback([&chosen, f] { chosen.action = [f](Session& session) { return image_ls(session, *f); }; });
  }
}

void add_system(CLI::App& app, Chosen& chosen) {
  CLI::App& group = *app.add_subcommand("system", "Look at and manage the engine");
  group.require_subcommand(1);
  CLI::App& info = *group.add_subcommand("info", "Describe the engine and its machine");
  const auto format = std::make_shared<std::string>("pretty");
  info.add_option("-f,--format", *format, "Format of the output (pretty, json)");
  info.callback(
      [&chosen, format] { chosen.action = [format](Session& session) { return system_info(session, *format); }; });
  CLI::App& leave = *group.add_subcommand("shutdown", "Stop the engine; containers run on");
  leave.callback([&chosen] { chosen.action = [](Session& session) { return system_shutdown(session); }; });
}

}  // namespace

void add_engine_groups(CLI::App& app, Chosen& chosen) {
  add_image(app, chosen);
  add_system(app, chosen);
}

}  // namespace stack::cli
