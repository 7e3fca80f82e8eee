#include <charconv>

#include "engine/api/codec_json.h"
#include "engine/api/docker_build_json.h"
#include "engine/api/filters.h"
#include "engine/api/registry_answers.h"

namespace stack::api {
namespace {

using nlohmann::json;

std::int64_t stars_of(const std::string& text) {
  std::int64_t stars = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), stars);
  if (error != std::errc{} || end != text.data() + text.size() || stars < 0)
    throw Error(ErrorKind::invalid, "invalid filter 'stars=" + text + "'").remedy("use a number, as in stars=3");
  return stars;
}

}  // namespace

std::string registry_image_json(const RegistryImage& image) {
  json platforms = json::array();
  for (const RegistryImage::Platform& each : image.platforms) {
    json value{{"architecture", each.architecture}, {"os", each.os}};
    if (!each.variant.empty()) value["variant"] = each.variant;
    platforms.push_back(std::move(value));
  }
  return text_of({{"Descriptor", {{"mediaType", image.media_type}, {"digest", image.digest}, {"size", image.size}}},
                  {"Platforms", platforms}});
}

std::string search_json(const std::vector<FoundRepository>& found) {
  json list = json::array();
  for (const FoundRepository& each : found) {
    list.push_back({{"name", each.name},
                    {"description", each.description},
                    {"star_count", each.stars},
                    {"is_official", each.official},
                    {"is_automated", each.automated}});
  }
  return text_of(list);
}

std::vector<FoundRepository> parse_search_results(std::string_view text) {
  return reading("the registry's answer", [&] {
    std::vector<FoundRepository> found;
    const json value = object_of(text, "the registry's answer");
    for (const json& each : member_of<json>(value, "results", json::array())) {
      found.push_back({.name = member_of<std::string>(each, "name"),
                       .description = member_of<std::string>(each, "description"),
                       .stars = member_of<std::int64_t>(each, "star_count"),
                       .official = member_of<bool>(each, "is_official"),
                       .automated = member_of<bool>(each, "is_automated")});
    }
    return found;
  });
}

std::vector<FoundRepository> filter_search(std::vector<FoundRepository> found, std::string_view filters) {
  const Filters given = Filters::parse(filters, {"is-automated", "is-official", "stars"});
  const std::optional<bool> automated = given.truth("is-automated"), official = given.truth("is-official");
  std::int64_t stars = 0;
  for (const std::string& each : given.get("stars")) stars = std::max(stars, stars_of(each));
  std::erase_if(found, [&](const FoundRepository& each) {
    return (automated && *automated != each.automated) || (official && *official != each.official) ||
           each.stars < stars;
  });
  return found;
}

std::pair<std::string, model::Credentials> parse_auth_request(std::string_view text) {
  return reading("the login", [&] {
    const json value = object_of(text, "the login");
    std::string registry = registry_of_server(member_of<std::string>(value, "serveraddress"));
    if (registry.empty()) registry = "docker.io";
    return std::pair{std::move(registry),
                     model::Credentials{.user = member_of<std::string>(value, "username"),
                                        .password = member_of<std::string>(value, "password"),
                                        .identity_token = member_of<std::string>(value, "identitytoken"),
                                        .registry_token = member_of<std::string>(value, "registrytoken")}};
  });
}

std::string auth_json() { return text_of({{"Status", "Login Succeeded"}, {"IdentityToken", ""}}); }

}  // namespace stack::api
