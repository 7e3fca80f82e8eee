// Pulls and pushes in Docker's lines.
#include "engine/api/transfer_lines.h"

#include <gtest/gtest.h>

namespace stack::api {
namespace {

using model::Action;
using model::Ending;
using model::Subject;
using model::SubjectKind;

const std::string kName = "localhost:5000/team/app:1";
const Subject kImage{SubjectKind::reference, kName}, kLayer{SubjectKind::layer, "4138e285b224"};

// What the lines of these events are, as the stream has them.
std::string stream(const std::vector<model::ProgressEvent>& events, const std::string& digest = "") {
  TransferLines lines{[&](const std::string&) { return digest; }};
  std::string text;
  for (const model::ProgressEvent& event : events) {
    for (const TransferLine& line : lines.lines_of(event)) text += transfer_line_json(line);
  }
  return text;
}

TEST(TransferLines, APullBeginsWithItsFirstLayer) {
  const model::Started begun{.subject = kImage, .action = Action::pull};
  EXPECT_EQ(stream({begun}), "") << "the registry may not have it";
  EXPECT_EQ(stream({begun, model::Started{.subject = kLayer, .action = Action::download, .whole = kName},
                    model::Advanced{kLayer, Action::download, kName, 5, 10},
                    model::Advanced{kLayer, Action::extract, kName, 10, 10},
                    model::Finished{kLayer, Action::extract, Ending::done, {}, kName},
                    model::Finished{kImage, Action::pull, Ending::done, {}, {}}},
                   "sha256:77"),
            "{\"status\":\"Pulling from team/app\",\"id\":\"1\"}\r\n"
            "{\"status\":\"Pulling fs layer\",\"progressDetail\":{},\"id\":\"4138e285b224\"}\r\n"
            "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":5,\"total\":10},\"progress\":\""
            "[=========================>                         ]       5B/10B\",\"id\":\"4138e285b224\"}\r\n"
            "{\"status\":\"Verifying Checksum\",\"progressDetail\":{},\"id\":\"4138e285b224\"}\r\n"
            "{\"status\":\"Download complete\",\"progressDetail\":{},\"id\":\"4138e285b224\"}\r\n"
            "{\"status\":\"Extracting\",\"progressDetail\":{\"current\":10,\"total\":10},\"progress\":\""
            "[==================================================>]      10B/10B\",\"id\":\"4138e285b224\"}\r\n"
            "{\"status\":\"Pull complete\",\"progressDetail\":{},\"id\":\"4138e285b224\"}\r\n"
            "{\"status\":\"Digest: sha256:77\"}\r\n");
}

TEST(TransferLines, WhatIsThereIsSaid) {
  const model::Started begun{.subject = kImage, .action = Action::pull};
  EXPECT_EQ(stream({begun, model::Finished{kImage, Action::pull, Ending::present, "up to date", {}}}, "sha256:77"),
            "{\"status\":\"Pulling from team/app\",\"id\":\"1\"}\r\n{\"status\":\"Digest: sha256:77\"}\r\n");
  EXPECT_EQ(stream({begun, model::Finished{kLayer, Action::extract, Ending::present, {}, kName}}),
            "{\"status\":\"Pulling from team/app\",\"id\":\"1\"}\r\n"
            "{\"status\":\"Already exists\",\"progressDetail\":{},\"id\":\"4138e285b224\"}\r\n");
}

TEST(TransferLines, APushEndsWithItsDigest) {
  EXPECT_EQ(pushing_to("team/app:1"), "The push refers to repository [docker.io/team/app]");
  EXPECT_EQ(stream({model::Started{.subject = kImage, .action = Action::push},
                    model::Started{.subject = kLayer, .action = Action::prepare, .whole = kName},
                    model::Finished{kLayer, Action::upload, Ending::present, {}, kName},
                    model::Finished{kLayer, Action::mount, Ending::done, "team/other", kName},
                    model::Finished{kImage, Action::push, Ending::done, "1: digest: sha256:77 size: 941", {}}}),
            "{\"status\":\"Preparing\",\"progressDetail\":{},\"id\":\"4138e285b224\"}\r\n"
            "{\"status\":\"Layer already exists\",\"progressDetail\":{},\"id\":\"4138e285b224\"}\r\n"
            "{\"status\":\"Mounted from team/other\",\"progressDetail\":{},\"id\":\"4138e285b224\"}\r\n"
            "{\"status\":\"1: digest: sha256:77 size: 941\"}\r\n"
            "{\"progressDetail\":{},\"aux\":{\"Tag\":\"1\",\"Digest\":\"sha256:77\",\"Size\":941}}\r\n");
}

}  // namespace
}  // namespace stack::api
