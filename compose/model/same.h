// For functions over a type and its const form alike.
#pragma once

#include <concepts>
#include <type_traits>

namespace stack::compose {

template <class T, class U>
concept Same = std::same_as<std::remove_const_t<T>, U>;

}  // namespace stack::compose
