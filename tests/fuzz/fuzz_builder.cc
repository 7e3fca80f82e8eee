// What the builder reads and plans: Dockerfiles become plans whose nodes stand behind what they need, records of the cache are read as they
// were written, modes and owners are numbers in their bounds. Never a crash.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "engine/build/build_plan.h"
#include "engine/build/cache_config.h"
#include "engine/build/cache_key.h"
#include "engine/build/cache_record.h"
#include "engine/build/emulation.h"
#include "engine/build/mode_change.h"
#include "engine/build/owner_names.h"
#include "engine/image/digest.h"

namespace {

using namespace stack;

void plan(std::string_view text) {
  const auto parsed = dockerfile::parse_dockerfile(text);
  const image::Platform host{"linux", "amd64", ""};
  build::BaseImages images;
  for (int round = 0; round < 8; ++round) {
    const auto planned = build::plan_build(parsed.dockerfile, {}, images, {.host = host, .emulated = {}});
    if (planned.plan) {
      for (const build::NodeId id : build::needed_nodes(*planned.plan)) {
        const build::Node& node = planned.plan->nodes[id];
        for (const build::NodeId input : build::inputs_of(node)) {
          if (input >= id) std::abort();
        }
        if (build::step_key(node, "x", {}).key != build::step_key(node, "x", {}).key) std::abort();
      }
      return;
    }
    if (planned.missing.empty()) return;
    for (const auto& wanted : planned.missing) {
      if (images.contains(wanted.key())) std::abort();
      build::BaseImage& base = images[wanted.key()];
      base.image.layers = {image::sha256_digest(wanted.reference)};
      base.image.config.on_build = {"RUN made", "COPY --from=more a b"};
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  try {
    plan(text);
  } catch (const Error&) {
  }
  try {
    const auto record = build::read_cache_record(text);
    if (build::read_cache_record(build::write_cache_record(record)) != record) std::abort();
  } catch (const Error&) {
  }
  try {
    const auto cache = build::read_cache_config(text);
    for (std::size_t i = 0; i < cache.layers.size(); ++i) static_cast<void>(cache.stack(i));
    if (build::read_cache_config(build::write_cache_config(cache)).steps.size() != cache.steps.size()) std::abort();
  } catch (const Error&) {
  }
  static_cast<void>(build::is_interpreter_of(text, {"linux", "arm64", ""}));
  if (const auto change = build::ModeChange::parse(text); change && change->apply(0644, false) > 07777) std::abort();
  static_cast<void>(build::parse_owner(text.substr(0, size / 2), text, text));
  return 0;
}
