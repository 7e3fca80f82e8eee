#include "cli/args/command.h"
#include "cli/commands/docker_objects.h"
#include "cli/commands/events.h"
#include "cli/commands/prune.h"
#include "cli/commands/system.h"

namespace stack::cli {

void declare_system_events(Command& c, SystemEventsFlags& f) {
  c.list("-f,--filter", f.filters, "Only events with this property, as NAME=VALUE");
  c.text("--format", f.format, "Output format: json, or a Go template");
  c.text("--since", f.since, "Show events since a timestamp or relative time (42m)");
  c.text("--until", f.until, "Show events until a timestamp or relative time (42m)");
}

void add_system_verbs(Command& group) {
  group.verb("df", "Show how much of the disk images, containers and volumes take", system_df,
             [](Command& c, SystemDfFlags& f) {
               c.flag("-v,--verbose", f.verbose, "Show each of them by itself");
               c.text("--format", f.format, "Output format: table, json, or a Go template");
             });
  group.verb("events", "Receive real time events of the engine", system_events,
             [](Command& c, SystemEventsFlags& f) { declare_system_events(c, f); });
  group.verb("prune", "Remove what nothing uses: containers, networks, images, build cache", system_prune,
             [](Command& c, SystemPruneFlags& f) {
               c.flag("-a,--all", f.all, "Remove all images without a container, not just dangling ones");
               c.flag("--volumes", f.volumes, "Remove anonymous volumes as well");
               c.flag("-f,--force", f.force, "Do not prompt for confirmation");
               c.list("--filter", f.filters, "label=NAME[=VALUE], label!=NAME[=VALUE], until=TIME");
             });
}

void add_engine_groups(Command& stack) {
  stack.verb("inspect", "Describe containers, images, networks and volumes in detail", inspect, declare_inspect);
  add_container_group(stack);
  add_image_group(stack, Dialect::stack);
  add_builder_group(stack, "builder");
  add_network_group(stack);
  add_volume_group(stack);
  Command group = stack.group("system", "Look at and manage the engine");
  group.verb("info", "Describe the engine and its machine", system_info, [](Command& c, SystemInfoFlags& f) {
    c.text("-f,--format", f.format, "Output format: pretty, json, or a Go template, as in '{{.ServerVersion}}'");
  });
  add_system_verbs(group);
  group.verb("shutdown", "Stop the engine; containers run on", system_shutdown);
}

}  // namespace stack::cli
