#include "cli/commands/session.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iostream>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/letter_case.h"
#include "base/path_text.h"
#include "cli/commands/exit_codes.h"
#include "cli/commands/oci_files.h"
#include "cli/view/cancelled_text.h"
#include "cli/view/progress_lines.h"
#include "compose/model/project_json.h"
#include "compose/remote/system_files.h"
#include "engine/client/daemon_start.h"

extern char** environ;

namespace stack::cli {

std::atomic<bool> interrupted{false};

namespace {

constexpr std::int64_t kSameKeyMs = 250;

int wake_pipe[2] = {-1, -1};
std::atomic<int> interrupted_by{SIGINT};

// A terminal and the program that was started from it (timeout, make) may both hand the same key on.
bool repeats() {
  static std::atomic<std::int64_t> last{0};
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t at = now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
  if (last.load() != 0 && at - last.load() < kSameKeyMs) return true;
  last.store(at);
  return false;
}

void on_signal(int signal) {
  if (repeats()) return;
  interrupted_by.store(signal);
  interrupted.store(true);
  wake_up();
}

compose::Variables process_environment() {
  compose::Variables variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) variables[std::string{text.substr(0, equals)}] = text.substr(equals + 1);
  }
  return variables;
}

// The line of a file that is read again; empty for other places.
std::string line_of(compose::FileSource& files, const compose::SourcePlace& place) {
  if (place.line == 0 || place.file.empty() || place.file.starts_with('(')) return {};
  const compose::FileText read = files.read(absolute_path(files.working_dir(), place.file));
  if (read.status != compose::FileStatus::ok) return {};
  std::string_view rest = read.text;
  for (std::uint32_t line = 1; line < place.line; ++line) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
  return std::string{rest.substr(0, rest.find('\n'))};
}

// A mistake that stands in no file is the command's, and is told as all others of commands.
bool is_of_command(const compose::Diagnostic& diagnostic) {
  return diagnostic.severity == compose::Severity::error && diagnostic.place.file.empty() && diagnostic.path.empty();
}

Error error_of(const compose::Diagnostic& diagnostic) {
  Error error{ErrorKind::invalid, diagnostic.message};
  if (!diagnostic.remedy.empty()) error.remedy(diagnostic.remedy);
  return error;
}

}  // namespace

int interrupted_exit(const Session& session) {
  return session.options().docker ? kShellSignalBase + interrupted_by.load() : kInterruptedExit;
}

int wake_fd() { return wake_pipe[0]; }

void wake_up() {
  const char byte = 1;
  // A full pipe is readable already.
  if (::write(wake_pipe[1], &byte, 1) < 0) return;
}

