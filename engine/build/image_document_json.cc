#include <optional>

#include <nlohmann/json.hpp>

#include "engine/build/history_text.h"
#include "engine/build/image_document.h"

namespace stack::build {
namespace {

using nlohmann::json;

json history_json(const std::vector<image::HistoryStep>& history) {
  json list = json::array();
  for (const image::HistoryStep& step : history) {
    json item{{"created", image::rfc3339(step.created)}};
    if (!step.created_by.empty()) item["created_by"] = step.created_by;
    if (!step.author.empty()) item["author"] = step.author;
    if (!step.comment.empty()) item["comment"] = step.comment;
    if (step.empty_layer) item["empty_layer"] = true;
    list.push_back(std::move(item));
  }
  return list;
}

}  // namespace

std::string write_image_document(const model::Image& image, const std::vector<image::HistoryStep>& history) {
  // The fields of the configuration are written in one place.
  json blob = json::parse(image::write_config_blob(image));
  if (image.author.empty()) blob.erase("author");
  if (image.comment.empty()) blob.erase("comment");
  blob["history"] = history_json(history);
  return blob.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::vector<image::HistoryStep> complete_history(const BuildPlan& plan, const std::vector<Wall>& made, Wall now) {
  std::vector<image::HistoryStep> result = plan.base_history;
  std::vector<bool> timed(result.size(), true);
  std::size_t layer = 0;
  for (const HistoryEntry& entry : plan.history) {
    const bool has_layer = entry.node.has_value();
    result.push_back({.created = has_layer && layer < made.size() ? made[layer] : Wall{},
                      .created_by = entry.created_by,
                      .comment = std::string{kHistoryComment},
                      .author = {},
                      .empty_layer = !has_layer});
    timed.push_back(has_layer);
    if (has_layer) ++layer;
  }
  // The first new layer's time, or the last one's that there is.
  std::optional<Wall> time;
  bool untimed = false;
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (!timed[i]) {
      untimed = true;
      continue;
    }
    time = result[i].created;
    if (untimed) break;
  }
  untimed = false;
  Wall current = time.value_or(now);
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (timed[i]) {
      if (untimed) current = result[i].created;
    } else {
      untimed = true;
      result[i].created = current;
    }
  }
  return result;
}

}  // namespace stack::build
