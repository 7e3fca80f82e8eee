#include "cli/commands/service_builds.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "cli/commands/build_context.h"
#include "compose/model/project_names.h"
#include "compose/remote/remote_reference.h"

namespace stack::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kService = "service:";

// A context may name a service that nobody selected.
const compose::Service* find_service(const compose::Project& project, const std::string& name) {
  for (const auto* services : {&project.services, &project.disabled}) {
    if (const auto found = services->find(name); found != services->end()) return &found->second;
  }
  return nullptr;
}

// One service's section.
class Section {
 public:
  Section(const compose::Project& project, const compose::Service& service, const BuildOverrides& overrides,
          const BuildSurroundings& around, std::vector<std::string>& mistakes)
      : project_(project),
        service_(service),
        build_(*service.build),
        overrides_(overrides),
        around_(around),
        mistakes_(mistakes) {}

  model::ProjectBuild read() {
    out_.services = {service_.name};
    out_.reference = compose::image_reference(project_, service_);
    model::BuildSpec& spec = out_.spec;
    spec.builder_of = "service " + service_.name + " of project " + project_.name;
    spec.target = build_.target;
    spec.tags = {out_.reference};
    for (const std::string& tag : build_.tags) {
      if (std::find(spec.tags.begin(), spec.tags.end(), tag) == spec.tags.end()) spec.tags.push_back(tag);
    }
    arguments();
    labels();
    cache();
    running();
    granted();
    // With what the arguments and secrets say of git.
    at("build.context", [&] { context(); });
    for (const auto& [name, value] : build_.additional_contexts)
      at("build.additional_contexts", [&, &name = name, &value = value] { named(name, value); });
    refuse();
    return std::move(out_);
  }

 private:
  // What goes wrong in `read` is a mistake at this key.
  template <class Read>
  void at(const std::string& key, Read read) {
    try {
      read();
    } catch (const Error& error) {
      const std::string where = compose::to_text(service_.place_of(key));
      mistakes_.push_back((where.empty() ? "" : where + ": ") + "services." + service_.name + "." + key + ": " +
                          error.render());
    }
  }

  void context() {
    model::BuildSpec& spec = out_.spec;
    const std::string& folder = build_.context;
    const bool remote = compose::is_remote(folder);
    std::error_code unknown;
    if (remote) {
      spec.context = open_build_context(folder, git_context_wish(spec)).source;
    } else if (fs::is_directory(folder, unknown)) {
      spec.context = model::BuildFolder{folder};
    } else {
      throw Error(ErrorKind::not_found, "there is no folder " + folder);
    }
    if (!build_.dockerfile_inline.empty()) {
      spec.dockerfile_text = build_.dockerfile_inline;
      return;
    }
    // The engine looks for it there.
    if (remote)
      return static_cast<void>(spec.dockerfile = build_.dockerfile.empty() ? "Dockerfile" : build_.dockerfile);
    at("build.dockerfile", [&] { dockerfile(folder); });
  }

  void dockerfile(const std::string& folder) {
    const std::string name = build_.dockerfile.empty() ? "Dockerfile" : build_.dockerfile;
    const fs::path path = (fs::path{folder} / name).lexically_normal();
    std::error_code unknown;
    if (!fs::exists(path, unknown)) throw Error(ErrorKind::not_found, "there is no file " + path.string());
    out_.spec.dockerfile = path.string();
  }

  void named(const std::string& name, const std::string& value) {
    if (value.starts_with("target:"))
      throw Error(ErrorKind::unsupported, name + ": targets of bake files are not known here")
          .remedy("name the service: " + std::string{kService} + "NAME");
    if (!value.starts_with(kService)) {
      out_.spec.named_contexts[name] = named_build_source(name + ": ", value, git_context_wish(out_.spec));
      return;
    }
    const compose::Service* other = find_service(project_, value.substr(kService.size()));
    if (other == nullptr)
      throw Error(ErrorKind::not_found, name + ": there is no service " + value.substr(kService.size()));
    const std::string reference = compose::image_reference(project_, *other);
    out_.spec.named_contexts[name] = model::BuildStage{reference};
    out_.needs.push_back(reference);
  }

