#include "base/model/container_state.h"

#include "base/model/model_words.h"

namespace stack::model {

std::string_view to_string(Status status) { return to_word(status); }
std::string_view to_string(Health health) { return to_word(health); }

}  // namespace stack::model
