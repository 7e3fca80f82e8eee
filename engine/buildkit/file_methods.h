// What clients of BuildKit's file synchronisation serve (moby.filesync.v1).
#pragma once

namespace stack::buildkit {

constexpr const char* kReadFolderMethod = "/moby.filesync.v1.FileSync/DiffCopy";
constexpr const char* kSendFilesMethod = "/moby.filesync.v1.FileSend/DiffCopy";

}  // namespace stack::buildkit
