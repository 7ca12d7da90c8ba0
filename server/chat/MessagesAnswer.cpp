#include "chat/Sending.h"

#include <algorithm>
#include <utility>

/// Messages, of who hears what became of them.
namespace concierge::chat {

using metrics::Counter;

namespace {

const QByteArray &sendMessageName()
{
    static const QByteArray name = QByteArrayLiteral("sendMessage");
    return name;
}

} // namespace

void Messages::refuse(const Asker &asker, Error error)
{
    if (!asker.publisher) {
        m_replies.refuse(asker.origin, sendMessageName(), error.code, std::move(error.message));
        return;
    }
    m_counters.rejected(static_cast<quint8>(error.code));
    asker.publisher(std::move(error));
}

void Messages::tell(const Asker &asker, const Published &published)
{
    if (asker.publisher)
        asker.publisher(published);
    else
        m_replies.send(asker.origin, sendMessageName(), published.taken);
}

std::vector<std::pair<UserId, SendOutcome>> Messages::outcomesOf(const Sending &sending)
{
    std::vector<std::pair<UserId, SendOutcome>> outcomes;
    for (const auto &[user, outcome] : sending.outcomes)
        outcomes.emplace_back(user,
                              outcome == Outcome::Delivered ? SendOutcome::Delivered : SendOutcome::Stored);
    return outcomes;
}

void Messages::finish(Sending &sending)
{
    const Message &message = *sending.message;
    const bool hasReached = sending.isDelivered || sending.isStored;
    const bool isGood = !sending.isFailed && !sending.isFull;
    if (isGood)
        m_counters.add(Counter::MessagesIn);
    if (sending.isRepeatable()) {
        m_open.erase({message.sender, message.id});
        if (isGood) {
            sending.epoch = m_ledger.addSend(
                message.sender, message.id,
                {message.timestamp, sending.isDelivered ? SendOutcome::Delivered : SendOutcome::Stored,
                 sending.truncated});
        } else {
            sending.isForgotten = true;
            for (const auto &[receiver, outcome] :
                 sending.outcomes) { // a repetition is for those who lack it
                if (outcome != Outcome::Failed)
                    m_ledger.addEvidence(
                        evidenceHash(m_secret, message.sender, message.id, receiver), message.timestamp,
                        outcome == Outcome::Delivered ? Ledger::Evidence::Shown : Ledger::Evidence::Taken);
            }
        }
    }
    answer(sending, sending.asker, sending.isDuplicate);
    for (const Asker &repetition : sending.repetitions)
        answer(sending, repetition, true);
    if (hasReached)
        tellStates(sending);
}

void Messages::answer(const Sending &sending, const Asker &asker, bool isDuplicate)
{
    if (!sending.isFailed && !sending.isFull) {
        const SendOutcome outcome = sending.isDelivered ? SendOutcome::Delivered : SendOutcome::Stored;
        Published published{
            {sending.message->id, sending.message->timestamp, outcome, sending.truncated, isDuplicate}, {}};
        if (asker.publisher)
            published.receivers = outcomesOf(sending);
        tell(asker, published);
        return;
    }
    // Also when others have it: who sent it must know that somebody lacks it.
    QByteArray text =
        sending.isFailed
            ? QByteArrayLiteral("the message could not be stored; send it again later")
            : QByteArrayLiteral("the receiver is offline and has no room for more waiting messages");
    if (sending.receiver.isEmpty()) {
        const QByteArray one =
            sending.isPublished ? QByteArrayLiteral("a receiver") : QByteArrayLiteral("a member of the chat");
        text = sending.isFailed ? "the message could not be stored for " + one + " who is offline"
                                : one + " is offline and has no room for more waiting messages";
        if (sending.isDelivered || sending.isStored)
            text += sending.isPublished ? "; the others have this one" : "; the other members have this one";
    }
    refuse(asker, {sending.isFailed ? ErrorCode::Unavailable : ErrorCode::InboxFull, std::move(text)});
}

/// How far the message has come, for those who do not see that in the answer: the sender's other sockets; who
/// asked for no answer but knows the id; and members of a chat with another state than the answer says.
void Messages::tellStates(const Sending &sending)
{
    const Message &message = *sending.message;
    if (message.sender.isEmpty() || message.isSilent)
        return;
    const bool isAnswered = sending.isPublished || sending.asker.origin.ackId.has_value();
    const bool isIdKnown = isAnswered || !message.appendMessageId;
    const auto tell = [&](const UserId &receiver, Outcome outcome) {
        const MessageState state =
            outcome == Outcome::Delivered ? MessageState::Delivered : MessageState::Stored;
        Receipt receipt{message.id, message.chat, receiver, state, m_clock.wall()};
        const bool isInAnswer =
            isAnswered && (sending.isPublished || (outcome == Outcome::Delivered) == sending.isDelivered);
        if (isInAnswer)
            m_receipts.tellOthers(message.sender, sending.asker.origin.socket, std::move(receipt));
        else if (isIdKnown)
            m_receipts.post(message.sender, std::move(receipt));
    };
    if (!sending.receiver.isEmpty()) {
        tell(sending.receiver, sending.isDelivered ? Outcome::Delivered : Outcome::Stored);
        return;
    }
    for (const auto &[receiver, outcome] : sending.outcomes) {
        if (outcome != Outcome::Failed)
            tell(receiver, outcome);
    }
}

} // namespace concierge::chat
