// The engine's nouns as JSON text: what the state store keeps and the API's own dialect carries. Reading accepts missing
// members (they keep their defaults), so that an older store opens; unknown members are ignored, so that a newer one does.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/model/container_state.h"
#include "base/model/engine_event.h"
#include "base/model/image_config.h"
#include "base/model/network_spec.h"
#include "base/model/volume_spec.h"

namespace stack::model {

void to_json(nlohmann::json& json, const ContainerSpec& value);
void from_json(const nlohmann::json& json, ContainerSpec& value);
void to_json(nlohmann::json& json, const ContainerState& value);
void from_json(const nlohmann::json& json, ContainerState& value);
void to_json(nlohmann::json& json, const Container& value);
void from_json(const nlohmann::json& json, Container& value);
void to_json(nlohmann::json& json, const ImageConfig& value);
void from_json(const nlohmann::json& json, ImageConfig& value);
void to_json(nlohmann::json& json, const Image& value);
void from_json(const nlohmann::json& json, Image& value);
void to_json(nlohmann::json& json, const NetworkSpec& value);
void from_json(const nlohmann::json& json, NetworkSpec& value);
void to_json(nlohmann::json& json, const Network& value);
void from_json(const nlohmann::json& json, Network& value);
void to_json(nlohmann::json& json, const VolumeSpec& value);
void from_json(const nlohmann::json& json, VolumeSpec& value);
void to_json(nlohmann::json& json, const Volume& value);
void from_json(const nlohmann::json& json, Volume& value);
void to_json(nlohmann::json& json, const Event& value);
void from_json(const nlohmann::json& json, Event& value);

// Whole texts. Reading throws stack::Error(invalid) for text that is not such an object.
std::string dump(const Container& value);
std::string dump(const Network& value);
std::string dump(const Volume& value);
std::string dump(const Image& value);
std::string dump(const Event& value);
Container parse_container(std::string_view text);
Network parse_network(std::string_view text);
Volume parse_volume(std::string_view text);
Image parse_image(std::string_view text);
Event parse_event(std::string_view text);

}  // namespace stack::model
