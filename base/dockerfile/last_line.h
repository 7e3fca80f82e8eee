// Where an instruction ends, for who knows where it begins. Pure.
#pragma once

#include <string>

namespace stack::dockerfile {

// The line at which the instruction of this Dockerfile that begins at `line` ends, its here-documents included; else `line`.
int last_line_of(const std::string& text, int line);

}  // namespace stack::dockerfile
