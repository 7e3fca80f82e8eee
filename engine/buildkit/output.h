// What a client wants of a build's result, read from its request: BuildKit's exporters. Pure.
#pragma once

#include <string>
#include <vector>

#include "engine/buildkit/messages/control.pb.h"

namespace stack::buildkit {

struct Output {
  enum class Kind { image, folder, tar, archive } kind = Kind::image;
  std::vector<std::string> names;  // of an image, also of one in an archive
  int number = 0;                  // among the client's, which knows by it where to write what it is sent
  bool operator==(const Output&) const = default;
};

// None: the result is of no interest. Throws stack::Error(unsupported) for another type, and for attributes that change what there is.
std::vector<Output> read_outputs(const wire::SolveRequest& request);

}  // namespace stack::buildkit
