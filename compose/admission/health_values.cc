#include "base/duration.h"
#include "compose/admission/value_rules.h"

namespace stack::compose {
namespace {

constexpr Nanos kDurationMin{1'000'000};

void check_duration(const std::optional<Nanos>& value, const char* attribute, ServiceReport& report) {
  if (!value || value->count() == 0 || *value >= kDurationMin) return;
  report.refuse(attribute, format_duration(*value) + " is too short; write at least 1ms, or 0 for the default");
}

}  // namespace

void check_health(const Service& service, ServiceReport& report) {
  const auto& check = service.healthcheck;
  if (!check) return;
  check_duration(check->interval, "healthcheck.interval", report);
  check_duration(check->timeout, "healthcheck.timeout", report);
  check_duration(check->start_period, "healthcheck.start_period", report);
  check_duration(check->start_interval, "healthcheck.start_interval", report);
}

}  // namespace stack::compose
