#include "cli/commands/config_digests.h"

#include <algorithm>

#include "compose/source/json_writer.h"
#include "compose/source/yaml_writer.h"
#include "engine/base/error.h"

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

}  // namespace

std::string with_digest(const std::string& image, const std::vector<model::Image>& images) {
  const Name name = parse(image);
  if (!name.digest.empty()) return name.full + "@" + name.digest;
  const std::string wanted = name.familiar + ":" + name.tag;
  for (const auto& known : images) {
    if (std::ranges::find(known.references, wanted) == known.references.end()) continue;
    for (const auto& digest : known.repo_digests) {
      if (digest.starts_with(name.familiar + "@")) {
        return name.full + ":" + name.tag + digest.substr(name.familiar.size());
      }
    }
    throw Error(ErrorKind::not_found, "no registry has said what the digest of " + image + " is")
        .remedy("it was imported, or built here; pull it from a registry, or push it to one");
  }
  throw Error(ErrorKind::not_found, "the image " + image + " is not here, so its digest is not known")
      .remedy("pull it first");
}

void resolve_digests(compose::Project& project, const std::vector<model::Image>& images) {
  for (auto& [name, service] : project.services) {
    if (!service.image.empty()) service.image = with_digest(service.image, images);
  }
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
