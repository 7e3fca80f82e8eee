// What a stage is made from, in the end. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/dockerfile/build_arguments.h"

namespace stack::dockerfile {

// The stage that `target` names, by its name; the last one for "". Nothing when there is none.
std::optional<std::size_t> find_stage(const Dockerfile& file, std::string_view target);
// The earlier stage that the base of `stage` names, after variables are put in.
std::optional<std::size_t> earlier_stage(const Dockerfile& file, std::size_t stage, std::string_view base);
// The image (or "scratch") that the target's chain of stages begins with. Nothing when a name cannot be known.
std::optional<std::string> base_image(const Dockerfile& file, std::string_view target, const Variables& automatic,
                                      const Variables& build_arguments);

}  // namespace stack::dockerfile
