#include "cli/args/command.h"
#include "cli/commands/prune.h"
#include "cli/commands/stats_verbs.h"

namespace stack::cli {

void declare_stats(Command& c, StatsFlags& f) {
  c.flag("-a,--all", f.all, "Show all containers (default shows just running)");
  c.text("--format", f.format, "Output format: table, json, or a Go template, as in '{{.Name}}: {{.CPUPerc}}'");
  c.flag("--no-stream", f.no_stream, "Only show one result");
  c.flag("--no-trunc", f.no_trunc, "Do not truncate the output");
}

void add_container_group(Command& stack) {
  Command group = stack.group("container", "Manage containers of any project");
  group.verb("prune", "Remove all stopped containers", container_prune, [](Command& c, ContainerPruneFlags& f) {
    c.flag("-f,--force", f.force, "Do not prompt for confirmation");
    c.list("--filter", f.filters, "label=NAME[=VALUE], label!=NAME[=VALUE], until=TIME");
  });
  group.verb("stats", "Show what containers use, as it changes", container_stats, [](Command& c, StatsFlags& f) {
    c.optional_words("CONTAINER", f.containers, "Names or IDs; none: all");
    declare_stats(c, f);
  });
}

}  // namespace stack::cli
