// What a container's log says about its lines beside their text: labels, variables and a tag, chosen by the options labels,
// labels-regex, env, env-regex and tag. They are the same for every line of a container, so no record holds them: whoever
// reads a log computes them from the container's row. Pure.
#pragma once

#include <map>
#include <string>

#include "base/model/container_state.h"
#include "base/model/image_config.h"

namespace stack::model {

// By name. `image`: the part that the container inherits. Throws stack::Error(invalid) for a tag or pattern that judge_log_options refuses.
std::map<std::string, std::string> log_attributes(const Container& container, const ImageConfig& image);

// "A=1,tag=web%2F1", as `docker logs --details` prints them: names and values encoded as in the query of a URL.
std::string encode_log_attributes(const std::map<std::string, std::string>& attributes);

// Why the value of the option tag, a template, is refused; empty: it is not.
std::string log_tag_fault(const std::string& tag);

}  // namespace stack::model
