#include "engine/service/registry_questions.h"

#include "base/base64.h"
#include "base/model/reference.h"
#include "base/percent.h"
#include "engine/api/registry_answers.h"
#include "engine/core/context.h"
#include "engine/image/image_config_json.h"
#include "engine/image/manifest_json.h"
#include "engine/image/registry/http_client.h"
#include "engine/image/registry/registry_client.h"
#include "engine/image/registry/url.h"
#include "engine/service/answered.h"

namespace stack::service {

namespace asio = boost::asio;

namespace {

constexpr const char* kHub = "docker.io";
constexpr std::size_t kSearchBytesMax = 4 << 20;

// Of a term "registry.example/name": the registry, and what to search for there.
struct Sought {
  std::string registry, term;
};
Sought sought_in(const std::string& term) {
  const std::size_t slash = term.find('/');
  const std::string head = term.substr(0, slash);
  const bool names_registry = slash != std::string::npos && head.find_first_of(".:") != std::string::npos;
  if (names_registry || (slash != std::string::npos && head == "localhost"))
    return {.registry = head, .term = term.substr(slash + 1)};
  return {.registry = kHub, .term = term};
}

api::RegistryImage::Platform platform_of(const image::Platform& platform) {
  return {.architecture = platform.architecture, .os = platform.os, .variant = platform.variant};
}

}  // namespace

RegistryQuestions::RegistryQuestions(core::Engine& engine, const image::RegistrySettings& settings)
    : engine_(engine), settings_(settings), tasks_(engine.context().loop, "questions to registries") {}

void RegistryQuestions::image(std::string reference, model::Credentials credentials,
                              api::Answer<api::RegistryImage> answer) {
  tasks_.start(ask_image(std::move(reference), std::move(credentials)), answered(std::move(answer)));
}

void RegistryQuestions::search(std::string term, int limit, model::Credentials credentials,
                               api::Answer<std::vector<api::FoundRepository>> answer) {
  tasks_.start(ask_search(std::move(term), limit, std::move(credentials)), answered(std::move(answer)));
}

asio::awaitable<api::RegistryImage> RegistryQuestions::ask_image(std::string name, model::Credentials credentials) {
  const model::Reference reference = model::parse_reference(name);
  image::HttpClient http{engine_.context().loop, settings_};
  image::RegistryClient client{http, settings_, reference.domain, std::nullopt, std::move(credentials)};
  const image::RegistryClient::Fetched fetched =
      co_await client.manifest(reference.repository, reference.digest.empty() ? reference.tag : reference.digest);
  api::RegistryImage found{
      .media_type = fetched.media_type, .digest = fetched.digest, .size = fetched.text.size(), .platforms = {}};
  const auto parsed = image::parse_manifest(fetched.text, fetched.media_type);
  if (const auto* index = std::get_if<image::Index>(&parsed)) {
    for (const image::Descriptor& each : index->manifests) {
      if (each.platform) found.platforms.push_back(platform_of(*each.platform));
    }
    co_return found;
  }
  const auto& manifest = std::get<image::Manifest>(parsed);
  const std::string config = co_await client.blob(reference.repository, manifest.config, image::kConfigBytesMax);
  const model::Image described = image::read_config_blob(config);
  found.platforms.push_back({.architecture = described.architecture, .os = described.os, .variant = described.variant});
  co_return found;
}

asio::awaitable<std::vector<api::FoundRepository>> RegistryQuestions::ask_search(std::string term, int limit,
                                                                                 model::Credentials credentials) {
  const Sought sought = sought_in(term);
  const bool plain = settings_.is_insecure(sought.registry);
  const std::string host = sought.registry == kHub ? "index.docker.io" : sought.registry;
  const auto url = image::parse_url((plain ? "http://" : "https://") + host +
                                    "/v1/search?q=" + percent_encode(sought.term) + "&n=" + std::to_string(limit));
  if (!url) throw Error(ErrorKind::invalid, "\"" + sought.registry + "\" is not the address of a registry");
  image::HttpRequest request{.url = *url};
  request.headers.emplace_back("Accept", "application/json");
  if (!credentials.user.empty())
    request.headers.emplace_back("Authorization",
                                 "Basic " + encode_base64(credentials.user + ":" + credentials.password));
  image::HttpClient http{engine_.context().loop, settings_};
  const auto answer = co_await http.send(std::move(request), !plain);
  if (answer->status() == 404) {
    throw Error(ErrorKind::unsupported, "the registry " + sought.registry + " cannot search")
        .remedy("look at its own pages, or pull an image by its name");
  }
  if (answer->status() != 200) {
    throw Error(ErrorKind::unavailable,
                "searching " + sought.registry + ": it answers with status " + std::to_string(answer->status()));
  }
  std::vector<api::FoundRepository> found = api::parse_search_results(co_await answer->text(kSearchBytesMax));
  if (found.size() > static_cast<std::size_t>(limit)) found.resize(static_cast<std::size_t>(limit));
  co_return found;
}

asio::awaitable<void> RegistryQuestions::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace stack::service
