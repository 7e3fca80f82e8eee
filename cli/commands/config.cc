#include "cli/commands/config.h"

#include <iostream>

#include "cli/commands/config_digests.h"
#include "cli/commands/config_lists.h"
#include "cli/commands/image_pins.h"
#include "cli/commands/lint.h"
#include "cli/commands/output_file.h"
#include "compose/check/json_schema.h"
#include "compose/load/decode.h"
#include "compose/load/select.h"
#include "compose/output/explain.h"
#include "compose/print/config_output.h"
#include "compose/source/yaml_writer.h"

namespace stack::cli {
namespace {

std::string with_newline(std::string text) {
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

bool lists(const ConfigFlags& flags) {
  return flags.list_services || flags.list_volumes || flags.list_networks || flags.list_models || flags.list_profiles ||
         flags.list_images || !flags.hash.empty();
}

std::string environment_text(const compose::Variables& variables) {
  std::string text;
  for (const auto& [name, value] : variables) text += name + "=" + value + "\n";
  return text;
}

// What lists are made of. Without interpolation there is no typed project; its names are all the same.
compose::Project listed(const compose::LoadResult& loaded) {
  if (loaded.project) return *loaded.project;
  compose::Project project = compose::decode_project(loaded.tree);
  project.name = loaded.project_name;
  compose::prune_resources(project);
  return project;
}

std::string text_of(const ConfigFlags& flags, const compose::LoadResult& loaded) {
  const bool json = flags.format == "json";
  if (lists(flags)) return config_list(flags, listed(loaded)).value_or("");
  if (flags.variables) return variables_text(compose::referenced_variables(loaded.tree), flags.format);
  if (flags.environment) return environment_text(loaded.variables);
  if (!flags.explain.empty()) {
    const auto explained = compose::explain(loaded, flags.explain);
    return json ? compose::explanation_json(explained) : compose::explanation_text(explained);
  }
  // As the original prints them: YAML ends with a newline, JSON does not.
  if (!loaded.project) {
    return json ? compose::config_json(loaded.tree) : with_newline(compose::config_yaml(loaded.tree));
  }
  return json ? compose::config_json(*loaded.project) : with_newline(compose::config_yaml(*loaded.project));
}

compose::LoadOptions options_of(const Session& session, const ConfigFlags& flags) {
  compose::LoadOptions wanted = session.load_options();
  wanted.services = flags.services;
  wanted.interpolate = !flags.no_interpolate;
  wanted.resolve_paths = !flags.no_path_resolution;
  wanted.normalise = !flags.no_normalize;
  wanted.consistency = !flags.no_consistency;
  wanted.resolve_env = !flags.no_env_resolution;
  wanted.effects = true;
  if (flags.list_services || flags.list_profiles || flags.list_volumes || flags.list_networks || flags.list_models) {
    wanted.resolve_env = false;
  }
  if (!flags.hash.empty()) wanted.interpolate = true;
  if (flags.variables && !lists(flags)) {
    wanted.interpolate = false;
    wanted.normalise = false;
  }
  return wanted;
}

void write(const Session& session, const ConfigFlags& flags, const std::string& text) {
  if (flags.output.empty()) {
    std::cout << text;
  } else if (session.options().dry_run) {
    std::cout << "write " << flags.output << "\n";
  } else {
    write_output(flags.output, text);
  }
}

}  // namespace

int config(Session& session, const ConfigFlags& flags) {
  if (flags.schema) {
    write(session, flags, compose::compose_json_schema());
    return 0;
  }
  if (!flags.format.empty() && flags.format != "yaml" && flags.format != "json") {
    throw Error(ErrorKind::invalid, "unsupported --format \"" + flags.format + "\"").remedy("use yaml or json");
  }
  if (flags.quiet && flags.format == "json" && !lists(flags)) {
    const compose::LoadResult checked = session.try_load(options_of(session, flags));
    write(session, flags, diagnostics_text(checked.diagnostics));
    return compose::has_errors(checked.diagnostics) ? 1 : 0;
  }
  if (flags.no_interpolate && (flags.resolve_image_digests || flags.lock_image_digests)) {
    throw Error(ErrorKind::invalid, "--no-interpolate leaves the names of images open, so they have no digests");
  }
  compose::LoadResult loaded = session.load(options_of(session, flags));
  if (flags.quiet && !lists(flags)) return 0;
  if ((flags.resolve_image_digests || flags.lock_image_digests) && loaded.project && !lists(flags)) {
    pin_images(session, *loaded.project);
  }
  const bool lock = flags.lock_image_digests && loaded.project && !lists(flags);
  write(session, flags,
        lock ? with_newline(lock_file(*loaded.project, flags.format == "json")) : text_of(flags, loaded));
  return 0;
}

}  // namespace stack::cli
