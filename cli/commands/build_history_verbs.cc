// `stack builder history`: what was built when, how long each step took, and why the cache did not serve it.
#include <algorithm>
#include <iostream>

#include "base/clock.h"
#include "cli/commands/failures.h"
#include "cli/commands/image_build.h"
#include "cli/view/build_history_view.h"
#include "cli/view/format_json.h"

namespace stack::cli {
namespace {

// The newest one without a word; else a whole id or the unique beginning of one.
const api::BuildRecord& record_of(const std::vector<api::BuildRecord>& records, const std::string& id) {
  const auto fits = [&](const api::BuildRecord& record) { return record.id.starts_with(id); };
  const auto found = std::ranges::find_if(records, fits);
  if (found == records.end()) {
    if (id.empty()) throw Error(ErrorKind::not_found, "nothing was built yet").remedy("build something: stack build");
    throw Error(ErrorKind::not_found, "there is no build " + id).remedy("list them: stack builder history ls");
  }
  if (!id.empty() && std::find_if(std::next(found), records.end(), fits) != records.end())
    throw Error(ErrorKind::invalid, "several builds have an id that begins with " + id).remedy("give more of it");
  return *found;
}

}  // namespace

int builder_history_ls(Session& session, const BuilderHistoryLsFlags& flags) {
  const std::vector<api::BuildRecord> records = session.engine().build_history();
  const Wall now = SystemClock{}.wall();
  if (flags.quiet) {
    for (const api::BuildRecord& record : records) std::cout << record.id << "\n";
  } else if (flags.format == "table") {
    std::cout << build_history_table(records, now, flags.no_trunc);
  } else {
    std::cout << format_rows(flags.format, build_history_lines(records, now), build_history_titles());
  }
  return 0;
}

int builder_history_inspect(Session& session, const BuilderHistoryInspectFlags& flags) {
  const std::vector<api::BuildRecord> records = session.engine().build_history();
  const Wall now = SystemClock{}.wall();
  const api::BuildRecord& record = record_of(records, flags.id);
  if (flags.format == "pretty") {
    std::cout << build_record_text(record, now);
  } else {
    std::cout << build_record_json(record, now) << "\n";
  }
  return 0;
}

int builder_history_rm(Session& session, const BuilderHistoryRmFlags& flags) {
  if (flags.all == !flags.ids.empty()) {
    throw Error(ErrorKind::invalid, flags.all ? "--all and ids exclude each other" : "no builds given")
        .remedy("give ids, or --all");
  }
  std::vector<std::string> ids;
  const std::vector<api::BuildRecord> records = session.engine().build_history();
  Failures failures;
  for (const std::string& id : flags.ids) failures.attempt([&] { ids.push_back(record_of(records, id).id); });
  for (const std::string& id : session.engine().forget_builds(ids, flags.all)) std::cout << id << "\n";
  failures.report();
  return 0;
}

}  // namespace stack::cli
