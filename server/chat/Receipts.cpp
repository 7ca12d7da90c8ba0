#include "chat/Receipts.h"

#include <QSet>

#include <utility>

namespace concierge::chat {

void Receipts::post(const UserId &sender, Receipt receipt)
{
    if (sender.isEmpty() || sender == receipt.receiver)
        return; // nobody, or one who knows
    m_streams->post(sender, std::make_shared<const Receipt>(std::move(receipt)), nullptr, 0,
                    m_clock.monotonic());
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
    QSet<MessageId> unknown;
    for (const MessageId &id : command.messages) {
        if (!m_ledger.findReceived(user, id))
            unknown.insert(id);
    }
    if (!unknown.isEmpty()) {
        // Who reads a message has received it, whether the proof is here or not.
        qint64 order = 0;
        for (const Sent &sent : socket.stream->log) {
            const auto *push = std::get_if<GetMessage>(&sent.push);
            if (push && sent.user == user && unknown.contains(push->message->id))
                order = sent.order;
        }
        m_streams->proven(socket, order);
    }
    qsizetype count = 0;
    QSet<MessageId> counted;
    for (const MessageId &id : command.messages) {
        const Ledger::Received *found = m_ledger.findReceived(user, id);
        if (!found || (!command.chat.isEmpty() && found->chat != command.chat) || counted.contains(id))
            continue;
        counted.insert(id);
        ++count;
        if (found->isRead)
            continue;
        const Ledger::Received received = *found;
        m_ledger.markRead(user, id);
        m_counters.add(metrics::Counter::MessagesRead);
        post(received.sender, {id, received.chat, user, MessageState::Read, m_clock.wall()});
    }
    m_replies.send(command.origin, QByteArrayLiteral("messageRead"), ReadCount{count});
}

} // namespace concierge::chat
