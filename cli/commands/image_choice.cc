#include "cli/commands/image_choice.h"

#include <algorithm>
#include <optional>

#include <fnmatch.h>

#include "cli/commands/failures.h"
#include "engine/client/engine_error.h"

namespace stack::cli {
namespace {

bool has_label(const model::Image& image, const std::string& wanted) {
  const std::size_t equals = wanted.find('=');
  const auto found = image.config.labels.find(wanted.substr(0, equals));
  if (found == image.config.labels.end()) return false;
  return equals == std::string::npos || found->second == wanted.substr(equals + 1);
}

// With or without the tag, as people write it.
bool matches(const std::string& reference, const std::string& pattern) {
  const auto fits = [&](const std::string& text) {
    return ::fnmatch(pattern.c_str(), text.c_str(), FNM_PATHNAME) == 0;
  };
  return fits(reference) || fits(reference.substr(0, reference.rfind(':')));
}

const model::Image& one_of(const std::vector<model::Image>& images, const std::string& name) {
  const std::string tagged = name.find(':', name.rfind('/') + 1) == std::string::npos ? name + ":latest" : name;
  for (const model::Image& image : images) {
    const auto& names = image.references;
    if (std::find(names.begin(), names.end(), tagged) != names.end()) return image;
    const bool by_id = name.size() >= 4 && (image.id.starts_with(name) || image.id.substr(7).starts_with(name));
    if (by_id) return image;
  }
  throw Error(ErrorKind::not_found, "no such image: " + name);
}

}  // namespace

std::vector<model::Image> named(std::vector<model::Image> images, const std::string& name) {
  if (name.empty()) return images;
  for (model::Image& image : images) {
    std::erase_if(image.references, [&](const std::string& reference) { return !matches(reference, name); });
  }
  std::erase_if(images, [](const model::Image& image) { return image.references.empty(); });
  return images;
}

std::vector<model::Image> filtered(std::vector<model::Image> images, const Filters& filters) {
  std::optional<bool> dangling;
  std::vector<std::string> labels, patterns;
  std::optional<Wall> before, after;
  const auto earliest = [&](Wall time) { before = before ? std::min(*before, time) : time; };
  for (const auto& [name, value] : filters) {
    if (name == "dangling") {
      dangling = parse_truth(name, value);
    } else if (name == "label") {
      labels.push_back(value);
    } else if (name == "reference") {
      patterns.push_back(value);
    } else if (name == "before") {
      earliest(one_of(images, value).created);
    } else if (name == "until") {
      earliest(parse_until(value));
    } else if (name == "since") {
      const Wall time = one_of(images, value).created;
      after = after ? std::max(*after, time) : time;
    } else {
      // In the place of the engine, which has no list that is filtered so.
      throw client::EngineError(Error(ErrorKind::invalid, "invalid filter '" + name + "'")
                                    .remedy("use dangling=, label=, before=, since=, until= or reference="));
    }
  }
  std::erase_if(images, [&](const model::Image& image) {
    return (dangling && *dangling != image.references.empty()) || (before && image.created >= *before) ||
           (after && image.created <= *after) ||
           !std::all_of(labels.begin(), labels.end(),
                        [&](const std::string& label) { return has_label(image, label); });
  });
  if (patterns.empty()) return images;
  for (model::Image& image : images) {
    std::erase_if(image.references, [&](const std::string& reference) {
      return std::none_of(patterns.begin(), patterns.end(),
                          [&](const std::string& pattern) { return matches(reference, pattern); });
    });
  }
  std::erase_if(images, [](const model::Image& image) { return image.references.empty(); });
  return images;
}

void check_platform(Session& session, const std::vector<std::string>& names, const std::string& platform,
                    const std::string& remedy) {
  if (platform.empty()) return;
  Failures failures;
  for (const std::string& name : names) {
    failures.attempt([&] {
      try {
        session.engine().inspect_image(name, platform);
      } catch (const Error& error) {
        // One that is missing has no remedy.
        if (remedy.empty() || error.remedy_text().empty()) throw;
        throw Error(error.kind(), error.message()).remedy(remedy);
      }
    });
  }
  failures.report();
}

}  // namespace stack::cli
