#pragma once

#include "metrics/Metrics.h"
#include "redis/Backoff.h"
#include "redis/Command.h"
#include "redis/Greeting.h"
#include "redis/Loss.h"
#include "redis/Options.h"
#include "redis/ReplyReader.h"
#include "redis/Resolver.h"
#include "redis/Wire.h"

#include <QObject>
#include <QTimer>

#include <optional>

namespace concierge::redis {

/// Hears a Link; implemented by Client and Subscriber. Thread: the link's.
class LinkListener
{
public:
    virtual ~LinkListener() = default;
    /// What is written now goes out with the greeting, and is answered only when that is: before any of it
    /// is, comes onLinkReady().
    virtual void onLinkOpened() = 0;
    virtual void onLinkReady() = 0;
    /// May be moved from. False: nobody waits for that, so the connection is worth nothing any more.
    [[nodiscard]] virtual bool onLinkReply(Reply &reply) = 0;
    /// What is gathered leaves now, with what is written from within.
    virtual void onLinkFlush() {}
    /// Nothing was heard for a while, and nothing is to be answered: to write a PING.
    virtual void onLinkIdle() = 0;
    /// Since when (Clock::monotonic()) the oldest of what is to be answered is; nothing when nothing is.
    virtual std::optional<Milliseconds> unansweredSince() const = 0;
    /// A connection has ended, or could not be made. The link comes back by itself.
    virtual void onLinkLost(const Loss &loss) = 0;
};

/// A connection to Redis that comes back: address, socket, greeting, gathered writes, replies, watch, pauses.
/// What goes over it is its listener's business. One timer for all. Thread: one, with an event loop; it may
/// not be destroyed from within its listener.
class Link final : private WireListener
{
public:
    Link(Options options, const Clock &clock, metrics::ThreadCounters &counters, LinkListener &listener);
    ~Link() override;

    void start(); ///< does nothing when started
    void stop();  ///< without onLinkLost()
    bool isStarted() const noexcept { return m_state != State::Stopped; }
    bool isReady() const noexcept { return m_state == State::Ready; }
    const Options &options() const noexcept { return m_options; }
    const Clock &clock() const noexcept { return m_clock; }

    /// Gathers a command until the turn of the event loop is over. Only once it is open.
    void write(std::initializer_list<std::span<const Arg>> parts);
    void write(std::initializer_list<Arg> words)
    {
        write({std::span<const Arg>(words.begin(), words.size())});
    }
    void writeEncoded(QByteArrayView command);
    /// Sees to it that there is an onLinkFlush().
    void flushLater();
    bool hasGathered() const noexcept { return !m_out.isEmpty(); }
    /// Bytes of this connection that were written, and how many of them the system has taken. After it has
    /// ended they are still known, to onLinkLost().
    qint64 given() const noexcept { return m_given; }
    qint64 taken() const noexcept { return m_taken; }

    /// When the bytes were read that a reply is of: Clock::precise().
    Microseconds heardAt() const noexcept { return m_heardAt; }

    /// Ends the connection, not from within this call.
    void drop(LossReason reason, const QString &detail = {});

private:
    enum class State : quint8 { Stopped, Pausing, Resolving, Connecting, Greeting, Ready };
    struct Doom
    {
        LossReason reason;
        QString detail;
    };

    void onWireOpened() override;
    void onWireReadable() override;
    void onWireWritten(qint64 bytes) override;
    void onWireFailed(LossReason reason, const QString &detail) override;

    void resolve();
    void connectToNext();
    void onTimer();
    void watch();
    void take(Reply &reply);
    void becomeReady();
    void flush();
    void end(LossReason reason, const QString &detail);
    void close();
    void arm(Milliseconds after);
    void tell(const Loss &loss);

    const Options m_options;
    const Clock &m_clock;
    metrics::ThreadCounters &m_counters;
    LinkListener &m_listener;
    QObject m_context; // of what is put off
    QTimer m_timer;
    Resolver m_resolver;
    QList<QHostAddress> m_addresses; // that were not tried yet
    std::unique_ptr<Wire> m_wire;
    std::unique_ptr<ReplyReader> m_reader;
    std::optional<Greeting> m_greeting;
    Backoff m_backoff;
    State m_state = State::Stopped;
    std::optional<Doom> m_doom;
    quint64 m_connection = 0; // which one this is
    QByteArray m_out;
    qsizetype m_room = 0; // that m_out is likely to need
    qint64 m_given = 0;
    qint64 m_taken = 0;
    Microseconds m_heardAt{};
    Milliseconds m_writtenAt{}; // when the system last took of what it had not taken at once
    Milliseconds m_readyAt{};
    bool m_isWriting = false;
    bool m_isReading = false;
    bool m_isFlushPosted = false;
    bool m_isLastLook = false;
    std::optional<LossReason> m_told; // last in the log
};

} // namespace concierge::redis
