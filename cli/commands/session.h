// What every command starts from: the global flags, the project that they lead to, and the engine that they talk to.
//
// One per process. Errors are thrown as stack::Error; mistakes in the user's files are printed here, all of them, and end the
// command by LoadFailed.
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands/autopsy.h"
#include "cli/view/progress_view.h"
#include "cli/view/terminal.h"
#include "compose/load/discover.h"
#include "compose/load/loader.h"
#include "engine/client/engine_client.h"

namespace stack::cli {

struct GlobalOptions {
  static constexpr int kByEnvironment = std::numeric_limits<int>::min();
  std::vector<std::string> files, profiles, env_files;
  std::string project_name, project_directory;
  std::string progress, ansi;  // empty: by environment, then auto
  int parallel = kByEnvironment;
  bool all_resources = false, dry_run = false, compatibility = false;
  bool docker = false;          // what is printed is what Docker's own client prints
  std::string root, run, host;  // of the engine
};

// The mistakes have been printed already.
struct LoadFailed {};

class Session {
 public:
  // Throws stack::Error for options that nobody knows.
  explicit Session(GlobalOptions options);

  [[nodiscard]] const GlobalOptions& options() const { return options_; }
  // Loads the project; prints diagnostics. Throws LoadFailed when there are errors.
  compose::LoadResult load(compose::LoadOptions wanted);
  // The same without printing and throwing.
  compose::LoadResult try_load(const compose::LoadOptions& wanted);
  compose::LoadOptions load_options() const;
  // Where loading reads from.
  compose::FileSource& files();
  // The project for commands that can do without its file: when there is a name (--project-name, COMPOSE_PROJECT_NAME) and no
  // --file, only the name is set.
  struct Target {
    std::string name;
    std::optional<compose::Project> project;
    compose::Variables variables;  // .env included; without a file, the environment
  };
  Target target(const std::vector<std::string>& services);

  // Starts the engine when it does not answer and `start` is true.
  client::EngineClient& engine(bool start = true);
  std::string socket_path() const;
  // Whether the engine is named by its address instead of its folders.
  [[nodiscard]] bool addressed() const;
  // The engine's root by --root, STACK_ROOT or the default.
  [[nodiscard]] std::string root() const;
  [[nodiscard]] Terminal out() const { return look_at(1, ansi()); }
  [[nodiscard]] Terminal err() const { return look_at(2, ansi()); }
  // Where progress is shown: standard error, or standard output by COMPOSE_STATUS_STDOUT.
  [[nodiscard]] Terminal status() const { return look_at(status_fd(), ansi()); }
  [[nodiscard]] Easel easel() const { return easel_on(status_fd(), status()); }
  ProgressMode progress_mode() const;  // throws stack::Error
  // How many operations at once, by --parallel or COMPOSE_PARALLEL_LIMIT; 0: the engine's own bound. Throws stack::Error.
  int parallel() const;
  // STACK_<name>, else COMPOSE_<name>, of the environment or of .env, else "".
  [[nodiscard]] std::string setting(const char* name) const { return compose::setting(variables_, name); }
  [[nodiscard]] bool is_on(const char* name) const { return compose::is_on(variables_, name); }

  // Runs a verb of a project and shows how it goes. Throws its failure, also when `patience` has run out; findings() then say more.
  // `shown`: which reports are shown; none: all.
  bool run(const api::ProjectRequest& request, std::optional<Nanos> patience = {},
           const std::function<bool(const api::Report&)>& shown = {});
  // For findings(): what a report of this project tells of failures.
  void note(const std::string& project, const api::Report& report) { autopsy_.note(project, report); }
  // Says what could be done next, to a person: nothing is written where output goes to a program.
  void hint(const std::string& text) const;
  // The same of what should be known, in a line that begins with "warning: ".
  void warn(const std::string& text) const;
  // Says what came of a verb, where progress is shown: a line, or an object for programs.
  void say(const std::string& text) const;
  // After a failure: what the containers that failed said last, and what runs as before.
  [[nodiscard]] Findings findings();

 private:
  void print_plan(const api::PlanReport& plan) const;
  [[nodiscard]] std::string ansi() const;
  [[nodiscard]] int status_fd() const { return is_on("STATUS_STDOUT") ? 1 : 2; }

  GlobalOptions options_;
  compose::Variables variables_;  // what settings are read from
  Autopsy autopsy_;
  std::unique_ptr<client::EngineClient> engine_;
  std::unique_ptr<compose::FileSource> files_;
};

// Says that the command is cancelled when a signal breaks it off: of transfers and builds, which leave nothing behind that goes on. To
// stand before what shows progress, so that it is said below that.
class CancelNote {
 public:
  explicit CancelNote(const Session& session) : session_(session) {}
  CancelNote(const CancelNote&) = delete;
  CancelNote& operator=(const CancelNote&) = delete;
  ~CancelNote();

 private:
  const Session& session_;
  const int thrown_ = std::uncaught_exceptions();
};

// Set by SIGINT and SIGTERM once catch_interrupts() was called, but for a second one within a quarter of a second; a byte then
// becomes readable at wake_fd() as well.
extern std::atomic<bool> interrupted;
// The exit code then: 130 whichever it was, by the name docker 143 for SIGTERM.
int interrupted_exit(const Session& session);
void catch_interrupts();
int wake_fd();
// Makes wake_fd() readable: from a signal handler or another thread.
void wake_up();

}  // namespace stack::cli
