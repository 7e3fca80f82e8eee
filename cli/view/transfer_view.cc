#include "cli/view/transfer_view.h"

#include <algorithm>

#include "cli/view/printable.h"

namespace stack::cli {
namespace {

constexpr int kBarColumns = 110;  // below these there is no room for one

std::string text_of(const api::TransferLine& line) { return (line.id.empty() ? "" : line.id + ": ") + line.status; }

}  // namespace

void TransferView::show(const api::TransferLine& line) {
  const Terminal terminal = easel_.look();
  const bool moves = terminal.is_terminal && !terminal.dumb;
  if (!moves) {
    if (line.total == 0) easel_.write(printable(text_of(line)) + "\n");
    return;
  }
  if (!line.of_layer) {
    lines_.clear();
    return easel_.write(printable(text_of(line)) + "\n");
  }
  std::string text = text_of(line);
  if (line.total != 0) {
    const std::string bar = api::progress_bar(line.current, line.total);
    text += " " + (terminal.columns > kBarColumns ? bar : bar.substr(bar.find(']') + 2));
  }
  text = cut_end(printable(text), static_cast<std::size_t>(std::max(terminal.columns - 1, 1)));
  const auto [found, is_new] = lines_.try_emplace(line.id, lines_.size());
  if (is_new) return easel_.write(text + "\n");
  const std::string up = std::to_string(lines_.size() - found->second);
  easel_.write("\x1b[" + up + "A\x1b[2K\r" + text + "\r\x1b[" + up + "B");
}

}  // namespace stack::cli
