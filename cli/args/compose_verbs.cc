#include <CLI/CLI.hpp>

#include "cli/args/app.h"
#include "cli/args/command.h"
#include "cli/commands/config.h"
#include "cli/commands/exec.h"
#include "cli/commands/export.h"
#include "cli/commands/lifecycle.h"
#include "cli/commands/lint.h"
#include "cli/commands/logs.h"
#include "cli/commands/ps.h"
#include "cli/commands/up.h"
#include "cli/commands/version.h"

namespace stack::cli {
namespace {

void services(CLI::App& command, std::vector<std::string>& to) {
  command.add_option("SERVICE", to, "Services; none: all");
}

void add_up(CLI::App& app, Chosen& chosen) {
  CLI::App& c = *app.add_subcommand("up", "Create and start containers");
  const auto f = std::make_shared<UpFlags>();
  services(c, f->services);
  c.add_flag("-d,--detach", f->detach, "Detached mode: run containers in the background");
  repeated(c, "--scale", f->scale, "Scale SERVICE to NUM instances, as SERVICE=NUM");
  c.add_flag("--force-recreate", f->force_recreate, "Recreate containers even if nothing has changed");
  c.add_flag("--no-recreate", f->no_recreate, "If containers already exist, don't recreate them");
  c.add_flag("--always-recreate-deps", f->always_recreate_deps, "Recreate dependent containers");
  c.add_flag("--no-deps", f->no_deps, "Don't start linked services");
  c.add_flag("-V,--renew-anon-volumes", f->renew_anon_volumes,
             "Recreate anonymous volumes instead of keeping their data");
  c.add_flag("--remove-orphans", f->remove_orphans, "Remove containers for services not defined in the Compose file");
  c.add_flag("--no-start", f->no_start, "Don't start the services after creating them");
  c.add_flag("--wait", f->wait, "Wait for services to be running or healthy. Implies detached mode");
  c.add_option("--wait-timeout", f->wait_timeout, "Seconds to wait for the project to be running or healthy");
  c.add_flag("--build", f->build, "Build images before starting containers");
  c.add_flag("--no-build", f->no_build, "Don't build an image, even if it's policy");
  c.add_option("--pull", f->pull, "Pull image before running (always, missing, never)");
  c.add_flag("--quiet-pull", f->quiet, "Pull without printing progress information");
  c.add_flag("--quiet-build", f->quiet, "Suppress the build output");
  c.add_flag("-w,--watch", f->watch)->group("");
  c.add_flag("--menu", f->menu)->group("");
  c.add_flag("-y,--yes", f->yes, "Assume yes as answer to all prompts");
  c.add_option("-t,--timeout", f->timeout, "Seconds to wait for a container to stop before it is killed");
  c.add_flag("--abort-on-container-exit", f->abort_on_container_exit,
             "Stop all containers if any container was stopped");
  c.add_flag("--abort-on-container-failure", f->abort_on_container_failure,
             "Stop all containers if any container failed");
  c.add_option("--exit-code-from", f->exit_code_from, "Return the exit code of the selected service's container");
  repeated(c, "--attach", f->attach, "Show the logs of these services only");
  repeated(c, "--no-attach", f->no_attach, "Do not show the logs of these services");
  c.add_flag("--attach-dependencies", f->attach_dependencies, "Show the logs of dependencies as well");
  c.add_flag("--no-color", f->no_color, "Produce monochrome output");
  c.add_flag("--no-log-prefix", f->no_log_prefix, "Don't print a prefix in logs");
  c.add_flag("--timestamps", f->timestamps, "Show timestamps");
  choose(c, chosen, f, up);
}

void add_lifecycle(CLI::App& app, Chosen& chosen) {
  const auto timeout = [](CLI::App& c, LifecycleFlags& f) {
    c.add_option("-t,--timeout", f.timeout, "Seconds to wait for a container to stop before it is killed");
  };
  {
    CLI::App& c = *app.add_subcommand("down", "Stop and remove containers and networks");
    const auto f = std::make_shared<LifecycleFlags>();
    services(c, f->services);
    timeout(c, *f);
    c.add_flag("-v,--volumes", f->volumes, "Remove named and anonymous volumes of the project as well");
    c.add_flag("--remove-orphans", f->remove_orphans, "Remove containers for services not defined in the Compose file");
    c.add_option("--rmi", f->rmi, "Remove images used by services (local, all)")
        ->check(CLI::IsMember({"local", "all"}));
    choose(c, chosen, f, down);
  }
  {
    CLI::App& c = *app.add_subcommand("stop", "Stop services");
    const auto f = std::make_shared<LifecycleFlags>();
    services(c, f->services);
    timeout(c, *f);
    choose(c, chosen, f, stop);
  }
  {
    CLI::App& c = *app.add_subcommand("start", "Start services");
    const auto f = std::make_shared<LifecycleFlags>();
    services(c, f->services);
    choose(c, chosen, f, start);
  }
  {
    CLI::App& c = *app.add_subcommand("restart", "Restart service containers");
    const auto f = std::make_shared<LifecycleFlags>();
    services(c, f->services);
    timeout(c, *f);
    c.add_flag("--no-deps", f->no_deps, "Don't restart dependent services");
    choose(c, chosen, f, restart);
  }
}

void add_ps(CLI::App& app, Chosen& chosen) {
  CLI::App& c = *app.add_subcommand("ps", "List containers");
  const auto f = std::make_shared<PsFlags>();
  services(c, f->services);
  c.add_flag("-a,--all", f->all, "Show all stopped containers as well");
  c.add_flag("-q,--quiet", f->quiet, "Only display ids");
  c.add_flag("--services", f->list_services, "Display services");
  c.add_flag("--no-trunc", f->no_trunc, "Don't truncate output");
  c.add_flag("--orphans,!--no-orphans", f->orphans, "Include containers of services that the project does not declare");
  c.add_option("--format", f->format, "Output format: table or json");
  repeated(c, "--status", f->status, "Filter by status (created, running, paused, restarting, removing, exited, dead)");
  repeated(c, "--filter", f->filter, "Filter by a property (supported: status)");
  choose(c, chosen, f, ps);
}

void add_logs(CLI::App& app, Chosen& chosen) {
  CLI::App& c = *app.add_subcommand("logs", "View output from containers");
  const auto f = std::make_shared<LogsFlags>();
  services(c, f->services);
  c.add_flag("-f,--follow", f->follow, "Follow log output");
  c.add_option("-n,--tail", f->tail, "Number of lines to show from the end of the logs for each container");
  c.add_flag("-t,--timestamps", f->timestamps, "Show timestamps");
  c.add_option("--since", f->since, "Show logs since a timestamp or relative time (42m)");
  c.add_option("--until", f->until, "Show logs before a timestamp or relative time (42m)");
  c.add_flag("--no-color", f->no_color, "Produce monochrome output");
  c.add_flag("--no-log-prefix", f->no_log_prefix, "Don't print a prefix in logs");
  c.add_option("--index", f->index, "Index of the container if the service has several replicas");
  choose(c, chosen, f, logs);
}

void add_exec(CLI::App& app, Chosen& chosen) {
  CLI::App& c = *app.add_subcommand("exec", "Execute a command in a running container");
  const auto f = std::make_shared<ExecFlags>();
  c.add_flag("-d,--detach", f->detach, "Run the command in the background");
  c.add_flag("-T,--no-tty,--no-TTY", f->no_tty, "Disable pseudo-terminal allocation");
  c.add_option("-u,--user", f->user, "Run the command as this user");
  c.add_option("-w,--workdir", f->workdir, "Working directory of the command");
  repeated(c, "-e,--env", f->env, "Set environment variables");
  c.add_option("--index", f->index, "Index of the container if the service has several replicas");
  c.add_flag("--privileged", f->privileged, "Give extended privileges to the process");
  // What is the default anyway.
  c.add_flag("-i,--interactive")->group("");
  c.add_flag("-t,--tty")->group("");
  c.add_option("SERVICE", f->service, "Service")->required();
  // Everything behind the service belongs to the command, flags included.
  c.prefix_command();
  c.callback([&chosen, f] {
    f->command = chosen.command;
    if (f->command.empty()) throw CLI::RequiredError("COMMAND");
    chosen.action = [f](Session& session) { return exec(session, *f); };
  });
}

void add_export(CLI::App& app, Chosen& chosen) {
  CLI::App& c = *app.add_subcommand("export", "Export a service container's filesystem as a tar archive");
  const auto f = std::make_shared<ExportFlags>();
  c.add_option("SERVICE", f->service, "Service")->required();
  c.add_option("--index", f->index, "Index of the container if the service has several replicas");
  c.add_option("-o,--output", f->output, "Write to a file instead of standard output");
  choose(c, chosen, f, export_container);
}

void add_config(CLI::App& app, Chosen& chosen) {
  CLI::App& c = *app.add_subcommand("config", "Parse, resolve and render the Compose file in canonical format");
  c.alias("convert");
  const auto f = std::make_shared<ConfigFlags>();
  services(c, f->services);
  c.add_option("--format", f->format, "Format of the output (yaml, json)");
  c.add_option("-o,--output", f->output, "Save to a file");
  c.add_option("--hash", f->hash, "Print the configuration hash of these services, or of all (*)");
  c.add_option("--explain", f->explain, "Show where the values at this path come from, as in services.web.ports[1]");
  c.add_flag("--schema", f->schema, "Print a JSON Schema of what a Compose file may hold, for editors");
  c.add_flag("-q,--quiet", f->quiet, "Only validate the configuration");
  c.add_flag("--services", f->list_services, "Print the service names, one per line");
  c.add_flag("--volumes", f->list_volumes, "Print the volume names, one per line");
  c.add_flag("--networks", f->list_networks, "Print the network names, one per line");
  c.add_flag("--images", f->list_images, "Print the image names, one per line");
  c.add_flag("--profiles", f->list_profiles, "Print the profile names, one per line");
  c.add_flag("--models", f->list_models, "Print the model names, one per line");
  c.add_flag("--variables", f->variables, "Print the variables that the files refer to, and their defaults");
  c.add_flag("--resolve-image-digests", f->resolve_image_digests, "Pin image tags to digests");
  c.add_flag("--lock-image-digests", f->lock_image_digests, "Print an override file with the images' digests");
  c.add_flag("--environment", f->environment, "Print the environment used for interpolation");
  c.add_flag("--no-interpolate", f->no_interpolate, "Don't interpolate environment variables");
  c.add_flag("--no-path-resolution", f->no_path_resolution, "Don't resolve file paths");
  c.add_flag("--no-normalize", f->no_normalize, "Don't normalize the model");
  c.add_flag("--no-consistency", f->no_consistency, "Don't check the model's consistency");
  c.add_flag("--no-env-resolution", f->no_env_resolution, "Don't resolve services' env files");
  choose(c, chosen, f, config);
}

void add_lint(CLI::App& app, Chosen& chosen) {
  CLI::App& c = *app.add_subcommand("lint", "Find mistakes in the Compose file, and what will bite later");
  const auto f = std::make_shared<LintFlags>();
  c.add_option("--format", f->format, "Format of the output (text, json)");
  repeated(c, "--disable", f->disable, "Leave out the warnings of this name; several names are separated by commas");
  c.add_flag("--strict", f->strict, "Exit with 2 when there are warnings");
  c.add_flag("--list", f->list, "List the names of all warnings and what they mean");
  choose(c, chosen, f, lint);
}

void add_version(CLI::App& app, Chosen& chosen) {
  CLI::App& c = *app.add_subcommand("version", "Show the version");
  const auto f = std::make_shared<VersionFlags>();
  c.add_flag("--short", f->brief, "Show only the version number");
  c.add_option("-f,--format", f->format, "Format of the output (pretty, json)");
  c.callback([&chosen, f] { chosen.action = [f](Session&) { return version(*f); }; });
}

}  // namespace

void add_compose_verbs(CLI::App& app, Chosen& chosen) {
  add_up(app, chosen);
  add_lifecycle(app, chosen);
  add_ps(app, chosen);
  add_logs(app, chosen);
  add_exec(app, chosen);
  add_export(app, chosen);
  add_config(app, chosen);
  add_lint(app, chosen);
  add_version(app, chosen);
}

}  // namespace stack::cli
