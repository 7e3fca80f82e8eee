// The JSON of everything about images beyond the list. Reading throws stack::Error(invalid) for text of another shape. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/api/backend.h"

namespace stack::api {

std::string image_details_json(const ImageDetails& details);
ImageDetails parse_image_details(std::string_view text);
std::string digest_request_json(const DigestRequest& request);
DigestRequest parse_digest_request(std::string_view text);
std::string image_digests_json(const ImageDigests& digests);
ImageDigests parse_image_digests(std::string_view text);
std::string tags_request_json(const TagsRequest& request);
TagsRequest parse_tags_request(std::string_view text);
std::string tags_json(const std::vector<std::string>& tags);
std::vector<std::string> parse_tags(std::string_view text);
std::string artifact_request_json(const ArtifactRequest& request);
ArtifactRequest parse_artifact_request(std::string_view text);
std::string artifact_json(const Artifact& artifact);
Artifact parse_artifact(std::string_view text);
std::string artifact_push_json(const ArtifactPush& push);
ArtifactPush parse_artifact_push(std::string_view text);
std::string image_removal_json(const ImageRemoval& removal);
ImageRemoval parse_image_removal(std::string_view text);
std::string image_filter_json(const ImageFilter& filter);
ImageFilter parse_image_filter(std::string_view text);
std::string disk_usage_json(const DiskUsage& usage);
DiskUsage parse_disk_usage(std::string_view text);

}  // namespace stack::api
