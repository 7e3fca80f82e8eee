#include "engine/service/failure_place.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace stack::service {
namespace {

struct OtherForm {
  std::string_view key, other;
};
constexpr std::array kOtherForms{
    OtherForm{"cpus", "deploy.resources.limits.cpus"},
    OtherForm{"cpus", "cpu_quota"},
    OtherForm{"cpus", "cpu_period"},
    OtherForm{"mem_limit", "deploy.resources.limits.memory"},
    OtherForm{"mem_reservation", "deploy.resources.reservations.memory"},
    OtherForm{"memswap_limit", "mem_limit"},
    OtherForm{"memswap_limit", "deploy.resources.limits.memory"},
    OtherForm{"pids_limit", "deploy.resources.limits.pids"},
};

// The key of what is mounted at `target`; empty for what the file does not mount.
std::string mount_key(const compose::Service& service, const std::string& target) {
  for (std::size_t i = 0; i < service.volumes.size(); ++i) {
    if (service.volumes[i].target == target) return "volumes[" + std::to_string(i) + "]";
  }
  for (std::size_t i = 0; i < service.secrets.size(); ++i) {
    if (service.secrets[i].target == target) return "secrets[" + std::to_string(i) + "]";
  }
  for (std::size_t i = 0; i < service.configs.size(); ++i) {
    if (service.configs[i].target == target) return "configs[" + std::to_string(i) + "]";
  }
  for (std::size_t i = 0; i < service.tmpfs.size(); ++i) {
    if (service.tmpfs[i].substr(0, service.tmpfs[i].find(':')) == target) return "tmpfs[" + std::to_string(i) + "]";
  }
  return {};
}

}  // namespace

std::string located(const compose::SourcePlace& place, const std::string& path, const std::string& message) {
  const std::string where = compose::to_text(place);
  return (where.empty() ? "" : where + ": ") + path + ": " + message;
}

void throw_all(ErrorKind kind, const std::vector<std::string>& lines, const char* remedy) {
  if (lines.empty()) return;
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
  Error error{kind, text};
  if (*remedy != 0) error.remedy(remedy);
  throw error;
}

std::string program_key(const compose::Service& service, bool image_has_entrypoint) {
  if (service.entrypoint && !service.entrypoint->empty()) return "entrypoint";
  const bool own = service.command && !service.command->empty() && (service.entrypoint || !image_has_entrypoint);
  if (own) return "command";
  return service.image.empty() && service.build ? "build" : "image";
}

Error with_place(Error failure, const compose::Service& service) {
  std::string attribute = failure.attribute();
  if (attribute.starts_with("volumes /")) attribute = mount_key(service, attribute.substr(sizeof "volumes"));
  if (attribute.empty()) return failure;
  if (!service.places.contains(attribute)) {
    const auto form = std::find_if(kOtherForms.begin(), kOtherForms.end(), [&](const OtherForm& it) {
      return it.key == attribute && service.places.contains(std::string{it.other});
    });
    if (form != kOtherForms.end()) attribute = form->other;
  }
  const std::string where = compose::to_text(service.place_of(attribute));
  const std::string path = "services." + service.name + "." + attribute;
  failure.context(where.empty() ? path : where + ": " + path);
  return failure;
}

}  // namespace stack::service