  void arguments() {
    for (const auto& [name, value] : build_.args) {
      if (value) out_.spec.args[name] = *value;
    }
    for (auto& [name, value] : build_arguments(overrides_.args, around_)) out_.spec.args[name] = value;
  }

  void labels() {
    out_.spec.labels = build_.labels;
    out_.spec.labels["com.docker.compose.project"] = project_.name;
    out_.spec.labels["com.docker.compose.service"] = service_.name;
  }

  void cache() {
    model::BuildSpec& spec = out_.spec;
    spec.no_cache = build_.no_cache || overrides_.no_cache;
    spec.no_cache_stages = build_.no_cache_filter;
    spec.pull = build_.pull || overrides_.pull;
    at("build.cache_from", [&] {
      for (const std::string& each : build_.cache_from) spec.cache_from.push_back(build_cache_from(each));
    });
    at("build.cache_to", [&] {
      for (const std::string& each : build_.cache_to) spec.cache_to.push_back(build_cache_to(each));
    });
  }

  void running() {
    model::BuildSpec& spec = out_.spec;
    spec.network = build_.network;
    for (const auto& [host, addresses] : build_.extra_hosts) {
      for (const std::string& address : addresses) spec.extra_hosts.push_back(host + "=" + address);
    }
    spec.shm_size = build_.shm_size.value;
    for (const auto& [name, limit] : build_.ulimits) spec.ulimits[name] = {.soft = limit.soft, .hard = limit.hard};
    spec.privileged = build_.privileged;
    at("build.entitlements", [&] { spec.entitlements = build_entitlements(build_.entitlements); });
    if (std::find(spec.entitlements.begin(), spec.entitlements.end(), "security.insecure") != spec.entitlements.end())
      spec.privileged = true;
    spec.platforms = build_.platforms;
    if (overrides_.local_only || spec.platforms.empty())
      spec.platforms = service_.platform.empty() ? std::vector<std::string>{} : std::vector{service_.platform};
  }

  void granted() {
    for (const compose::FileGrant& grant : build_.secrets) at("build.secrets", [&] { secret(grant); });
    at("build.ssh", [&] {
      for (const auto& [id, path] : build_.ssh)
        out_.spec.ssh.push_back(build_ssh(path.empty() ? id : id + "=" + path, around_));
      for (const std::string& word : overrides_.ssh) {
        model::BuildSsh ssh = build_ssh(word, around_);
        std::erase_if(out_.spec.ssh, [&](const model::BuildSsh& other) { return other.id == ssh.id; });
        out_.spec.ssh.push_back(std::move(ssh));
      }
    });
  }

  void secret(const compose::FileGrant& grant) {
    const auto object = project_.secrets.find(grant.source);
    if (object == project_.secrets.end()) throw Error(ErrorKind::not_found, "there is no secret " + grant.source);
    const compose::FileObject& file = object->second;
    if (file.external)
      throw Error(ErrorKind::unsupported, "the secret " + grant.source + " is external")
          .remedy("give it a file or a variable of the environment");
    model::BuildSecret secret{.id = grant.target.empty() ? grant.source : grant.target, .content = {}};
    if (!file.file.empty()) {
      secret.content = around_.read(file.file);
    } else if (file.content) {
      secret.content = *file.content;
    } else {
      secret.content = around_.environment(file.environment).value_or("");
    }
    out_.spec.secrets.push_back(std::move(secret));
  }

  void refuse() {
    at("build.provenance", [&] { refuse_attestation("provenance", build_.provenance); });
    at("build.sbom", [&] { refuse_attestation("sbom", build_.sbom); });
    at("build.isolation", [&] {
      if (!build_.isolation.empty() && build_.isolation != "default")
        throw Error(ErrorKind::unsupported, "it is for Windows containers only").remedy("remove it");
    });
  }

