#include "cli/args/docker_app.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <system_error>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/thrown.h"
#include "cli/args/app.h"
#include "cli/args/command.h"
#include "cli/args/command_path.h"
#include "cli/args/completion.h"
#include "cli/args/docker_template.h"
#include "cli/args/help.h"
#include "cli/args/words.h"
#include "cli/commands/exit_codes.h"
#include "cli/commands/failures.h"
#include "cli/commands/flag_error.h"
#include "cli/commands/run_failed.h"
#include "cli/view/terminal.h"
#include "engine/api/runtime_words.h"
#include "engine/client/engine_error.h"

namespace stack::cli {
namespace {

struct DockerGlobals {
  std::string host, context, config, log_level;
  bool debug = false, version = false;
};

void add_globals(Command& c, DockerGlobals& g) {
  c.text("--config", g.config, "Location of client config files (default \"~/.docker\")");
  c.text("-c,--context", g.context, "Name of the context to use to connect to the daemon: default");
  c.flag("-D,--debug", g.debug, "Enable debug mode");
  c.text("-H,--host", g.host, "Daemon socket to connect to, unix://PATH [DOCKER_HOST]");
  c.one_of("-l,--log-level", g.log_level, {"debug", "info", "warn", "error", "fatal"},
           "Set the logging level (\"debug\", \"info\", \"warn\", \"error\", \"fatal\") (default \"info\")");
  c.flag("-v,--version", g.version, "Print version information and quit");
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The engine that is meant; empty: that of this machine. Throws for one that cannot be reached from here.
std::string host_of(const DockerGlobals& g) {
  const std::string context = g.context.empty() && g.host.empty() ? variable("DOCKER_CONTEXT") : g.context;
  if (!g.context.empty() && !g.host.empty())
    throw Error(ErrorKind::invalid, "conflicting options: cannot specify both --host and --context");
  if (!context.empty() && context != "default")
    throw Error(ErrorKind::invalid, "context \"" + context + "\": context not found")
        .remedy("there is the context default only");
  std::string host = g.host.empty() && g.context.empty() ? variable("DOCKER_HOST") : g.host;
  if (host.starts_with('/')) host = "unix://" + host;
  if (host.empty() || host.starts_with("unix://")) return host;
  throw Error(ErrorKind::unsupported, "unable to resolve docker endpoint: " + host + " is no socket of this machine")
      .remedy("use unix://PATH; to reach another machine, run the program there by ssh");
}

int complain(const DockerComplaint& complaint) {
  std::cerr << complaint.text;
  return complaint.exit_code;
}

// What the engine says of an image, with the tag that was meant.
std::string in_dockers_words(const std::string& message) {
  constexpr std::string_view kOurs = "no such image: ";
  if (!message.starts_with(kOurs)) return message;
  const std::string name = message.substr(kOurs.size());
  const bool plain =
      name.find_first_of(":@", name.rfind('/') + 1) == std::string::npos && name.find(' ') == std::string::npos;
  return "No such image: " + name + (plain ? ":latest" : "");
}

// "invalid reference format: ..." of "invalid image name "X": invalid reference format: ...".
std::string without_subject(const std::string& message) {
  const std::size_t at = message.find("invalid reference format");
  return message.starts_with("invalid image name ") && at != std::string::npos ? message.substr(at) : message;
}

// Go writes the system's reasons without capitals: "open x: no such file or directory".
std::string with_gos_reason(const Error& error) {
  const std::string reason = std::generic_category().message(error.err());
  std::string message = error.message();
  if (reason.empty() || !message.ends_with(reason)) return message;
  char& first = message[message.size() - reason.size()];
  first = static_cast<char>(std::tolower(static_cast<unsigned char>(first)));
  return message;
}

bool is_of_runtime(const Error& error) { return exit_code_of(error, 1) != 1 && api::concerns_program(error.message()); }

// Docker's sentence and the reason, where the engine does not start, or has gone away; nothing for any other failure.
std::string unreachable_text(const Error& error, bool by_engine, const Session* session) {
  if (by_engine || !client::engine_is_gone(error) || session == nullptr) return {};
  const std::string text =
      "Cannot connect to the Docker daemon at unix://" + session->socket_path() + ". Is the docker daemon running?\n";
  return error.message().starts_with("no engine answers at ") ? text : text + error.render() + "\n";
}

// One failure, as a line of Docker's.
std::string line_of(const Error& error, bool by_engine, const Session* session) {
  if (std::string text = unreachable_text(error, by_engine, session); !text.empty()) return text;
  if (by_engine && is_of_runtime(error))
    return "OCI runtime exec failed: exec failed: unable to start container process: " +
           api::runtime_words(error.message()) + "\r\n";
  const bool of_the_system = error.err() != 0;
  std::string text = by_engine       ? "Error response from daemon: " + in_dockers_words(error.message())
                     : of_the_system ? with_gos_reason(error)
                     : error.kind() == ErrorKind::not_found ? "Error: " + error.message()
                                                            : without_subject(error.message());
  // What is refused on purpose says what to use instead.
  const bool advised = !error.remedy_text().empty() &&
                       (error.kind() == ErrorKind::unsupported || (!by_engine && error.kind() != ErrorKind::invalid));
  return text + (advised ? "\n" + error.remedy_text() : "") + "\n";
}

int tell(const CLI::App& command, const Session* session, const Error& error) {
  if (const auto* flag = dynamic_cast<const FlagError*>(&error))
    return complain(docker_flag_complaint(command, flag->flag(), flag->given(), flag->why()));
  if (const auto* of_template = dynamic_cast<const format::TemplateError*>(&error)) {
    const auto [complaint, after_line_end] = docker_template_complaint(command_path(command), of_template->fault());
    if (after_line_end) std::cout << std::endl;
    return complain(complaint);
  }
  if (const auto* failed = dynamic_cast<const RunFailed*>(&error)) {
    std::cerr << "docker: " << line_of(error, failed->by_engine(), session) << "\nRun '" << command_path(command)
              << " --help' for more information\n";
    return failed->exit_code();
  }
  if (const auto* list = dynamic_cast<const FailureList*>(&error)) {
    std::string names;
    for (const Failure& failure : list->failures()) {
      std::cerr << line_of(failure.error, failure.by_engine, session);
      names += (names.empty() ? "" : ", ") + failure.name;
    }
    if (command.get_name() == "start") std::cerr << "Error: failed to start containers: " << names << "\n";
    if (command_path(command) == "docker network rm") std::cerr << "exit status 1\n";
    return list->exit_code();
  }
  const bool by_engine = dynamic_cast<const client::EngineError*>(&error) != nullptr;
  // What the runtime says of an exec comes as its output.
  (by_engine && is_of_runtime(error) ? std::cout << std::flush : std::cerr) << line_of(error, by_engine, session);
  // Docker says once more which one it was.
  if (command.get_name() == "rename" && by_engine)
    std::cerr << "Error: failed to rename container named " << command.get_option("CONTAINER")->as<std::string>()
              << "\n";
  return exit_code_of(error, 1);
}

int perform(const CLI::App& command, const GlobalOptions& global, const Chosen& chosen) {
  std::optional<Session> session;
  try {
    session.emplace(global);
    return chosen.action(*session);
  } catch (const LoadFailed&) {
    return 1;
  } catch (const Error& error) {
    if (interrupted.load() && session) return interrupted_exit(*session);
    if (error.err() == EPIPE) return 1;
    std::cout.flush();
    return tell(command, session ? &*session : nullptr, error);
  } catch (const std::exception& error) {
    std::cerr << error_of(error).render() << "\n";
    return 1;
  }
}

// Parses what the words say into `chosen`; an exit code when that is all there is to do.
std::optional<int> choose(CLI::App& app, Chosen& chosen, const std::vector<std::string>& words) {
  Words read = docker_words(app, help_as_flag(app, words));
  if (read.where != nullptr) return complain(docker_complaint(read));
  chosen.command = std::move(read.command);
  std::reverse(read.ours.begin(), read.ours.end());
  try {
    app.parse(std::move(read.ours));
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ExtrasError&) {
    return complain(docker_count_complaint(chosen_command(app)));
  } catch (const CLI::RequiredError&) {
    return complain(docker_count_complaint(chosen_command(app)));
  } catch (const CLI::ParseError& error) {
    std::cerr << "docker: " << error.what() << "\n";
    return 1;
  }
  return std::nullopt;
}

}  // namespace

int run_docker(const std::vector<std::string>& words, const std::string& host,
               int (*compose)(const std::vector<std::string>& words, const std::string& host)) {
  CLI::App app{"A self-sufficient runtime for containers, on an engine of its own", "docker"};
  app.require_subcommand(0, 1);
  app.fallthrough(false);
  DockerGlobals globals;
  GlobalOptions global;
  Chosen chosen{.action = {}, .global = global};
  Command docker{app, chosen};
  add_globals(docker, globals);
  add_docker_verbs(docker);
  last_one_counts(app);
  set_help(app, static_cast<std::size_t>(look_at(1, "auto").columns), Dialect::docker);
  if (!words.empty() && words.front() == kComplete) {
    const std::vector<std::string> typed{words.begin() + 1, words.end()};
    const std::size_t verb = global_words(app, typed);
    if (verb + 1 < typed.size() && typed[verb] == "compose") {
      std::vector<std::string> of_compose{std::string{kComplete}};
      of_compose.insert(of_compose.end(), typed.begin() + static_cast<std::ptrdiff_t>(verb) + 1, typed.end());
      return compose(of_compose, host);
    }
    std::cout << completion_answer(app, typed) << std::flush;
    if (verb + 1 == typed.size() && std::string{"compose"}.starts_with(typed[verb]))
      std::cout << "compose\tDefine and run applications of several containers\n";
    return 0;
  }
  const std::size_t first = global_words(app, words);
  const bool is_compose = first < words.size() && words[first] == "compose";
  const std::vector<std::string> ours{words.begin(),
                                      is_compose ? words.begin() + static_cast<std::ptrdiff_t>(first) : words.end()};
  if (const auto code = choose(app, chosen, ours)) return *code;
  if (globals.version) {
    std::cout << "Docker version " STACK_VERSION ", build stack\n";
    return 0;
  }
  try {
    global.host = host_of(globals);
    if (global.host.empty()) global.host = host;
  } catch (const Error& error) {
    std::cerr << line_of(error, false, nullptr);
    return 1;
  }
  if (!globals.config.empty()) ::setenv("DOCKER_CONFIG", globals.config.c_str(), 1);
  if (is_compose) return compose({words.begin() + static_cast<std::ptrdiff_t>(first) + 1, words.end()}, global.host);
  if (!chosen.action) {
    // Docker gives help that nobody asked for where mistakes are told.
    std::cerr << chosen_command(app).help();
    return 0;
  }
  global.docker = true;
  const std::string verb = chosen_command(app).get_name();
  // An archive that is read is told of on a terminal alone.
  if ((verb == "import" || verb == "load") && ::isatty(2) == 0) global.progress = "quiet";
  return perform(chosen_command(app), global, chosen);
}

}  // namespace stack::cli
