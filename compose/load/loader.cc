#include "compose/load/loader.h"

#include "base/path_text.h"
#include "compose/check/consistency.h"
#include "compose/check/effects.h"
#include "compose/check/schema.h"
#include "compose/check/warning_names.h"
#include "compose/load/decode.h"
#include "compose/load/discover.h"
#include "compose/load/document.h"
#include "compose/load/model_tree.h"
#include "compose/load/normalise.h"
#include "compose/load/open_names.h"
#include "compose/load/select.h"
#include "compose/load/service_files.h"
#include "compose/model/project_names.h"
#include "compose/source/origin.h"

namespace stack::compose {
namespace {

using Documents = std::vector<std::vector<Node>>;

void collect_variables(const Node& node, std::map<std::string, VariableUse>& uses) {
  // What a variable holds is data, whatever it looks like.
  for (auto& use : is_from_variable(node) ? std::vector<VariableUse>{} : variables_in(node.text)) {
    auto& known = uses.try_emplace(use.name, use).first->second;
    known.required = known.required || use.required;
    if (known.default_value.empty()) known.default_value = use.default_value;
    if (known.alternate_value.empty()) known.alternate_value = use.alternate_value;
  }
  for (const auto& item : node.items) collect_variables(item, uses);
  for (const auto& [key, value] : node.entries) collect_variables(value, uses);
}

class Loader {
 public:
  Loader(const LoadOptions& options, FileSource& files, const Variables& environment)
      : options_(options), environment_(environment), context_{files, result_.diagnostics, files.working_dir(),
                                                               {},    options.interpolate, options.resolve_paths} {
    if (const auto home = environment.find("HOME"); home != environment.end()) context_.home = home->second;
  }

  LoadResult load() {
    context_.latent = options_.latent;
    context_.env_file_warnings = options_.effects || options_.latent;
    if (auto sources = find_sources(options_, environment_, context_)) load_from(*sources);
    for (auto& it : context_.notes) result_.diagnostics.push_back(std::move(it));
    if (has_errors(result_.diagnostics)) result_.project.reset();
    drop_disabled(result_.tree, {}, result_.diagnostics);
    sort_diagnostics(result_.diagnostics);
    return std::move(result_);
  }

 private:
  void load_from(Sources& sources) {
    Documents documents;
    bool any = false;
    for (const auto& file : sources.files) {
      const auto before = result_.diagnostics.size();
      documents.push_back(read_documents(file, context_));
      const bool failed = result_.diagnostics.size() > before && has_errors(result_.diagnostics);
      if (documents.back().empty() && !failed) {
        context_.file_error("empty_file", "this Compose file is empty", shown_path(context_.shown_from, file)).remedy =
            "begin with services:";
      }
      any = any || !documents.back().empty();
    }
    if (!any) return;
    readable_ = !has_errors(result_.diagnostics);
    if (!set_name(documents, sources)) return;
    result_.tree = load_model_tree({sources.files, sources.dir, sources.variables}, &documents, context_);
    result_.variables = sources.variables;
    if (result_.tree.entries.empty() && !has_errors(result_.diagnostics)) {
      context_.file_error("empty_file", "the project is empty", shown_path(context_.shown_from, sources.files.front()))
          .remedy = "begin with services:";
      return;
    }
    if (!options_.interpolate) {
      if (options_.normalise) compose::normalise(result_.tree, result_.project_name);
      reopen_names(result_.tree, compose_file());
      return;
    }
    make_project(sources);
  }

  // Flag, variable, last `name:` of the files, name of the folder. The body may use it, so it is set before the body is
  // read.
  bool set_name(const Documents& documents, Sources& sources) {
    std::string name = options_.project_name;
    result_.name_from = "given by --project-name";
    if (name.empty()) {
      name = setting(sources.variables, "PROJECT_NAME");
      result_.name_from = "given by the variable COMPOSE_PROJECT_NAME or STACK_PROJECT_NAME";
    }
    if (!name.empty()) {
      if (name != normal_project_name(name)) {
        auto& found = context_.file_error("bad_project_name", "\"" + name + "\" cannot be a project's name", "");
        found.remedy = kProjectNameRule;
        const auto& places = sources.variables.places;
        const auto place = options_.project_name.empty() ? places.find("COMPOSE_PROJECT_NAME") : places.end();
        if (place != places.end()) found.place = place->second;
        return false;
      }
    } else {
      const auto [given, origin] = name_in(documents, sources.variables);
      name = normal_project_name(given);
      if (name.empty() && !given.empty()) {
        context_
            .error("no_project_name", "nothing of \"" + given + "\" can be in a project's name", Path{Path{}, "name"},
                   *origin)
            .remedy = kProjectNameRule;
        return false;
      }
      result_.name_from = "what name: says";
      result_.named_by_file = !name.empty();
      if (name.empty()) {
        const bool fetched = !sources.fetched_name.empty() && options_.project_directory.empty();
        name = normal_project_name(fetched ? sources.fetched_name : base_name(sources.dir));
        result_.name_from = fetched ? "the name of the repository" : "the name of the folder " + sources.dir;
        if (!fetched && !name.empty()) warn_of_link(sources.dir, name);
      }
      if (name.empty()) {
        context_.file_error("no_project_name", "the project has no name", "").remedy =
            "set name: or use --project-name";
        return false;
      }
    }
    result_.project_name = name;
    sources.variables["COMPOSE_PROJECT_NAME"] = name;
    sources.variables.places.erase("COMPOSE_PROJECT_NAME");
    return true;
  }

