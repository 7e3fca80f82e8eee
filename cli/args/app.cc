#include "cli/args/app.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <iostream>
#include <optional>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/thrown.h"
#include "cli/args/command.h"
#include "cli/args/command_path.h"
#include "cli/args/completion.h"
#include "cli/args/docker_app.h"
#include "cli/args/help.h"
#include "cli/args/words.h"
#include "cli/commands/exit_codes.h"
#include "cli/commands/run_failed.h"
#include "cli/view/progress_lines.h"
#include "cli/view/standard_output.h"
#include "cli/view/terminal.h"
#include "cli/view/terminal_text.h"

namespace stack::cli {
namespace {

void add_dry_run(Command& c, GlobalOptions& global) {
  c.flag("--dry-run", global.dry_run, "Show what would be done, with the reason of each step, and do nothing");
}

void add_progress(Command& c, GlobalOptions& global) {
  c.text("--progress", global.progress, "Set type of progress output (auto, tty, plain, json, quiet)");
}

// Of what changes nothing anyway the flag is understood and not shown.
bool changes_nothing(const std::string& verb) {
  static constexpr std::array<std::string_view, 12> kVerbs{
      "events", "stats", "top", "ps", "ls", "port", "volumes", "logs", "images", "version", "lint", "completion"};
  return std::find(kVerbs.begin(), kVerbs.end(), verb) != kVerbs.end();
}

bool shows_progress(const std::string& verb) {
  static constexpr std::array<std::string_view, 17> kVerbs{"up",   "create",  "scale", "down",    "start",   "stop",
                                                           "run",  "restart", "kill",  "pause",   "unpause", "rm",
                                                           "pull", "push",    "watch", "publish", "cp"};
  return std::find(kVerbs.begin(), kVerbs.end(), verb) != kVerbs.end();
}

// Of groups, those that show how far they are.
void add_progress_to_groups(CLI::App& app, Chosen& chosen, GlobalOptions& global) {
  struct Verb {
    const char *group, *name;
  };
  static constexpr std::array kVerbs{Verb{"image", "import"}, Verb{"image", "pull"}, Verb{"image", "push"},
                                     Verb{"image", "load"}, Verb{"container", "cp"}};
  for (const Verb& each : kVerbs) {
    Command verb{*app.get_subcommand(each.group)->get_subcommand(each.name), chosen};
    add_progress(verb, global);
  }
}

void add_global_options(Command& c, GlobalOptions& global) {
  c.list("-f,--file", global.files, "Compose configuration files");
  c.text("-p,--project-name", global.project_name, "Project name");
  c.list("--profile", global.profiles, "Specify a profile to enable");
  c.list("--env-file", global.env_files, "Specify an alternate environment file");
  c.text("--project-directory,--workdir", global.project_directory, "Specify an alternate working directory");
  add_progress(c, global);
  c.one_of("--ansi", global.ansi, {"never", "always", "auto"},
           "Control when to print ANSI control characters (never, always, auto)");
  c.number("--parallel", global.parallel, "Control max parallelism, -1 for unlimited");
  c.flag("--compatibility", global.compatibility, "Name containers and images with underscores, as Compose 1 did");
  c.flag("--all-resources", global.all_resources, "Include all resources, even those not used by services");
  add_dry_run(c, global);
  c.text("-H,--host", global.host, "Address of the engine, unix://PATH [STACK_HOST]");
  c.text("--root", global.root, "Durable state of the engine [STACK_ROOT, /var/lib/stack]");
  c.text("--run", global.run, "Run folder of the engine [STACK_RUN, /run/stack]");
}

// A reader that has had enough is no failure to speak of.
bool reader_left(int err) { return err == EPIPE; }

int perform(const GlobalOptions& global, const Chosen& chosen) {
  std::optional<Session> session;
  try {
    session.emplace(global);
    return chosen.action(*session);
  } catch (const LoadFailed&) {
    return 1;
  } catch (const Error& error) {
    if (interrupted.load()) return kInterruptedExit;
    if (reader_left(error.err())) return 1;
    std::cout.flush();
    if (session && session->progress_mode() == ProgressMode::json) {
      std::cerr << json_failure(error, session->findings());
    } else {
      std::cerr << "stack: " << error.render() << "\n"
                << (session ? text_of(session->findings(), error.render()) : std::string{});
    }
    if (const auto* failed = dynamic_cast<const RunFailed*>(&error)) return failed->exit_code();
    return 1;
  } catch (const std::exception& error) {
    std::cerr << "stack: " << error_of(error).render() << "\n";
    return 1;
  }
}

int complain(const CLI::App& command, const std::string& mistake) {
  std::cerr << "stack: " << mistake << "\n  see: " << command_path(command) << " --help\n";
  return 1;
}

// The words that no argument is for.
int complain_about_extras(const CLI::App& app) {
  const CLI::App& command = chosen_command(app);
  std::vector<std::string> extras = command.remaining();
  std::erase(extras, "--");
  return complain(command, "unknown argument \"" + (extras.empty() ? "" : extras.front()) + "\"");
}

int answer(const std::vector<std::string>& given, const std::string& host);

// `stack docker`, behind global flags of ours; without them it is taken from answer_in_dialect().
struct DockerLine {
  std::string command;
  std::vector<std::string> rest;
};

int docker_line(Session& session, const DockerLine& line) {
  std::vector<std::string> words{line.command};
  if (line.command.empty()) words.clear();
  words.insert(words.end(), line.rest.begin(), line.rest.end());
  return run_docker(words, session.options().host, answer);
}

void add_docker_line(Command& stack) {
  stack.verb("docker", "Docker's own command line, as by the name docker", docker_line, [](Command& c, DockerLine& f) {
    c.optional_word("COMMAND", f.command, "As in: stack docker run --rm busybox true");
    c.optional_command(f.rest);
  });
}

// Our own command line, or with a `host` what stands behind `docker compose`.
int answer(const std::vector<std::string>& given, const std::string& host) {
  CLI::App app{"Define and run multi-container applications, on an engine of its own", "stack"};
  app.require_subcommand(0, 1);
  app.fallthrough(false);
  bool show_version = false;
  GlobalOptions global;
  global.host = host;
  Chosen chosen{.action = {}, .global = global};
  Command stack{app, chosen};
  stack.flag("-v,--version", show_version, "Show the version");
  add_global_options(stack, global);
  add_compose_verbs(stack);
  add_registry_verbs(stack);
  // The global flags that are understood behind a verb as well, of every verb of a project.
  for (CLI::App* each : app.get_subcommands({})) {
    Command verb{*each, chosen};
    if (changes_nothing(each->get_name())) {
      verb.hidden("--dry-run", global.dry_run);
    } else {
      add_dry_run(verb, global);
    }
    if (shows_progress(each->get_name())) add_progress(verb, global);
  }
  add_logins(stack);
  add_engine_groups(stack);
  add_progress_to_groups(app, chosen, global);
  add_docker_line(stack);
  last_one_counts(app);
  set_help(app, static_cast<std::size_t>(look_at(1, "auto").columns), Dialect::stack);
  if (!given.empty() && given.front() == kComplete) {
    std::cout << completion_answer(app, {given.begin() + 1, given.end()}) << std::flush;
    return 0;
  }
  Words words = docker_words(app, help_as_flag(app, given));
  if (words.where != nullptr) return complain(*words.where, words.mistake);
  chosen.command = std::move(words.command);
  std::reverse(words.ours.begin(), words.ours.end());
  try {
    app.parse(std::move(words.ours));
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ExtrasError&) {
    return complain_about_extras(app);
  } catch (const CLI::ParseError& error) {
    return complain(chosen_command(app), error.what());
  }
  if (show_version) {
    std::cout << "stack version " STACK_VERSION "\n";
    return 0;
  }
  if (!chosen.action) {
    std::cout << app.help();
    return 0;
  }
  if (const CLI::App& command = chosen_command(app);
      global.dry_run && command.get_option_no_throw("--dry-run") == nullptr) {
    return complain(command, command_path(command) + " does not support --dry-run");
  }
  return perform(global, chosen);
}

std::string_view program_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

int answer_in_dialect(std::string_view program, const std::vector<std::string>& words) {
  const TerminalText out{std::cout, 1}, err{std::cerr, 2};
  if (program == "docker") return run_docker(words, {}, answer);
  // What stands at the cursor behind `stack docker`.
  if (program != "docker-compose" && words.size() > 2 && words[0] == kComplete && words[1] == "docker") {
    std::vector<std::string> asked{std::string{kComplete}};
    asked.insert(asked.end(), words.begin() + 2, words.end());
    return run_docker(asked, {}, answer);
  }
  if (program != "docker-compose" && !words.empty() && words.front() == "docker")
    return run_docker({words.begin() + 1, words.end()}, {}, answer);
  if (program == "docker-compose") {
    std::vector<std::string> compose{"compose"};
    compose.insert(compose.end(), words.begin(), words.end());
    return run_docker(compose, {}, answer);
  }
  return answer(words, {});
}

}  // namespace

int run(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  const StandardOutput out;
  const std::vector<std::string> words{argv + std::min(argc, 1), argv + argc};
  const int code = answer_in_dialect(argc > 0 ? program_of(argv[0]) : "stack", words);
  std::cout.flush();
  if (out.error() == 0) return code;
  // A failure has been told already.
  if (code == 0 && !reader_left(out.error()))
    std::cerr << "stack: " << Error::from_errno(out.error(), "writing to standard output").message() << "\n";
  return code == 0 ? 1 : code;
}

}  // namespace stack::cli
