#include "chat/Receipts.h"

#include <QSet>

#include <utility>

namespace concierge::chat {

/// One messageRead, until all receipts that it caused are settled.
class Receipts::ReadAnswer
{
public:
    ReadAnswer(Replies &replies, Origin origin)
        : m_replies(replies)
        , m_origin(origin)
    {}
    void close()
    {
        if (--m_open > 0)
            return;
        const auto event = QByteArrayLiteral("messageRead");
        if (isFailed)
            m_replies.refuse(m_origin, event, ErrorCode::Unavailable,
                             QByteArrayLiteral("a receipt could not be stored for a sender who is "
                                               "offline; say messageRead again later"));
        else
            m_replies.send(m_origin, event, ReadCount{count});
    }
    void open() { ++m_open; }

    qsizetype count = 0;
    bool isFailed = false;

private:
    Replies &m_replies;
    const Origin m_origin;
    int m_open = 1; // receipts, and one until all are known
};

class Receipts::ReadReceipt final : public Settling
{
public:
    ReadReceipt(Receipts &owner, UserId reader, MessageId message, const UserId &sender)
        : m_receipts(owner)
        , m_reader(std::move(reader))
        , m_message(std::move(message))
        , m_key(keyOf(m_reader, m_message, sender))
    {
        m_receipts.m_open.insert(m_key, this);
    }
    static QByteArray keyOf(const UserId &reader, const MessageId &message, const UserId &sender)
    {
        return reader.utf8() + '\0' + message.utf8() + '\0' + sender.utf8();
    }
    /// The answer waits for it, too.
    void awaitedBy(std::shared_ptr<ReadAnswer> answer)
    {
        answer->open();
        m_answers.push_back(std::move(answer));
    }
    void settled(const UserId &sender, Outcome outcome) override
    {
        const bool isTold = outcome != Outcome::Failed;
        m_receipts.m_open.remove(m_key);
        m_receipts.m_ledger.markRead(m_reader, m_message, sender, isTold);
        if (isTold)
            m_receipts.m_counters.add(metrics::Counter::MessagesRead);
        for (const auto &answer : m_answers) {
            answer->isFailed |= !isTold;
            answer->close();
        }
    }
    bool isRecorded() const override { return true; }

private:
    Receipts &m_receipts;
    const UserId m_reader;
    const MessageId m_message;
    const QByteArray m_key;
    std::vector<std::shared_ptr<ReadAnswer>> m_answers;
};

void Receipts::post(const UserId &sender, Receipt receipt, std::shared_ptr<Settling> settling)
{
    if (!sender.isEmpty() && sender != receipt.receiver) {
        m_streams->post(sender, std::make_shared<const Receipt>(std::move(receipt)), std::move(settling), 0,
                        m_clock.monotonic());
    } else if (settling) {
        settling->settled(sender, Outcome::Delivered); // nobody, or one who knows
    }
}

void Receipts::tellOthers(const UserId &sender, const SocketRef &except, Receipt receipt)
{
    if (sender.isEmpty() || sender == receipt.receiver)
        return;
    m_streams->tell(sender, except, MessageStatus{std::make_shared<const Receipt>(std::move(receipt))});
}

void Receipts::wasRead(const UserId &user, const std::shared_ptr<const Message> &message, bool wasStored)
{
    if (message->isSilent)
        return;
    m_ledger.addReceived(user, *message);
    if (wasStored)
        post(message->sender, {message->id, message->chat, user, MessageState::Delivered, m_clock.wall()});
}

void Receipts::expired(const UserId &user, const Message &message)
{
    m_counters.add(metrics::Counter::MessagesExpired);
    if (!message.isSilent)
        post(message.sender, {message.id, message.chat, user, MessageState::Expired, m_clock.wall()});
}

/// Once; who asks meanwhile waits for the same.
void Receipts::tellRead(const UserId &user, const MessageId &id, Ledger::Received &received,
                        const std::shared_ptr<ReadAnswer> &answer)
{
    if (received.isRead) {
        if (ReadReceipt *open = m_open.value(ReadReceipt::keyOf(user, id, received.sender)))
            open->awaitedBy(answer);
        return;
    }
    received.isRead = true;
    const auto receipt = std::make_shared<ReadReceipt>(*this, user, id, received.sender);
    receipt->awaitedBy(answer);
    post(received.sender, {id, received.chat, user, MessageState::Read, m_clock.wall()}, receipt);
}

/// Who reads a message has received it, whether the proof is here or not: of those with its id, which several
/// senders may have chosen, the first.
void Receipts::proveUnknown(Socket &socket, const MessageRead &command)
{
    const UserId &user = socket.user->id;
    QSet<MessageId> unknown;
    for (const MessageId &id : command.messages) {
        if (m_ledger.findReceived(user, id).isEmpty())
            unknown.insert(id);
    }
    if (unknown.isEmpty())
        return;
    qint64 order = 0;
    for (const Sent &sent : socket.stream->log) {
        const auto *push = std::get_if<GetMessage>(&sent.push);
        if (!push || sent.user != user || (!command.chat.isEmpty() && push->message->chat != command.chat))
            continue;
        if (unknown.remove(push->message->id))
            order = sent.order;
        if (unknown.isEmpty())
            break;
    }
    m_streams->proven(socket, order);
}

void Receipts::read(Socket &socket, const MessageRead &command)
{
    const UserId user = socket.user->id;
    QSet<MessageId> ids(command.messages.begin(), command.messages.end());
    proveUnknown(socket, command);
    const auto answer = std::make_shared<ReadAnswer>(m_replies, command.origin);
    for (const MessageId &id : command.messages) {
        if (!ids.remove(id))
            continue; // named before
        bool isCounted = false;
        for (Ledger::Received *received : m_ledger.findReceived(user, id)) {
            if (!command.chat.isEmpty() && received->chat != command.chat)
                continue;
            isCounted = true;
            tellRead(user, id, *received, answer);
        }
        answer->count += isCounted ? 1 : 0;
    }
    answer->close();
}

} // namespace concierge::chat
