#include "cli/args/command.h"
#include "cli/args/completion.h"
#include "cli/commands/attach.h"
#include "cli/commands/config.h"
#include "cli/commands/create.h"
#include "cli/commands/events.h"
#include "cli/commands/exec.h"
#include "cli/commands/export.h"
#include "cli/commands/init.h"
#include "cli/commands/lifecycle.h"
#include "cli/commands/lint.h"
#include "cli/commands/logs.h"
#include "cli/commands/ls.h"
#include "cli/commands/port_place.h"
#include "cli/commands/project_volumes.h"
#include "cli/commands/ps.h"
#include "cli/commands/rm.h"
#include "cli/commands/run.h"
#include "cli/commands/stats_verbs.h"
#include "cli/commands/top.h"
#include "cli/commands/up.h"
#include "cli/commands/version.h"
#include "cli/commands/wait.h"
#include "cli/commands/watch.h"

namespace stack::cli {
namespace {

constexpr const char* kTimeout = "Seconds to wait for a container to stop before it is killed";
constexpr const char* kIndex = "Index of the container if the service has several replicas";

void services(Command& c, std::vector<std::string>& to) { c.optional_words("SERVICE", to, "Services; none: all"); }

void add_up(Command& stack) {
  stack.verb("up", "Create and start containers", up, [](Command& c, UpFlags& f) {
    services(c, f.services);
    c.flag("-d,--detach", f.detach, "Detached mode: run containers in the background");
    c.list("--scale", f.scale, "Scale SERVICE to NUM instances, as SERVICE=NUM");
    c.flag("--force-recreate", f.force_recreate, "Recreate containers even if nothing has changed");
    c.flag("--no-recreate", f.no_recreate, "If containers already exist, don't recreate them");
    c.flag("--always-recreate-deps", f.always_recreate_deps, "Recreate dependent containers");
    c.flag("--no-deps", f.no_deps, "Don't start linked services");
    c.flag("-V,--renew-anon-volumes", f.renew_anon_volumes, "Recreate anonymous volumes instead of keeping their data");
    c.flag("--remove-orphans", f.remove_orphans, "Remove containers for services not defined in the Compose file");
    c.flag("--no-start", f.no_start, "Don't start the services after creating them");
    c.flag("--wait", f.wait, "Wait for services to be running or healthy. Implies detached mode");
    c.number("--wait-timeout", f.wait_timeout, "Seconds to wait for the project to be running or healthy");
    c.flag("--build", f.build, "Build images before starting containers");
    c.flag("--no-build", f.no_build, "Don't build an image, even if it's policy");
    c.text("--pull", f.pull, "Pull image before running (always, missing, never)");
    c.flag("--quiet-pull", f.quiet, "Pull without printing progress information");
    c.flag("--quiet-build", f.quiet, "Suppress the build output");
    c.flag("-y,--yes", f.yes, "Assume yes as answer to all prompts");
    c.number("-t,--timeout", f.timeout, kTimeout);
    c.flag("--abort-on-container-exit", f.abort_on_container_exit, "Stop all containers if any container was stopped");
    c.flag("--abort-on-container-failure", f.abort_on_container_failure, "Stop all containers if any container failed");
    c.text("--exit-code-from", f.exit_code_from, "Return the exit code of the selected service's container");
    c.list("--attach", f.attach, "Show the logs of these services only");
    c.list("--no-attach", f.no_attach, "Do not show the logs of these services");
    c.flag("--attach-dependencies", f.attach_dependencies, "Show the logs of dependencies as well");
    c.flag("--no-color", f.no_color, "Produce monochrome output");
    c.flag("--no-log-prefix", f.no_log_prefix, "Don't print a prefix in logs");
    c.flag("--timestamps", f.timestamps, "Show timestamps");
    c.flag("-w,--watch", f.watch, "Watch source code and update containers when files change");
    c.flag("--menu,!--no-menu", f.menu, "Show shortcuts while attached to a terminal (the default; COMPOSE_MENU)");
  });
}

void add_create(Command& stack) {
  stack.verb("create", "Create containers for services", create, [](Command& c, UpFlags& f) {
    services(c, f.services);
    c.list("--scale", f.scale, "Scale SERVICE to NUM instances, as SERVICE=NUM");
    c.flag("--force-recreate", f.force_recreate, "Recreate containers even if nothing has changed");
    c.flag("--no-recreate", f.no_recreate, "If containers already exist, don't recreate them");
    c.flag("--remove-orphans", f.remove_orphans, "Remove containers for services not defined in the Compose file");
    c.flag("--build", f.build, "Build images before creating containers");
    c.flag("--no-build", f.no_build, "Don't build an image, even if it's policy");
    c.text("--pull", f.pull, "Pull image before creating (always, missing, never)");
    c.flag("--quiet-pull", f.quiet, "Pull without printing progress information");
    c.flag("-y,--yes", f.yes, "Assume yes as answer to all prompts");
  });
  stack.verb("scale", "Scale services", scale, [](Command& c, ScaleFlags& f) {
    c.words("SERVICE=NUM", f.replicas, "Services and their numbers of replicas");
    c.flag("--no-deps", f.no_deps, "Don't start linked services");
  });
}

void add_verb_lifecycle(Command& stack) {
  stack.verb("down", "Stop and remove containers and networks", down, [](Command& c, LifecycleFlags& f) {
    services(c, f.services);
    c.number("-t,--timeout", f.timeout, kTimeout);
    c.flag("-v,--volumes", f.volumes, "Remove named and anonymous volumes of the project as well");
    c.hidden("--volume", f.volumes);  // deprecated there
    c.flag("--remove-orphans", f.remove_orphans, "Remove containers for services not defined in the Compose file");
    c.one_of("--rmi", f.rmi, {"local", "all"}, "Remove images used by services (local, all)");
  });
  stack.verb("stop", "Stop services", stop, [](Command& c, LifecycleFlags& f) {
    services(c, f.services);
    c.number("-t,--timeout", f.timeout, kTimeout);
  });
  stack.verb("start", "Start services", start, [](Command& c, LifecycleFlags& f) {
    services(c, f.services);
    c.flag("--wait", f.wait, "Wait for services to be running or healthy");
    c.number("--wait-timeout", f.wait_timeout, "Seconds to wait for the project to be running or healthy");
  });
  stack.verb("restart", "Restart service containers", restart, [](Command& c, LifecycleFlags& f) {
    services(c, f.services);
    c.number("-t,--timeout", f.timeout, kTimeout);
    c.flag("--no-deps", f.no_deps, "Don't restart dependent services");
  });
  stack.verb("kill", "Force stop service containers", kill, [](Command& c, LifecycleFlags& f) {
    services(c, f.services);
    c.text("-s,--signal", f.signal, "Signal to send to the containers (SIGKILL)");
    c.flag("--remove-orphans", f.remove_orphans, "Also kill containers of services not defined in the Compose file");
  });
  stack.verb("pause", "Pause services", pause, [](Command& c, LifecycleFlags& f) { services(c, f.services); });
  stack.verb("unpause", "Unpause services", unpause, [](Command& c, LifecycleFlags& f) { services(c, f.services); });
  stack.verb("rm", "Remove stopped service containers", rm, [](Command& c, RmFlags& f) {
    services(c, f.services);
    c.flag("-f,--force", f.force, "Don't ask to confirm removal");
    c.flag("-s,--stop", f.stop, "Stop the containers, if required, before removing");
    c.flag("-v,--volumes", f.volumes, "Remove any anonymous volumes attached to containers");
    c.hidden("-a,--all");  // deprecated there
  });
}

void add_verb_lists(Command& stack) {
  stack.verb("ls", "List projects", ls, [](Command& c, LsFlags& f) {
    c.flag("-a,--all", f.all, "Show all stopped projects as well");
    c.flag("-q,--quiet", f.quiet, "Only display project names");
    c.text("--format", f.format, "Output format: table or json");
    c.list("--filter", f.filters, "Only projects whose name matches, as name=PATTERN");
  });
  stack.verb("volumes", "List volumes of the project", volumes, [](Command& c, VolumesFlags& f) {
    services(c, f.services);
    c.flag("-q,--quiet", f.quiet, "Only display volume names");
    c.text("--format", f.format, "Output format: table, json, or a Go template");
  });
  stack.verb("top", "Display the running processes", top, [](Command& c, TopFlags& f) { services(c, f.services); });
  stack.verb("stats", "Show what containers use, as it changes", stats, [](Command& c, StatsFlags& f) {
    c.optional_word("SERVICE", f.service, "Service; none: all");
    declare_stats(c, f);
  });
  stack.verb("port", "Print where a port of a container is published", port, [](Command& c, PortFlags& f) {
    c.word("SERVICE", f.service, "Service");
    c.word("PORT", f.port, "The container's port");
    c.one_of("--protocol", f.protocol, {"tcp", "udp"}, "Protocol of the port (tcp, udp)");
    c.number("--index", f.index, kIndex);
  });
}

void add_ps(Command& stack) {
  stack.verb("ps", "List containers", ps, [](Command& c, PsFlags& f) {
    services(c, f.services);
    c.flag("-a,--all", f.all, "Show all stopped containers as well");
    c.flag("-q,--quiet", f.quiet, "Only display ids");
    c.flag("--services", f.list_services, "Display services");
    c.flag("--no-trunc", f.no_trunc, "Don't truncate output");
    c.flag("--orphans", f.orphans,
           "Include containers of services that the project does not declare (the default; --no-orphans: only declared "
           "ones)");
    c.hidden_opposite("--no-orphans", f.orphans);
    c.text("--format", f.format, "Output format: table, json, or a Go template");
    c.list("--status", f.status, "Filter by status (created, running, paused, restarting, removing, exited, dead)");
    c.list("--filter", f.filter, "Filter by a property (supported: status)");
  });
}

void add_events(Command& stack) {
  stack.verb("wait", "Block until containers of services stop", wait, [](Command& c, WaitFlags& f) {
    c.words("SERVICE", f.services, "Services");
    c.flag("--down-project", f.down_project, "Take the project down when the first container stops");
  });
  stack.verb("events", "Receive real time events from containers", events, [](Command& c, EventsFlags& f) {
    services(c, f.services);
    c.flag("--json", f.json, "Print events as a stream of JSON objects");
    c.text("--since", f.since, "Show events since a timestamp or relative time (42m)");
    c.text("--until", f.until, "Show events until a timestamp or relative time (42m)");
  });
}

void add_watch(Command& stack) {
  stack.verb(
      "watch", "Bring changed files into containers, or rebuild them", watch_project, [](Command& c, WatchFlags& f) {
        services(c, f.services);
        c.flag("--no-up", f.no_up, "Do not build and start services before watching");
        c.flag("--prune,!--no-prune", f.prune, "Remove images that a rebuild leaves without a name (the default)");
        c.flag("--quiet", f.quiet, "Hide the output of builds");
      });
}

void add_logs(Command& stack) {
  stack.verb("logs", "View output from containers", logs, [](Command& c, LogsFlags& f) {
    services(c, f.services);
    c.flag("-f,--follow", f.follow, "Follow log output");
    c.text("-n,--tail", f.tail, "Number of lines to show from the end of the logs for each container");
    c.flag("-t,--timestamps", f.timestamps, "Show timestamps");
    c.text("--since", f.since, "Show logs since a timestamp or relative time (42m)");
    c.text("--until", f.until, "Show logs before a timestamp or relative time (42m)");
    c.flag("--details", f.details, "Show the attributes that logging options add to lines");
    c.flag("--no-color", f.no_color, "Produce monochrome output");
    c.flag("--no-log-prefix", f.no_log_prefix, "Don't print a prefix in logs");
    c.number("--index", f.index, kIndex);
  });
}

void add_exec(Command& stack) {
  stack.verb("exec", "Execute a command in a running container", exec, [](Command& c, ExecFlags& f) {
    c.flag("-d,--detach", f.detach, "Run the command in the background");
    c.flag("-T,--no-tty,--no-TTY", f.no_tty, "Disable pseudo-terminal allocation");
    c.text("-u,--user", f.user, "Run the command as this user");
    c.text("-w,--workdir", f.workdir, "Working directory of the command");
    c.list("-e,--env", f.env, "Set environment variables");
    c.number("--index", f.index, kIndex);
    c.text("--detach-keys", f.detach_keys, "Keys that leave the session without ending it (ctrl-p,ctrl-q)");
    c.flag("--privileged", f.privileged, "Give extended privileges to the process");
    // What is the default anyway.
    c.hidden("-i,--interactive");
    c.hidden("-t,--tty");
    c.word("SERVICE", f.service, "Service");
    c.command_to_run(f.command);
  });
}

void add_attach(Command& stack) {
  stack.verb("attach", "Attach this terminal to a service's running container", attach, [](Command& c, AttachFlags& f) {
    c.text("--detach-keys", f.detach_keys, "Keys that leave the container without ending it (ctrl-p,ctrl-q)");
    c.number("--index", f.index, kIndex);
    c.flag("--no-stdin", f.no_stdin, "Do not attach standard input");
    c.flag("--sig-proxy,!--no-sig-proxy", f.sig_proxy, "Send received signals to the container (the default)");
    c.word("SERVICE", f.service, "Service");
  });
}

void add_run(Command& stack) {
  stack.verb("run", "Run a one-off command on a service", run, [](Command& c, RunFlags& f) {
    c.flag("-d,--detach", f.detach, "Run the container in the background and print its name");
    c.flag("--rm", f.remove, "Remove the container when it ends");
    c.text("--name", f.name, "Name of the container");
    c.text("--entrypoint", f.entrypoint, "Replace the entrypoint of the image");
    c.list("-e,--env", f.env, "Set environment variables");
    c.list("--env-from-file", f.env_files, "Set environment variables from a file");
    c.list("-l,--label", f.labels, "Add or replace a label");
    c.text("-u,--user", f.user, "Run as this user (name or ID, and :group)");
    c.text("-w,--workdir", f.workdir, "Working directory in the container");
    c.list("-v,--volume", f.volumes, "Mount a volume or a path of the host");
    c.list("-p,--publish", f.publish, "Publish a port of the container");
    c.flag("-P,--service-ports", f.service_ports, "Publish the ports of the service");
    c.flag("--use-aliases", f.use_aliases, "Answer by the service's names on its networks");
    c.flag("-T,--no-tty,--no-TTY", f.no_tty, "Disable pseudo-terminal allocation");
    c.flag("-i,--interactive,!--no-interactive", f.interactive, "Keep standard input open (the default)");
    c.flag("--no-deps", f.no_deps, "Don't start linked services");
    c.flag("--build", f.build, "Build the image before starting the container");
    c.text("--pull", f.pull, "Pull images before running (always, missing, never)");
    c.flag("-q,--quiet", f.quiet, "Don't print the steps before the command");
    c.flag("--quiet-build", f.quiet_build, "Don't print the steps of builds");
    c.flag("--quiet-pull", f.quiet_pull, "Pull without printing progress information");
    c.flag("--remove-orphans", f.remove_orphans, "Remove containers for services not defined in the Compose file");
    c.list("--cap-add", f.cap_add, "Add Linux capabilities");
    c.list("--cap-drop", f.cap_drop, "Drop Linux capabilities");
    c.hidden("-t,--tty");
    c.hidden_list("--volumes", f.volumes);
    c.hidden_list("--labels", f.labels);
    c.word("SERVICE", f.service, "Service");
    c.optional_command(f.command);
  });
}

void add_export(Command& stack) {
  stack.verb("export", "Export a service container's filesystem as a tar archive", export_container,
             [](Command& c, ExportFlags& f) {
               c.word("SERVICE", f.service, "Service");
               c.number("--index", f.index, kIndex);
               c.text("-o,--output", f.output, "Write to a file instead of standard output");
             });
}

void add_config(Command& stack) {
  stack.verb("config", "Parse, resolve and render the Compose file in canonical format", config,
             [](Command& c, ConfigFlags& f) {
               c.alias("convert");
               services(c, f.services);
               c.text("--format", f.format, "Format of the output (yaml, json)");
               c.text("-o,--output", f.output, "Save to a file");
               c.text("--hash", f.hash, "Print the configuration hash of these services, or of all (*)");
               c.text("--explain", f.explain,
                      "Show where the values at this path come from, as in services.web.ports[1]");
               c.flag("--schema", f.schema, "Print a JSON Schema of what a Compose file may hold, for editors");
               c.flag("-q,--quiet", f.quiet, "Only validate the configuration");
               c.flag("--services", f.list_services, "Print the service names, one per line");
               c.flag("--volumes", f.list_volumes, "Print the volume names, one per line");
               c.flag("--networks", f.list_networks, "Print the network names, one per line");
               c.flag("--images", f.list_images, "Print the image names, one per line");
               c.flag("--profiles", f.list_profiles, "Print the profile names, one per line");
               c.flag("--models", f.list_models, "Print the model names, one per line");
               c.flag("--variables", f.variables, "Print the variables that the files refer to, and their defaults");
               c.flag("--resolve-image-digests", f.resolve_image_digests, "Pin image tags to digests");
               c.flag("--lock-image-digests", f.lock_image_digests, "Print an override file with the images' digests");
               c.flag("--environment", f.environment, "Print the environment used for interpolation");
               c.flag("--no-interpolate", f.no_interpolate, "Don't interpolate environment variables");
               c.flag("--no-path-resolution", f.no_path_resolution, "Don't resolve file paths");
               c.flag("--no-normalize", f.no_normalize, "Don't normalize the model");
               c.flag("--no-consistency", f.no_consistency, "Don't check the model's consistency");
               c.flag("--no-env-resolution", f.no_env_resolution, "Don't resolve services' env files");
             });
}

void add_init(Command& stack) {
  stack.verb("init", "Write a first Compose file for what this folder holds", init,
             [](Command& c, InitFlags& f) { c.flag("-q,--quiet", f.quiet, "Do not say what to do next"); });
}

void add_lint(Command& stack) {
  stack.verb("lint", "Find mistakes in the Compose file, and what will bite later", lint, [](Command& c, LintFlags& f) {
    c.text("--format", f.format, "Format of the output (text, json)");
    c.list("--disable", f.disable, "Leave out the warnings of this name; several names are separated by commas");
    c.flag("--strict", f.strict, "Exit with 2 when there are warnings");
    c.flag("--list", f.list, "List the names of all warnings and what they mean");
  });
}

void add_version(Command& stack) {
  stack.verb("version", "Show the version", version, [](Command& c, VersionFlags& f) {
    c.flag("--short", f.brief, "Show only the version number");
    c.text("-f,--format", f.format, "Format of the output (pretty, json)");
  });
}

}  // namespace

void add_completion(Command& stack) {
  stack.verb("completion", "Print a script that completes command lines in a shell", completion,
             [](Command& c, CompletionFlags& f) { c.word("SHELL", f.shell, "bash, zsh or fish"); });
}

void add_compose_verbs(Command& stack) {
  add_build(stack);
  add_up(stack);
  add_create(stack);
  add_verb_lifecycle(stack);
  add_ps(stack);
  add_verb_lists(stack);
  add_logs(stack);
  add_watch(stack);
  add_events(stack);
  add_exec(stack);
  add_run(stack);
  add_attach(stack);
  add_copy_verbs(stack);
  add_export(stack);
  add_config(stack);
  add_init(stack);
  add_lint(stack);
  add_version(stack);
  add_completion(stack);
}

}  // namespace stack::cli
