#include "engine/service/engine_events.h"

#include <utility>

#include "engine/core/event_bus.h"
#include "engine/core/state_writer.h"

namespace stack::service {

namespace {

void tell(core::Context& context, model::Event event) {
  event.time = context.time.wall();
  context.state.post({state::AppendEvent{context.events.publish(std::move(event))}});
}

}  // namespace

void tell_image(core::Context& context, ImageEvent event) {
  model::Event told{.type = "image", .action = std::move(event.action), .id = std::move(event.id), .attributes = {}};
  told.attributes.insert(event.labels.begin(), event.labels.end());
  told.attributes["name"] = std::move(event.name);
  tell(context, std::move(told));
}

void tell_pruned(core::Context& context, const char* type, std::uint64_t freed_bytes) {
  tell(context, {.type = type, .action = "prune", .attributes = {{"reclaimed", std::to_string(freed_bytes)}}});
}

}  // namespace stack::service
