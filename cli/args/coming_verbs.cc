#include "cli/args/coming_verbs.h"

#include <algorithm>
#include <array>

namespace stack::cli {
namespace {

constexpr std::array kComing{
    ComingVerb{"alpha", "use the commands that are there: stack --help"},
    ComingVerb{"bridge", "use the Compose file itself: stack config"},
};

constexpr std::array kElsewhere{
    VerbElsewhere{"compose",
                  "the verbs of Compose stand alone: stack up, stack ps; Docker's own line is: stack docker compose"},
    VerbElsewhere{"df", "use: stack system df"},
    VerbElsewhere{"diff", "use: stack container diff"},
    VerbElsewhere{"history", "use: stack image history"},
    VerbElsewhere{"import", "use: stack image import"},
    VerbElsewhere{"info", "use: stack system info"},
    VerbElsewhere{"load", "use: stack image load"},
    VerbElsewhere{"prune", "use: stack system prune, or that of container, image, network or volume"},
    VerbElsewhere{"rmi", "use: stack image rm"},
    VerbElsewhere{"save", "use: stack image save"},
    VerbElsewhere{"search", "use: stack image pull NAME"},
    VerbElsewhere{"tag", "use: stack image tag"},
};

constexpr std::array kMissing{
    MissingFlag{"", "--no-ansi", "use: stack --ansi never"},
    MissingFlag{"", "--verbose", "what the engine does is in stackd.log in its root folder: stack system info"},
    MissingFlag{"pull", "--no-parallel", "use: stack --parallel 1 pull"},
    MissingFlag{"pull", "--parallel", "it is a global one: stack --parallel NUM pull"},
};

}  // namespace

const MissingFlag* missing_flag(std::string_view command, std::string_view flag) {
  const auto* found = std::find_if(kMissing.begin(), kMissing.end(),
                                   [&](const auto& each) { return each.command == command && each.flag == flag; });
  return found == kMissing.end() ? nullptr : found;
}

std::span<const ComingVerb> coming_verbs() { return kComing; }

const ComingVerb* coming_verb(std::string_view word) {
  const auto* found = std::find_if(kComing.begin(), kComing.end(), [&](const auto& each) { return each.name == word; });
  return found == kComing.end() ? nullptr : found;
}

const VerbElsewhere* verb_elsewhere(std::string_view word) {
  const auto* found =
      std::find_if(kElsewhere.begin(), kElsewhere.end(), [&](const auto& each) { return each.name == word; });
  return found == kElsewhere.end() ? nullptr : found;
}

}  // namespace stack::cli
