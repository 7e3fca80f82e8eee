#include "cli/args/command.h"
#include "cli/commands/volume.h"

namespace stack::cli {

void add_volume_group(Command& stack) {
  Command group = stack.group("volume", "Manage volumes");
  group.verb("ls", "List volumes", volume_ls, [](Command& c, VolumeLsFlags& f) {
    c.alias("list");
    c.flag("-q,--quiet", f.quiet, "Only display volume names");
    c.list("-f,--filter", f.filters, "dangling=BOOL, driver=NAME, label=NAME[=VALUE], name=PART");
    c.text("--format", f.format, "Output format: table, json, or a Go template, as in '{{.Name}}'");
  });
  group.verb("create", "Create a volume", volume_create, [](Command& c, VolumeCreateFlags& f) {
    c.optional_word("VOLUME", f.name, "Its name; without one it is anonymous and gets one");
    c.text("-d,--driver", f.driver, "Specify volume driver name");
    c.hidden_text("--name", f.named);  // deprecated there
    c.list("--label", f.labels, "Set metadata for a volume, NAME=VALUE");
    c.list("-o,--opt", f.options, "Set driver specific options, NAME=VALUE");
  });
  group.verb("inspect", "Display detailed information on one or more volumes", volume_inspect,
             [](Command& c, VolumeInspectFlags& f) {
               c.words("VOLUME", f.names, "Names");
               c.text("-f,--format", f.format, "Output format: json, or a Go template, as in '{{.Mountpoint}}'");
             });
  group.verb("rm", "Remove one or more volumes that no container has", volume_rm, [](Command& c, VolumeRmFlags& f) {
    c.alias("remove");
    c.words("VOLUME", f.names, "Names");
    c.flag("-f,--force", f.force, "Do not fail when a volume does not exist");
  });
  group.verb("prune", "Remove anonymous volumes that no container has", volume_prune,
             [](Command& c, VolumePruneFlags& f) {
               c.flag("-a,--all", f.all, "Remove all unused volumes, not just anonymous ones");
               c.flag("-f,--force", f.force, "Do not prompt for confirmation");
               c.list("--filter", f.filters, "label=NAME[=VALUE], label!=NAME[=VALUE]");
             });
}

}  // namespace stack::cli
