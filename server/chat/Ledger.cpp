#include "chat/Ledger.h"

#include <QCryptographicHash>
#include <QDataStream>
#include <QHashFunctions>
#include <QLoggingCategory>
#include <QVarLengthArray>
#include <QtEndian>

#include <algorithm>
#include <utility>

namespace concierge::chat {

Q_LOGGING_CATEGORY(lcLedger, "concierge.ledger")

namespace {

constexpr Milliseconds lazyAfter{1'000};       // for what only read receipts need
constexpr qsizetype blockMaxBytes = 4'000'000; // when the store does not come round
constexpr qsizetype bytesPerId = 200;          // what an id may take in blocks, on average
constexpr std::size_t maxSendersOfAnId = 16;   // at one receiver; senders name themselves

quint64 keyOf(const UserId &user, const MessageId &message)
{
    // The process's own seed: clients choose the ids.
    return qHash(message.utf8(), qHash(user.utf8(), QHashSeed::globalSeed()));
}

QByteArray readId(QDataStream &in)
{
    quint16 size = 0;
    in >> size;
    QByteArray id(size, Qt::Uninitialized);
    if (in.readRawData(id.data(), size) != size)
        in.setStatus(QDataStream::ReadPastEnd);
    return id;
}

/// The same after each restart. Who reads the database must not learn a pid.
quint64 hashOf(const QByteArray &pid)
{
    return qFromBigEndian<quint64>(QCryptographicHash::hash(pid, QCryptographicHash::Sha256).constData());
}

template <class Map>
void evict(Map &map, std::deque<quint64> &order, int max)
{
    while (order.size() > static_cast<std::size_t>(max)) {
        map.erase(order.front());
        order.pop_front();
    }
}

} // namespace

/// What is put, as QDataStream reads it; writing by one takes several allocations each time.
class Ledger::Record
{
public:
    explicit Record(Kind kind) { put(static_cast<quint8>(kind)); }

