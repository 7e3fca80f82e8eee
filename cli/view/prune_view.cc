#include "cli/view/prune_view.h"

#include "base/bytes.h"

namespace stack::cli {

std::string removed_text(const std::string& title, const std::vector<std::string>& lines) {
  if (lines.empty()) return {};
  std::string text = title + ":\n";
  for (const std::string& line : lines) text += line + "\n";
  return text + "\n";
}

std::string removed_images_text(const api::ImageRemoval& removal) {
  std::vector<std::string> lines;
  for (const std::string& name : removal.untagged) lines.push_back("untagged: " + name);
  for (const std::string& id : removal.deleted) lines.push_back("deleted: " + id);
  return removed_text("Deleted Images", lines);
}

std::string reclaimed_text(std::uint64_t bytes) { return "Total reclaimed space: " + human_bytes(bytes) + "\n"; }

}  // namespace stack::cli
