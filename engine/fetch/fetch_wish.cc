#include "engine/fetch/fetch_wish.h"

#include <climits>

#include "base/percent.h"
#include "engine/image/registry/url.h"

namespace stack::fetch {
namespace {

constexpr const char* kUnnamed = "__unnamed__";

}  // namespace

std::string file_name_of(const std::string& url) {
  const auto parsed = image::parse_url(url);
  if (!parsed) return kUnnamed;
  std::string path = percent_decode(parsed->target.substr(0, parsed->target.find('?')));
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  const std::string name = path.substr(path.rfind('/') + 1);
  const bool usable =
      !name.empty() && name != "." && name != ".." && name.find('\0') == std::string::npos && name.size() <= NAME_MAX;
  return usable ? name : kUnnamed;
}

}  // namespace stack::fetch
