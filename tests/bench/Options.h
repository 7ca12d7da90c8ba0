#pragma once

#include <cstdint>
#include <string>

namespace concierge::bench {

enum class Mode : std::uint8_t { PingPong, Online, Idle };

struct Options
{
    std::string host = "127.0.0.1"; ///< an IPv4 address
    std::uint16_t port = 4000;
    std::string path = "/socket.io/";
    Mode mode = Mode::PingPong;
    int clients = 200;    ///< that register; in mode idle, that only connect
    int inFlight = 1;     ///< messages on their way per client
    int idle = 0;         ///< connections beside the clients, that never register
    int window = 64;      ///< connections being set up at a time
    double warmup = 1;    ///< seconds before measuring
    double seconds = 5;   ///< of measuring
    double quiet = 0.5;   ///< seconds without a byte after which presence counts as quiet
    double timeout = 180; ///< seconds for everything
    int serverPid = 0;    ///< whose CPU and memory are read; 0: nobody's
};

/// Reads the command line. On an error: says so on stderr and ends the process with 2.
Options readOptions(int argc, char **argv);

} // namespace concierge::bench
