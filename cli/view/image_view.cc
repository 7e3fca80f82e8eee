#include "cli/view/image_view.h"

#include <algorithm>

#include "base/bytes.h"
#include "cli/view/table.h"
#include "cli/view/time_text.h"

namespace stack::cli {
namespace {

struct ImageLine {
  std::string repository, tag, digest, id, created_at, since, size;
};

std::vector<ImageLine> lines_of(const std::vector<model::Image>& images, Wall now, bool no_trunc) {
  std::vector<ImageLine> lines;
  for (const model::Image& image : images) {
    std::vector<std::string> references = image.references;
    if (references.empty()) references.emplace_back("<none>:<none>");
    const std::string known = image.repo_digests.empty() ? "@<none>" : image.repo_digests.front();
    const std::string digest = known.substr(known.find('@') + 1);
    for (const std::string& reference : references) {
      const std::size_t colon = reference.rfind(':');
      lines.push_back({reference.substr(0, colon), reference.substr(colon + 1), digest,
                       no_trunc ? image.id : image.id.substr(7, 12), human_time(image.created),
                       human_duration(std::max(Nanos{0}, Nanos{now - image.created})) + " ago",
                       short_bytes(image.size_bytes)});
    }
  }
  return lines;
}

}  // namespace

std::string images_table(const std::vector<model::Image>& images, Wall now, bool no_trunc, bool digests) {
  std::vector<Row> rows;
  if (digests) {
    for (const ImageLine& line : lines_of(images, now, no_trunc))
      rows.push_back({line.repository, line.tag, line.digest, line.id, line.since, line.size});
    return table({"REPOSITORY", "TAG", "DIGEST", "IMAGE ID", "CREATED", "SIZE"}, rows);
  }
  for (const ImageLine& line : lines_of(images, now, no_trunc)) {
    rows.push_back({line.repository, line.tag, line.id, line.since, line.size});
  }
  return table({"REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"}, rows);
}

std::string images_json(const std::vector<model::Image>& images, Wall now, bool no_trunc) {
  // Every value is made of characters that JSON takes as they are.
  std::string text;
  for (const ImageLine& line : lines_of(images, now, no_trunc)) {
    text += R"({"Containers":"N/A","CreatedAt":")" + line.created_at + R"(","CreatedSince":")" + line.since +
            R"(","Digest":")" + line.digest + R"(","ID":")" + line.id + R"(","Repository":")" + line.repository +
            R"(","SharedSize":"N/A","Size":")" + line.size + R"(","Tag":")" + line.tag +
            R"(","UniqueSize":"N/A","VirtualSize":")" + line.size + "\"}\n";
  }
  return text;
}

const std::map<std::string, std::string>& image_titles() {
  static const std::map<std::string, std::string> titles{
      {"ID", "IMAGE ID"},          {"CreatedAt", "CREATED AT"},   {"CreatedSince", "CREATED"},
      {"CreatedBy", "CREATED BY"}, {"SharedSize", "SHARED SIZE"}, {"UniqueSize", "UNIQUE SIZE"},
      {"VirtualSize", "SIZE"}};
  return titles;
}

std::string history_table(const api::ImageDetails& details, const HistoryForm& form) {
  std::vector<Row> rows;
  std::string id = form.no_trunc ? details.image.id : details.image.id.substr(7, 12);
  for (const api::ImageStep& step : details.history) {
    rows.push_back({id,
                    form.human ? human_duration(std::max(Nanos{0}, Nanos{form.now - step.created})) + " ago"
                               : precise_time(step.created),
                    form.no_trunc ? step.created_by : ellipsis(step.created_by, 45),
                    form.human ? short_bytes(step.size_bytes) : std::to_string(step.size_bytes), step.comment});
    id = "<missing>";
  }
  return table({"IMAGE", form.human ? "CREATED" : "CREATED AT", "CREATED BY", "SIZE", "COMMENT"}, rows);
}

std::string history_ids(const api::ImageDetails& details, bool no_trunc) {
  std::string text = (no_trunc ? details.image.id : details.image.id.substr(7, 12)) + "\n";
  for (std::size_t i = 1; i < details.history.size(); ++i) text += "<missing>\n";
  return text;
}

std::string name_of(const model::Container& container, const model::Image& image) {
  for (const std::string& own : {container.spec.image, container.spec.image + ":latest"}) {
    if (std::ranges::find(image.references, own) != image.references.end()) return own;
  }
  return image.references.empty() ? std::string{} : image.references.front();
}

std::string project_images_table(const std::vector<model::Container>& containers,
                                 const std::map<std::string, model::Image>& images, Wall now) {
  std::vector<Row> rows;
  for (const model::Container& container : containers) {
    const auto image = images.find(container.spec.image_id);
    std::string repository = "<none>", tag = "<none>", platform, size, since;
    if (image != images.end()) {
      const model::Image& i = image->second;
      if (const std::string name = name_of(container, i); !name.empty()) {
        const std::size_t colon = name.rfind(':');
        repository = name.substr(0, colon);
        tag = name.substr(colon + 1);
      }
      platform = i.os + "/" + i.architecture + (i.variant.empty() ? "" : "/" + i.variant);
      size = short_bytes(i.size_bytes);
      since = human_duration(std::max(Nanos{0}, Nanos{now - i.created})) + " ago";
    }
    rows.push_back(
        {container.spec.name, repository, tag, platform, container.spec.image_id.substr(7, 12), size, since});
  }
  return table({"CONTAINER", "REPOSITORY", "TAG", "PLATFORM", "IMAGE ID", "SIZE", "CREATED"}, rows);
}

}  // namespace stack::cli
