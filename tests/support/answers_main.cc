// answers SOCKET TABLE             asks what the table asks and prints where an answer is another one; exit code 1 when there is one
// answers SOCKET TABLE --record    writes the answers of this engine, which is dockerd, into the table
// answers SOCKET TABLE --differ    writes the answers of this engine into the table where they are not dockerd's
//
// A table is text, a request a block:
//
//   POST /containers/create?name=a     the request
//   + X-Registry-Auth: e30=            a header of it, for each
//   < {"Image":"quickstart"}           its body
//   > a                                from here on ${a} in a request is the Id that this answer has
//   = 201 Warnings: ...                what dockerd answers: its status, with what it says about a failure or warns of
//   ~ 201                              what the engine answers on purpose, when that differs; a comment says why
//   # a comment; headings and the reason of what differs
//
// What names an id or a moment is replaced by a word. A request that has no answer after ten seconds is closed. A container that is created
// without a name is removed at once.
#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/split.h"
#include "engine/client/unix_socket.h"

namespace {

using nlohmann::json;
using Variables = std::map<std::string, std::string>;

struct Question {
  std::string line, headers, body, id_name, theirs, ours;  // `line` is empty of a block without a request
  std::vector<std::string> text;                           // all lines but the answers
};

struct Answer {
  int status = 0;
  std::string body;
};

std::vector<Question> questions_of(const std::string& table) {
  std::vector<Question> all(1);
  for (const std::string& line : stack::split(table, '\n')) {
    Question& last = all.back();
    const std::string rest = line.size() > 2 ? line.substr(2) : "";
    if (line.starts_with("= ")) {
      last.theirs = rest;
      continue;
    }
    if (line.starts_with("~ ")) {
      last.ours = rest;
      continue;
    }
    last.text.push_back(line);
    if (line.empty()) {
      all.emplace_back();
    } else if (line.starts_with("+ ")) {
      last.headers += rest + "\r\n";
    } else if (line.starts_with("< ")) {
      last.body = rest;
    } else if (line.starts_with("> ")) {
      last.id_name = rest;
    } else if (!line.starts_with('#')) {
      last.line = line;
    }
  }
  return all;
}

std::string filled(std::string text, const Variables& variables) {
  for (const auto& [name, value] : variables) {
    const std::string mark = "${" + name + "}";
    for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos;) text.replace(at, mark.size(), value);
  }
  return text;
}

std::string dechunked(std::string_view chunks) {
  std::string body;
  while (true) {
    const std::size_t end = chunks.find("\r\n");
    if (end == std::string_view::npos) return body;
    const auto size = std::stoul("0" + std::string{chunks.substr(0, end)}, nullptr, 16);
    if (size == 0 || chunks.size() < end + 2 + size) return body;
    body += chunks.substr(end + 2, size);
    chunks.remove_prefix(std::min(chunks.size(), end + 2 + size + 2));
  }
}

Answer ask(const std::string& path, const Question& question, const Variables& variables) {
  const stack::UniqueFd socket = stack::client::connect_unix(path);
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const std::string body = filled(question.body, variables);
  std::string request = filled(question.line, variables) + " HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n";
  if (!body.empty() && question.headers.find("Content-Type") == std::string::npos)
    request += "Content-Type: application/json\r\n";
  request += question.headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  stack::client::send_all(socket, request);
  std::string got;
  std::array<char, 4096> block{};
  for (ssize_t size = 0; (size = ::read(socket.get(), block.data(), block.size())) > 0;)
    got.append(block.data(), static_cast<std::size_t>(size));
  const std::size_t end = got.find("\r\n\r\n");
  if (end == std::string::npos || got.size() < 12) return {.status = 0, .body = ""};
  const std::string head = got.substr(0, end);
  got.erase(0, end + 4);
  const bool chunked = head.find("Transfer-Encoding: chunked") != std::string::npos;
  return {.status = std::stoi(head.substr(9, 3)), .body = chunked ? dechunked(got) : got};
}

// One line without what differs from one run to the next.
std::string settled(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  static const std::array<std::pair<std::regex, const char*>, 6> kWords{
      {{std::regex{"[0-9a-f]{64}"}, "ID"},
       {std::regex{"\\b[0-9a-f]{12}\\b"}, "SHORT_ID"},
       {std::regex{"\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z"}, "TIME"},
       {std::regex{"/var/lib/docker|/tmp/stack-e2e\\.\\d+/w/r|/tmp/lab-\\w+/root"}, "ROOT"},
       {std::regex{"(available: )[0-9,-]+|from 0.01 to [0-9.]+, as there are only [0-9]+"}, "$1MACHINE"},
       {std::regex{"\n"}, "\\n"}}};
  for (const auto& [pattern, word] : kWords) text = std::regex_replace(text, pattern, word);
  return text;
}

