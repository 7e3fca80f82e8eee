#include "cli/commands/model_plugin.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/letter_case.h"
#include "cli/commands/provider_messages.h"

namespace stack::cli {
namespace {

using model::Action;

std::string variable_of(const std::string& model) {
  std::string name = upper(model);
  std::ranges::replace(name, '-', '_');
  return name;
}

class ModelPlugin {
 public:
  ModelPlugin(std::string program, const ProviderSurroundings& around)
      : program_(std::move(program)), around_(around) {}

  std::string endpoint() const { return parse_model_endpoint(output_of(call({"status", "--json"}))); }
  std::vector<std::string> tags() const { return parse_model_tags(output_of(call({"ls", "--json"}))); }

  void pull(const model::Subject& subject, const compose::Model& model) const {
    around_.show(model::Started{.subject = subject, .action = Action::pull});
    output_of(call({"pull", model.model}));
    around_.show(model::Finished{.subject = subject, .action = Action::pull});
  }

  void configure(const compose::Model& model) const {
    std::vector<std::string> words{"configure"};
    if (model.context_size > 0) words.insert(words.end(), {"--context-size", std::to_string(model.context_size)});
    words.push_back(model.model);
    if (!model.runtime_flags.empty()) words.emplace_back("--");
    words.insert(words.end(), model.runtime_flags.begin(), model.runtime_flags.end());
    output_of(call(std::move(words)));
  }

 private:
  ProgramCall call(std::vector<std::string> words) const { return {program_, std::move(words), around_.environment}; }

  const std::string program_;
  const ProviderSurroundings& around_;
};

void set_variables(compose::Service& service, const compose::Project& project, const std::string& endpoint) {
  for (const auto& [key, settings] : service.models) {
    const compose::ServiceModel named = settings.value_or(compose::ServiceModel{});
    const std::string model = named.model_var.empty() ? variable_of(key) + "_MODEL" : named.model_var;
    const std::string url = named.endpoint_var.empty() ? variable_of(key) + "_URL" : named.endpoint_var;
    service.environment[model] = project.models.at(key).model;
    service.environment[url] = endpoint;
  }
}

}  // namespace

void provide_models(compose::Project& project, const std::vector<std::string>& services,
                    const ProviderSurroundings& around) {
  std::set<std::string> keys;
  for (const std::string& name : services) {
    for (const auto& [key, settings] : project.services.at(name).models) keys.insert(key);
  }
  if (keys.empty()) return;
  const std::string path = "models." + *keys.begin();
  try {
    std::string program = find_plugin("model", around.environment);
    if (program.empty()) {
      throw Error(ErrorKind::not_found, "models are served by Docker's Model plugin, and docker-model is not installed")
          .remedy("install it among the plugins of Docker's client, or put docker-model on the PATH");
    }
    const ModelPlugin plugin{std::move(program), around};
    const std::vector<std::string> there = plugin.tags();
    for (const std::string& key : keys) {
      const compose::Model& model = project.models.at(key);
      const model::Subject subject{model::SubjectKind::service, model.name.empty() ? key : model.name};
      if (std::find(there.begin(), there.end(), model.model) == there.end()) plugin.pull(subject, model);
      plugin.configure(model);
    }
    const std::string endpoint = plugin.endpoint();
    for (const std::string& name : services) set_variables(project.services.at(name), project, endpoint);
  } catch (Error& error) {
    const std::string where = compose::to_text(find_place(project.places, path));
    throw error.context((where.empty() ? "" : where + ": ") + path);
  }
}

}  // namespace stack::cli
