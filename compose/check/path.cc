#include "compose/check/path.h"

namespace stack::compose {

std::string Path::text() const {
  if (parent_ == nullptr) return {};
  std::string out = parent_->text();
  if (is_index_) return out + "[" + std::to_string(index_) + "]";
  if (!out.empty()) out += '.';
  out += key_;
  return out;
}

}  // namespace stack::compose
