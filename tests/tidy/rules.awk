# The rules of the house as far as a program can see them. Reads the project's own files, paths relative to the tree's top, and
# prints PATH:LINE: RULE: what is wrong. The variables `rooms` and `doors` name the tables. Used by tests/tidy/check.

function complain(line, rule, text) { print FILENAME ":" line ": " rule ": " text }

# The longest room that is the path's beginning; empty when it lies in none.
function room_of(path, part) {
  part = path
  while (sub(/\/[^\/]*$/, "", part)) if (part in sees) return part
  return ""
}

function close_over(    from, mid, to, grew, list, n, i) {
  do {
    grew = 0
    for (from in sees) {
      n = split(sees[from], list, " ")
      for (i = 1; i <= n; i++) {
        mid = list[i]
        if (!((from, mid) in may)) { may[from, mid] = 1; grew = 1 }
      }
    }
    for (from in sees) for (mid in sees) if ((from, mid) in may)
      for (to in sees) if (((mid, to) in may) && !((from, to) in may)) { may[from, to] = 1; grew = 1 }
  } while (grew)
}

BEGIN {
  while ((getline line < rooms) > 0) {
    if (line ~ /^#/ || line !~ /:/) continue
    name = line; sub(/:.*/, "", name)
    sub(/^[^:]*: */, "", line)
    sees[name] = line
  }
  close_over()
  while ((getline line < doors) > 0) {
    if (line ~ /^#/ || line == "") continue
    count = split(line, words, " ")
    patterns = words[2]
    for (i = 3; i <= count; i++) patterns = patterns "|" words[i]
    door[words[1]] = patterns
  }
}

function end_of_file() {
  if (previous == "") return
  limit = previous ~ /^tests\// ? 900 : 600
  if (lines > limit && previous !~ /\.given$/) print previous ":" lines ": size: " lines " lines, the wall is " limit
  if (previous ~ /\.h$/) {
    if (!pragma) print previous ":1: header: no #pragma once"
    if (fixed_width && !cstdint && !own) print previous ":" fixed_width ": header: uses std::" width_name " without <cstdint>"
  }
}

# Two files of one name are one name too few: people open files by name.
function check_basename(path, name) {
  if (is_test || path ~ /^bench\// || name == "main.cc") return
  sub(/\.[^.]*$/, "", name)
  if ((name in folder_of) && folder_of[name] != path_folder(path)) complain(1, "name", "a file of this name stands in " folder_of[name] " as well")
  folder_of[name] = path_folder(path)
}
function path_folder(path) { sub(/\/[^\/]*$/, "", path); return path }

FNR == 1 {
  end_of_file()
  previous = FILENAME; lines = 0; pragma = 0; own = 0; fixed_width = 0; cstdint = 0; listing = 0; room_name = ""
  outer_at = inner_at = is_table = 0
  is_code = FILENAME ~ /\.(h|cc)$/
  is_test = FILENAME ~ /^tests\//
  my_room = room_of(FILENAME)
  base = FILENAME
  sub(/.*\//, "", base)
  if (base ~ /^(utils?|helpers?|common|misc)(\.|_|$)/ || base ~ /_(utils?|helpers?|common|misc|manager2)\./)
    complain(1, "name", "a name that says nothing: " base)
  if (is_code && base !~ /^[a-z][a-z0-9_]*\.(h|cc)$/) complain(1, "name", "not snake_case: " base)
  if (is_code) check_basename(FILENAME, base)
  if (FILENAME ~ /\.h$/ && ($0 !~ /^\/\/ .+/ || length($0) < 20)) complain(1, "header", "does not begin with a paragraph on what it is")
}

{ lines = FNR }
# Dockerfiles of the corpus hold tabs that <<- takes away, and blanks on purpose.
/\t/ && FILENAME !~ /^tests\/corpus\// { complain(FNR, "blank", "a tab") }
/[ \t\r]$/ && FILENAME !~ /^tests\/corpus\// { complain(FNR, "blank", "a blank at the end of the line") }
is_code && length($0) > 140 { complain(FNR, "width", length($0) " columns") }
/(^|[^A-Za-z_])(TOD[O]|FIXM[E]|XX[X]|HAC[K])([^A-Za-z_]|$)/ { complain(FNR, "word", "unfinished work belongs on the issue list") }
/(^|[^A-Za-z0-9_.$}])\/wor[k]\// { complain(FNR, "word", "a path of one machine") }
/(^|[^A-Za-z])[Ii]ssu[e] #?[0-9]/ { complain(FNR, "word", "an issue's number; say why instead") }
/[Cc]laud[e]|[Aa]nthropi[c]|[Cc]hat[Gg]P[T]|[Cc]opilo[t]/ { complain(FNR, "word", "the name of a tool") }
# A function has at most 60 lines, unless a comment above calls it a table ("// Table: ..."). It begins at the last line that stands as far
# left as its closing brace; types and lists end with "};" and do not count.
function check_length(begin) {
  if (begin && FNR - begin >= 60 && !is_table)
    complain(begin, "length", "a function of " FNR - begin + 1 " lines, the most is 60")
}
is_code && /^\/\/ Table: / { is_table = 1 }
is_code && /^[A-Za-z_~\[]/ { outer_at = FNR }
is_code && /^  [A-Za-z_~\[]/ { inner_at = FNR }
is_code && /^  }$/ { check_length(inner_at) }
is_code && /^}$/ { check_length(outer_at); is_table = 0; inner_at = 0 }
/#pragma once/ { pragma = 1 }
/#include <cstdint>/ { cstdint = 1 }
/^#include "/ { own = 1 }
!fixed_width && match($0, /std::u?int(8|16|32|64|ptr)_t/) { fixed_width = FNR; width_name = substr($0, RSTART + 5, RLENGTH - 5) }

is_test && is_code && /(^|[^A-Za-z0-9_"])(sleep_for|sleep_until|usleep|nanosleep|clock_nanosleep|sleep)\(/ {
  complain(FNR, "sleep", "a test waits for what it observes, not for time to pass")
}
is_test && !is_code && /^[ ]*(u?sleep) [0-9$]/ { complain(FNR, "sleep", "a test waits for what it observes, not for time to pass") }

# Every coroutine has an owner, every deadline a clock that a test can own, and nothing waits by looking again and again. Where the
# kernel tells nobody: an emptied control group of version 1, a module that is being loaded.
is_code && !is_test && FILENAME !~ /^(base\/async|bench)\// && /co_spawn[(<]/ { complain(FNR, "async", "start it in a TaskGroup") }
is_code && FILENAME ~ /^(engine|netns|health|compose\/(plan|run))\// && /SystemClock|steady_clock::now|system_clock::now/ \
    && FILENAME !~ /^engine\/(client\/|cgroup\/cgroup_tree\.cc|daemon\/host_machine\.cc)/ {
  complain(FNR, "async", "take the time from a Clock")
}
is_code && !is_test && FILENAME !~ /^(engine\/(cgroup\/cgroup_tree|daemon\/host_machine|sandbox\/netlink_player|shim\/prepare)|netns\/links\/host_links)\.cc/ \
    && /(^|[^A-Za-z0-9_"])(sleep_for|sleep_until|usleep|nanosleep|sleep)\(|poll\(nullptr, 0/ && !/async::|awaitable/ {
  complain(FNR, "async", "wait for the event, not for time to pass")
}

# A closure with captures as a temporary of an awaited call is destroyed twice by g++ 12.
is_code && /co_await [^;{]*\(\[[^]]+\]/ { complain(FNR, "await", "make the closure a named local and move it") }

is_code && /^#include "/ {
  target = $0
  sub(/^#include "/, "", target)
  sub(/".*/, "", target)
  other = room_of(target)
  if (!is_test && FILENAME !~ /^bench\// && other != my_room) {
    if (other == "") complain(FNR, "arrow", target " lies in no room")
    else if (!((my_room, other) in may)) complain(FNR, "arrow", my_room " does not see " other)
  }
}
is_code && /^#include [<"]/ {
  target = $2
  gsub(/[<>"]/, "", target)
  for (prefix in door) if (index(target, prefix) == 1 && !is_test && FILENAME !~ door[prefix])
    complain(FNR, "door", target " has another door")
}

# What CMake lets a room see is drawn on the map as well.
base == "CMakeLists.txt" && /stack_room\(/ { room_name = $0; sub(/.*stack_room\(/, "", room_name); sub(/[ )].*/, "", room_name); listing = 0 }
base == "CMakeLists.txt" && room_name != "" && !is_test {
  text = $0
  count = split(text, words, /[ ()]+/)
  for (i = 1; i <= count; i++) {
    if (words[i] == "ROOMS") { listing = 1; continue }
    if (words[i] ~ /^(LIBS|PRIVATE_LIBS|SOURCES)$/) listing = 0
    if (listing && words[i] in sees && words[i] != room_name && !((room_name, words[i]) in may))
      complain(FNR, "arrow", room_name " does not see " words[i])
  }
  if ($0 ~ /\)[ ]*$/) room_name = ""
}

END { end_of_file() }
