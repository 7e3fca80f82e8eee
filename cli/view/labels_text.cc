#include "cli/view/labels_text.h"

namespace stack::cli {

std::string labels_text(const model::Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) text += (text.empty() ? "" : ",") + name + "=" + value;
  return text;
}

}  // namespace stack::cli
