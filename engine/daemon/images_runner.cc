#include "engine/daemon/images_runner.h"

#include <boost/asio/co_spawn.hpp>

#include "engine/core/event_bus.h"
#include "engine/core/state_runner.h"
#include "engine/core/worker_runner.h"
#include "engine/image/store.h"

namespace stack::daemon {

namespace asio = boost::asio;

void Images::import(UniqueFd archive, api::ImportOptions options, api::Answer<model::Image> answer) {
  const auto source = std::make_shared<UniqueFd>(std::move(archive));
  const auto request = std::make_shared<image::ImportRequest>(
      image::ImportRequest{.reference = options.reference, .changes = options.changes, .message = options.message});
  image::Store& store = engine_.context().images;
  asio::co_spawn(engine_.context().loop, engine_.context().workers.run([source, request, &store] {
    const UniqueFd reading = std::move(*source);  // closed when done: the sender notices
    return store.import(reading, *request, {});
  }),
                 [this, answer = std::move(answer)](const std::exception_ptr& thrown, model::Image image) {
                   try {
                     if (thrown) std::rethrow_exception(thrown);
                   } catch (Error& error) {
                     return answer(error.context("importing the image"));
                   } catch (const std::exception& error) {
                     return answer(Error(std::string{"importing the image: "} + error.what()));
                   }
                   const std::string name = image.references.empty() ? image.id : image.references.front();
                   const model::Event event = engine_.context().events.publish({.time = engine_.context().clock.wall(),
                                                                                .type = "image",
                                                                                .action = "import",
                                                                                .id = image.id,
                                                                                .attributes = {{"name", name}}});
                   engine_.context().state.post({state::AppendEvent{event}});
                   answer(std::move(image));
                 });
}

std::vector<model::Image> Images::images() { return engine_.context().images.list(); }

}  // namespace stack::daemon
