#include "engine/buildkit/image_files.h"

#include <algorithm>

#include "base/log.h"

namespace stack::buildkit {

ImageFiles image_files(api::ImageBackend& images) {
  const auto discard = [&images](const std::string& id) {
    const auto all = images.images();
    const auto found = std::ranges::find(all, id, &model::Image::id);
    if (found == all.end() || !found->references.empty()) return;
    images.remove({id}, false, [id](const std::variant<api::ImageRemoval, Error>& answer) {
      // A container may have begun with it meanwhile.
      if (const auto* error = std::get_if<Error>(&answer))
        log_warning("removing the image " + id + ": " + error->message());
    });
  };
  return {.export_files = [&images](const std::string& id, const auto& open) { images.export_image(id, open); },
          .save_image = [&images](const std::string& id, const auto& names,
                                  const auto& open) { images.save_image(id, names, open); },
          .discard = discard};
}

}  // namespace stack::buildkit
