#pragma once

#include "Connection.h"
#include "Options.h"
#include "ProcessProbe.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace concierge::bench {

/// The load cannot go on: a connection ended, or time is over.
struct LoadError : std::runtime_error
{
    using std::runtime_error::runtime_error;
};

/// Tries the disk that has this folder; the result is one JSON object.
std::string runDisk(const Options &options);

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
    std::string runSend();
    std::string runWaiting();

    void connectAll(int count, bool registering, int window);
    void openNext(bool registering);
    void watch(const Connection &connection);
    void turn(int timeoutMs);
    void runFor(double seconds);
    void waitForQuiet();
    std::uint64_t bytesReceived() const;

    void onReady(Connection &connection) override;
    void onMessage(Connection &connection, std::uint64_t number) override;
    void onAck(Connection &connection, std::uint64_t id, std::string_view error) override;

    // Mode send.
    void sendNext(Connection &connection, std::uint64_t intended);
    void sendDue(std::uint64_t begin);
    bool isSendingDone() const;
    void flush(Connection &connection);

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

    // Mode send.
    bool m_isSending = false;
    std::vector<std::uint64_t> m_intended; // when message number n was to be sent
    std::uint64_t m_answered = 0;
    std::uint64_t m_taken = 0; // while measuring
    std::uint64_t m_refused = 0;
    std::uint64_t m_got = 0;                   // by partners
    std::string m_refusal;                     // the first
    std::vector<std::uint32_t> m_ackLatencies; // µs

    // Mode waiting.
    std::vector<std::uint32_t> m_next; // the number of the message that is next, by client
    std::uint64_t m_misplaced = 0;     // missing before it, or there before
    std::uint64_t m_lastMessage = 0;
};

} // namespace concierge::bench
