#include "engine/image/pull_policy.h"

#include "base/duration.h"
#include "base/error.h"
#include "engine/image/platform.h"

namespace stack::image {

PullPolicy parse_pull_policy(std::string_view text) {
  using Kind = PullPolicy::Kind;
  constexpr std::chrono::hours kDay{24};
  if (text.empty() || text == "missing" || text == "if_not_present") return {};
  if (text == "always") return {.kind = Kind::always};
  if (text == "never" || text == "build") return {.kind = Kind::never};
  if (text == "daily") return {.kind = Kind::every, .every = kDay};
  if (text == "weekly") return {.kind = Kind::every, .every = 7 * kDay};
  if (text.starts_with("every_")) {
    const auto every = parse_duration(text.substr(6));
    if (every && every->count() > 0) return {.kind = Kind::every, .every = *every};
  }
  throw Error(ErrorKind::invalid, "invalid pull policy \"" + std::string{text} + "\"")
      .remedy("use always, never, missing, build, daily, weekly, or every_ and a duration, as in every_12h");
}

bool is_for(const model::Image& image, std::string_view platform) {
  return platform.empty() || distance(parse_platform(platform), {image.os, image.architecture, image.variant});
}

bool wants_pull(const PullPolicy& policy, const std::optional<model::Image>& here, std::string_view platform,
                Wall now) {
  if (policy.kind == PullPolicy::Kind::never) return false;
  if (policy.kind == PullPolicy::Kind::always || !here) return true;
  if (!is_for(*here, platform)) return true;
  return policy.kind == PullPolicy::Kind::every && now - here->tagged >= policy.every;
}

}  // namespace stack::image
