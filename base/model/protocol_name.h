// A protocol as people and files write it.
#pragma once

#include <string_view>

#include "base/model/model_words.h"

namespace stack::model {

constexpr std::string_view protocol_name(Protocol protocol) { return to_word(protocol); }

}  // namespace stack::model