  // The same project by its other path would be another one.
  void warn_of_link(const std::string& dir, const std::string& name) {
    const std::string real = normal_project_name(base_name(context_.files.real_path(dir)));
    if (real == name) return;
    auto& found =
        context_.file_error("symbolic_link", "the project is named \"" + name + "\" for a symbolic link", dir);
    found.severity = Severity::warning;
    found.remedy = "the folder itself would name it \"" + real + "\"; set name: or use --project-name";
  }

  // The last one, and where it stands.
  std::pair<std::string, const Node*> name_in(const Documents& documents, const Variables& variables) {
    std::pair<std::string, const Node*> name;
    for (const auto& file : documents) {
      for (const auto& document : file) {
        const Node* found = document.find("name");
        if (found == nullptr || !found->is(Kind::string)) continue;
        auto [text, taken, unset, error, remedy] = interpolate(found->text, lookup_in(variables));
        // The same mistake is reported when the whole document is looked at.
        if (text.empty() && !found->text.empty() && !error) {
          context_.error("no_project_name", "the project's name is empty", Path{Path{}, "name"}, *found).remedy =
              "set the variables in it";
        }
        if (!text.empty()) name = {std::move(text), found};
      }
    }
    return name;
  }

  void make_project(const Sources& sources) {
    const bool damaged = has_errors(result_.diagnostics);
    if (readable_) check_required(result_.tree, compose_file(), Path{}, result_.diagnostics);
    Project project = decode_project(result_.tree);
    project.name = result_.project_name;
    project.working_dir = sources.dir;
    project.config_files = sources.files;
    project.env_files = sources.env_files;
    if (options_.normalise) compose::normalise(project);
    warn_of_profiles(project, options_.profiles, result_.diagnostics);
    apply_profiles(project, sources.profiles, options_.services);
    const auto before = result_.diagnostics.size();
    if (options_.consistency) check_consistency(project, {.incomplete = damaged}, result_.diagnostics);
    name_origins(before);
    select_services(project, options_.services, options_.with_dependencies, result_.diagnostics);
    if (!options_.all_resources) prune_resources(project);
    if (options_.effects) report_effects(project);
    if (options_.resolve_env) resolve_service_files(project, sources.variables, context_);
    result_.project = std::move(project);
  }

  void report_effects(const Project& project) {
    check_effects(
        result_.tree,
        [&](std::string_view section, std::string_view key) {
          const std::string name{key};
          if (section == "services") return project.services.contains(name);
          if (section == "networks") return project.networks.contains(name);
          if (section == "volumes") return project.volumes.contains(name);
          if (section == "secrets") return project.secrets.contains(name);
          return section == "configs" ? project.configs.contains(name) : project.models.contains(name);
        },
        result_.diagnostics);
  }

  // What the checks of the typed project reported knows only places.
  void name_origins(std::size_t first) {
    for (auto at = result_.diagnostics.begin() + static_cast<std::ptrdiff_t>(first); at < result_.diagnostics.end();
         ++at) {
      const Node* const node = at->related.empty() ? node_at(result_.tree, at->path) : nullptr;
      if (node == nullptr) continue;
      add_related(*node, at->related);
      for (const auto& item : node->items) add_related(item, at->related);
    }
  }

  const LoadOptions& options_;
  const Variables& environment_;
  LoadResult result_;
  bool readable_ = true;  // all files that were named
  LoadContext context_;
};

}  // namespace

std::vector<VariableUse> referenced_variables(const Node& tree) {
  std::map<std::string, VariableUse> uses;
  collect_variables(tree, uses);
  std::vector<VariableUse> out;
  for (auto& [name, use] : uses) out.push_back(std::move(use));
  return out;
}

LoadResult load_project(const LoadOptions& options, FileSource& files, const Variables& environment) {
  return Loader{options, files, environment}.load();
}

}  // namespace stack::compose
