#include "compose/check/attribute_rows.h"

namespace stack::compose {
namespace {

constexpr Kinds kValue = kScalars | kNull;

constexpr AttributeRow external(std::string_view path) {
  return {.path = path, .kinds = kBool | kMap, .format = Format::boolean, .form = Form::external};
}

constexpr AttributeRow kFileRows[] = {
    item("version", kScalars | kNull),
    text("name"),
    item("include", kList),
    {.path = "include[]", .kinds = kText | kMap, .form = Form::include, .required = "path"},
    text_or_texts("include[].path"),
    item("include[].path[]", kText),
    text_or_texts("include[].env_file"),
    item("include[].env_file[]", kText),
    text("include[].project_directory"),
    mapping_or_null("services"),
    mapping_or_null("networks"),
    mapping_or_null("networks.*"),
    text("networks.*.name"),
    text("networks.*.driver"),
    text_values("networks.*.driver_opts"),
    item("networks.*.driver_opts.*", kInt | kNumber | kText | kBool),
    mapping("networks.*.ipam"),
    text("networks.*.ipam.driver"),
    {.path = "networks.*.ipam.config", .kinds = kList, .merge = Merge::ipam, .identity = Identity::subnet},
    mapping("networks.*.ipam.config[]"),
    text("networks.*.ipam.config[].subnet"),
    text("networks.*.ipam.config[].ip_range"),
    text("networks.*.ipam.config[].gateway"),
    text_values("networks.*.ipam.config[].aux_addresses"),
    item("networks.*.ipam.config[].aux_addresses.*", kText),
    text_values("networks.*.ipam.options"),
    item("networks.*.ipam.options.*", kText),
    external("networks.*.external"),
    text("networks.*.external.name"),
    flag("networks.*.internal"),
    flag("networks.*.attachable"),
    flag("networks.*.enable_ipv4"),
    flag("networks.*.enable_ipv6"),
    assignments("networks.*.labels", Form::labels),
    item("networks.*.labels.*", kValue),
    item("networks.*.labels[]", kScalars),
    mapping_or_null("volumes"),
    mapping_or_null("volumes.*"),
    text("volumes.*.name"),
    text("volumes.*.driver"),
    text_values("volumes.*.driver_opts"),
    item("volumes.*.driver_opts.*", kInt | kNumber | kText | kBool),
    external("volumes.*.external"),
    text("volumes.*.external.name"),
    assignments("volumes.*.labels", Form::labels),
    item("volumes.*.labels.*", kValue),
    item("volumes.*.labels[]", kScalars),
    mapping("secrets"),
    mapping("secrets.*"),
    text("secrets.*.name"),
    file_path("secrets.*.file"),
    text("secrets.*.environment"),
    external("secrets.*.external"),
    text("secrets.*.external.name"),
    assignments("secrets.*.labels", Form::labels),
    item("secrets.*.labels.*", kValue),
    item("secrets.*.labels[]", kScalars),
    text("secrets.*.driver"),
    text_values("secrets.*.driver_opts"),
    item("secrets.*.driver_opts.*", kInt | kNumber | kText | kBool),
    text("secrets.*.template_driver"),
    mapping("configs"),
    mapping("configs.*"),
    text("configs.*.name"),
    file_path("configs.*.file"),
    text("configs.*.environment"),
    text("configs.*.content"),
    external("configs.*.external"),
    text("configs.*.external.name"),
    assignments("configs.*.labels", Form::labels),
    item("configs.*.labels.*", kValue),
    item("configs.*.labels[]", kScalars),
    text("configs.*.template_driver"),
    mapping("models"),
    mapping("models.*", "model"),
    text("models.*.name"),
    text("models.*.model"),
    integer("models.*.context_size"),
    texts("models.*.runtime_flags"),
    item("models.*.runtime_flags[]", kText),
};

}  // namespace

std::span<const AttributeRow> file_rows() { return kFileRows; }

}  // namespace stack::compose
