// Why an operation failed and what it left, as a value: what stands under the error, in words here and as JSON by json_failure().
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/model/container_state.h"

namespace stack::cli {

// A container that failed, or was waited for in vain.
struct Finding {
  model::Container container;
  bool awaited = false;
  std::string lines;  // its last ones
};

struct Findings {
  std::vector<Finding> containers;
  // Names of containers: what runs as before, what does not run and was not touched in the end, and what has taken the place of
  // containers that are gone.
  std::vector<std::string> as_before, untouched, replaced;
  [[nodiscard]] bool empty() const {
    return containers.empty() && as_before.empty() && untouched.empty() && replaced.empty();
  }
};

bool has_ended(const model::ContainerState& state);
// Whether its last health check is worth telling.
bool failed_probe(const model::ContainerState& state);
bool ran_out_of_memory(const model::ContainerState& state);

// How far a container is that was waited for in vain: "  shop-web-1 is starting, restarted 3 times".
std::string progress_of(const model::Container& container);

// What a container that failed has to say: its end, its last health check. Empty for one that is well. `told` is what has been said
// already, and is not said again.
std::string findings(const model::Container& container, std::string_view told = {});

// Lines to stand under an error of this text; empty when there is nothing to add.
std::string text_of(const Findings& findings, std::string_view told);

}  // namespace stack::cli
