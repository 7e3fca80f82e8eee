#include "cli/view/image_view.h"

#include "cli/view/age.h"
#include "cli/view/table.h"
#include "engine/base/bytes.h"

namespace stack::cli {
namespace {

struct Line {
  std::string repository, tag, id, created_at, since, size;
};

std::vector<Line> lines_of(const std::vector<model::Image>& images, Wall now, bool no_trunc) {
  std::vector<Line> lines;
  for (const model::Image& image : images) {
    std::vector<std::string> references = image.references;
    if (references.empty()) references.emplace_back("<none>:<none>");
    for (const std::string& reference : references) {
      const std::size_t colon = reference.rfind(':');
      lines.push_back({reference.substr(0, colon), reference.substr(colon + 1),
                       no_trunc ? image.id : image.id.substr(7, 12), human_time(image.created),
                       human_duration(std::max(Nanos{0}, Nanos{now - image.created})) + " ago",
                       human_bytes(image.size_bytes)});
    }
  }
  return lines;
}

}  // namespace

std::string images_table(const std::vector<model::Image>& images, Wall now, bool no_trunc) {
  std::vector<Row> rows;
  for (const Line& line : lines_of(images, now, no_trunc)) {
    rows.push_back({line.repository, line.tag, line.id, line.since, line.size});
  }
  return table({"REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"}, rows);
}

std::string images_json(const std::vector<model::Image>& images, Wall now, bool no_trunc) {
  // Every value is made of characters that JSON takes as they are.
  std::string text;
  for (const Line& line : lines_of(images, now, no_trunc)) {
    text += R"({"CreatedAt":")" + line.created_at + R"(","CreatedSince":")" + line.since + R"(","ID":")" + line.id +
            R"(","Repository":")" + line.repository + R"(","Size":")" + line.size + R"(","Tag":")" + line.tag + "\"}\n";
  }
  return text;
}

}  // namespace stack::cli
