#include "chat/Receipts.h"

#include <QSet>

#include <utility>

namespace concierge::chat {

/// One messageRead, until all receipts that it caused are settled.
class Receipts::ReadAnswer
{
public:
    ReadAnswer(Receipts &owner, UserId user, Origin origin)
        : receipts(owner)
        , reader(std::move(user))
        , m_origin(origin)
    {}
    void close()
    {
        if (--m_open > 0)
            return;
        const auto event = QByteArrayLiteral("messageRead");
        if (isFailed)
            receipts.m_replies.refuse(m_origin, event, ErrorCode::Unavailable,
                                      QByteArrayLiteral("a receipt could not be stored for a sender who is "
                                                        "offline; say messageRead again later"));
        else
            receipts.m_replies.send(m_origin, event, ReadCount{count});
    }
    void open() { ++m_open; }

    Receipts &receipts;
    const UserId reader;
    qsizetype count = 0;
    bool isFailed = false;

private:
    const Origin m_origin;
    int m_open = 1; // receipts, and one until all are known
};

class Receipts::ReadReceipt final : public Settling
{
public:
    ReadReceipt(std::shared_ptr<ReadAnswer> answer, MessageId message)
        : m_answer(std::move(answer))
        , m_message(std::move(message))
    {
        m_answer->open();
    }
    void settled(const UserId &sender, Outcome outcome) override
    {
        const bool isTold = outcome != Outcome::Failed;
        m_answer->receipts.m_ledger.markRead(m_answer->reader, m_message, sender, isTold);
        m_answer->isFailed |= !isTold;
        if (isTold)
            m_answer->receipts.m_counters.add(metrics::Counter::MessagesRead);
        m_answer->close();
    }
    bool isRecorded() const override { return true; }

private:
    const std::shared_ptr<ReadAnswer> m_answer;
    const MessageId m_message;
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
    m_ledger.addReceived(user, *message);
    if (wasStored)
        post(message->sender, {message->id, message->chat, user, MessageState::Delivered, m_clock.wall()});
}

void Receipts::expired(const UserId &user, const Message &message)
{
    m_counters.add(metrics::Counter::MessagesExpired);
    post(message.sender, {message.id, message.chat, user, MessageState::Expired, m_clock.wall()});
}

void Receipts::read(Socket &socket, const MessageRead &command)
{
    const UserId user = socket.user->id;
    QSet<MessageId> ids(command.messages.begin(), command.messages.end());
    // Who reads a message has received it, whether the proof is here or not.
    qint64 order = 0;
    for (const Sent &sent : socket.stream->log) {
        const auto *push = std::get_if<GetMessage>(&sent.push);
        if (push && sent.user == user && ids.contains(push->message->id))
            order = sent.order;
    }
    if (order > 0)
        m_streams->proven(socket, order);
    const auto answer = std::make_shared<ReadAnswer>(*this, user, command.origin);
    for (const MessageId &id : command.messages) {
        if (!ids.remove(id))
            continue; // named before
        bool isCounted = false;
        for (Ledger::Received *received : m_ledger.findReceived(user, id)) {
            if (!command.chat.isEmpty() && received->chat != command.chat)
                continue;
            isCounted = true;
            if (std::exchange(received->isRead, true))
                continue;
            post(received->sender, {id, received->chat, user, MessageState::Read, m_clock.wall()},
                 std::make_shared<ReadReceipt>(answer, id));
        }
        answer->count += isCounted ? 1 : 0;
    }
    answer->close();
}

} // namespace concierge::chat