    template <class Integer>
    void put(Integer value)
    {
        const Integer bytes = qToBigEndian(value);
        m_bytes.append(reinterpret_cast<const char *>(&bytes), sizeof bytes);
    }
    void put(Milliseconds time) { put(static_cast<qint64>(time.count())); }
    template <class Tag>
    void put(const StringId<Tag> &id)
    {
        put(static_cast<quint16>(id.utf8().size()));
        m_bytes.append(id.utf8().constData(), id.utf8().size());
    }
    QByteArrayView bytes() const { return m_bytes; }

private:
    QVarLengthArray<char, 512> m_bytes;
};

Ledger::Ledger(const ChatOptions &options, Inbox &inbox, const Clock &clock)
    : m_options(options)
    , m_inbox(inbox)
    , m_clock(clock)
{
    for (const LedgerBlock &block : m_inbox.takeLedger())
        readBlock(block);
}

void Ledger::readBlock(const LedgerBlock &block)
{
    m_blocks.emplace_back(block.number, block.bytes.size());
    m_blockBytes += block.bytes.size();
    QDataStream in(block.bytes);
    while (!in.atEnd()) {
        readRecord(in);
        if (in.status() != QDataStream::Ok) {
            qCWarning(lcLedger) << "block" << block.number
                                << "of the ledger is damaged; the rest of it is ignored";
            return;
        }
    }
}

void Ledger::readRecord(QDataStream &in)
{
    quint8 kind = 0;
    in >> kind;
    switch (static_cast<Kind>(kind)) {
    case Kind::Send:
    case Kind::Received:
    case Kind::Read:
        readMessage(static_cast<Kind>(kind), in);
        return;
    case Kind::Taken:
    case Kind::Shown: {
        quint64 hash = 0;
        qint64 since = 0;
        in >> hash >> since;
        if (in.status() == QDataStream::Ok)
            insertEvidence(hash, Milliseconds(since),
                           static_cast<Kind>(kind) == Kind::Shown ? Evidence::Shown : Evidence::Taken);
        return;
    }
    case Kind::Registration: {
        quint64 hash = 0;
        in >> hash;
        const UserId user(readId(in));
        if (in.status() == QDataStream::Ok)
            insertRegistration(hash, user);
        return;
    }
    }
    in.setStatus(QDataStream::ReadCorruptData);
}

void Ledger::readMessage(Kind kind, QDataStream &in)
{
    const UserId user(readId(in));
    const MessageId message(readId(in));
    const Key key = keyOf(user, message);
    if (kind == Kind::Send) {
        qint64 timestamp = 0;
        quint8 outcome = 0;
        bool truncated = false;
        in >> timestamp >> outcome >> truncated;
        if (in.status() == QDataStream::Ok)
            insertSend(key, {Milliseconds(timestamp), static_cast<SendOutcome>(outcome), truncated});
        return;
    }
    const UserId sender(readId(in));
    if (kind == Kind::Received) {
        const ChatId chat(readId(in));
        qint64 timestamp = 0;
        in >> timestamp;
        if (in.status() == QDataStream::Ok)
            insertReceived(key, {sender, chat, Milliseconds(timestamp), false});
    } else if (Received *received = find(key, sender)) {
        received->isRead = true;
    }
}

std::optional<Ledger::Send> Ledger::findSend(const UserId &sender, const MessageId &message) const
{
    const auto found = m_sends.find(keyOf(sender, message));
    if (found == m_sends.end() || !isWithinWindow(found->second.timestamp))
        return std::nullopt;
    return found->second;
}

quint64 Ledger::addSend(const UserId &sender, const MessageId &message, const Send &send)
{
    insertSend(keyOf(sender, message), send);
    Record record(Kind::Send);
    record.put(sender);
    record.put(message);
    record.put(send.timestamp);
    record.put(static_cast<quint8>(send.outcome));
    record.put(static_cast<quint8>(send.truncated ? 1 : 0));
    note(record);
    m_isUrgent = true;
    return m_epoch;
}

QVarLengthArray<Ledger::Received *, 4> Ledger::findReceived(const UserId &receiver, const MessageId &message)
{
    QVarLengthArray<Received *, 4> found;
    const auto [begin, end] = m_received.equal_range(keyOf(receiver, message));
    for (auto each = begin; each != end; ++each)
        found.append(&each->second);
    return found;
}

Ledger::Received *Ledger::find(Key key, const UserId &sender)
{
    const auto [begin, end] = m_received.equal_range(key);
    const auto found =
        std::find_if(begin, end, [&](const auto &each) { return each.second.sender == sender; });
    return found == end ? nullptr : &found->second;
}

void Ledger::addReceived(const UserId &receiver, const Message &message)
{
    if (message.sender.isEmpty())
        return; // nobody to tell of it
    insertReceived(keyOf(receiver, message.id), {message.sender, message.chat, message.timestamp, false});
    Record record(Kind::Received);
    record.put(receiver);
    record.put(message.id);
    record.put(message.sender);
    record.put(message.chat);
    record.put(message.timestamp);
    note(record);
}

bool Ledger::hasReceived(const UserId &receiver, const UserId &sender, const MessageId &message) const
{
    const auto [begin, end] = m_received.equal_range(keyOf(receiver, message));
    return std::any_of(begin, end, [&](const auto &each) {
        return each.second.sender == sender && isWithinWindow(each.second.timestamp);
    });
}

quint64 Ledger::addEvidence(quint64 hash, Milliseconds since, Evidence evidence)
{
    insertEvidence(hash, since, evidence);
    Record record(evidence == Evidence::Shown ? Kind::Shown : Kind::Taken);
    record.put(hash);
    record.put(since);
    note(record);
    m_isUrgent = true;
    return m_epoch;
}

std::optional<Ledger::Evidence> Ledger::findEvidence(quint64 hash) const
{
    const auto found = m_evidence.find(hash);
    if (found == m_evidence.end() || !isWithinWindow(found->second.first))
        return std::nullopt;
    return found->second.second;
}

void Ledger::markRead(const UserId &receiver, const MessageId &message, const UserId &sender, bool isTold)
{
    if (Received *received = find(keyOf(receiver, message), sender))
        received->isRead = isTold;
    if (!isTold)
        return;
    Record record(Kind::Read);
    record.put(receiver);
    record.put(message);
    record.put(sender);
    note(record);
}

void Ledger::insertSend(Key key, const Send &send)
{
    if (m_sends.insert_or_assign(key, send).second)
        m_sendOrder.push_back(key);
    evict(m_sends, m_sendOrder, m_options.ledgerMax);
}

void Ledger::insertReceived(Key key, Received received)
{
    received.sender = m_users.of(received.sender);
    received.chat = m_chats.of(received.chat);
    if (Received *known = find(key, received.sender)) {
        *known = std::move(received);
        return;
    }
    if (m_received.count(key) == maxSendersOfAnId) {
        oldest(key)->second = std::move(received);
        return;
    }
    m_received.emplace(key, std::move(received));
    m_receivedOrder.push_back(key);
    while (m_receivedOrder.size() > static_cast<std::size_t>(m_options.ledgerMax))
        evictReceived();
}

Ledger::ReceivedMap::iterator Ledger::oldest(Key key)
{
    const auto [begin, end] = m_received.equal_range(key);
    return std::min_element(begin, end, [](const auto &one, const auto &other) {
        return one.second.timestamp < other.second.timestamp;
    });
}

void Ledger::evictReceived()
{
    m_received.erase(oldest(m_receivedOrder.front()));
    m_receivedOrder.pop_front();
}

void Ledger::insertEvidence(quint64 hash, Milliseconds since, Evidence evidence)
{
    const auto [known, isNew] = m_evidence.try_emplace(hash, since, evidence);
    known->second = {since, std::max(known->second.second, evidence)};
    if (isNew)
        m_evidenceOrder.push_back(hash);
    evict(m_evidence, m_evidenceOrder, m_options.ledgerMax);
}

void Ledger::addRegistration(const QByteArray &pid, const UserId &user)
{
    const quint64 hash = hashOf(pid);
    const auto known = m_registrations.find(hash);
    if (known != m_registrations.end() && known->second == user)
        return;
    insertRegistration(hash, user);
    Record record(Kind::Registration);
    record.put(hash);
    record.put(user);
    note(record);
    // Ahead of the next message that the store is given: whoever sent one before a crash speaks for the same
    // user after it.
    m_isUrgent = m_isUrgent || !user.isEmpty();
}

void Ledger::dropRegistration(const QByteArray &pid)
{
    if (!findRegistration(pid).isEmpty())
        addRegistration(pid, UserId());
}

UserId Ledger::findRegistration(const QByteArray &pid) const
{
    const auto found = m_registrations.find(hashOf(pid));
    return found == m_registrations.end() ? UserId() : found->second;
}

void Ledger::insertRegistration(quint64 hash, const UserId &user)
{
    if (m_registrations.insert_or_assign(hash, m_users.of(user)).second)
        m_registrationOrder.push_back(hash);
    evict(m_registrations, m_registrationOrder, m_options.ledgerMax);
}

void Ledger::note(const Record &record)
{
    if (m_block.isEmpty())
        m_blockSince = m_clock.monotonic();
    if (m_block.size() > blockMaxBytes) {
        qCWarning(lcLedger) << "the store takes nothing: ids of" << m_block.size()
                            << "bytes are not remembered over a restart";
        m_block.clear();
    }
    m_block += record.bytes();
}

void Ledger::write()
{
    const qsizetype size = m_block.size();
    m_writing = std::numeric_limits<quint64>::max(); // the answer may come from within
    ++m_epoch;
    m_isUrgent = false;
    const quint64 number = m_inbox.record(std::exchange(m_block, {}));
    m_blocks.emplace_back(number, size);
    m_blockBytes += size;
    if (m_writing != 0)
        m_writing = number;
    // By bytes: that much holds more ids than are remembered.
    quint64 forgotten = 0;
    while (m_blockBytes > bytesPerId * 2 * m_options.ledgerMax && m_blocks.size() > 1) {
        forgotten = m_blocks.front().first;
        m_blockBytes -= m_blocks.front().second;
        m_blocks.pop_front();
    }
    if (forgotten > 0)
        m_inbox.forget(forgotten);
}

void Ledger::recorded(quint64 block)
{
    if (m_writing == 0 || (block < m_writing && m_writing != std::numeric_limits<quint64>::max()))
        return;
    m_writing = 0;
    m_durable = m_epoch - 1;
}

void Ledger::run(Milliseconds now)
{
    if (m_block.isEmpty() || m_writing != 0)
        return;
    if (m_isUrgent || now - m_blockSince >= lazyAfter)
        write();
}

std::optional<Milliseconds> Ledger::next() const
{
    if (m_block.isEmpty() || m_writing != 0)
        return std::nullopt; // the store's answer comes by itself
    return m_isUrgent ? m_blockSince : m_blockSince + lazyAfter;
}

} // namespace concierge::chat
