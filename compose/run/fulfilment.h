// Whether containers are what others wait for. Pure; any thread.
//
//   condition   yes                        never                                          otherwise
//   started     runs steadily, or exited   exited with another code                       not yet
//               with 0
//   healthy     healthy                    exited, unhealthy, or runs on without a check  not yet
//   completed   exited with 0              exited with another code                       not yet
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/model/container_state.h"
#include "compose/plan/plan.h"

namespace stack::compose {

enum class Fulfilment { yes, not_yet, never };

struct Judgement {
  Fulfilment fulfilment = Fulfilment::not_yet;
  std::string why;               // of never: the failure's whole text
  std::optional<Nanos> again{};  // not yet, but after this time perhaps without any event
};

// How long a service without a healthcheck has to run before it is judged as one that runs: one that cannot work has ended by then.
inline constexpr Nanos kSettled = std::chrono::milliseconds{500};

// `find` gives a container by its name, or null for one that is gone, which fulfils nothing any more.
Judgement judge(const WaitFor& wait, const std::function<const model::Container*(const std::string& name)>& find,
                Wall now);

}  // namespace stack::compose
