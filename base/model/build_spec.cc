#include "base/model/build_spec.h"

namespace stack::model {

std::optional<BuildSource> source_at(const std::string& address) {
  const std::string place = address.substr(0, address.find_first_of("#?"));
  const bool web = place.starts_with("http://") || place.starts_with("https://");
  if (place.ends_with(".git") || place.starts_with("git://") || place.starts_with("git@") ||
      place.starts_with("ssh://") || place.starts_with("github.com/"))
    return BuildGit{address};
  if (web) return BuildUrl{address};
  return std::nullopt;
}

}  // namespace stack::model
