// From the end of a coroutine to the answer of a backend: what it threw is the answer's failure.
//
// Loop thread.
#pragma once

#include <exception>
#include <utility>
#include <variant>

#include "base/async/task_group.h"
#include "base/thrown.h"
#include "engine/api/backend.h"

namespace stack::service {

inline Error failure_of(const std::exception_ptr& thrown) {
  return async::is_cancellation(thrown) ? Error(ErrorKind::unavailable, "the engine is shutting down")
                                        : error_of(thrown);
}

template <class T>
auto answered(api::Answer<T> answer) {
  return [answer = std::move(answer)](const std::exception_ptr& thrown, T value) {
    if (thrown) return answer(failure_of(thrown));
    answer(std::move(value));
  };
}

// Of a coroutine without a result; `value` is the answer when it has ended well.
template <class T = std::monostate>
auto answered_with(api::Answer<T> answer, T value = {}) {
  return [answer = std::move(answer), value = std::move(value)](const std::exception_ptr& thrown) {
    if (thrown) return answer(failure_of(thrown));
    answer(value);
  };
}

}  // namespace stack::service
