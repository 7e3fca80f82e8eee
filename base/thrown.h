// What a library or an asynchronous operation has thrown, as the failure that it means.
#pragma once

#include <exception>
#include <string_view>

#include "base/error.h"

namespace stack {

// A stack::Error as it is. The standard library's: of a file or of the kernel with path and reason, out of memory as that. What nobody
// expects becomes one of kind `internal` that says so.
Error error_of(const std::exception& thrown);
// `thrown` is not null.
Error error_of(const std::exception_ptr& thrown);

// What a parser of JSON says, without the name of its exception: "[json.exception.type_error.302] type must be string" is "type must be
// string".
std::string_view json_reason(const std::exception& thrown);

}  // namespace stack
