// One pull or question that is under way, shared by the parts of Pulls. Lives in the coroutine that began it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/error.h"
#include "engine/core/pulls.h"
#include "engine/image/image_store.h"
#include "engine/image/registry/registry_client.h"

namespace stack::core {

[[noreturn]] inline void cancelled_pull() { throw Error(ErrorKind::unavailable, "the pull was cancelled"); }

struct Pulls::Operation {
  Operation(boost::asio::io_context& where, const image::RegistrySettings& settings, PullRequest asked)
      : request(std::move(asked)), loop(where), registries(settings) {
    renew();
  }
  // What was closed stays closed.
  void renew() {
    registry.reset();
    http = std::make_unique<image::HttpClient>(loop, registries);
    failed = nullptr;
  }
  void open(std::optional<image::Url> mirror) {
    const std::string& domain = request.reference.domain;
    const auto known = request.credentials.find(domain);
    registry = std::make_unique<image::RegistryClient>(
        *http, registries, domain, std::move(mirror),
        known == request.credentials.end() ? model::Credentials{} : known->second);
  }
  // Where the registry's things are to be had, in the order in which they are asked: nothing stands for the registry itself.
  [[nodiscard]] std::vector<std::optional<image::Url>> endpoints() const {
    std::vector<std::optional<image::Url>> all;
    if (const auto mirrors = registries.mirrors.find(request.reference.domain); mirrors != registries.mirrors.end()) {
      for (const std::string& mirror : mirrors->second) all.push_back(image::parse_url(mirror));
    }
    all.emplace_back(std::nullopt);
    return all;
  }

  PullRequest request;
  boost::asio::io_context& loop;
  const image::RegistrySettings& registries;
  std::unique_ptr<image::HttpClient> http;
  std::unique_ptr<image::RegistryClient> registry;
  std::optional<image::Store::Pin> pin;
  bool stopped = false;
  std::exception_ptr failed;  // of the layers, the first

  void check() const {
    if (stopped) cancelled_pull();
  }
  void tell(PullProgress::Stage stage, const image::Descriptor& layer, std::uint64_t current = 0) const {
    if (request.on_progress) {
      request.on_progress({.stage = stage, .layer = layer.digest, .current = current, .total = layer.size});
    }
  }
};

}  // namespace stack::core
