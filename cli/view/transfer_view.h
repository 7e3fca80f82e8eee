// Pulls and pushes as Docker's client shows them: on a terminal a line for each layer that changes where it stands, else a line for
// each thing that is told, without bytes.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "cli/view/easel.h"
#include "engine/api/transfer_lines.h"

namespace stack::cli {

class TransferView {
 public:
  explicit TransferView(Easel easel) : easel_(std::move(easel)) {}
  void show(const api::TransferLine& line);

 private:
  Easel easel_;
  std::map<std::string, std::size_t> lines_;  // of layers, the topmost is 0
};

}  // namespace stack::cli
