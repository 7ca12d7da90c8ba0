#include "redis/Link.h"

#include <QLoggingCategory>
#include <QRandomGenerator>

#include <algorithm>
#include <array>

namespace concierge::redis {

using metrics::Counter;

Q_LOGGING_CATEGORY(lcRedis, "concierge.redis")

namespace {
constexpr qsizetype minRoom = 512;
constexpr qsizetype maxRoom = 65'536;
} // namespace

Link::Link(Options options, const Clock &clock, metrics::ThreadCounters &counters, LinkListener &listener)
    : m_options(std::move(options))
    , m_clock(clock)
    , m_counters(counters)
    , m_listener(listener)
    , m_backoff(m_options.firstPause, m_options.longestPause)
{
    m_timer.setSingleShot(true);
    QObject::connect(&m_timer, &QTimer::timeout, &m_context, [this] { onTimer(); });
}

Link::~Link() = default;

void Link::start()
{
    if (m_state == State::Stopped)
        resolve();
}

void Link::stop()
{
    if (m_state == State::Ready)
        m_counters.add(Counter::RedisLost);
    close();
    m_timer.stop();
    m_state = State::Stopped;
    m_backoff.reset();
    m_told.reset();
}

void Link::resolve()
{
    m_state = State::Resolving;
    arm(m_options.connectTimeout);
    if (m_options.url.transport == Url::Transport::Unix) {
        m_addresses = {QHostAddress()};
        return connectToNext();
    }
    m_resolver.resolve(m_options.url.host, [this](const QList<QHostAddress> &addresses) {
        m_addresses = addresses;
        if (m_addresses.isEmpty())
            return end(LossReason::HostUnknown, {});
        connectToNext();
    });
}

void Link::connectToNext()
{
    close();
    m_state = State::Connecting;
    arm(m_options.connectTimeout);
    m_wire = makeWire(m_options, m_addresses.takeFirst(), *this);
    m_wire->open(); // may have ended when it returns
}

void Link::onWireOpened()
{
    m_state = State::Greeting;
    m_given = 0;
    m_taken = 0;
    m_reader = std::make_unique<ReplyReader>(m_options.limits);
    m_greeting.emplace(m_options);
    m_greeting->appendTo(m_out);
    m_given = m_out.size();
    m_listener.onLinkOpened();
    flush();
}

void Link::onWireReadable()
{
    const quint64 connection = m_connection;
    const auto isOver = [this, connection] { return m_connection != connection || m_doom; };
    Q_ASSERT(m_reader);
    std::array<char, ReplyReader::chunkBytes> chunk;
    m_isReading = true;
    while (!isOver()) {
        const qint64 size = m_wire->read(chunk.data(), chunk.size());
        if (size == 0)
            break;
        m_heardAt = m_clock.precise();
        m_isLastLook = false;
        m_counters.add(Counter::RedisBytesIn, static_cast<std::uint64_t>(size));
        m_reader->feed(QByteArrayView(chunk.data(), size));
        auto step = ReplyReader::Step::NeedMore;
        while (!isOver() && (step = m_reader->next()) == ReplyReader::Step::Reply)
            take(m_reader->reply());
        if (!isOver() && step == ReplyReader::Step::Garbage)
            drop(LossReason::Garbage);
    }
    m_isReading = false;
    if (m_connection != connection)
        return;
    if (m_doom)
        end(m_doom->reason, m_doom->detail);
    else
        flush();
}

void Link::take(Reply &reply)
{
    if (m_state == State::Ready) {
        if (!m_listener.onLinkReply(reply))
            drop(LossReason::Garbage);
        return;
    }
    switch (m_greeting->take(reply)) {
    case Greeting::State::Open:
        return;
    case Greeting::State::Done:
        return becomeReady();
    case Greeting::State::Failed:
        return drop(m_greeting->reason(), m_greeting->detail());
    }
}

void Link::becomeReady()
{
    m_greeting.reset();
    m_state = State::Ready;
    m_readyAt = m_clock.monotonic();
    m_counters.add(Counter::RedisConnected);
    if (m_told && !m_options.isQuiet)
        qCInfo(lcRedis).noquote() << m_options.name + ':' << "Redis at" << m_options.url.place()
                                  << "answers again";
    m_told.reset();
    arm(std::min(m_options.pingInterval, m_options.timeout));
    m_listener.onLinkReady();
}

void Link::onWireFailed(LossReason reason, const QString &detail)
{
    if (m_state == State::Connecting && !m_addresses.isEmpty())
        return connectToNext();
    end(reason, detail);
}

/// What is taken later than at once shows that the peer takes in what it has: a large command on a slow way
/// is no silence. What is taken at once shows nothing, for the system has room for much.
void Link::onWireWritten(qint64 bytes)
{
    m_taken += bytes;
    if (!m_isWriting)
        m_writtenAt = m_clock.monotonic();
}

void Link::drop(LossReason reason, const QString &detail)
{
    if (m_doom || !m_wire)
        return;
    m_doom = Doom{reason, detail};
    if (!m_isReading)
        arm(Milliseconds(0));
}

void Link::onTimer()
{
    if (m_doom)
        return end(m_doom->reason, m_doom->detail);
    switch (m_state) {
    case State::Stopped:
        return;
    case State::Pausing:
        return resolve();
    case State::Connecting:
        if (!m_addresses.isEmpty())
            return connectToNext();
        [[fallthrough]];
    case State::Resolving:
    case State::Greeting:
        return end(LossReason::ConnectTimeout, m_options.url.transport == Url::Transport::Tls
                                                   ? QStringLiteral("is that port for TLS?")
                                                   : QString());
    case State::Ready:
        return watch();
    }
}

/// The timer is never armed for longer than both times, so what begins in between, a wait or a silence, is
/// judged in time without arming it anew.
void Link::watch()
{
    const auto now = std::chrono::duration_cast<Milliseconds>(m_clock.precise());
    const auto heard = std::chrono::duration_cast<Milliseconds>(m_heardAt);
    const Milliseconds longest = std::min(m_options.pingInterval, m_options.timeout);
    const auto since = m_listener.unansweredSince();
    const Milliseconds due =
        since ? std::max({*since, heard, m_writtenAt}) + m_options.timeout : heard + m_options.pingInterval;
    if (due > now)
        return arm(std::min(due - now, longest));
    if (!since) {
        arm(longest);
        return m_listener.onLinkIdle();
    }
    // It may be this thread that was busy for so long, with the answer at its door: one turn more.
    if (!std::exchange(m_isLastLook, true))
        return arm(Milliseconds(1));
    end(LossReason::Silent, {});
}

void Link::write(std::initializer_list<std::span<const Arg>> parts)
{
    if (m_out.isEmpty())
        m_out.reserve(m_room);
    const qsizetype before = m_out.size();
    appendCommand(m_out, parts);
    m_given += m_out.size() - before;
    flushLater();
}

void Link::writeEncoded(QByteArrayView command)
{
    m_out.append(command);
    m_given += command.size();
    flushLater();
}

void Link::flushLater()
{
    if (m_isReading || m_state != State::Ready || m_isFlushPosted)
        return; // at the end of what goes on, or already to come
    m_isFlushPosted = true;
    QMetaObject::invokeMethod(
        &m_context,
        [this] {
            m_isFlushPosted = false;
            flush();
        },
        Qt::QueuedConnection);
}

void Link::flush()
{
    if (!m_wire)
        return;
    if (m_state == State::Ready)
        m_listener.onLinkFlush();
    if (m_out.isEmpty())
        return;
    m_room = std::clamp(m_out.size(), minRoom, maxRoom);
    m_counters.add(Counter::RedisBytesOut, static_cast<std::uint64_t>(m_out.size()));
    const QByteArray out = std::exchange(m_out, {});
    m_isWriting = true;
    m_wire->write(out); // may have ended when it returns
    m_isWriting = false;
}

void Link::end(LossReason reason, const QString &detail)
{
    const bool wasReady = m_state == State::Ready;
    const Milliseconds now = m_clock.monotonic();
    close();
    m_state = State::Pausing;
    // Not as soon as it is ready: one that fails behind every greeting is not to be asked all the time.
    if (wasReady && now - m_readyAt >= m_options.longestPause)
        m_backoff.reset();
    const Milliseconds pause = m_backoff.next(QRandomGenerator::global()->generate());
    arm(pause);
    m_counters.add(wasReady ? Counter::RedisLost : Counter::RedisConnectFailures);
    if (reason == LossReason::Garbage)
        m_counters.add(Counter::RedisProtocolErrors);
    const Loss loss{reason, lossText(reason, m_options.url.place(), detail), wasReady, pause};
    tell(loss);
    m_listener.onLinkLost(loss);
}

void Link::close()
{
    ++m_connection;
    m_resolver.cancel();
    m_wire.reset();
    m_greeting.reset();
    m_doom.reset();
    m_out.clear();
    m_isLastLook = false;
}

void Link::arm(Milliseconds after)
{
    m_timer.start(after);
}

/// Not each attempt: only when something is new about it.
void Link::tell(const Loss &loss)
{
    if (!loss.wasReady && m_told == loss.reason)
        return;
    m_told = loss.reason;
    if (m_options.isQuiet)
        return;
    qCWarning(lcRedis).noquote() << m_options.name + ':'
                                 << loss.text + QLatin1String("; trying again by itself");
}

} // namespace concierge::redis