// What a stream of records ends with, when that is a failure.
std::string failure_in(const std::string& stream) {
  const std::size_t last = stream.find_last_of('\n', stream.size() < 2 ? 0 : stream.size() - 2);
  const json record = json::parse(last == std::string::npos ? stream : stream.substr(last + 1), nullptr, false);
  return record.is_object() && record.contains("error") && record["error"].is_string()
             ? record["error"].get<std::string>()
             : "";
}

std::string words_of(const Answer& answer) {
  const std::string status = std::to_string(answer.status);
  const json value = json::parse(answer.body, nullptr, false);
  if (answer.status >= 400 || answer.status == 0) {
    const bool message = value.is_object() && value.contains("message") && value["message"].is_string();
    return settled(status + " " + (message ? value["message"].get<std::string>() : answer.body));
  }
  if (const std::string failure = failure_in(answer.body); !failure.empty()) return settled(status + " " + failure);
  if (!value.is_object()) return status;
  std::string warnings =
      value.contains("Warning") && value["Warning"].is_string() ? value["Warning"].get<std::string>() : "";
  if (value.contains("Warnings") && value["Warnings"].is_array()) {
    for (const json& each : value["Warnings"]) warnings += (warnings.empty() ? "" : "; ") + each.get<std::string>();
  }
  return settled(warnings.empty() ? status : status + " Warnings: " + warnings);
}

std::string id_in(const Answer& answer) {
  const json value = json::parse(answer.body, nullptr, false);
  const bool has = value.is_object() && value.contains("Id") && value["Id"].is_string();
  return has ? value["Id"].get<std::string>() : "none";
}

std::string trimmed(std::string text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

enum class Use { compare, record, differ };

int run(const std::string& socket, const std::string& path, Use use) {
  Variables variables;
  std::string out;
  int asked = 0, differ = 0;
  std::vector<Question> questions = questions_of(stack::read_file(path).value());
  for (Question& question : questions) {
    if (!question.line.empty()) {
      const Answer answer = ask(socket, question, variables);
      const std::string id = id_in(answer);
      if (!question.id_name.empty()) variables[question.id_name] = id;
      if (answer.status == 201 && question.line.starts_with("POST /containers/create") &&
          question.line.find("name=") == std::string::npos)
        (void)ask(socket, {.line = "DELETE /containers/" + id + "?v=1"}, {});
      const std::string words = trimmed(words_of(answer));
      ++asked;
      if (use == Use::record) question.theirs = words;
      if (use == Use::differ) question.ours = words == trimmed(question.theirs) ? "" : words;
      const std::string& wanted = question.ours.empty() ? question.theirs : question.ours;
      if (words != trimmed(wanted)) {
        ++differ;
        std::printf("%s\n%s%s%s  wanted %s\n  got    %s\n", question.line.c_str(), question.body.empty() ? "" : "< ",
                    question.body.c_str(), question.body.empty() ? "" : "\n", wanted.c_str(), words.c_str());
        std::fflush(stdout);
      }
    }
    for (const std::string& line : question.text) {
      if (line.empty() && !question.line.empty()) continue;
      out += line + "\n";
    }
    if (!question.line.empty())
      out += "= " + question.theirs + "\n" + (question.ours.empty() ? "" : "~ " + question.ours + "\n") + "\n";
  }
  if (use != Use::compare) {
    while (out.ends_with("\n\n")) out.pop_back();
    std::ofstream{path} << out;
  }
  std::printf("%d requests, %d answers differ\n", asked, differ);
  return differ == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view option = argc == 4 ? argv[3] : "";
  if (argc < 3 || argc > 4 || (argc == 4 && option != "--record" && option != "--differ")) {
    std::fputs("usage: answers SOCKET TABLE [--record | --differ]\n", stderr);
    return 2;
  }
  try {
    return run(argv[1], argv[2], option.empty() ? Use::compare : option == "--record" ? Use::record : Use::differ);
  } catch (const stack::Error& error) {
    std::fprintf(stderr, "%s\n", error.render().c_str());
    return 1;
  }
}
