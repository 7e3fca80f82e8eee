#include "cli/commands/lint.h"

#include <algorithm>
#include <iostream>
#include <set>

#include <unistd.h>

#include "base/path_text.h"
#include "base/suggest.h"
#include "cli/view/table.h"
#include "compose/admission/admission.h"
#include "compose/check/project_lint.h"
#include "compose/check/warning_names.h"
#include "compose/remote/system_files.h"
#include "compose/source/diagnostic_list.h"

namespace stack::cli {
namespace {

constexpr int kMistakes = 1, kWarnings = 2;

std::set<std::string> disabled_names(const std::vector<std::string>& given) {
  std::set<std::string> names;
  std::vector<std::string_view> known;
  for (const auto& it : compose::kWarnings) known.push_back(it.name);
  for (const auto& list : given) {
    for (std::size_t at = 0; at <= list.size();) {
      const std::size_t end = std::min(list.find(',', at), list.size());
      const std::string name = list.substr(at, end - at);
      at = end + 1;
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        const std::string near = did_you_mean(name, known);
        throw Error(ErrorKind::invalid, "--disable: there is no warning \"" + name + "\"")
            .remedy(near.empty() ? "stack lint --list names them all" : near);
      }
      names.insert(name);
    }
  }
  return names;
}

void list_warnings() {
  std::vector<Row> rows;
  for (const auto& it : compose::kWarnings) {
    rows.push_back({std::string{it.name}, it.latent ? "lint" : "all", std::string{it.meaning}});
  }
  std::cout << table({"NAME", "COMMANDS", "MEANING"}, rows);
}

std::optional<std::string> content(compose::SystemFiles& files, const std::string& path) {
  auto read = files.read(path);
  if (read.status != compose::FileStatus::ok) return std::nullopt;
  return std::move(read.text);
}

// The images that are here, when the engine runs; it is not started for this.
std::vector<model::Image> images_here(Session& session) {
  if (!client::EngineClient::answers(session.socket_path())) return {};
  return session.engine(false).images();
}

std::optional<bool> has_healthcheck(const std::vector<model::Image>& images, const std::string& name) {
  for (const auto& image : images) {
    for (const auto& reference : image.references) {
      if (reference != name && reference != name + ":latest") continue;
      const auto& check = image.config.healthcheck;
      return check && !check->test.empty() && check->test.front() != "NONE";
    }
  }
  return std::nullopt;
}

// What the engine would refuse, and what has no effect unless a rule of lint has said something about it already.
void add_objections(const compose::Project& project, compose::Diagnostics& diagnostics) {
  // A file is as good on the machine that checks it as on the one that runs it.
  for (auto& it : compose::find_objections(project)) {
    const bool said = std::ranges::any_of(diagnostics, [&](const auto& other) { return other.path == it.path; });
    if (!it.fatal && said) continue;
    compose::Diagnostic found;
    found.severity = it.fatal ? compose::Severity::error : compose::Severity::warning;
    found.code = it.fatal ? "refused_value" : "no_effect";
    found.path = std::move(it.path);
    found.place = std::move(it.place);
    found.message = std::move(it.message);
    diagnostics.push_back(std::move(found));
  }
}

}  // namespace

std::string diagnostics_text(const compose::Diagnostics& diagnostics) {
  compose::SystemFiles files;
  return compose::diagnostics_json(diagnostics, [&](const std::string& file) -> std::optional<std::string> {
    if (file.empty() || file.starts_with('(')) return std::nullopt;
    return content(files, absolute_path(files.working_dir(), file));
  });
}

compose::Diagnostics hopeless_probes(Session& session, const compose::LoadResult& loaded) {
  const auto& services = loaded.project->services;
  const bool checked = std::any_of(services.begin(), services.end(), [](const auto& each) {
    return each.second.healthcheck && each.second.healthcheck->test.size() > 1;
  });
  if (!checked) return {};
  const auto images = images_here(session);
  const compose::LintWorld world{
      .exists = {},
      .text = {},
      .has_healthcheck = {},
      .has_program = [&](const std::string& image, const std::string& program) -> std::optional<bool> {
        if (!has_healthcheck(images, image)) return std::nullopt;
        return session.engine(false).image_has_program(image, program);
      }};
  compose::Diagnostics found = compose::lint(*loaded.project, loaded.tree, world);
  std::erase_if(found, [](const compose::Diagnostic& each) { return each.code != "healthcheck_program"; });
  compose::drop_disabled(loaded.tree, {}, found);
  return found;
}

int lint(Session& session, const LintFlags& flags) {
  if (flags.format != "text" && flags.format != "json") {
    throw Error(ErrorKind::invalid, "unsupported --format \"" + flags.format + "\"").remedy("use text or json");
  }
  const auto disabled = disabled_names(flags.disable);
  if (flags.list) {
    list_warnings();
    return 0;
  }
  compose::LoadOptions wanted = session.load_options();
  wanted.effects = true;
  wanted.latent = true;
  wanted.all_resources = true;
  compose::LoadResult loaded = session.try_load(wanted);
  compose::SystemFiles files;
  if (loaded.project) {
    const auto images = images_here(session);
    const compose::LintWorld world{
        .exists = [&](const std::string& path) { return files.status(path) != compose::FileStatus::missing; },
        .text = [&](const std::string& path) { return content(files, path); },
        .has_healthcheck = [&](const std::string& image) { return has_healthcheck(images, image); },
        .has_program = [&](const std::string& image, const std::string& program) -> std::optional<bool> {
          if (!has_healthcheck(images, image)) return std::nullopt;  // it is not here
          return session.engine(false).image_has_program(image, program);
        }};
    for (auto& it : compose::lint(*loaded.project, loaded.tree, world)) loaded.diagnostics.push_back(std::move(it));
    add_objections(*loaded.project, loaded.diagnostics);
    compose::sort_diagnostics(loaded.diagnostics);
  }
  compose::drop_disabled(loaded.tree, disabled, loaded.diagnostics);
  std::cout << (flags.format == "json" ? diagnostics_text(loaded.diagnostics)
                                       : compose::render_named(loaded.diagnostics));
  if (compose::has_errors(loaded.diagnostics)) return kMistakes;
  return flags.strict && !loaded.diagnostics.empty() ? kWarnings : 0;
}

}  // namespace stack::cli
