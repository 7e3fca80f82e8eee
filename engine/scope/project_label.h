// The label that says whose something is, written into what clients send. Text to text; any thread.
#pragma once

#include <string>
#include <string_view>

namespace stack::scope {

inline constexpr const char* kProjectLabel = "com.docker.compose.project";

// The object of a request to create something, with the label among its Labels. Throws invalid for what is no object, and
// not_permitted when it has the label with another value.
std::string with_project_label(std::string_view body, const std::string& project);
// The parameter `filters`, with the label among those that are asked for. Throws invalid.
std::string with_project_filter(std::string_view filters, const std::string& project);

}  // namespace stack::scope
