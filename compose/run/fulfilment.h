// Whether containers are what others wait for. Pure; any thread.
//
//   condition   yes                        never                                          otherwise
//   started     runs, or exited with 0     exited with another code                       not yet
//   healthy     healthy                    exited, unhealthy, or runs without a check     not yet
//   completed   exited with 0              exited with another code                       not yet
#pragma once

#include <functional>
#include <string>

#include "compose/plan/plan.h"
#include "engine/model/container_state.h"

namespace stack::compose {

enum class Fulfilment { yes, not_yet, never };

struct Judgement {
  Fulfilment fulfilment = Fulfilment::not_yet;
  std::string why;  // of never: the failure's whole text
};

// `find` gives a container by its name, or null for one that is gone, which fulfils nothing any more.
Judgement judge(const WaitFor& wait, const std::function<const model::Container*(const std::string& name)>& find);

}  // namespace stack::compose
