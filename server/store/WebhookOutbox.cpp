#include "store/WebhookOutbox.h"

#include "store/SqliteInbox.h"

#include <utility>

namespace concierge::store {

using Kind = Write::Kind;

namespace {

WritePointer makeWrite(Kind kind)
{
    auto write = std::make_shared<Write>();
    write->kind = kind;
    return write;
}

} // namespace

OutboxCounts::OutboxCounts(const OutgoingContent &content, qint64 maxBytes)
    : m_pending(content.pending.entries)
    , m_setAside(content.setAside.entries)
    , m_asideBytes(content.setAside.bytes)
    , m_bytes(content.pending.bytes + content.setAside.bytes)
    , m_maxBytes(maxBytes)
{}

WebhookOutbox::WebhookOutbox(SqliteInbox &inbox, qint64 maxBytes)
    : m_queue(inbox.queue())
    , m_counts(std::make_shared<OutboxCounts>(inbox.outgoing(), maxBytes))
    , m_next(inbox.firstOutgoing())
{}

void WebhookOutbox::setListener(std::function<void()> somethingIsThere)
{
    const std::lock_guard lock(m_mutex);
    m_listener = std::move(somethingIsThere);
}

void WebhookOutbox::write(chat::JournalEntry entry, Callback done)
{
    const auto write = makeWrite(Kind::Outgoing);
    write->number = m_next++;
    write->cost = costOf(entry);
    write->outgoing = std::move(entry);
    m_counts->m_pending.fetch_add(1);
    m_counts->m_bytes.fetch_add(write->cost);
    write->written = [this, done, cost = write->cost](bool isStored) {
        if (!isStored) {
            m_counts->m_pending.fetch_sub(1);
            m_counts->m_bytes.fetch_sub(cost);
        }
        done(isStored);
        const std::lock_guard lock(m_mutex);
        if (isStored && m_listener)
            m_listener();
    };
    if (!m_queue.push(write))
        std::exchange(write->written, {})(false);
}

void WebhookOutbox::drop(qint64 from, qint64 to, const OutgoingCount &count)
{
    const auto write = makeWrite(Kind::DropOutgoing);
    write->number = from;
    write->until = to;
    m_queue.push(write);
    m_counts->m_pending.fetch_sub(count.entries);
    m_counts->m_bytes.fetch_sub(count.bytes);
}

void WebhookOutbox::setAside(const Outgoing &message, const QString &reason)
{
    const auto write = makeWrite(Kind::SetAside);
    write->number = message.number;
    write->bytes = reason.toUtf8();
    m_queue.push(write);
    m_counts->m_pending.fetch_sub(1);
    m_counts->m_setAside.fetch_add(1);
    m_counts->m_asideBytes.fetch_add(message.bytes);
}

void WebhookOutbox::restoreAside(std::function<void()> done)
{
    m_counts->m_asideBytes.store(0);
    m_counts->m_pending.fetch_add(m_counts->m_setAside.exchange(0));
    forAside(Kind::RestoreAside, std::move(done));
}

void WebhookOutbox::dropAside(std::function<void()> done)
{
    m_counts->m_bytes.fetch_sub(m_counts->m_asideBytes.exchange(0));
    m_counts->m_setAside.store(0);
    forAside(Kind::DropAside, std::move(done));
}

void WebhookOutbox::forAside(Kind kind, std::function<void()> done)
{
    const auto write = makeWrite(kind);
    write->written = [this, done = std::move(done)](bool) {
        done();
        const std::lock_guard lock(m_mutex);
        if (m_listener)
            m_listener();
    };
    m_queue.push(write);
}

OutboxReader::OutboxReader(const QString &databasePath)
    : m_connection(databasePath, SqliteConnection::Access::Read)
    , m_table(m_connection, m_error)
{}

bool OutboxReader::open()
{
    if (m_connection.open())
        return true;
    m_error = m_connection.error();
    return false;
}

bool OutboxReader::readBehind(qint64 after, int most, qint64 bytes, std::vector<Outgoing> &found)
{
    return m_table.readBehind(after, [&](Outgoing message) {
        bytes -= message.bytes;
        if (bytes < 0 && !found.empty())
            return false;
        found.push_back(std::move(message));
        return std::cmp_less(found.size(), most);
    });
}

bool OutboxReader::readAside(int most, std::vector<Outgoing> &found)
{
    return m_table.readAside(most, found);
}

QString OutboxReader::problem() const
{
    return explain(m_error, m_connection.path());
}

} // namespace concierge::store
