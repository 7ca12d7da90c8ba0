#include "chat/Streams.h"

#include "chat/Reading.h"

#include <algorithm>
#include <utility>

namespace concierge::chat {

using metrics::Counter;

namespace {

constexpr std::size_t maxRecentKept = 256;
constexpr std::size_t maxLeftovers = 10'000; // a commit's worth

bool isMessage(const Entry &entry)
{
    return std::holds_alternative<std::shared_ptr<const Message>>(entry);
}

} // namespace

Streams::Streams(const ChatOptions &options, Inbox &inbox, Users &users, LostSockets &lost,
                 OutboundSink &sink, metrics::ThreadCounters &counters, StreamsListener &listener,
                 Cluster *cluster)
    : m_options(options)
    , m_inbox(inbox)
    , m_users(users)
    , m_lost(lost)
    , m_sink(sink)
    , m_counters(counters)
    , m_listener(listener)
    , m_cluster(cluster)
    , m_nextOrder(inbox.firstPosition())
{}

bool Streams::hasRoom(const UserId &user) const
{
    const auto line = m_lines.find(user);
    const qsizetype held = line == m_lines.end() ? 0 : line->second.messages;
    return m_inbox.waiting(user) + held < m_options.inboxMaxPerUser;
}

void Streams::post(const UserId &userId, Entry entry, std::shared_ptr<Settling> settling, quint64 evidence,
                   Milliseconds now, std::optional<Microseconds> readAt)
{
    const WaitingEntry waiting{m_nextOrder++, std::move(entry)};
    Line &line = m_lines[userId];
    const User *user = m_users.find(userId);
    bool isLive = false;
    if (evidence != 0)
        addRecent(line, {waiting.position, evidence, settling});
    if (user && user->isConnected())
        isLive = sendLive(*user, line, waiting, readAt);
    postToLost(userId, waiting);
    if (hasOthers())
        m_cluster->tell(userId, pushOf(waiting.entry));
    line.held.push({waiting, std::move(settling), now, evidence});
    line.messages += isMessage(waiting.entry) ? 1 : 0;
    ++m_unsettled;
    if (isLive)
        schedule(userId, line, now + m_options.proofPatience);
    else
        appendHeld(userId, Milliseconds::max()); // with those before it, should there be any
}

/// False: no socket of the user hears it at once.
bool Streams::sendLive(const User &user, Line &line, const WaitingEntry &waiting,
                       std::optional<Microseconds> readAt)
{
    const qint64 order = waiting.position;
    const Push push = pushOf(waiting.entry);
    std::optional<StreamMark> mark;
    std::vector<SocketRef> targets;
    const auto flush = [&] {
        if (targets.empty())
            return;
        if (!mark)
            mark = StreamMark{user.id, {order, order, recentOf(line, order)}, true};
        const quint32 worker = targets.front().worker;
        m_sink.deliver(worker, Delivery{std::exchange(targets, {}), push, mark, readAt});
    };
    for (const SocketRef &ref : user.sockets) {
        Stream &stream = *m_users.find(ref)->stream;
        if (stream.reading) {
            stream.reading->keep(waiting);
            continue;
        }
        stream.log.push({order, order, order, user.id, push});
        stream.cursor = order;
        if (!targets.empty() && targets.front().worker != ref.worker)
            flush();
        targets.push_back(ref);
    }
    flush();
    return mark.has_value();
}

/// Those that had had everything when they were lost hear it when they are back; the others find it in the
/// inbox.
void Streams::postToLost(const UserId &user, const WaitingEntry &waiting)
{
    const auto lost = m_lost.of(user);
    if (lost.empty())
        return;
    const Push push = pushOf(waiting.entry);
    for (Socket *socket : std::vector<Socket *>(lost.begin(), lost.end())) {
        if (m_lost.contains(socket) && !socket->stream->reading)
            logLost(*socket, user, waiting.position, push);
    }
}

void Streams::logLost(Socket &socket, const UserId &user, InboxPosition position, const Push &push)
{
    Stream &stream = *socket.stream;
    const qint64 order = position > 0 ? position : m_nextOrder++;
    if (!stream.reading)
        stream.cursor = order;
    stream.log.push({order, position, stream.cursor, user, push});
    m_lost.grew(socket, costOf(push));
}

void Streams::tell(const UserId &userId, const SocketRef &except, const Push &push)
{
    if (const User *user = m_users.find(userId)) {
        for (const SocketRef &ref : user->sockets) {
            if (ref == except)
                continue;
            const StreamMark mark = log(*m_users.find(ref), userId, 0, push);
            m_sink.deliver(ref.worker, Delivery{{ref}, push, mark});
        }
    }
    const auto lost = m_lost.of(userId);
    for (Socket *socket : std::vector<Socket *>(lost.begin(), lost.end())) {
        if (m_lost.contains(socket)) // those before it may have been too much
            logLost(*socket, userId, 0, push);
    }
    if (hasOthers())
        m_cluster->tell(userId, push);
}

/// Writes down what the socket is sent. `position`: of the inbox; 0: of none.
StreamMark Streams::log(Socket &socket, const UserId &user, InboxPosition position, const Push &push)
{
    Stream &stream = *socket.stream;
    const qint64 order = m_nextOrder++;
    if (position > 0)
        stream.cursor = position;
    else if (!stream.reading)
        stream.cursor = order;
    stream.log.push({order, position, stream.cursor, user, push});
    return {user, {order, stream.cursor, recentOf(user, stream.cursor)}, true};
}

StreamMark Streams::markOf(const Sent &sent)
{
    return {sent.user, {sent.order, sent.cursor, recentOf(sent.user, sent.cursor)}, true};
}

StreamMark Streams::markFor(const Socket &socket)
{
    const UserId &user = socket.user->id;
    const qint64 order = m_nextOrder++;
    return {user, {order, socket.stream->cursor, recentOf(user, socket.stream->cursor)}, false};
}

void Streams::sendWaiting(Socket &socket, const WaitingEntry &waiting)
{
    Push push = pushOf(waiting.entry);
    StreamMark mark = log(socket, socket.user->id, waiting.position, push);
    m_sink.deliver(socket.ref.worker, Delivery{{socket.ref}, std::move(push), std::move(mark)});
}

/// What a crash could bring once more: the latest up to there whose senders' repetitions nobody would know.
std::vector<quint64> Streams::recentOf(Line &line, InboxPosition upTo) const
{
    dropRecorded(line);
    std::vector<quint64> hashes;
    for (std::size_t i = line.recent.size(); i > 0 && hashes.size() < OffsetCodec::maxRecent; --i) {
        if (line.recent[i - 1].position <= upTo) // the others that socket was not sent yet
            hashes.push_back(line.recent[i - 1].evidence);
    }
    return hashes;
}

std::vector<quint64> Streams::recentOf(const UserId &user, InboxPosition upTo)
{
    const auto line = m_lines.find(user);
    return line == m_lines.end() ? std::vector<quint64>() : recentOf(line->second, upTo);
}

void Streams::proven(Socket &socket, qint64 order)
{
    if (!socket.stream)
        return;
    Stream &stream = *socket.stream;
    while (!stream.log.empty() && stream.log.front().order <= order) {
        const Sent sent = stream.log.pop();
        stream.provenOrder = sent.order;
        if (sent.position > 0)
            prove(sent.user, sent.position, *entryOf(sent.push));
    }
}

void Streams::prove(const UserId &user, InboxPosition position, const Entry &entry)
{
    const auto *message = std::get_if<std::shared_ptr<const Message>>(&entry);
    const auto line = m_lines.find(user);
    if (const auto index = line == m_lines.end() ? std::nullopt : find(line->second.held, position)) {
        const bool isAppended = *index < line->second.appended;
        Held held = take(line->second, *index);
        if (isAppended)
            m_inbox.remove(user, position);
        else
            line->second.messages -= message ? 1 : 0;
        if (message)
            m_listener.wasRead(user, *message, false);
        settle(std::move(held), user, Outcome::Delivered);
        tidy(user);
        return;
    }
    const bool isNews = m_inbox.remove(user, position) || takeDoubt(user, position);
    if (isNews && message) {
        m_counters.add(Counter::MessagesDelivered);
        m_listener.wasRead(user, *message, true);
    }
}

void Streams::settle(Held held, const UserId &user, Outcome outcome)
{
    --m_unsettled;
    if (isMessage(held.waiting.entry)) {
        if (outcome == Outcome::Delivered)
            m_counters.add(Counter::MessagesDelivered);
        else if (outcome == Outcome::Stored)
            m_counters.add(Counter::MessagesStored);
    }
    if (held.settling)
        held.settling->settled(user, outcome);
}

void Streams::addRecent(Line &line, Recent recent)
{
    dropRecorded(line);
    if (line.recent.size() == maxRecentKept)
        line.recent.pop(); // the store records nothing
    line.recent.push(std::move(recent));
}

void Streams::dropRecorded(Line &line)
{
    while (!line.recent.empty() && line.recent.front().settling->isRecorded())
        line.recent.pop();
}

void Streams::remember(const UserId &user, quint64 evidence, InboxPosition position,
                       std::shared_ptr<Settling> settling)
{
    addRecent(m_lines[user], {position, evidence, std::move(settling)});
}

/// Nothing is kept of users who are not there and have nothing open.
void Streams::tidy(const UserId &userId)
{
    const auto found = m_lines.find(userId);
    if (found == m_lines.end() || !found->second.held.empty())
        return;
    const User *user = m_users.find(userId);
    if (user && user->isConnected())
        return;
    Line &line = found->second;
    dropRecorded(line);
    if (!line.doubts.empty()) { // until a socket proves them, or is gone for good
        if (!std::exchange(line.isDoubtful, true))
            m_doubtful.push_back(userId);
    } else if (line.recent.empty() || m_leftovers.size() == maxLeftovers) {
        m_lines.erase(found);
    } else if (!std::exchange(line.isLeftOver, true)) {
        m_leftovers.push_back(userId);
    }
}

/// Looks again at lines that nobody else looks at any more.
void Streams::tidyLeftovers(Milliseconds now)
{
    constexpr Milliseconds doubtsEvery{1'000};
    for (const UserId &user : std::exchange(m_leftovers, {})) {
        if (const auto line = m_lines.find(user); line != m_lines.end())
            line->second.isLeftOver = false;
        tidy(user);
    }
    if (m_doubtful.empty() || now < m_doubtsDue)
        return;
    m_doubtsDue = now + doubtsEvery;
    for (const UserId &user : std::exchange(m_doubtful, {})) {
        if (const auto line = m_lines.find(user); line != m_lines.end()) {
            line->second.isDoubtful = false;
            dropCertain(user, line->second);
        }
        tidy(user);
    }
}

void Streams::joined(Socket &socket, const User &user)
{
    if (!socket.stream)
        socket.stream = std::make_unique<Stream>();
    Stream &stream = *socket.stream;
    stream.reading = std::make_shared<Reading>();
    const auto earlier = std::find_if(stream.earlier.begin(), stream.earlier.end(),
                                      [&user](const auto &pair) { return pair.first == user.id; });
    stream.cursor = earlier == stream.earlier.end() ? 0 : earlier->second;
}

void Streams::caughtUp(Socket &socket)
{
    Stream &stream = *socket.stream;
    stream.reading.reset();
    stream.cursor = std::max(stream.cursor, m_nextOrder - 1);
}

void Streams::left(Socket &socket, const UserId &userId)
{
    constexpr std::size_t maxEarlier = 8;
    Stream &stream = *socket.stream;
    stream.reading.reset();
    std::erase_if(stream.earlier, [&userId](const auto &pair) { return pair.first == userId; });
    if (stream.earlier.size() == maxEarlier)
        stream.earlier.erase(stream.earlier.begin());
    stream.earlier.emplace_back(userId, stream.cursor);
    lostSocket(userId);
}

void Streams::suspended(Socket *socket, const UserId &userId)
{
    // Another Reading: what the inbox answers to the old one is of no use any more.
    if (socket && socket->stream->reading) {
        auto &reading = socket->stream->reading;
        const auto next = std::make_shared<Reading>();
        next->presented = std::move(reading->presented);
        reading = next;
    }
    lostSocket(userId);
}

/// What no socket is left to prove goes to the inbox.
void Streams::lostSocket(const UserId &userId)
{
    const User *user = m_users.find(userId);
    const bool isHeard =
        user && std::any_of(user->sockets.begin(), user->sockets.end(),
                            [this](const SocketRef &ref) { return !m_users.find(ref)->stream->reading; });
    if (!isHeard)
        appendHeld(userId, Milliseconds::max());
    tidy(userId);
}

bool Streams::hasHeld(const UserId &user) const
{
    const auto line = m_lines.find(user);
    return line != m_lines.end() && !line->second.held.empty();
}

std::vector<WaitingEntry> Streams::heldBehind(const UserId &user, InboxPosition after) const
{
    std::vector<WaitingEntry> behind;
    const auto line = m_lines.find(user);
    if (line == m_lines.end())
        return behind;
    const Fifo<Held> &held = line->second.held;
    for (std::size_t i = line->second.appended; i < held.size(); ++i) {
        if (held[i].waiting.position > after)
            behind.push_back(held[i].waiting);
    }
    return behind;
}

void Streams::proveHeld(const UserId &user, const std::function<bool(const WaitingEntry &)> &isRead)
{
    const auto line = m_lines.find(user);
    if (line == m_lines.end())
        return;
    std::vector<WaitingEntry> read;
    for (const Held &held : line->second.held) {
        if (isRead(held.waiting))
            read.push_back(held.waiting);
    }
    for (const WaitingEntry &waiting : read)
        prove(user, waiting.position, waiting.entry);
}

std::optional<std::size_t> Streams::find(const Fifo<Held> &held, InboxPosition position)
{
    const auto at =
        std::lower_bound(held.begin(), held.end(), position, [](const Held &item, InboxPosition wanted) {
            return item.waiting.position < wanted;
        });
    if (at == held.end() || at->waiting.position != position)
        return std::nullopt;
    return static_cast<std::size_t>(at - held.begin());
}

Streams::Held Streams::take(Line &line, std::size_t index)
{
    line.appended -= index < line.appended ? 1 : 0;
    return line.held.take(index);
}

/// Gives the first that the inbox has not been given to it.
void Streams::append(const UserId &user, Line &line)
{
    const WaitingEntry waiting = line.held[line.appended++].waiting; // the inbox may answer from within
    line.messages -= isMessage(waiting.entry) ? 1 : 0;
    m_inbox.append(user, waiting.position, waiting.entry);
}

/// Gives those to the inbox that have been held since `before` or longer. When the next one has: its time.
std::optional<Milliseconds> Streams::appendHeld(const UserId &user, Milliseconds before)
{
    for (;;) {
        // Looked up anew: an answer from within takes entries out, and may bring new ones.
        const auto line = m_lines.find(user);
        if (line == m_lines.end() || line->second.appended >= line->second.held.size())
            return std::nullopt;
        const Milliseconds since = line->second.held[line->second.appended].since;
        if (since > before)
            return since;
        append(user, line->second);
    }
}

void Streams::appended(const UserId &user, InboxPosition position, StoreResult result)
{
    if (result == StoreResult::Removed)
        return; // by us, who had settled it
    const auto line = m_lines.find(user);
    if (line == m_lines.end())
        return;
    if (const auto index = find(line->second.held, position)) {
        Held held = take(line->second, *index);
        if (result == StoreResult::Failed && isMessage(held.waiting.entry)) {
            dropKept(user, position);
            doubt(user, position, held.evidence);
        }
        settle(std::move(held), user, result == StoreResult::Stored ? Outcome::Stored : Outcome::Failed);
        tidy(user);
    }
}

void Streams::flush()
{
    std::vector<UserId> users;
    users.reserve(m_lines.size());
    for (const auto &[user, line] : m_lines)
        users.push_back(user);
    for (const UserId &user : users)
        appendHeld(user, Milliseconds::max());
}

void Streams::schedule(const UserId &user, Line &line, Milliseconds due)
{
    if (!std::exchange(line.isScheduled, true))
        m_schedule.emplace(due, user);
}

void Streams::run(Milliseconds now)
{
    tidyLeftovers(now);
    while (!m_schedule.empty() && m_schedule.begin()->first <= now) {
        const UserId user = m_schedule.extract(m_schedule.begin()).mapped();
        if (const auto line = m_lines.find(user); line != m_lines.end())
            line->second.isScheduled = false;
        if (const auto since = appendHeld(user, now - m_options.proofPatience))
            schedule(user, m_lines.find(user)->second, *since + m_options.proofPatience);
    }
}

std::optional<Milliseconds> Streams::next() const
{
    return m_schedule.empty() ? std::nullopt : std::optional(m_schedule.begin()->first);
}

} // namespace concierge::chat
