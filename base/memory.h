// What a process that rests can give back to the machine.
#pragma once

namespace stack {

// The heap's free pages, and the mapped pages of code and constants, which come back from the page cache when they are used
// again. Takes about a millisecond; any thread, while others run.
void give_back_memory();

}  // namespace stack
