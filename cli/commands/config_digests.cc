#include "cli/commands/config_digests.h"

#include <algorithm>
#include <set>

#include "compose/source/json_writer.h"
#include "compose/source/yaml_writer.h"

namespace stack::cli {
namespace {

struct Name {
  std::string full;      // docker.io/library/busybox
  std::string familiar;  // busybox
  std::string tag, digest;
};

Name parse(std::string text) {
  Name it;
  if (const auto at = text.find('@'); at != std::string::npos) {
    it.digest = text.substr(at + 1);
    text.resize(at);
  }
  const auto slash = text.rfind('/'), colon = text.rfind(':');
  if (colon != std::string::npos && (slash == std::string::npos || colon > slash)) {
    it.tag = text.substr(colon + 1);
    text.resize(colon);
  }
  if (it.tag.empty() && it.digest.empty()) it.tag = "latest";
  // The first part is a registry when it looks like a host.
  const auto first = text.substr(0, text.find('/'));
  const bool host =
      first.size() < text.size() && (first.find_first_of(".:") != std::string::npos || first == "localhost");
  const std::string domain = host ? first : "docker.io";
  std::string path = host ? text.substr(first.size() + 1) : text;
  if (domain == "docker.io" && path.find('/') == std::string::npos) path = "library/" + path;
  it.full = domain + "/" + path;
  it.familiar = domain != "docker.io" ? it.full : path.starts_with("library/") ? path.substr(8) : path;
  return it;
}

// What is here under the name; null when nothing is.
const model::Image* find(const Name& name, const std::vector<model::Image>& images) {
  const std::string wanted = name.familiar + ":" + name.tag;
  const auto found = std::ranges::find_if(images, [&](const model::Image& known) {
    return std::ranges::find(known.references, wanted) != known.references.end();
  });
  return found == images.end() ? nullptr : &*found;
}

}  // namespace

std::optional<std::string> with_digest(const std::string& image, const std::vector<model::Image>& images) {
  const Name name = parse(image);
  if (!name.digest.empty()) return name.full + "@" + name.digest;
  if (const model::Image* known = find(name, images)) {
    for (const auto& digest : known->repo_digests) {
      if (digest.starts_with(name.familiar + "@")) {
        return name.full + ":" + name.tag + digest.substr(name.familiar.size());
      }
    }
  }
  return std::nullopt;
}

std::vector<std::string> without_digest(const compose::Project& project, const std::vector<model::Image>& images) {
  std::set<std::string> open;
  for (const auto& [name, service] : project.services) {
    if (!service.image.empty() && !with_digest(service.image, images)) open.insert(service.image);
  }
  return {open.begin(), open.end()};
}

compose::Diagnostics resolve_digests(compose::Project& project, const std::vector<model::Image>& images,
                                     const api::ImageDigests& answers) {
  compose::Diagnostics mistakes;
  for (auto& [name, service] : project.services) {
    if (service.image.empty()) continue;
    if (auto known = with_digest(service.image, images)) {
      service.image = std::move(*known);
      continue;
    }
    const Name parsed = parse(service.image);
    if (const auto answer = answers.digests.find(service.image); answer != answers.digests.end()) {
      service.image = parsed.full + ":" + parsed.tag + "@" + answer->second;
      continue;
    }
    compose::Diagnostic mistake{.code = "unknown_digest",
                                .message = "no registry says the digest of " + service.image,
                                .path = "services." + name + ".image",
                                .place = service.place_of("image")};
    if (const auto error = answers.errors.find(service.image); error != answers.errors.end()) {
      mistake.message += ": " + error->second.message();
      mistake.remedy = error->second.remedy_text();
    }
    if (find(parsed, images) != nullptr) {
      mistake.remedy += (mistake.remedy.empty() ? "" : ", or ") +
                        std::string{"push the image that is here: it was imported or built, and has no digest yet"};
    }
    mistakes.push_back(std::move(mistake));
  }
  return mistakes;
}

std::string lock_file(const compose::Project& project, bool json) {
  using compose::Value;
  Value::Object services;
  for (const auto& [name, service] : project.services) {
    Value::Object body;
    if (!service.image.empty()) body.emplace_back("image", service.image);
    services.emplace_back(name, std::move(body));
  }
  const Value::Object file{{"services", std::move(services)}};
  return json ? compose::write_json(file, 2) : compose::write_yaml(file);
}

}  // namespace stack::cli
