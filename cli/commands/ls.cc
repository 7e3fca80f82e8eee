#include "cli/commands/ls.h"

#include <algorithm>
#include <iostream>
#include <list>

#include "base/model/name_pattern.h"
#include "cli/commands/name_values.h"
#include "cli/view/project_view.h"

namespace stack::cli {
namespace {

// Each is a regular expression of which a part of the name has to be one.
std::list<model::NamePattern> patterns_of(const std::vector<std::string>& filters) {
  std::list<model::NamePattern> patterns;
  for (const auto& [name, value] : parse_filters(filters)) {
    if (name != "name")
      throw Error(ErrorKind::invalid, "invalid --filter \"" + name + "\"").remedy("only name=PATTERN is known");
    patterns.emplace_back(value);
  }
  return patterns;
}

}  // namespace

int ls(Session& session, const LsFlags& flags) {
  if (flags.format != "table" && flags.format != "json")
    throw Error(ErrorKind::unsupported, "unsupported --format \"" + flags.format + "\"").remedy("use table or json");
  const std::list<model::NamePattern> patterns = patterns_of(flags.filters);
  std::vector<ProjectRow> rows;
  for (const std::string& name : session.engine().projects()) {
    const auto fits = [&](const model::NamePattern& pattern) { return pattern.matches(name); };
    if (!patterns.empty() && std::none_of(patterns.begin(), patterns.end(), fits)) continue;
    const std::vector<model::Container> containers = session.engine().containers(name, flags.all);
    if (!containers.empty()) rows.push_back(project_row(name, containers));
  }
  if (flags.quiet) {
    for (const ProjectRow& row : rows) std::cout << row.name << "\n";
    return 0;
  }
  std::cout << (flags.format == "json" ? projects_json(rows) : projects_table(rows)) << std::flush;
  if (rows.empty() && flags.filters.empty())
    session.hint(flags.all ? "no project has containers; make them with: stack up -d"
                           : "no project runs; all that there are: stack ls -a");
  return 0;
}

}  // namespace stack::cli
