#include "engine/api/image_name.h"

#include "base/error.h"
#include "base/model/reference.h"

namespace stack::api {

void check_image_name(const std::string& name) {
  if (model::is_digest("sha256:" + name)) return;
  if (const std::string fault = model::reference_fault(name); !fault.empty()) throw Error(ErrorKind::invalid, fault);
}

std::string with_tag(const std::string& name, const std::string& tag) {
  if (tag.empty()) return name;
  const bool digest = tag.find(':') != std::string::npos;
  if (digest ? !model::is_digest(tag) : !model::is_tag(tag)) throw Error(ErrorKind::invalid, "invalid tag format");
  return name + (digest ? "@" : ":") + tag;
}

}  // namespace stack::api
