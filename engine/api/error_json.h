// An Error as a JSON value: the body of a failed answer, and part of reports. Pure; any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/error.h"

namespace stack::api {

nlohmann::json error_value(const Error& error);
// Unknown kinds are internal: a newer engine may have more.
Error error_from_json(const nlohmann::json& value);

}  // namespace stack::api
