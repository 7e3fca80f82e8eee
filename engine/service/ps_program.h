// The machine's ps, for the columns that a user chooses, and what its output says of some processes.
//
// Any thread. Nothing is shared between calls.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "engine/api/process_table.h"

namespace stack::service {

// The words of the arguments, which no shell reads. Throws invalid for another name of the column with the process id, by which the
// rows are found. Pure.
std::vector<std::string> ps_words(std::string_view arguments);

// Of `output`, a line of titles and a line a process, the rows of `pids`; what is behind the last title is one cell. A row whose process
// id is "-", a thread, belongs to the row above. Throws invalid without a column PID. Pure.
api::ProcessTable parse_ps_output(std::string_view output, const std::vector<std::int32_t>& pids);

// How long ps may take, each of the two times that it may run.
inline constexpr Nanos kPsPatience = std::chrono::seconds{10};

// Runs ps, and waits for it: not on the loop. Throws unsupported when there is none, invalid with its words when it refuses the
// arguments, and unavailable when it does not end within `patience` by the clock: it is killed then, and not waited for. The clock is
// asked on this thread.
api::ProcessTable run_ps(const std::vector<std::string>& words, const std::vector<std::int32_t>& pids,
                         const Clock& clock, Nanos patience = kPsPatience);

}  // namespace stack::service
