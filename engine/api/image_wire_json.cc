#include "engine/api/image_wire_json.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/model/model_json.h"
#include "engine/api/codec_json.h"
#include "engine/api/exchange.h"
#include "engine/api/stack_json.h"

namespace stack::api {
namespace {

using nlohmann::json;

json layers_json(const std::vector<Artifact::Layer>& layers) {
  json list = json::array();
  for (const Artifact::Layer& layer : layers) {
    list.push_back({{"media_type", layer.media_type},
                    {"annotations", layer.annotations},
                    {"content", encode_base64(layer.content)}});
  }
  return list;
}

std::vector<Artifact::Layer> layers_of(const json& list) {
  std::vector<Artifact::Layer> layers;
  for (const json& layer : list) {
    auto content = decode_base64(layer.at("content").get<std::string>());
    if (!content) throw Error(ErrorKind::invalid, "the artifact is malformed: its content is not base64");
    layers.push_back({.media_type = layer.at("media_type").get<std::string>(),
                      .content = std::move(*content),
                      .annotations = layer.at("annotations").get<std::map<std::string, std::string>>()});
  }
  return layers;
}

}  // namespace

std::string image_details_json(const ImageDetails& details) {
  json history = json::array();
  for (const ImageStep& step : details.history) {
    history.push_back({{"created_ns", step.created.time_since_epoch().count()},
                       {"created_by", step.created_by},
                       {"comment", step.comment},
                       {"size_bytes", step.size_bytes}});
  }
  return text_of({{"image", json::parse(image_json(details.image))},
                  {"history", history},
                  {"containers", details.containers},
                  {"layers", details.layers}});
}

ImageDetails parse_image_details(std::string_view text) {
  return reading("the image's description", [&] {
    const json value = json::parse(text);
    ImageDetails details;
    details.image = model::parse_image(value.at("image").dump());
    details.containers = value.at("containers").get<std::vector<std::string>>();
    details.layers = value.value("layers", std::vector<std::string>{});
    for (const json& step : value.at("history")) {
      details.history.push_back({.created = Wall{Nanos{step.at("created_ns").get<std::int64_t>()}},
                                 .created_by = step.value("created_by", ""),
                                 .comment = step.value("comment", ""),
                                 .size_bytes = step.value("size_bytes", std::uint64_t{0})});
    }
    return details;
  });
}

std::string digest_request_json(const DigestRequest& request) {
  return text_of(
      {{"references", request.references}, {"credentials", json::parse(credentials_json(request.credentials))}});
}

DigestRequest parse_digest_request(std::string_view text) {
  return reading("the request for digests", [&] {
    const json value = json::parse(text);
    DigestRequest request{.references = value.at("references").get<std::vector<std::string>>()};
    if (value.contains("credentials")) request.credentials = parse_credentials(value["credentials"].dump());
    return request;
  });
}

std::string image_digests_json(const ImageDigests& digests) {
  json errors = json::object();
  for (const auto& [reference, error] : digests.errors) {
    json& one = errors[reference] = json::parse(error_json(error));
    one["status"] = http_status(error.kind());
  }
  return text_of({{"digests", digests.digests}, {"errors", errors}});
}

ImageDigests parse_image_digests(std::string_view text) {
  return reading("the list of digests", [&] {
    const json value = json::parse(text);
    ImageDigests digests{.digests = value.at("digests").get<std::map<std::string, std::string>>()};
    for (const auto& [reference, error] : value.at("errors").items()) {
      digests.errors.emplace(reference, parse_error(error.value("status", 500), error.dump()));
    }
    return digests;
  });
}

std::string tags_request_json(const TagsRequest& request) {
  return text_of(
      {{"reference", request.reference}, {"credentials", json::parse(credentials_json(request.credentials))}});
}

TagsRequest parse_tags_request(std::string_view text) {
  return reading("the request for tags", [&] {
    const json value = json::parse(text);
    TagsRequest request{.reference = value.at("reference").get<std::string>()};
    if (value.contains("credentials")) request.credentials = parse_credentials(value["credentials"].dump());
    return request;
  });
}

std::string tags_json(const std::vector<std::string>& tags) { return text_of({{"tags", tags}}); }

std::vector<std::string> parse_tags(std::string_view text) {
  return reading("the list of tags", [&] { return json::parse(text).at("tags").get<std::vector<std::string>>(); });
}

std::string artifact_request_json(const ArtifactRequest& request) {
  return text_of({{"reference", request.reference},
                  {"type", request.type},
                  {"credentials", json::parse(credentials_json(request.credentials))}});
}

ArtifactRequest parse_artifact_request(std::string_view text) {
  return reading("the request for an artifact", [&] {
    const json value = json::parse(text);
    ArtifactRequest request{.reference = value.at("reference").get<std::string>(), .type = value.value("type", "")};
    if (value.contains("credentials")) request.credentials = parse_credentials(value["credentials"].dump());
    return request;
  });
}

std::string artifact_json(const Artifact& artifact) {
  return text_of({{"digest", artifact.digest}, {"type", artifact.type}, {"layers", layers_json(artifact.layers)}});
}

Artifact parse_artifact(std::string_view text) {
  return reading("the artifact", [&] {
    const json value = json::parse(text);
    return Artifact{.digest = value.at("digest").get<std::string>(),
                    .type = value.at("type").get<std::string>(),
                    .layers = layers_of(value.at("layers"))};
  });
}

std::string artifact_push_json(const ArtifactPush& push) {
  return text_of({{"reference", push.reference},
                  {"type", push.type},
                  {"config_type", push.config_type},
                  {"oci_version", push.oci_version},
                  {"layers", layers_json(push.layers)},
                  {"annotations", push.annotations},
                  {"images", push.images},
                  {"insecure", push.insecure},
                  {"credentials", json::parse(credentials_json(push.credentials))}});
}

ArtifactPush parse_artifact_push(std::string_view text) {
  return reading("the artifact", [&] {
    const json value = json::parse(text);
    ArtifactPush push{.reference = value.at("reference").get<std::string>(),
                      .type = value.at("type").get<std::string>(),
                      .config_type = value.at("config_type").get<std::string>(),
                      .oci_version = value.value("oci_version", ""),
                      .layers = layers_of(value.at("layers")),
                      .annotations = value.value("annotations", std::map<std::string, std::string>{}),
                      .images = value.value("images", std::vector<std::string>{}),
                      .insecure = value.value("insecure", false)};
    if (value.contains("credentials")) push.credentials = parse_credentials(value["credentials"].dump());
    return push;
  });
}

std::string image_removal_json(const ImageRemoval& removal) {
  json errors = json::array();
  for (const Error& error : removal.errors) {
    json one = json::parse(error_json(error));
    one["status"] = http_status(error.kind());
    errors.push_back(std::move(one));
  }
  return text_of({{"untagged", removal.untagged},
                  {"deleted", removal.deleted},
                  {"freed_bytes", removal.freed_bytes},
                  {"errors", errors}});
}

ImageRemoval parse_image_removal(std::string_view text) {
  return reading("the list of removed images", [&] {
    const json value = json::parse(text);
    ImageRemoval removal;
    removal.untagged = value.at("untagged").get<std::vector<std::string>>();
    removal.deleted = value.at("deleted").get<std::vector<std::string>>();
    removal.freed_bytes = value.at("freed_bytes").get<std::uint64_t>();
    for (const json& error : value.at("errors")) {
      removal.errors.push_back(parse_error(error.value("status", 500), error.dump()));
    }
    return removal;
  });
}

std::string image_filter_json(const ImageFilter& filter) {
  json value{{"all", filter.all}, {"labels", filter.labels}, {"not_labels", filter.not_labels}};
  if (filter.until) value["until_ns"] = filter.until->time_since_epoch().count();
  return text_of(value);
}

ImageFilter parse_image_filter(std::string_view text) {
  return reading("the filter", [&] {
    const json value = text.empty() ? json::object() : json::parse(text);
    ImageFilter filter{.all = value.value("all", false)};
    if (value.contains("until_ns")) filter.until = Wall{Nanos{value["until_ns"].get<std::int64_t>()}};
    filter.labels = value.value("labels", filter.labels);
    filter.not_labels = value.value("not_labels", filter.not_labels);
    return filter;
  });
}

std::string disk_usage_json(const DiskUsage& usage) {
  const ImageUsage& u = usage.images;
  json images = json::object(), volumes = json::object();
  for (const auto& [id, image] : usage.by_image) {
    images[id] = {{"bytes", image.bytes}, {"shared_bytes", image.shared_bytes}, {"containers", image.containers}};
  }
  for (const auto& [name, volume] : usage.volumes) {
    volumes[name] = {{"bytes", volume.bytes}, {"containers", volume.containers}};
  }
  return text_of({{"images",
                   {{"images", u.images},
                    {"used_images", u.used_images},
                    {"layer_bytes", u.layer_bytes},
                    {"unused_layer_bytes", u.unused_layer_bytes},
                    {"blob_bytes", u.blob_bytes}}},
                  {"by_image", images},
                  {"containers", json::parse(containers_json(usage.containers))},
                  {"container_bytes", usage.container_bytes},
                  {"volumes", volumes}});
}

DiskUsage parse_disk_usage(std::string_view text) {
  return reading("the disk's usage", [&] {
    const json value = json::parse(text);
    const auto number = [](const json& of, const char* name) { return of.at(name).get<std::uint64_t>(); };
    const json& images = value.at("images");
    DiskUsage usage{.images = {.images = number(images, "images"),
                               .used_images = number(images, "used_images"),
                               .layer_bytes = number(images, "layer_bytes"),
                               .unused_layer_bytes = number(images, "unused_layer_bytes"),
                               .blob_bytes = number(images, "blob_bytes")}};
    for (const auto& [id, image] : value.at("by_image").items()) {
      usage.by_image[id] = {number(image, "bytes"), number(image, "shared_bytes"), number(image, "containers")};
    }
    usage.containers = parse_containers(value.at("containers").dump());
    usage.container_bytes = value.at("container_bytes").get<std::map<std::string, std::uint64_t>>();
    for (const auto& [name, volume] : value.at("volumes").items()) {
      usage.volumes[name] = {number(volume, "bytes"), number(volume, "containers")};
    }
    return usage;
  });
}

}  // namespace stack::api
