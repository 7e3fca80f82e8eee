// When an image is to be fetched: Compose's pull_policy. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/model/image_config.h"

namespace stack::image {

struct PullPolicy {
  enum class Kind { missing, always, never, every } kind = Kind::missing;
  Nanos every{0};  // of every: how old what is here may be
};

// "always", "never", "missing", "if_not_present", "build" (which never pulls), "daily", "weekly", "every_12h", or empty, which is
// missing. Throws stack::Error(invalid) for anything else.
PullPolicy parse_pull_policy(std::string_view text);

// Whether the image does for a platform as it was asked for; an empty one is any. Throws stack::Error(invalid) for what is none.
bool is_for(const model::Image& image, std::string_view platform);

// `here`: what the store has under the name; `platform` as asked for, or empty. What is here for another platform than the one that
// was asked for is as good as missing.
bool wants_pull(const PullPolicy& policy, const std::optional<model::Image>& here, std::string_view platform, Wall now);

}  // namespace stack::image
