// A plan's JSON form: reading it never crashes; what can be read is written as text that reads as the same plan.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "compose/plan/plan_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stack::compose;
  try {
    const Plan plan = parse_plan({reinterpret_cast<const char*>(data), size});
    const std::string written = plan_json(plan);
    if (plan_json(parse_plan(written)) != written) std::abort();
    (void)print(plan);
    (void)summary(plan);
  } catch (const stack::Error&) {
    // No plan.
  }
  return 0;
}
