// The two command lines of the program: its own, and Docker's, which it takes when it is called by that name.
#pragma once

namespace stack::cli {

enum class Dialect { stack, docker };

}  // namespace stack::cli
