#include "base/model/log_endpoint.h"
#include "base/model/log_options.h"
#include "base/suggest.h"
#include "compose/admission/value_rules.h"

namespace stack::compose {

void check_logging(const Service& service, ServiceReport& report) {
  if (!service.logging) return;
  const std::string& driver = service.logging->driver;
  if (!driver.empty() && driver != "local" && driver != "json-file" && driver != "none" && !model::sends_log(driver)) {
    const std::string near =
        did_you_mean(driver, {"json-file", "local", "none", "syslog", "gelf", "fluentd", "journald"});
    report.refuse("logging.driver",
                  "this engine has no log driver \"" + driver + "\"; " +
                      (near.empty() ? "it has local, json-file, none, syslog, gelf, fluentd and journald" : near));
    return;  // its options are its own
  }
  for (const auto& remark : model::judge_log_options(driver, service.logging->options)) {
    const std::string at = "logging.options." + remark.name;
    if (!remark.fault.empty()) {
      report.refuse(at, remark.fault);
    } else {
      report.warn(at, "this has no effect here: " + remark.no_effect);
    }
  }
}

}  // namespace stack::compose
