#include "base/model/container_state.h"

#include "base/model/model_words.h"

namespace stack::model {

std::string_view to_string(Status status) { return word_of(status); }
std::string_view to_string(Health health) { return word_of(health); }

}  // namespace stack::model
