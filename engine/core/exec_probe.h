// One run of a health check: a further process of the container whose output and exit code are the answer.
//
// Loop thread only. Ends within the timeout and kEndWait, whether or not the shim answers.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/awaitable.hpp>

#include "engine/core/exec_session.h"
#include "engine/core/probe_loop.h"

namespace stack::core {

// For a process that was killed to be reported as ended.
inline constexpr Nanos kProbeEndWait = std::chrono::seconds{2};

// `exec` starts the process, by the deadline that it is given. Throws what kept it from starting.
using StartProbe = std::function<boost::asio::awaitable<std::shared_ptr<ExecSession>>(Mono deadline)>;
boost::asio::awaitable<health::ProbeOutcome> run_exec_probe(boost::asio::io_context& loop, async::Timekeeper& time,
                                                            ProbeLoop::Run run, StartProbe exec);

}  // namespace stack::core
