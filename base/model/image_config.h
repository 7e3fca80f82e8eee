// The part of an image that a container inherits (OCI image-spec 1.1, "config.md", section config, with Docker's Healthcheck),
// and an image as the store lists it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/model/container_spec.h"

namespace stack::model {

struct ImageConfig {
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  std::vector<std::string> env;  // "NAME=value"
  std::string user;
  std::string working_dir;
  std::string stop_signal;
  Labels labels;
  std::vector<std::string> exposed_ports;  // "80/tcp"
  std::vector<std::string> volumes;        // mount points that get an anonymous volume
  std::optional<Healthcheck> healthcheck;
  std::vector<std::string> shell;
  bool args_escaped = false;          // says nothing on Linux: Docker shows it of every image whose CMD a build has set
  std::vector<std::string> on_build;  // instructions for images that are built from it
  bool operator==(const ImageConfig&) const = default;
};

struct Image {
  std::string id;                       // "sha256:<64 hex>": the digest of the config blob
  std::vector<std::string> references;  // "busybox:latest"
  std::string architecture, os, variant;
  Wall created{};
  std::uint64_t size_bytes = 0;     // of the unpacked layers
  std::vector<std::string> layers;  // diff ids, bottom first
  ImageConfig config;
  std::string author, comment;
  std::string manifest;                   // digest of the manifest that it came with
  std::string parent = {};                // id of the image whose container it is of; or empty
  std::vector<std::string> repo_digests;  // "busybox@sha256:...": by which registries know it
  Wall tagged{};                          // when a name was last given to it
  bool operator==(const Image&) const = default;
};

}  // namespace stack::model
