#include "engine/core/given_names.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace stack::core {
namespace {

constexpr std::array<std::string_view, 80> kAdjectives{
    "able",   "airy",   "alert",  "amber",  "ample",  "apt",    "bold",  "brave",   "brisk",  "bright",
    "busy",   "calm",   "candid", "clear",  "clever", "cosy",   "crisp", "curious", "dapper", "daring",
    "deft",   "dry",    "eager",  "early",  "easy",   "fair",   "fast",  "fine",    "fleet",  "fond",
    "frank",  "fresh",  "gentle", "glad",   "golden", "grand",  "handy", "happy",   "hardy",  "hearty",
    "honest", "humble", "jolly",  "just",   "keen",   "kind",   "light", "lively",  "loyal",  "lucid",
    "lucky",  "merry",  "mild",   "modest", "neat",   "nimble", "noble", "patient", "plain",  "polite",
    "proud",  "quick",  "quiet",  "rapid",  "ready",  "serene", "sharp", "silent",  "sleek",  "smart",
    "solid",  "steady", "sunny",  "swift",  "tidy",   "trusty", "vivid", "warm",    "wise",   "witty"};
constexpr std::array<std::string_view, 80> kBirds{
    "avocet", "bittern",   "bluetit", "bunting", "buzzard",  "chough",   "coot",    "cormorant", "crane",   "crow",
    "cuckoo", "curlew",    "dipper",  "diver",   "dotterel", "dove",     "dunlin",  "eagle",     "egret",   "eider",
    "falcon", "fieldfare", "finch",   "fulmar",  "gadwall",  "gannet",   "godwit",  "goldcrest", "goose",   "goshawk",
    "grebe",  "grouse",    "gull",    "harrier", "hawk",     "heron",    "hobby",   "hoopoe",    "ibis",    "jackdaw",
    "jay",    "kestrel",   "kite",    "kiwi",    "knot",     "lapwing",  "lark",    "linnet",    "magpie",  "mallard",
    "martin", "merlin",    "oriole",  "osprey",  "ouzel",    "owl",      "pelican", "petrel",    "pintail", "pipit",
    "plover", "pochard",   "puffin",  "quail",   "raven",    "redstart", "robin",   "rook",      "ruff",    "sandpiper",
    "shrike", "siskin",    "skylark", "snipe",   "sparrow",  "starling", "stork",   "swan",      "swallow", "wren"};

// The remainder favours none by more than one in fifty million.
std::uint32_t below(const RandomSource& random, std::size_t bound) {
  std::uint32_t number = 0;
  random(&number, sizeof number);
  return number % static_cast<std::uint32_t>(bound);
}

}  // namespace

std::string given_name(const RandomSource& random, const std::function<bool(const std::string&)>& taken) {
  constexpr int kTries = 8;
  constexpr std::uint32_t kNumbers = 1'000'000;
  for (int i = 0;; ++i) {
    std::string name{kAdjectives[below(random, kAdjectives.size())]};
    name += '_';
    name += kBirds[below(random, kBirds.size())];
    if (i >= kTries) name += std::to_string(below(random, kNumbers) + i);
    if (!taken(name)) return name;
  }
}

}  // namespace stack::core
