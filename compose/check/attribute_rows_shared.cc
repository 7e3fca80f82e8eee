#include "compose/check/attribute_rows.h"

namespace stack::compose {
namespace {

constexpr AttributeRow kHookRows[] = {
    {.path = ".command", .kinds = kText | kList | kNull, .merge = Merge::replace, .form = Form::command},
    item(".command[]", kText),
    text(".user"),
    flag(".privileged"),
    text(".working_dir"),
    assignments(".environment"),
    item(".environment.*", kValue),
    item(".environment[]", kText),
};

constexpr AttributeRow kDeviceRequestRows[] = {
    mapping("[]"),
    unique_texts("[].capabilities"),
    item("[].capabilities[]", kText),
    {.path = "[].count", .kinds = kInt | kText, .format = Format::count},
    unique_texts("[].device_ids"),
    item("[].device_ids[]", kText),
    text("[].driver"),
    assignments("[].options"),
    item("[].options.*", kValue),
    item("[].options[]", kText),
};

constexpr AttributeRow kUlimitRows[] = {
    {.path = ".*", .kinds = kInt | kMap, .format = Format::integer, .merge = Merge::replace, .required = "soft|hard"},
    integer(".*.soft"),
    integer(".*.hard"),
};

constexpr AttributeRow kThrottleRows[] = {
    mapping("[]", "path|rate"),
    text("[].path"),
    bytes("[].rate"),
};

constexpr AttributeRow kGrantRows[] = {
    {.path = "[]", .kinds = kText | kMap, .required = "source"},
    text("[].source"),
    text("[].target"),
    text("[].uid"),
    text("[].gid"),
    {.path = "[].mode", .kinds = kInt | kText, .format = Format::mode},
};

// Our own keys, below x-stack.
constexpr AttributeRow kOwnRows[] = {
    mapping(".lint"),
    unique_texts(".lint.disable"),
    item(".lint.disable[]", kText),
};

constexpr AttributeRow kUpdateRows[] = {
    natural(".parallelism"), duration(".delay"),           text(".failure_action"),
    duration(".monitor"),    number(".max_failure_ratio"), text(".order", "start-first|stop-first"),
};

}  // namespace

std::span<const AttributeRow> shared_rows(SharedPart part) {
  switch (part) {
    case SharedPart::hook:
      return kHookRows;
    case SharedPart::device_request:
      return kDeviceRequestRows;
    case SharedPart::ulimits:
      return kUlimitRows;
    case SharedPart::throttle:
      return kThrottleRows;
    case SharedPart::grant:
      return kGrantRows;
    case SharedPart::update:
      return kUpdateRows;
    case SharedPart::own:
      return kOwnRows;
    default:
      return {};
  }
}

}  // namespace stack::compose
