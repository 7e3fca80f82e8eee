// An archive on its way from who makes it to who takes it, without ever being whole.
#pragma once

#include <functional>

#include "base/unique_fd.h"

namespace stack::cli {

// Runs `produce` on a thread of its own beside `consume`, which reads what it writes. The first to fail ends the other; when both do, the
// failure of the one that was not cut off counts.
void through_pipe(const std::function<void(BorrowedFd)>& produce, const std::function<void(BorrowedFd)>& consume);

}  // namespace stack::cli