  const compose::Project& project_;
  const compose::Service& service_;
  const compose::Build& build_;
  const BuildOverrides& overrides_;
  const BuildSurroundings& around_;
  std::vector<std::string>& mistakes_;
  model::ProjectBuild out_;
};

// With those that their contexts name.
std::set<std::string> with_bases(const compose::Project& project, const std::set<std::string>& services) {
  std::set<std::string> all;
  std::vector<std::string> queue{services.begin(), services.end()};
  while (!queue.empty()) {
    const std::string name = queue.back();
    queue.pop_back();
    const compose::Service* found = find_service(project, name);
    if (found == nullptr || !found->build || !all.insert(name).second) continue;
    for (const auto& [alias, value] : found->build->additional_contexts) {
      if (value.starts_with(kService)) queue.push_back(value.substr(kService.size()));
    }
  }
  return all;
}

// Whether both make the same image but for its names and whose it is.
bool is_same(const model::ProjectBuild& a, const model::ProjectBuild& b) {
  model::BuildSpec left = a.spec, right = b.spec;
  for (model::BuildSpec* each : {&left, &right}) {
    each->tags.clear();
    each->builder_of.clear();
    each->labels.erase("com.docker.compose.service");
  }
  return left == right;
}

std::vector<model::ProjectBuild> merged(std::vector<model::ProjectBuild> builds) {
  std::vector<model::ProjectBuild> all;
  for (model::ProjectBuild& build : builds) {
    const auto same = std::find_if(all.begin(), all.end(), [&](const auto& other) { return is_same(other, build); });
    if (same == all.end()) {
      all.push_back(std::move(build));
      continue;
    }
    same->services.insert(same->services.end(), build.services.begin(), build.services.end());
    for (std::string& tag : build.spec.tags) {
      auto& tags = same->spec.tags;
      if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(std::move(tag));
    }
  }
  return all;
}

// Each after those that it needs. Throws for a cycle.
std::vector<model::ProjectBuild> in_order(std::vector<model::ProjectBuild> builds) {
  std::vector<model::ProjectBuild> ordered;
  const auto makes = [](const model::ProjectBuild& build, const std::string& reference) {
    return std::find(build.spec.tags.begin(), build.spec.tags.end(), reference) != build.spec.tags.end();
  };
  while (!builds.empty()) {
    const auto ready = std::find_if(builds.begin(), builds.end(), [&](const model::ProjectBuild& build) {
      return std::none_of(build.needs.begin(), build.needs.end(), [&](const std::string& need) {
        return std::any_of(builds.begin(), builds.end(), [&](const auto& other) { return makes(other, need); });
      });
    });
    if (ready == builds.end()) {
      std::string names;
      for (const model::ProjectBuild& build : builds) names += (names.empty() ? "" : ", ") + build.services.front();
      throw Error(ErrorKind::invalid, "dependency cycle of builds: " + names)
          .remedy("let no service's additional_contexts lead back to it");
    }
    ordered.push_back(std::move(*ready));
    builds.erase(ready);
  }
  return ordered;
}

}  // namespace

std::vector<model::ProjectBuild> service_builds(const compose::Project& project, const std::set<std::string>& services,
                                                const BuildOverrides& overrides, const BuildSurroundings& around) {
  std::vector<std::string> mistakes;
  std::vector<model::ProjectBuild> builds;
  for (const std::string& name : with_bases(project, services))
    builds.push_back(Section{project, *find_service(project, name), overrides, around, mistakes}.read());
  if (!mistakes.empty()) {
    std::string text;
    for (const std::string& mistake : mistakes) text += (text.empty() ? "" : "\n") + mistake;
    throw Error(ErrorKind::invalid, text);
  }
  return in_order(merged(std::move(builds)));
}

}  // namespace stack::cli
