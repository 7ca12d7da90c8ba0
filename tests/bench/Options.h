#pragma once

#include "Connection.h"

#include <cstdint>
#include <map>
#include <string>

namespace concierge::bench {

enum class Mode : std::uint8_t {
    PingPong, ///< pairs that answer each other
    Online,   ///< all register: what that costs in presence
    Idle,     ///< connections that say nothing: memory
    Send,     ///< acknowledged messages to users who are offline, or to a partner
    Waiting,  ///< all register at once and count what waited for them
    Disk      ///< no server: how often a file can be synced
};
enum class Target : std::uint8_t { Offline, Partner };

struct Options
{
    std::string host = "127.0.0.1"; ///< an IPv4 address
    std::uint16_t port = 4000;
    std::string path = "/socket.io/";
    Mode mode = Mode::PingPong;
    int clients = 200;                  ///< that register; in mode idle, that only connect
    int inFlight = 1;                   ///< messages on their way per client
    int idle = 0;                       ///< connections beside the clients, that never register
    int window = 64;                    ///< connections being set up at a time
    double warmup = 1;                  ///< seconds before measuring
    double seconds = 5;                 ///< of measuring
    double quiet = 0.5;                 ///< seconds without a byte after which presence counts as quiet
    double timeout = 180;               ///< seconds for everything
    Presence presence = Presence::None; ///< of modes send and waiting
    Target target = Target::Offline;
    int users = 1'000;         ///< who are offline and are sent to in turn: away-0, away-1, …
    std::int64_t messages = 0; ///< how many to send in all; 0: as many as fit into `seconds`
    double rate = 0;           ///< messages a second; 0: as soon as an answer makes room
    int textSize = 100;        ///< bytes
    bool acks = true;          ///< ask for an answer to each message
    bool ownIds = false;       ///< give each message a messageId
    int waiting = 5;           ///< messages that wait for each user
    std::string folder = ".";  ///< on the disk to be tried
    std::map<std::string, std::string> tokens; ///< by user, of a file with a line "user token" each
    int serverPid = 0;                         ///< whose CPU and memory are read; 0: nobody's
};

/// Reads the command line. On an error: says so on stderr and ends the process with 2.
Options readOptions(int argc, char **argv);

} // namespace concierge::bench
