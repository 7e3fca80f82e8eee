#include "compose/model/project_names.h"

namespace stack::compose {

std::string normal_project_name(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain || (!out.empty() && (c == '_' || c == '-'))) out += c;
  }
  return out;
}

std::string container_name(const Project& project, const Service& service, int number) {
  if (!service.container_name.empty()) return service.container_name;
  return project.name + project.separator + service.name + project.separator + std::to_string(number);
}

std::string one_off_name(const Project& project, const std::string& service, const std::string& slug) {
  const std::string& gap = project.separator;
  return project.name + gap + service + gap + "run" + gap + slug;
}

std::string image_reference(const Project& project, const Service& service) {
  return service.image.empty() ? project.name + project.separator + service.name : service.image;
}

std::string network_of_mode(const Service& service) {
  const std::string& mode = service.network_mode;
  if (mode == "default") return "bridge";
  return mode == "host" || mode == "none" || mode.find(':') != std::string::npos ? "" : mode;
}

std::string driver_of(const Network& network) {
  return network.driver.empty() || network.driver == "default" ? "bridge" : network.driver;
}

}  // namespace stack::compose
