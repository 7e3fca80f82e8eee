// What an asynchronous operation has thrown, as the failure that it means.
#pragma once

#include <exception>

#include "engine/base/error.h"

namespace stack {

// `thrown` is not null. What is no stack::Error becomes one of kind `internal` with its text.
inline Error error_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    return error;
  } catch (const std::exception& error) {
    return Error(error.what());
  }
}

}  // namespace stack
