// What clients of BuildKit that build by POST /build?version=2 are shown: the messages of Control/Status, made by the room that knows that
// protocol.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/api/build_backend.h"

namespace stack::api {

class BuildTrace {
 public:
  virtual ~BuildTrace() = default;
  // Serialised StatusResponses (BuildKit, api/services/control). Loop thread.
  virtual std::vector<std::string> take(const BuildEvent& event) = 0;
};
// One for each build; empty where the protocol is not offered.
using BuildTraces = std::function<std::unique_ptr<BuildTrace>()>;

}  // namespace stack::api
