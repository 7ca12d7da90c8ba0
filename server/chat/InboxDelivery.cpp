#include "chat/InboxDelivery.h"

#include <algorithm>
#include <utility>

namespace concierge::chat {

namespace {

constexpr qsizetype pageBytes = 32 * 1024; // half of what may wait at a socket that counts as writable
constexpr Milliseconds retryAfter{1'000};

const QByteArray &newUserName()
{
    static const QByteArray name = QByteArrayLiteral("newUser");
    return name;
}

} // namespace

InboxDelivery::InboxDelivery(Inbox &inbox, Users &users, Streams &streams, Messages &messages,
                             OutboundSink &sink, Replies &replies)
    : m_inbox(inbox)
    , m_users(users)
    , m_streams(streams)
    , m_messages(messages)
    , m_sink(sink)
    , m_replies(replies)
    , m_offsets(inbox.secret())
    , m_secret(inbox.secret())
{}

void InboxDelivery::begin(const Registration &registration, Milliseconds now)
{
    m_now = now;
    Socket &socket = *m_users.find(registration.origin.socket);
    if (!socket.stream->reading) { // registered before, and up to date
        m_replies.send(registration.origin, newUserName(), Registered{registration.user, 0});
        return;
    }
    Reading &reading = *socket.stream->reading;
    reading.registrations.push_back(registration);
    if (reading.registrations.size() == 1)
        takeIn(socket, registration.user);
    if (!reading.isLoading && !reading.isLoaded)
        load(socket);
}

/// What the client says it has is read.
void InboxDelivery::takeIn(Socket &socket, const UserId &user)
{
    if (socket.presented.isEmpty())
        return;
    Reading &reading = *socket.stream->reading;
    reading.presented = m_offsets.decode(socket.presented, user);
    if (!reading.presented)
        return; // of another user that its client spoke for: kept, it may be back to that one
    m_messages.addEvidence(user, reading.presented->recent);
    m_streams.proveHeld(user, [this, &user, &reading](const WaitingEntry &waiting) {
        return hasRead(user, reading, waiting);
    });
}

bool InboxDelivery::hasRead(const UserId &user, const Reading &reading, const WaitingEntry &waiting) const
{
    if (!reading.presented)
        return false;
    if (waiting.position <= reading.presented->position)
        return true;
    const auto *message = std::get_if<std::shared_ptr<const Message>>(&waiting.entry);
    const std::vector<quint64> &recent = reading.presented->recent;
    if (!message || recent.empty() || (*message)->appendMessageId)
        return false;
    const quint64 evidence = evidenceHash(m_secret, (*message)->sender, (*message)->id, user);
    return std::find(recent.begin(), recent.end(), evidence) != recent.end();
}

void InboxDelivery::resume(Socket &socket, Milliseconds now)
{
    m_now = now;
    Reading &reading = *socket.stream->reading;
    reading.isAwaited = false;
    if (!reading.isLoading)
        advance(socket);
}

void InboxDelivery::load(Socket &socket)
{
    const std::shared_ptr<Reading> reading = socket.stream->reading;
    reading->isLoading = true;
    const std::weak_ptr<const char> alive = m_alive;
    const InboxPosition after =
        reading->page.entries.empty() ? socket.stream->cursor : reading->page.entries.back().position;
    m_inbox.load(socket.user->id, after, [this, alive, ref = socket.ref, reading](InboxPage page) {
        if (!alive.expired())
            loaded(ref, reading, std::move(page));
    });
}

void InboxDelivery::loaded(const SocketRef &ref, const std::shared_ptr<Reading> &reading, InboxPage page)
{
    reading->isLoading = false;
    Socket *socket = m_users.find(ref);
    if (!socket || !socket->user || socket->stream->reading != reading)
        return;
    if (page.isFailed) {
        for (const Registration &registration : std::exchange(reading->registrations, {})) {
            m_replies.refuse(
                registration.origin, newUserName(), ErrorCode::Unavailable,
                QByteArrayLiteral("what waits for you cannot be read right now; it comes as soon "
                                  "as it can"));
        }
        reading->retryAt = m_now + retryAfter;
        m_failed.push_back(ref);
        m_retryAt = reading->retryAt;
        return;
    }
    reading->page = std::move(page);
    reading->pageAt = 0;
    reading->isLoaded = true;
    if (reading->page.entries.empty()) // the inbox has been through: what is held by others is next
        reading->page.entries = m_streams.heldBehind(socket->user->id, socket->stream->cursor);
    const bool isThrough = reading->page.entries.empty() && reading->kept.empty();
    if (isThrough)
        finish(*socket);
    else if (!reading->isAwaited)
        advance(*socket);
}

/// Sends what fits, and asks for more when that is taken.
void InboxDelivery::advance(Socket &socket)
{
    Reading &reading = *socket.stream->reading;
    if (reading.isLoaded && sendPage(socket, reading)) {
        reading.isAwaited = true;
        m_sink.deliver(socket.ref.worker, ReportDrained{socket.ref});
        return;
    }
    reading.isLoaded = false;
    load(socket);
}

/// False: there was nothing left to send.
bool InboxDelivery::sendPage(Socket &socket, Reading &reading)
{
    bool isSent = false;
    for (qsizetype room = pageBytes; room > 0;) {
        const auto next = takeNext(*socket.stream, reading);
        if (!next)
            break;
        if (hasRead(socket.user->id, reading, *next)) {
            m_streams.prove(socket.user->id, next->position, next->entry);
            continue;
        }
        room -= costOf(next->entry);
        if (const auto *message = std::get_if<std::shared_ptr<const Message>>(&next->entry)) {
            ++reading.got;
            m_messages.isSending(socket.user->id, **message, next->position);
        }
        m_streams.sendWaiting(socket, *next);
        isSent = true;
    }
    return isSent;
}

/// The oldest of what the inbox has and what came meanwhile.
std::optional<WaitingEntry> InboxDelivery::takeNext(const Stream &stream, Reading &reading)
{
    while (!reading.kept.empty() && reading.kept.front().position <= stream.cursor)
        reading.keptBytes -= costOf(reading.kept.pop().entry);
    while (reading.pageAt < reading.page.entries.size() &&
           reading.page.entries[reading.pageAt].position <= stream.cursor)
        ++reading.pageAt;
    const bool isPageLeft = reading.pageAt < reading.page.entries.size();
    if (!reading.kept.empty() &&
        (isPageLeft ? reading.kept.front().position <= reading.page.entries[reading.pageAt].position
                    : reading.page.entries.empty())) {
        WaitingEntry kept = reading.kept.pop();
        reading.keptBytes -= costOf(kept.entry);
        return kept;
    }
    if (!isPageLeft)
        return std::nullopt;
    return reading.page.entries[reading.pageAt++];
}

void InboxDelivery::drained(Socket &socket, Milliseconds now)
{
    m_now = now;
    if (!socket.user || !socket.stream->reading)
        return;
    Reading &reading = *socket.stream->reading;
    if (std::exchange(reading.isAwaited, false) && !reading.isLoading)
        advance(socket);
}

void InboxDelivery::finish(Socket &socket)
{
    const std::shared_ptr<Reading> reading = socket.stream->reading;
    if (reading->presented)
        socket.presented.clear(); // it has settled all that it can
    m_streams.caughtUp(socket);
    answer(*reading);
}

void InboxDelivery::answer(Reading &reading)
{
    for (const Registration &registration : std::exchange(reading.registrations, {})) {
        m_replies.send(registration.origin, newUserName(), Registered{registration.user, reading.got});
    }
}

void InboxDelivery::leaving(Socket &socket)
{
    if (socket.stream && socket.stream->reading)
        answer(*socket.stream->reading);
}

void InboxDelivery::run(Milliseconds now)
{
    m_now = now;
    if (!m_retryAt || *m_retryAt > now)
        return;
    m_retryAt.reset();
    for (const SocketRef &ref : std::exchange(m_failed, {})) {
        Socket *socket = m_users.find(ref);
        if (!socket || !socket->user || !socket->stream->reading || !socket->stream->reading->retryAt)
            continue;
        socket->stream->reading->retryAt.reset();
        if (!socket->stream->reading->isLoading)
            load(*socket);
    }
}

std::optional<Milliseconds> InboxDelivery::next() const
{
    return m_retryAt;
}

} // namespace concierge::chat
