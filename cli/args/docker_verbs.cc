#include "cli/args/command.h"
#include "cli/args/docker_app.h"
#include "cli/commands/container_verbs.h"
#include "cli/commands/docker_objects.h"
#include "cli/commands/events.h"
#include "cli/commands/image.h"

namespace stack::cli {

void declare_inspect(Command& c, InspectFlags& f) {
  c.words("NAME", f.names, "Names or IDs");
  c.text("-f,--format", f.format, "Format output using a custom template: json, or a Go template");
  c.flag("-s,--size", f.size, "Display total file sizes if the type is container");
  c.text("--type", f.type, "Only inspect objects of the given type");
}

namespace {

void declare_info(Command& c, DockerInfoFlags& f) {
  c.text("-f,--format", f.format, "Format output using a custom template: json, or a Go template");
}

void add_about(Command& docker) {
  docker.verb("inspect", "Return low-level information on Docker objects", inspect, declare_inspect);
  docker.verb("version", "Show the Docker version information", docker_version, [](Command& c, DockerVersionFlags& f) {
    c.text("-f,--format", f.format, "Format output using a custom template: json, or a Go template");
  });
  docker.verb("info", "Display system-wide information", docker_info, declare_info);
  docker.verb("events", "Get real time events from the server", system_events, declare_system_events);
}

void add_docker_lists(Command& docker) {
  docker.verb("ps", "List containers", container_ls, declare_container_ls);
  docker.verb("images", "List images", image_ls, declare_image_ls);
  docker.verb("rmi", "Remove one or more images", image_rm, declare_image_rm);
}

void add_context_group(Command& docker) {
  Command group = docker.group("context", "Manage contexts");
  group.verb("ls", "List contexts", context_ls, [](Command& c, ContextLsFlags& f) {
    c.alias("list");
    c.flag("-q,--quiet", f.quiet, "Only show context names");
    c.text("--format", f.format, "Format output using a custom template: table, json, or a Go template");
  });
  group.verb("show", "Print the name of the current context", context_show);
  group.verb("use", "Set the current docker context", context_use,
             [](Command& c, ContextNameFlags& f) { c.word("CONTEXT", f.name, "Its name"); });
  group.verb("inspect", "Display detailed information on one or more contexts", context_inspect,
             [](Command& c, ContextInspectFlags& f) {
               c.optional_words("CONTEXT", f.names, "Names");
               c.text("-f,--format", f.format, "Format output using a custom template: json, or a Go template");
             });
}

void add_system_group(Command& docker) {
  Command group = docker.group("system", "Manage Docker");
  group.verb("info", "Display system-wide information", docker_info, declare_info);
  add_system_verbs(group);
  group.verb("dial-stdio", "Proxy the stdio stream to the daemon connection. Should not be invoked manually.",
             dial_stdio);
}

}  // namespace

void add_docker_verbs(Command& docker) {
  add_container_verbs(docker);
  add_docker_lists(docker);
  add_image_verbs(docker);
  add_logins(docker);
  add_about(docker);
  add_container_group(docker);
  add_image_group(docker, Dialect::docker);
  add_network_group(docker);
  add_volume_group(docker);
  add_builder_group(docker, "builder");
  add_builder_group(docker, "buildx");
  add_system_group(docker);
  add_context_group(docker);
  add_completion(docker);
}

}  // namespace stack::cli
