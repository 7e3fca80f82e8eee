// Questions to registries that leave nothing behind. Loop thread; stop() has to be awaited before the loop ends.
#pragma once

#include <set>

#include "base/async/task_group.h"
#include "engine/api/registry_query.h"
#include "engine/core/engine.h"
#include "engine/image/registry/settings.h"

namespace stack::image {
class HttpClient;
}

namespace stack::service {

class RegistryQuestions final : public api::RegistryQuery {
 public:
  RegistryQuestions(core::Engine& engine, const image::RegistrySettings& settings);
  void image(std::string reference, model::Credentials credentials, api::Answer<api::RegistryImage> answer) override;
  void search(std::string term, int limit, model::Credentials credentials,
              api::Answer<std::vector<api::FoundRepository>> answer) override;
  boost::asio::awaitable<void> stop();

 private:
  boost::asio::awaitable<api::RegistryImage> ask_image(std::string name, model::Credentials credentials);
  boost::asio::awaitable<std::vector<api::FoundRepository>> ask_search(std::string term, int limit,
                                                                       model::Credentials credentials);

  core::Engine& engine_;
  const image::RegistrySettings& settings_;
  async::TaskGroup tasks_;
};

}  // namespace stack::service
