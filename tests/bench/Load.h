#pragma once

#include "Connection.h"
#include "Options.h"
#include "ProcessProbe.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace concierge::bench {

/// The load cannot go on: a connection ended, or time is over.
struct LoadError : std::runtime_error
{
    using std::runtime_error::runtime_error;
};

/// All connections of one run, on one thread with one epoll.
class Load : private Connection::Listener
{
public:
    explicit Load(const Options &options);
    ~Load() override;

    /// Runs the mode and returns the result as one JSON object. Throws LoadError.
    std::string run();

private:
    std::string runPingPong();
    std::string runOnline();
    std::string runIdle();

    void connectAll(int count, bool registering, int window);
    void openNext(bool registering);
    void watch(const Connection &connection);
    void turn(int timeoutMs);
    void runFor(double seconds);
    void waitForQuiet();
    std::uint64_t bytesReceived() const;

    void onReady(Connection &connection) override;
    void onMessage(Connection &connection, std::uint64_t sentAt) override;

    const Options m_options;
    const std::uint64_t m_deadline;
    int m_epoll = -1;
    std::vector<std::unique_ptr<Connection>> m_connections;
    std::vector<bool> m_isWatchingWrite;
    int m_ready = 0;
    std::uint64_t m_lastData = 0;

    bool m_isPlaying = false;
    bool m_isMeasuring = false;
    std::uint64_t m_messages = 0;
    std::vector<std::uint32_t> m_latencies; // µs
};

} // namespace concierge::bench