void catch_interrupts() {
  if (wake_pipe[0] < 0 && ::pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
    throw Error::from_errno(errno, "making a pipe");
  struct sigaction action {};
  action.sa_handler = on_signal;  // no SA_RESTART: waits end
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

Session::Session(GlobalOptions options) : options_(std::move(options)) {
  variables_ = compose::variables_of(load_options(), files(), process_environment());
  // Wrong ones are mistakes, also where they would change nothing.
  progress_mode();
  parallel();
}

std::string Session::ansi() const { return options_.ansi.empty() ? setting("ANSI") : options_.ansi; }

ProgressMode Session::progress_mode() const {
  const std::string word = options_.progress.empty() ? setting("PROGRESS") : options_.progress;
  const ProgressMode mode = parse_progress_mode(word, status());
  if (mode == ProgressMode::plain && (word.empty() || word == "auto") && ansi() == "always") return ProgressMode::tty;
  if (mode != ProgressMode::tty || ansi() != "never") return mode;
  // A picture moves the cursor.
  if (word == "tty") {
    throw Error(ErrorKind::invalid, "--progress tty needs control characters, which --ansi never forbids")
        .remedy("use --progress plain, or --ansi auto");
  }
  return ProgressMode::plain;
}

int Session::parallel() const {
  int limit = options_.parallel;
  if (limit == GlobalOptions::kByEnvironment) {
    const std::string said = setting("PARALLEL_LIMIT");
    const auto [end, error] = std::from_chars(said.data(), said.data() + said.size(), limit);
    if (said.empty()) return 0;
    if (error != std::errc{} || end != said.data() + said.size()) {
      throw Error(ErrorKind::invalid, "COMPOSE_PARALLEL_LIMIT is \"" + said + "\", which is not a whole number")
          .remedy("write how many operations may run at once, or -1 for no limit");
    }
  }
  return std::max(limit, 0);
}

compose::LoadOptions Session::load_options() const {
  return {.files = options_.files,
          .project_name = options_.project_name,
          .project_directory = options_.project_directory,
          .env_files = options_.env_files,
          .profiles = options_.profiles,
          .all_resources = options_.all_resources};
}

compose::FileSource& Session::files() {
  if (!files_) {
    files_ = std::make_unique<compose::SystemFiles>(
        [this](const std::string& reference) { return fetch_oci_project(*this, reference); });
  }
  return *files_;
}

compose::LoadResult Session::try_load(const compose::LoadOptions& wanted) {
  compose::LoadResult result = compose::load_project(wanted, files(), process_environment());
  if (result.project && (options_.compatibility || compose::is_on(result.variables, "COMPATIBILITY")))
    result.project->separator = "_";
  return result;
}

compose::LoadResult Session::load(compose::LoadOptions wanted) {
  compose::LoadResult result = try_load(wanted);
  bool failed = false;
  const Terminal terminal = err();
  for (const compose::Diagnostic& diagnostic : result.diagnostics) {
    if (is_of_command(diagnostic)) {
      std::cerr << "stack: " << error_of(diagnostic).render() << "\n";
    } else {
      std::cerr << (terminal.is_terminal
                        ? compose::render_with_line(diagnostic, line_of(files(), diagnostic.place), terminal.colour)
                        : compose::render(diagnostic));
    }
    failed = failed || diagnostic.severity == compose::Severity::error;
  }
  if (failed) throw LoadFailed{};
  return result;
}

Session::Target Session::target(const std::vector<std::string>& services) {
  // With a name the engine knows the rest; otherwise the file says it.
  const std::string given =
      options_.project_name.empty() ? compose::setting(process_environment(), "PROJECT_NAME") : options_.project_name;
  if (!given.empty() && options_.files.empty()) return {lower(given), std::nullopt, process_environment()};
  compose::LoadOptions wanted = load_options();
  wanted.services = services;
  wanted.with_dependencies = true;
  compose::LoadResult loaded = load(std::move(wanted));
  std::string name = loaded.project->name;
  return {std::move(name), std::move(loaded.project), std::move(loaded.variables)};
}

std::string Session::socket_path() const {
  std::string host = options_.host;
  if (host.empty()) {
    const char* variable = std::getenv("STACK_HOST");
    if (variable != nullptr) host = variable;
  }
  if (!host.empty()) {
    if (!host.starts_with("unix://")) {
      throw Error(ErrorKind::invalid, "unsupported engine address \"" + host + "\"")
          .remedy("it must be unix:// and a path");
    }
    return host.substr(7);
  }
  std::string run = options_.run;
  if (run.empty()) {
    const char* variable = std::getenv("STACK_RUN");
    run = variable != nullptr && *variable != 0 ? variable : "/run/stack";
  }
  return run + "/stackd.sock";
}

bool Session::addressed() const { return !options_.host.empty() || std::getenv("STACK_HOST") != nullptr; }

std::string Session::root() const {
  if (!options_.root.empty()) return options_.root;
  const char* variable = std::getenv("STACK_ROOT");
  return variable != nullptr && *variable != 0 ? variable : "/var/lib/stack";
}

client::EngineClient& Session::engine(bool start) {
  if (engine_) return *engine_;
  const std::string socket = socket_path();
  if (start && !addressed()) client::ensure_daemon({.root = options_.root, .run = options_.run, .socket = socket});
  engine_ = std::make_unique<client::EngineClient>(socket);
  return *engine_;
}

void Session::hint(const std::string& text) const {
  if (out().is_terminal && err().is_terminal) std::cerr << text << "\n";
}

Findings Session::findings() { return engine_ ? autopsy_.report(*engine_) : Findings{}; }

void Session::warn(const std::string& text) const {
  if (progress_mode() == ProgressMode::json) return say(text);
  std::cerr << "warning: " << text << "\n";
}

void Session::say(const std::string& text) const {
  easel().write(progress_mode() == ProgressMode::json ? json_line(api::Notice{text}) : text + "\n");
}

CancelNote::~CancelNote() {
  if (std::uncaught_exceptions() > thrown_ && interrupted.load() && !session_.options().docker)
    session_.say("cancelled");
}

void Session::print_plan(const api::PlanReport& plan) const {
  if (progress_mode() == ProgressMode::json) {
    std::cout << json_line(plan) << std::flush;
  } else {
    std::cout << (plan.text.empty() ? "nothing to do\n" : plan.text) << std::flush;
  }
}

bool Session::run(const api::ProjectRequest& request, std::optional<Nanos> patience,
                  const std::function<bool(const api::Report&)>& shown) {
  catch_interrupts();
  ProgressView view{progress_mode(), easel(), request.project};
  api::ProjectRequest asked = request;
  asked.parallel = parallel();
  asked.dry_run = options_.dry_run;
  try {
    return engine().run(asked,
                        [&](const api::Report& report) {
                          if (const auto* plan = std::get_if<api::PlanReport>(&report)) return print_plan(*plan);
                          note(request.project, report);
                          if (!shown || shown(report)) view.show(report);
                        },
                        {.interrupted = &interrupted, .tick = [&] { view.tick(); }, .patience = patience});
  } catch (const Error&) {
    if (!interrupted.load()) throw;
    view.finish();
    using enum api::Verb;
    say(cancelled_text(view.progress(), request.verb == up || request.verb == start || request.verb == restart));
    throw;
  }
}

}  // namespace stack::cli
