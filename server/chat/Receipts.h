#pragma once

#include "chat/Commands.h"
#include "chat/Ledger.h"
#include "chat/Replies.h"
#include "chat/Streams.h"

#include <QHash>

namespace concierge::chat {

/// Tells senders what became of their messages after the answer. Thread: chat.
class Receipts final : public StreamsListener
{
public:
    Receipts(Ledger &ledger, Replies &replies, const Clock &clock, metrics::ThreadCounters &counters)
        : m_ledger(ledger)
        , m_replies(replies)
        , m_clock(clock)
        , m_counters(counters)
    {}
    void setStreams(Streams &streams) { m_streams = &streams; }

    void wasRead(const UserId &user, const std::shared_ptr<const Message> &message, bool wasStored) override;
    /// Answers once every sender knows, or will hear it after a crash too.
    void read(Socket &socket, const MessageRead &command);
    void expired(const UserId &user, const Message &message);
    /// The sender's sockets hear it now or when it is back. `settling` may be nullptr.
    void post(const UserId &sender, Receipt receipt, std::shared_ptr<Settling> settling = nullptr);
    /// The sender's other sockets hear it; nobody keeps it for them.
    void tellOthers(const UserId &sender, const SocketRef &except, Receipt receipt);

private:
    class ReadAnswer;
    class ReadReceipt;

    void proveUnknown(Socket &socket, const MessageRead &command);
    void tellRead(const UserId &user, const MessageId &id, Ledger::Received &received,
                  const std::shared_ptr<ReadAnswer> &answer);

    Ledger &m_ledger;
    Replies &m_replies;
    const Clock &m_clock;
    metrics::ThreadCounters &m_counters;
    Streams *m_streams = nullptr;
    QHash<QByteArray, ReadReceipt *> m_open; // receipts that are on their way, by reader, id and sender
};

} // namespace concierge::chat
