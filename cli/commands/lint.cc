#include "cli/commands/lint.h"

#include <algorithm>
#include <iostream>
#include <set>

#include <unistd.h>

#include "base/path_text.h"
#include "base/suggest.h"
#include "cli/view/table.h"
#include "compose/admission/missing_files.h"
#include "compose/admission/missing_parts.h"
#include "compose/admission/support.h"
#include "compose/check/project_lint.h"
#include "compose/check/warning_names.h"
#include "compose/graph/graph.h"
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

const model::Image* image_named(const std::vector<model::Image>& images, const std::string& name) {
  for (const auto& image : images) {
    for (const auto& reference : image.references) {
      if (reference == name || reference == name + ":latest") return &image;
    }
  }
  return nullptr;
}

std::optional<bool> has_healthcheck(const std::vector<model::Image>& images, const std::string& name) {
  const model::Image* image = image_named(images, name);
  if (image == nullptr) return std::nullopt;
  const auto& check = image->config.healthcheck;
  return check && !check->test.empty() && check->test.front() != "NONE";
}

std::optional<compose::ImageFacts> image_facts(const std::vector<model::Image>& images, const std::string& name) {
  const model::Image* image = image_named(images, name);
  if (image == nullptr) return std::nullopt;
  compose::ImageFacts facts{.entrypoint = !image->config.entrypoint.empty(), .path = {}};
  for (const std::string& entry : image->config.env) {
    if (entry.starts_with("PATH=")) facts.path = entry.substr(sizeof "PATH=" - 1);
  }
  return facts;
}

compose::Diagnostic diagnostic_of(std::string path, compose::SourcePlace place, std::string message, bool fatal) {
  compose::Diagnostic found;
  found.severity = fatal ? compose::Severity::error : compose::Severity::warning;
  found.code = fatal ? "refused_value" : "no_effect";
  found.path = std::move(path);
  found.place = std::move(place);
  found.message = std::move(message);
  return found;
}

// What `up` would refuse on this machine, and what has no effect unless a rule of lint has said something about it already.
void add_objections(const compose::Project& project, compose::SystemFiles& files, compose::Diagnostics& diagnostics) {
  for (auto& it : compose::find_unsupported(project, compose::this_machine(), true)) {
    const bool said = std::ranges::any_of(diagnostics, [&](const auto& other) { return other.path == it.path; });
    if (!it.fatal && said) continue;
    diagnostics.push_back(diagnostic_of(std::move(it.path), std::move(it.place), std::move(it.message), it.fatal));
  }
  const auto exists = [&](const std::string& path) { return files.status(path) != compose::FileStatus::missing; };
  for (const auto& [name, service] : project.services) {
    for (const auto& missing :
         {compose::find_missing_files(project, service, exists), compose::find_missing_parts(service, exists)}) {
      for (const compose::Objection& it : missing)
        diagnostics.push_back(diagnostic_of(it.path, it.place, it.message, true));
    }
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

compose::Diagnostics missing_programs(Session& session, const compose::LoadResult& loaded,
                                      const std::vector<std::string>& services, bool no_deps) {
  compose::Project part = *loaded.project;
  part.disabled.clear();
  const std::set<std::string> named{services.begin(), services.end()};
  const std::set<std::string> wanted = no_deps ? named : compose::Graph{part.services}.with_dependencies(named);
  std::erase_if(part.services, [&](const auto& each) { return !named.empty() && !wanted.contains(each.first); });
  const bool asks = std::ranges::any_of(part.services, [](const auto& each) {
    const compose::Service& service = each.second;
    return (service.healthcheck && service.healthcheck->test.size() > 1) || service.command || service.entrypoint;
  });
  if (!asks) return {};
  const auto images = images_here(session);
  const compose::LintWorld world{
      .exists = {},
      .text = {},
      .has_healthcheck = {},
      .image = [&](const std::string& image) { return image_facts(images, image); },
      .has_program = [&](const std::string& image, const std::string& program) -> std::optional<bool> {
        if (image_named(images, image) == nullptr) return std::nullopt;
        return session.engine(false).image_has_program(image, program);
      }};
  compose::Diagnostics found = compose::lint(part, loaded.tree, world);
  std::erase_if(found, [](const compose::Diagnostic& each) {
    return each.code != "healthcheck_program" && each.code != "program";
  });
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
        .image = [&](const std::string& image) { return image_facts(images, image); },
        .has_program = [&](const std::string& image, const std::string& program) -> std::optional<bool> {
          if (image_named(images, image) == nullptr) return std::nullopt;  // it is not here
          return session.engine(false).image_has_program(image, program);
        }};
    for (auto& it : compose::lint(*loaded.project, loaded.tree, world)) loaded.diagnostics.push_back(std::move(it));
    add_objections(*loaded.project, files, loaded.diagnostics);
    compose::sort_diagnostics(loaded.diagnostics);
  }
  compose::drop_disabled(loaded.tree, disabled, loaded.diagnostics);
  std::cout << (flags.format == "json" ? diagnostics_text(loaded.diagnostics)
                                       : compose::render_named(loaded.diagnostics));
  if (compose::has_errors(loaded.diagnostics)) return kMistakes;
  return flags.strict && !loaded.diagnostics.empty() ? kWarnings : 0;
}

}  // namespace stack::cli
