#include "cli/commands/watch.h"

#include <iostream>

#include "cli/commands/exit_codes.h"
#include "cli/commands/up_request.h"
#include "cli/commands/watch_files.h"
#include "cli/commands/watch_loop.h"
#include "compose/model/no_such_service.h"

namespace stack::cli {
namespace {

// What `up` does of itself, with the images of watched services built.
void bring_up(Session& session, const compose::LoadResult& loaded, const WatchFlags& flags) {
  compose::LoadResult built = loaded;
  for (auto& [name, service] : built.project->services) {
    if (service.build && service.develop) service.pull_policy = "build";
  }
  UpFlags up{.services = flags.services};
  up.quiet = flags.quiet;
  session.run(up_request(session, built, up));
}

void print_rules(const compose::WatchRules& rules) {
  for (const compose::WatchRule& rule : rules.rules)
    std::cout << "watch " << rule.root << " for service \"" << rule.service << "\"\n";
}

}  // namespace

int watch_project(Session& session, const WatchFlags& flags) {
  compose::LoadOptions wanted = session.load_options();
  wanted.services = flags.services;
  wanted.with_dependencies = true;
  const compose::LoadResult loaded = session.load(wanted);
  for (const std::string& name : flags.services) {
    if (!loaded.project->services.contains(name)) throw compose::no_such_service(*loaded.project, name);
  }
  catch_interrupts();
  const WatchOutput output{.say = [](const std::string& line) { std::cout << line << std::endl; },
                           .alone = [](const std::function<void()>& write) { write(); }};
  const WatchOptions options{
      .services = flags.services, .prune = flags.prune, .quiet = flags.quiet, .apply_edits = !flags.no_up};
  if (session.options().dry_run) {
    if (!flags.no_up) bring_up(session, loaded, flags);
    print_rules(
        compose::watch_rules(*loaded.project, {flags.services.begin(), flags.services.end()}, system_watch_files()));
    return 0;
  }
  // What is wrong with the sections is told before anything is started.
  WatchLoop loop{session, loaded, wanted, options, output};
  if (!flags.no_up) bring_up(session, loaded, flags);
  loop.run(true);
  return kInterruptedExit;
}

}  // namespace stack::cli
