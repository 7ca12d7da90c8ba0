#include "Options.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>

namespace concierge::bench {

namespace {

constexpr const char *usage =
    "concierge-bench-load --port N [--host 127.0.0.1] [--path /socket.io/] [--mode\n"
    "    pingpong|online|idle|send|waiting|disk]\n"
    "    [--clients N] [--in-flight K] [--idle M] [--window N] [--warmup s] [--seconds s] [--quiet s]\n"
    "    [--timeout s] [--server-pid N] [--tokens file]\n"
    "  send:    [--to offline|partner] [--users N] [--messages N] [--rate N] [--text bytes] [--acks 0|1]\n"
    "           [--own-ids 0|1] [--presence none|changes|list]\n"
    "  waiting: [--waiting N] [--presence none|changes|list]\n"
    "  disk:    [--folder path]\n";

[[noreturn]] void fail(const std::string &message)
{
    std::fprintf(stderr, "concierge-bench-load: %s\n%s", message.c_str(), usage);
    std::exit(2);
}

double number(const std::string &flag, const std::string &text, double low, double high)
{
    char *end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !(value >= low && value <= high))
        fail(flag + " takes a number from " + std::to_string(low) + " to " + std::to_string(high));
    return value;
}

int count(const std::string &flag, const std::string &text, int low, int high)
{
    return static_cast<int>(number(flag, text, low, high));
}

template <class Enum>
Enum oneOf(const std::string &flag, const std::string &text, const std::map<std::string, Enum> &names)
{
    const auto found = names.find(text);
    if (found != names.end())
        return found->second;
    std::string all;
    for (const auto &[name, value] : names)
        all += ' ' + name;
    fail(flag + " takes one of:" + all);
}

std::map<std::string, std::string> readTokens(const std::string &file)
{
    std::map<std::string, std::string> tokens;
    std::ifstream in(file);
    std::string user;
    std::string token;
    while (in >> user >> token)
        tokens.emplace(user, token);
    if (tokens.empty())
        fail("--tokens takes a file with a line \"user token\" for each user, not " + file);
    return tokens;
}

const std::map<std::string, Mode> modes{{"pingpong", Mode::PingPong}, {"online", Mode::Online},
                                        {"idle", Mode::Idle},         {"send", Mode::Send},
                                        {"waiting", Mode::Waiting},   {"disk", Mode::Disk}};
const std::map<std::string, Presence> presences{
    {"list", Presence::List}, {"changes", Presence::Changes}, {"none", Presence::None}};
const std::map<std::string, Target> targets{{"offline", Target::Offline}, {"partner", Target::Partner}};

} // namespace

Options readOptions(int argc, char **argv)
{
    Options options;
    using Set = std::function<void(const std::string &, const std::string &)>;
    const std::map<std::string, Set> flags{
        {"--host", [&](const auto &, const auto &text) { options.host = text; }},
        {"--port",
         [&](const auto &flag, const auto &text) {
             options.port = static_cast<std::uint16_t>(count(flag, text, 1, 65'535));
         }},
        {"--path", [&](const auto &, const auto &text) { options.path = text; }},
        {"--mode", [&](const auto &flag, const auto &text) { options.mode = oneOf(flag, text, modes); }},
        {"--clients",
         [&](const auto &flag, const auto &text) { options.clients = count(flag, text, 1, 100'000); }},
        {"--in-flight",
         [&](const auto &flag, const auto &text) { options.inFlight = count(flag, text, 1, 1'000); }},
        {"--idle", [&](const auto &flag, const auto &text) { options.idle = count(flag, text, 0, 100'000); }},
        {"--window",
         [&](const auto &flag, const auto &text) { options.window = count(flag, text, 1, 10'000); }},
        {"--warmup",
         [&](const auto &flag, const auto &text) { options.warmup = number(flag, text, 0, 600); }},
        {"--seconds",
         [&](const auto &flag, const auto &text) { options.seconds = number(flag, text, 0.1, 600); }},
        {"--quiet",
         [&](const auto &flag, const auto &text) { options.quiet = number(flag, text, 0.01, 60); }},
        {"--timeout",
         [&](const auto &flag, const auto &text) { options.timeout = number(flag, text, 1, 3'600); }},
        {"--presence",
         [&](const auto &flag, const auto &text) { options.presence = oneOf(flag, text, presences); }},
        {"--to", [&](const auto &flag, const auto &text) { options.target = oneOf(flag, text, targets); }},
        {"--users",
         [&](const auto &flag, const auto &text) { options.users = count(flag, text, 1, 10'000'000); }},
        {"--messages",
         [&](const auto &flag, const auto &text) { options.messages = count(flag, text, 0, 100'000'000); }},
        {"--rate", [&](const auto &flag, const auto &text) { options.rate = number(flag, text, 0, 1e6); }},
        {"--text",
         [&](const auto &flag, const auto &text) { options.textSize = count(flag, text, 16, 1'000); }},
        {"--acks", [&](const auto &flag, const auto &text) { options.acks = count(flag, text, 0, 1) == 1; }},
        {"--own-ids",
         [&](const auto &flag, const auto &text) { options.ownIds = count(flag, text, 0, 1) == 1; }},
        {"--waiting",
         [&](const auto &flag, const auto &text) { options.waiting = count(flag, text, 0, 100'000); }},
        {"--folder", [&](const auto &, const auto &text) { options.folder = text; }},
        {"--tokens", [&](const auto &, const auto &text) { options.tokens = readTokens(text); }},
        {"--server-pid",
         [&](const auto &flag, const auto &text) { options.serverPid = count(flag, text, 1, 4'194'304); }},
    };
    for (int i = 1; i < argc; i += 2) {
        const auto flag = flags.find(argv[i]);
        if (flag == flags.end())
            fail(std::string("unknown flag ") + argv[i]);
        if (i + 1 == argc)
            fail(std::string(argv[i]) + " needs a value");
        flag->second(argv[i], argv[i + 1]);
    }
    if (options.mode == Mode::PingPong && options.clients % 2 != 0)
        fail("--clients must be even: they play in pairs");
    if (options.mode == Mode::Send && options.target == Target::Partner && options.clients % 2 != 0)
        fail("--clients must be even: they talk in pairs");
    if (options.mode == Mode::Send && !options.acks && options.rate == 0)
        fail("without --acks there must be a --rate: nothing else says when to go on");
    return options;
}

} // namespace concierge::bench
