// The words of the builder's enums, as clients and files have them.
#pragma once

#include <array>

#include "base/enum_words.h"
#include "engine/api/build_backend.h"

namespace stack::api {

constexpr auto words_of(BuildOutcome) {
  return std::array{Word{BuildOutcome::running, "running"}, Word{BuildOutcome::completed, "completed"},
                    Word{BuildOutcome::failed, "error"}, Word{BuildOutcome::cancelled, "canceled"}};
}

}  // namespace stack::api
